"""The scripted peers against the recordings that they are made of."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.probing import imule, rust
from tests.probing.imule import IMuleLike, sent
from tests.probing.rust import RustLike, says
from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.kad import codec
from twisted_mule.kad import messages as m
from twisted_mule.kad.exchange import Cover, Envelope, ForKey, ForNode, Plain
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Message
from twisted_mule.simulation.clock import HeapClock

KEYED = Envelope(Cover.NODE_ID, 0, 0x77)
PEER = KadID.from_hex("f0e1d2c3b4a5968778695a4b3c2d1e0f")


def as_recorded() -> IMuleLike:
    """The iMule-like peer with the names of the recorded one."""
    peer = IMuleLike(HeapClock(), ())
    peer.kad_id, peer.destination, peer.tcp = (
        imule.RECORDED_ID,
        imule.RECORDED_DEST,
        imule.RECORDED_TCP,
    )
    return peer


def decoded(scenario: str, place: int = 0) -> Message:
    """A message that iMule sent."""
    return codec.decode(sent(scenario)[place])


class IMuleLikeTests(SynchronousTestCase):
    """It says what the recorded iMule said to the same."""

    def test_bytes(self) -> None:
        """Handshakes, lists, publishes and empty answers are the recorded bytes."""
        peer = as_recorded()
        record = m.PeerRecord(8, PEER, destination(9))
        legacy = m.LegacyRecord(PEER, destination(9), None)
        bootstrap = decoded(
            "reply to kad2 bootstrap request (includes unverified contacts; order = zone order)"
        )
        assert isinstance(bootstrap, m.BootstrapResponse)
        peer.known = bootstrap.contacts
        asked: list[tuple[Message, str, int]] = [
            (m.HelloRequest(record), imule.ASKS_ACK, 0),
            (m.Ping(), "reply to plain ping: plain pong", 1),
            (m.SearchNotesRequest(imule.RECORDED_NOTE, 1), _NOTHING, 0),
            (decoded("publish key request, two files"), "reply to publish key request", 0),
            (m.LegacyHelloRequest(legacy), "reply to kad1 hello request", 0),
            (m.BootstrapRequest(), _BOOTSTRAP, 0),
        ]
        for request, scenario, place in asked:
            answers = [plain for plain, _ in peer.answers(request, KEYED)]
            self.assertEqual([sent(scenario)[place]], answers, scenario)

    def test_contacts(self) -> None:
        """A RES has the verified contacts, ascending, as recorded."""
        scenario = "reply to kad2 req: only verified contacts of type<=2, ascending distance"
        answer = decoded(scenario)
        assert isinstance(answer, m.FindNodeResponse)
        peer = as_recorded()
        peer.known = answer.contacts[::-1]
        request = m.FindNodeRequest(11, answer.target, peer.kad_id, PEER)
        self.assertEqual([(sent(scenario)[0], ForKey(0x77))], peer.answers(request, KEYED))

    def test_sources(self) -> None:
        """The first complete source gives the recorded counts and load."""
        scenario = "reply to publish source request: total, complete, load"
        request = decoded("publish source request")
        self.assertEqual(
            [sent(scenario)[0]], [plain for plain, _ in as_recorded().answers(request, KEYED)]
        )

    def test_covers(self) -> None:
        """HELLO_RES goes under the identifier of whoever greets, Kad1 goes in clear."""
        peer, record = as_recorded(), m.PeerRecord(8, PEER, destination(9))
        ((_, seal),) = peer.answers(m.HelloRequest(record), Envelope())
        self.assertEqual(ForNode(PEER, 0), seal)
        legacy = m.LegacyRecord(PEER, destination(9), None)
        ((_, seal),) = peer.answers(m.LegacyHelloRequest(legacy), KEYED)
        self.assertEqual(Plain(), seal)

    def test_silence(self) -> None:
        """Where the recorded iMule was silent, it is."""
        peer = as_recorded()
        for request, scenario in (
            (
                decoded("publish notes request"),
                "publish notes request: never stored, never answered",
            ),
            (
                m.FindNodeRequest(2, PEER, PEER, PEER),
                "kad2 req whose check id is not mine: silently ignored",
            ),
            (m.LegacySearchRequest(PEER, 1), "kad1 source search, nothing found: no answer"),
        ):
            self.assertEqual((), sent(scenario))
            self.assertEqual([], peer.answers(request, KEYED))


_NOTHING = "search response, notes, nothing stored: empty result list"
_BOOTSTRAP = "reply to kad2 bootstrap request (includes unverified contacts; order = zone order)"


class RustLikeTests(SynchronousTestCase):
    """It says what the recorded rust-mule said."""

    def as_recorded(self, kad_id: KadID, dest: int) -> RustLike:
        """The peer under a recorded name."""
        peer = RustLike(HeapClock(), ())
        peer.kad_id, peer.destination = kad_id, destination(dest)
        return peer

    def test_hello(self) -> None:
        """HELLO_RES is the recorded one, vendor string and all."""
        peer = self.as_recorded(KadID(0x0A << 120 | 4), 504)
        hello = codec.encode(m.HelloRequest(m.PeerRecord(8, PEER, destination(9))))
        self.assertEqual([says(rust.HELLO_RES)], peer.answers(hello))

    def test_bootstrap(self) -> None:
        """An empty BOOTSTRAP_RES names its one destination."""
        peer = self.as_recorded(rust.RECORDED_ID, 100)
        asked = codec.encode(m.BootstrapRequest())
        self.assertEqual([says("BOOTSTRAP_RES empty")], peer.answers(asked))

    def test_contacts(self) -> None:
        """A RES is the recorded one."""
        answer = codec.decode(says("RES two contacts"))
        assert isinstance(answer, m.FindNodeResponse)
        peer = self.as_recorded(rust.RECORDED_ID, 100)
        peer.known = answer.contacts
        asked = m.FindNodeRequest(11, answer.target, peer.kad_id, PEER)
        self.assertEqual([says("RES two contacts")], peer.answers(codec.encode(asked)))

    def test_results(self) -> None:
        """Its entries have the form of the recorded ones: no serials; they are readable by ours."""
        answer = codec.decode(says("SEARCH_RES keyword"))
        assert isinstance(answer, m.SearchResponse)
        (one,) = answer.results
        written = rust.entry(one)
        for part in (written[:16], written[17:]):
            for tag in _parts(part):
                self.assertIn(tag, says("SEARCH_RES keyword"))

    def test_publishes(self) -> None:
        """Any source is acknowledged with equal counts and no load, in the recorded form."""
        peer = self.as_recorded(rust.RECORDED_ID, 100)
        (plain,) = peer.answers(says("PUBLISH_SOURCE_REQ with size"))
        self.assertEqual(len(says("PUBLISH_RES source")), len(plain))
        self.assertEqual(m.PublishResponse(rust.RECORDED_FILE, 0, 1, 1), codec.decode(plain))

    def test_recordings_are_those_of_the_two(self) -> None:
        """The vectors name the programs that made them."""
        self.assertIn("rust-mule", recorded("messages_rust")["implementation"])
        self.assertIn("iMule", recorded("messages_imule")["implementation"])


def _parts(written: bytes) -> list[bytes]:
    """An identifier as it is, or the three tags."""
    if len(written) == 16:
        return [written]
    size_at = written.index(b"\xa9\x24")
    return [written[:size_at], written[size_at : size_at + 10], written[size_at + 10 :]]
