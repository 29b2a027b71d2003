"""A peer that answers as the recordings of iMule show, byte by byte where they show bytes."""

from __future__ import annotations

from functools import cache
from random import Random

from attrs import define, field

from tests.probing.street import Post
from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.datagram import message, to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import Envelope, ForKey, ForNode, Plain, Seal
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.obfuscation import obfuscate
from twisted_mule.kad.opening import open_datagram
from twisted_mule.kad.packing import pack
from twisted_mule.kad.records import write_contacts, write_legacy_contacts
from twisted_mule.kad.tags import FILENAME, FLAGS, SOURCETYPE, text
from twisted_mule.kad.verify import verify_key
from twisted_mule.simulation.clock import HeapClock

#: Who the recorded iMule is.
RECORDED_ID = KadID.from_hex("00112233445566778899aabbccddeeff")
RECORDED_DEST, RECORDED_TCP = destination(100), destination(101)
RECORDED_WORD = KadID.from_hex("a5d7852a264d406b2d682a4aa88fb6d1")
RECORDED_FILE = KadID.from_hex("31d6cfe0d16ae931b73c59d7e0c089c0")
RECORDED_NOTE = KadID.from_hex("a448017aaf21d8525fc10ae87aa6729d")

ASKS_ACK = "reply to kad2 hello request (v8, sender key 0x77, receiver key not valid): asks for ACK"


@cache
def sent(scenario: str) -> tuple[bytes, ...]:
    """The plain datagrams that iMule sent in a scenario."""
    (found,) = [
        one for one in recorded("messages_imule")["scenarios"] if one["scenario"] == scenario
    ]
    return tuple(bytes.fromhex(one["plain_hex"]) for one in found["sent"])


def spliced(template: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """A recorded datagram with somebody else's names in it; each has to be there."""
    for old, new in changes:
        assert old in template
        assert len(old) == len(new)
        template = template.replace(old, new)
    return template


@define(eq=False)
class IMuleLike:
    """
    One such peer.

    :ivar known: its verified contacts.
    """

    clock: HeapClock
    known: tuple[m.PeerRecord, ...]
    kad_id: KadID = field(factory=lambda: KadID(0x1234 << 112))
    destination: Destination = field(factory=lambda: destination(901))
    tcp: Destination = field(factory=lambda: destination(902))
    secret: int = 0x1111
    post: Post = field(init=False)
    words: dict[KadID, list[m.Entry]] = field(factory=dict, init=False)
    sources: dict[KadID, list[m.Tags]] = field(factory=dict, init=False)
    verified: bool = field(default=False, init=False)
    _random: Random = field(factory=lambda: Random(5), init=False)

    def hear(self, source: Destination, datagram: bytes) -> None:
        """Answer at once, or not at all."""
        key = verify_key(self.secret, source.dest_hash)
        opened = open_datagram(datagram, self.kad_id, key)
        try:
            asked = message(opened)
        except DecodeError:
            return
        for plain, seal in self.answers(asked, opened.envelope):
            self.post(source, obfuscate(pack(plain), seal, key, self._random))

    def answers(self, asked: m.Message, envelope: Envelope) -> list[tuple[bytes, Seal]]:
        """What it says to a message, and under which cover."""
        if isinstance(asked, m.Kad1Message):
            return [(plain, Plain()) for plain in self._kad1(asked)]
        seal = ForKey(envelope.sender_key) if envelope.sender_key else Plain()
        match asked:
            case m.HelloRequest(contact=contact):
                return [(self._hello(), ForNode(contact.kad_id, envelope.sender_key))]
            case m.HelloResponseAck():
                self.verified = envelope.proven
                return []
            case _:
                return [(plain, seal) for plain in self._kad2(asked)]

    # --- Kad2 --------------------------------------------------------------------------------

    def _hello(self) -> bytes:
        scenario = "kad2 hello response to version 5 contact: plain" if self.verified else ASKS_ACK
        return spliced(
            sent(scenario)[0],
            (RECORDED_ID.wire, self.kad_id.wire),
            (RECORDED_DEST.raw, self.destination.raw),
        )

    def _kad2(self, asked: m.Message) -> list[bytes]:
        match asked:
            case m.Ping():
                return [sent("reply to plain ping: plain pong")[1]]
            case m.BootstrapRequest():
                return [self._bootstrap()]
            case m.FindNodeRequest(count, target, receiver):
                return [self._named(count, target)] if receiver == self.kad_id else []
            case m.SearchNotesRequest(target):
                return [self._nothing(target)]
            case m.SearchKeyRequest(target, _, expression):
                return [self._found(target, expression)]
            case m.PublishKeyRequest(target, entries):
                return [self._kept_words(target, entries)]
            case m.PublishSourceRequest(target, _, tags):
                return self._kept_source(target, tags)
            case _:
                return []  # notes among them: never stored, never answered

    def _bootstrap(self) -> bytes:
        scenario = (
            "reply to kad2 bootstrap request (includes unverified contacts; order = zone order)"
        )
        head = sent(scenario)[0][: 2 + 16 + 1 + 387]
        head = spliced(head, (RECORDED_ID.wire, self.kad_id.wire), (RECORDED_TCP.raw, self.tcp.raw))
        chosen = self.known[:24]
        return head + len(chosen).to_bytes(2, "little") + write_contacts(chosen)

    def _named(self, count: int, target: KadID) -> bytes:
        scenario = "reply to kad2 req: only verified contacts of type<=2, ascending distance"
        chosen = sorted(self.known, key=lambda one: one.kad_id.distance(target))[: min(count, 25)]
        return sent(scenario)[0][:2] + target.wire + bytes([len(chosen)]) + write_contacts(chosen)

    def _nothing(self, target: KadID) -> bytes:
        return spliced(
            sent("search response, notes, nothing stored: empty result list")[0],
            (RECORDED_ID.wire, self.kad_id.wire),
            (RECORDED_NOTE.wire, target.wire),
        )

    def _files(self, target: KadID, expression: object) -> list[m.Entry]:
        entries = sorted(self.words.get(target, []), key=lambda one: one.kad_id.value)
        if isinstance(expression, Words):
            return [one for one in entries if expression.text in (text(one.tags, FILENAME) or "")]
        return entries

    def _found(self, target: KadID, expression: object) -> bytes:
        found = tuple(self._files(target, expression))
        return written(m.SearchResponse(self.kad_id, target, found))

    def _kept_words(self, target: KadID, entries: tuple[m.Entry, ...]) -> bytes:
        self.words.setdefault(target, []).extend(entries)
        return spliced(sent("reply to publish key request")[0], (RECORDED_WORD.wire, target.wire))

    def _kept_source(self, target: KadID, tags: m.Tags) -> list[bytes]:
        if all(tag.name != SOURCETYPE for tag in tags):
            return []
        kept = self.sources.setdefault(target, [])
        kept.append(tags)
        complete = sum(1 for one in kept if any(t.name == FLAGS and t.value == 1 for t in one))
        recorded_answer = sent("reply to publish source request: total, complete, load")[0]
        head = spliced(recorded_answer[:18], (RECORDED_FILE.wire, target.wire))
        counts = len(kept).to_bytes(4, "little") + complete.to_bytes(4, "little")
        return [head + counts + recorded_answer[-1:]]

    # --- Kad1 --------------------------------------------------------------------------------

    def _kad1(self, asked: m.Message) -> list[bytes]:
        match asked:
            case m.LegacyHelloRequest():
                return [self._legacy_hello()]
            case m.LegacyFindNodeRequest(target=target):
                head = sent("reply to kad1 req")[0][:2] + target.wire
                return [head + b"\2" + write_legacy_contacts(self._legacy_known()[:2])]
            case m.LegacyBootstrapRequest():
                head = sent("reply to kad1 bootstrap request")[0][:2]
                return [head + b"\3\0" + write_legacy_contacts(self._legacy_known()[:3])]
            case m.LegacySearchRequest(target, _, expression):
                found = tuple(self._files(target, expression))
                return [written(m.LegacySearchResponse(target, found))] if found else []
            case m.LegacyPublishRequest(target, entries):
                self.words.setdefault(target, []).extend(entries)
                return [written(m.LegacyPublishResponse(target, 1)) for _ in entries]
            case _:
                return []

    def _legacy_hello(self) -> bytes:
        return spliced(
            sent("reply to kad1 hello request")[0],
            (RECORDED_ID.wire, self.kad_id.wire),
            (RECORDED_DEST.raw, self.destination.raw),
            (RECORDED_TCP.raw, self.tcp.raw),
        )

    def _legacy_known(self) -> tuple[m.LegacyRecord, ...]:
        return tuple(m.LegacyRecord(one.kad_id, one.destination, None, 2) for one in self.known)


def written(said: m.Message) -> bytes:
    """A message of ours in iMule's bytes, which are ours, neither packed nor obfuscated."""
    return open_datagram(to_wire(said, Plain(), 0, Random(0)), RECORDED_ID, 0).content


def crowd(count: int, version: int = 8) -> tuple[m.PeerRecord, ...]:
    """So many contacts."""
    return tuple(
        m.PeerRecord(
            version, KadID(Random(f"crowd {n}").getrandbits(128) | 1), destination(5000 + n)
        )
        for n in range(count)
    )
