"""A peer that answers as the recordings of rust-mule and the notes on its service loop show."""

from __future__ import annotations

from functools import cache
from random import Random

from attrs import define, field

from tests.probing.imule import RECORDED_ID as IMULE_ID
from tests.probing.imule import spliced, written
from tests.probing.street import ASKER, Post
from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.datagram import message
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import ForKey, Plain, Seal
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.obfuscation import obfuscate
from twisted_mule.kad.opening import open_datagram
from twisted_mule.kad.packing import unpack
from twisted_mule.kad.records import write_contacts
from twisted_mule.kad.tags import FILENAME, FILESIZE, FILETYPE, integer, text
from twisted_mule.kad.verify import verify_key
from twisted_mule.simulation.clock import HeapClock

RECORDED_ID = KadID.from_hex("f0e1d2c3b4a5968778695a4b3c2d1e0f")
RECORDED_FILE = KadID.from_hex("31d6cfe0d16ae931b73c59d7e0c089c0")
HELLO_RES = "HELLO_RES with agent tag and ACK request, as rust-mule really sends it"
HELLO_REQ = "HELLO_REQ as rust-mule really sends it (version byte 1, no tags)"
#: Seconds between two HELLOs, and between two REQs, to one peer.
HELLO_PAUSE, REQ_PAUSE = 900.0, 15.0


@cache
def says(name: str) -> bytes:
    """A plain datagram of rust-mule."""
    (found,) = [one for one in recorded("messages_rust")["messages"] if one["name"] == name]
    return bytes.fromhex(found["datagram_hex"])


def entry(one: m.Entry) -> bytes:
    """A file as it gives it back: three tags without serials."""
    name = (text(one.tags, FILENAME) or "").encode()
    kind = (text(one.tags, FILETYPE) or "").encode()
    size = integer(one.tags, FILESIZE) or 0
    return (
        one.kad_id.wire
        + b"\3\x82\x23"
        + len(name).to_bytes(2, "little")
        + name
        + b"\xa9\x24"
        + size.to_bytes(8, "little")
        + b"\x82\x25"
        + len(kind).to_bytes(2, "little")
        + kind
    )


def unpacked(content: bytes) -> bytes:
    """The plain datagram, or what came if it is none."""
    try:
        return unpack(content)
    except DecodeError:
        return content


@define(eq=False)
class RustLike:
    """One such peer; it knows everybody, proven or not."""

    clock: HeapClock
    known: tuple[m.PeerRecord, ...]
    kad_id: KadID = field(factory=lambda: KadID(0x4321 << 112))
    destination: Destination = field(factory=lambda: destination(911))
    secret: int = 0x2222
    post: Post = field(init=False)
    words: dict[KadID, list[m.Entry]] = field(factory=dict, init=False)
    sources: dict[KadID, int] = field(factory=dict, init=False)
    _greeted: float = field(default=-HELLO_PAUSE, init=False)
    _crawling: bool = field(default=False, init=False)
    _turn: int = field(default=0, init=False)
    _random: Random = field(factory=lambda: Random(6), init=False)

    def hear(self, source: Destination, datagram: bytes) -> None:
        """Answer at once, and react at once."""
        key = verify_key(self.secret, source.dest_hash)
        opened = open_datagram(datagram, self.kad_id, key)
        sender = opened.envelope.sender_key
        seal: Seal = ForKey(sender) if sender else Plain()
        for plain in self.answers(unpacked(opened.content)):
            self.post(source, obfuscate(plain, seal, key, self._random))
        if opened.opcode == m.FindNodeRequest.opcode:
            self._react(source)

    def answers(self, content: bytes) -> list[bytes]:
        """What it says to plain bytes."""
        opened = open_datagram(content, self.kad_id, 0)
        if opened.opcode == m.PublishKeyRequest.opcode:
            return self._kept_words(content)
        try:
            asked = message(opened)
        except DecodeError:
            return []
        match asked:
            case m.Ping():
                return [says("PONG")]
            case m.BootstrapRequest():
                return [self._bootstrap()]
            case m.HelloRequest():
                return [self._hello(HELLO_RES, 4, 504)]
            case m.LegacyHelloRequest():
                own = m.LegacyRecord(self.kad_id, self.destination, self.destination, 3)
                return [written(m.LegacyHelloResponse(own))]
            case m.FindNodeRequest(count, target, receiver):
                return [self._named(count, target)] if receiver == self.kad_id else []
            case m.SearchKeyRequest(target):
                return [self._found(target)]
            case m.PublishSourceRequest(target):
                return [self._kept_source(target)]
            case _:
                return []

    def _hello(self, name: str, own: int, dest: int) -> bytes:
        recorded_id = KadID(0x0A << 120 | own)
        return spliced(
            says(name),
            (recorded_id.wire, self.kad_id.wire),
            (destination(dest).raw, self.destination.raw),
        )

    def _bootstrap(self) -> bytes:
        head = spliced(
            says("BOOTSTRAP_RES empty")[:-2],
            (RECORDED_ID.wire, self.kad_id.wire),
            (destination(100).raw, self.destination.raw),
        )
        chosen = self._nearest(self.kad_id, 20)
        return head + len(chosen).to_bytes(2, "little") + write_contacts(chosen)

    def _named(self, count: int, target: KadID) -> bytes:
        chosen = self._nearest(target, count)
        head = says("RES two contacts")[:2] + target.wire
        return head + bytes([len(chosen)]) + write_contacts(chosen)

    def _nearest(self, target: KadID, count: int) -> list[m.PeerRecord]:
        return sorted(self.known, key=lambda one: one.kad_id.distance(target))[:count]

    def _kept_words(self, content: bytes) -> list[bytes]:
        target = KadID.from_wire(content[2:18])
        try:
            asked = message(open_datagram(content, self.kad_id, 0))
            assert isinstance(asked, m.PublishKeyRequest)
            self.words.setdefault(target, []).extend(asked.entries)
        except DecodeError:
            pass  # lenient: it acknowledges what it cannot read
        return [spliced(says("PUBLISH_RES key")[:-1], (RECORDED_FILE.wire, target.wire)) + b"\0"]

    def _kept_source(self, target: KadID) -> bytes:
        self.sources[target] = self.sources.get(target, 0) + 1
        head = spliced(says("PUBLISH_RES source")[:18], (RECORDED_FILE.wire, target.wire))
        return head + 2 * self.sources[target].to_bytes(4, "little") + b"\0"

    def _found(self, target: KadID) -> bytes:
        found = sorted(self.words.get(target, []), key=lambda one: one.kad_id.value)[:64]
        head = spliced(says("SEARCH_RES keyword")[:18], (RECORDED_ID.wire, self.kad_id.wire))
        return head + target.wire + len(found).to_bytes(2, "little") + b"".join(map(entry, found))

    def _react(self, source: Destination) -> None:
        now = self.clock.seconds()
        if now - self._greeted >= HELLO_PAUSE:
            self._greeted = now
            self.post(source, self._hello(HELLO_REQ, 1, 501))
        if not self._crawling:
            self._crawling = True
            self.clock.callLater(REQ_PAUSE, self._crawl, source)

    def _crawl(self, source: Destination) -> None:
        """Ask for a random point, every fourth time for one beside its own."""
        self._turn += 1
        target = KadID(self._random.getrandbits(128))
        if self._turn % 4 == 0:
            target = KadID(self.kad_id.value ^ self._random.getrandbits(100))
        template = says("REQ count 32 is clamped to 31")
        plain = spliced(
            template,
            (RECORDED_FILE.wire, target.wire),
            (RECORDED_ID.wire, self.kad_id.wire),
            (IMULE_ID.wire, ASKER.kad_id.wire),
        )
        self.post(source, plain)
        self.clock.callLater(REQ_PAUSE, self._crawl, source)
