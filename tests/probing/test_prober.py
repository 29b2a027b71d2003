"""The course of a run: opening, asking, listening; handshakes; what is said to the node."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.probing.imule import IMuleLike, crowd
from tests.probing.rust import RustLike
from tests.probing.street import ASKER, Street, fits
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.datagram import message, to_wire
from twisted_mule.kad.exchange import Cover, Plain
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.opening import open_datagram
from twisted_mule.kad.verify import verify_key
from twisted_mule.probing.pace import Pace
from twisted_mule.probing.populations import RUST
from twisted_mule.probing.prober import Phase, Prober
from twisted_mule.probing.questions import topics
from twisted_mule.simulation.clock import HeapClock

QUIET = Pace(listen=0.0)


class Deaf(RustLike):
    """rust-mule in its first three minutes: it answers no BOOTSTRAP."""

    def answers(self, content: bytes) -> list[bytes]:
        """All but that."""
        return [] if content[1] == m.BootstrapRequest.opcode else RustLike.answers(self, content)


class CourseTests(SynchronousTestCase):
    """From the first datagram to the last."""

    def test_phases(self) -> None:
        """It looks for the node, asks, listens for as long as it was told, and is over."""
        street = Street(IMuleLike(HeapClock(), crowd(30)), Pace(listen=100.0))
        seen: list[Phase] = []
        for second in range(1, 600):
            street.run(most=float(second))
            if street.prober.phase not in seen:
                seen.append(street.prober.phase)
        self.assertEqual(list(Phase), seen)

    def test_listening(self) -> None:
        """Listening lasts as long as it shall, after the last question, and nothing is asked."""
        spans = []
        for listen in (0.0, 300.0):
            street = Street(IMuleLike(HeapClock(), crowd(30)), Pace(listen=listen))
            told = street.run()
            spans.append(told.seconds)
        self.assertLessEqual(abs(spans[1] - spans[0] - 300.0), 2.0)

    def test_partial(self) -> None:
        """A report can be made at any time; it says that it is not whole."""
        street = Street(RustLike(HeapClock(), crowd(30)), QUIET)
        early = street.run(most=30.0)
        self.assertFalse(early.whole)
        self.assertEqual(RUST, fits(early, "F1"))
        self.assertIsNone(fits(early, "F10"))
        late = street.run()
        self.assertTrue(late.whole)
        self.assertEqual(RUST, fits(late, "F10"))

    def test_who_answers_no_bootstrap(self) -> None:
        """The answer to our greeting is enough to go on."""
        told = Street(Deaf(HeapClock(), crowd(30)), QUIET).run()
        self.assertTrue(told.answered)
        self.assertEqual({*RUST}, set(told.resembles.populations))
        self.assertIsNone(fits(told, "F13"))

    def test_who_asks_first(self) -> None:
        """A request of the node's own says as well who it is."""
        node, kad_id = destination(950), KadID(0x77 << 112)
        hello = m.HelloRequest(m.PeerRecord(8, kad_id, node))
        find = m.FindNodeRequest(4, KadID(1), ASKER.kad_id, kad_id)
        for request in (hello, find):
            prober = Prober(ASKER, node, Random(1), QUIET)
            prober.due(0.0)
            prober.hear(node, to_wire(request, Plain(), 0, Random(0)), 1.0)
            self.assertEqual(kad_id, prober.evidence.kad_id)
            prober.due(1.0)
            self.assertIs(Phase.ASKING, prober.phase)

    def test_duration(self) -> None:
        """What the verb promises: about five minutes of asking, more where much is lost."""
        quick = Street(IMuleLike(HeapClock(), crowd(30)), QUIET).run()
        slow = Street(IMuleLike(HeapClock(), crowd(30)), QUIET, loss=0.25).run()
        self.assertTrue(240.0 < quick.seconds < 360.0, quick.seconds)
        self.assertTrue(slow.whole)
        self.assertLess(slow.seconds, 900.0)

    def test_progress(self) -> None:
        """It counts questions that are settled, up to all of them."""
        street = Street(IMuleLike(HeapClock(), crowd(30)), QUIET)
        street.run(most=60.0)
        before = street.prober.progress
        street.run()
        after = street.prober.progress
        self.assertLess(0, before.settled)
        self.assertLess(before.settled, before.questions)
        self.assertEqual(after.questions, after.settled)
        self.assertEqual(street.prober.sent, after.sent)


class HandshakeTests(SynchronousTestCase):
    """What the node learns of us."""

    def test_verified(self) -> None:
        """It is acknowledged under its key, so that it counts us as proven."""
        peer = IMuleLike(HeapClock(), crowd(30))
        street = Street(peer, QUIET)
        street.run()
        self.assertTrue(peer.verified)
        self.assertIsNotNone(street.prober.evidence.acknowledged)

    def test_cover(self) -> None:
        """Once its identifier is known all Kad2 is obfuscated under it, and Kad1 is in clear."""
        peer = IMuleLike(HeapClock(), crowd(30))
        street = Street(peer, QUIET)
        street.run()
        key = verify_key(peer.secret, ASKER.destination.dest_hash)
        covers: dict[type[m.Message], set[Cover]] = {}
        for _, datagram in street.asked[2:]:
            opened = open_datagram(datagram, peer.kad_id, key)
            if opened.opcode == m.PublishKeyRequest.opcode:
                continue  # the garbage is no message
            covers.setdefault(type(message(opened)), set()).add(opened.envelope.cover)
        for kind, found in covers.items():
            legacy = issubclass(kind, m.Kad1Message)
            wanted = {Cover.PLAIN} if legacy else {Cover.NODE_ID}
            if kind is m.HelloResponseAck:
                wanted = {Cover.RECEIVER_KEY}
            self.assertEqual(wanted, found, kind)
        self.assertGreater(len(covers), 12)

    def test_harmless(self) -> None:
        """What it publishes and searches is random: other points and words at each run."""
        one, two = topics(Random(1)), topics(Random(2))
        for field in ("words", "garbage", "old_words", "source", "bare", "note", "wanted", "stem"):
            self.assertNotEqual(getattr(one, field), getattr(two, field))
        self.assertEqual(set(), set(one.points) & set(two.points))
        self.assertEqual(len(one.points), len(set(one.points)))

    def test_the_search_fits_its_own_files(self) -> None:
        """Six of the eight files fit the expression, and the other two do not."""
        street = Street(IMuleLike(HeapClock(), ()), QUIET)
        street.run()
        publish = street.prober.evidence.trials["keep words"].question.content
        search = street.prober.evidence.trials["words"].question.content
        assert isinstance(publish, m.PublishKeyRequest)
        assert isinstance(search, m.SearchKeyRequest)
        assert isinstance(search.expression, Words)
        names = [str(entry.tags[0].value) for entry in publish.entries]
        self.assertEqual(6, sum(search.expression.text in name for name in names))
        self.assertEqual(8, len(names))
        self.assertNotEqual(KadID(0), publish.target)
