"""
Datagrams that are no good: more than 30 variants of each request of Kad2 and Kad1.

All of them are made the same way each time.  What iMule's lenient readers take is not among them.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from random import Random
from typing import Final

from attrs import frozen

from tests.contract.probing import SELF, Probe
from tests.kad.published import FILE, WORD, a_file, a_note, a_source
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import encode
from twisted_mule.kad.exchange import ForKey, ForNode
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.obfuscation import OVERHEAD, obfuscate
from twisted_mule.kad.packing import HEADER_SIZE, INFLATED_CAP, PACKED_PROTOCOL, PLAIN_PROTOCOL
from twisted_mule.kad.tags import SOURCEDEST, SOURCETYPE

#: First bytes that stand for no protocol of Kad.
FOREIGN: Final = (0x00, 0x01, 0x02, 0x03, 0x04, 0x07, 0x0A, 0x7F, 0xA3, 0xB2, 0xC5, 0xD4, 0xE3)
_HEADS: Final = 10
_ZERO: Final = bytes(16)
_ID, _CONTACT, _COUNT = 16, 404, 2
#: Where the cover of a datagram has its magic and the length of its padding.
_MAGIC_AT, _PADDING_AT = 3, 7


@frozen
class Sample:
    """
    A request as it should be.

    :ivar needed: payload bytes that its reader needs; behind them some readers ignore what comes.
    :ivar exact: whether its reader refuses what comes behind them.
    """

    message: m.Message
    needed: int
    exact: bool = False

    @property
    def name(self) -> str:
        """Of its type."""
        return type(self.message).__name__

    @property
    def payload(self) -> bytes:
        """What follows protocol and opcode."""
        return encode(self.message)[HEADER_SIZE:]

    def carrying(self, payload: bytes, protocol: int = PLAIN_PROTOCOL) -> bytes:
        """The plain datagram with another payload."""
        return bytes((protocol, self.message.opcode)) + payload


def samples(probe: Probe) -> tuple[Sample, ...]:
    """Every request of Kad2 and Kad1, as ``probe`` would make it."""
    own = probe.kad_id
    entry = m.Entry(KadID(9 << 64), a_file(9).tags)
    requests: tuple[tuple[m.Message, int | None, bool], ...] = (
        (m.BootstrapRequest(), 0, False),
        (m.HelloRequest(probe.record), None, False),
        (m.FindNodeRequest(11, WORD, SELF.kad_id, own), 33, False),
        (m.SearchKeyRequest(WORD, 0, Words("ubuntu desktop")), None, False),
        (m.SearchSourceRequest(FILE, 0, 1000), None, False),
        (m.SearchNotesRequest(FILE, 1000), None, False),
        (m.PublishKeyRequest(WORD, (entry,)), None, False),
        (m.PublishSourceRequest(FILE, KadID(7), a_source(7)), None, False),
        (m.PublishNotesRequest(FILE, own, a_note()), None, False),
        (m.Ping(), 0, False),
        (m.LegacyBootstrapRequest(probe.legacy_record), None, True),
        (m.LegacyHelloRequest(probe.legacy_record), None, True),
        (m.LegacyFindNodeRequest(11, WORD, SELF.kad_id, own), None, True),
        (m.LegacySearchRequest(WORD, 0), None, False),
        (m.LegacySearchNotesRequest(FILE, own), None, False),
        (m.LegacyPublishRequest(WORD, (entry,)), None, False),
        (m.LegacyPublishNotesRequest(FILE, own, a_note()), None, False),
    )
    return tuple(
        Sample(one, len(encode(one)) - HEADER_SIZE if needed is None else needed, exact)
        for one, needed, exact in requests
    )


def variants(sample: Sample, probe: Probe) -> Iterator[tuple[str, bytes]]:
    """The malformed ones of one request, each with a name."""
    yield from _foreign(sample)
    yield from _badly_packed(sample)
    yield from _badly_covered(sample, probe)
    yield from _cut(sample)
    yield from _misfilled(sample, probe)


def _foreign(sample: Sample) -> Iterator[tuple[str, bytes]]:
    for protocol in FOREIGN:
        yield f"protocol 0x{protocol:02x}", sample.carrying(sample.payload, protocol)
    yield "no opcode", bytes([PLAIN_PROTOCOL])
    yield "nothing at all", b""


def _badly_packed(sample: Sample) -> Iterator[tuple[str, bytes]]:
    payload = sample.payload
    whole = zlib.compress(payload, 9)
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    for name, stream in (
        ("nothing", b""),
        ("plain bytes", payload + b"\x01"),
        ("noise", Random(1).randbytes(40)),
        ("a stream that lacks its end", whole[:-1]),
        ("half a stream", whole[: len(whole) // 2]),
        ("a wrong checksum", whole[:-1] + bytes([whole[-1] ^ 1])),
        ("a wrong head", b"\x79" + whole[1:]),
        ("a dictionary that nobody has", b"\x78\xbb" + bytes(4) + whole[2:]),
        ("no head", raw.compress(payload) + raw.flush()),
        ("gzip", gzip.compress(payload, mtime=0)),
        ("a bomb", zlib.compress(bytes(INFLATED_CAP + 1), 9)),
    ):
        yield f"packed: {name}", sample.carrying(stream, PACKED_PROTOCOL)


def _badly_covered(sample: Sample, probe: Probe) -> Iterator[tuple[str, bytes]]:
    plain = sample.carrying(sample.payload)
    good = obfuscate(plain, ForNode(SELF.kad_id), probe.key, Random(2))
    yield "covered for another node", obfuscate(plain, ForNode(probe.kad_id), 1, Random(2))
    yield "covered with a wrong key", obfuscate(plain, ForKey(probe.issued ^ 1), 1, Random(2))
    yield "covered with its own key", obfuscate(plain, ForKey(probe.key), 1, Random(2))
    yield "covered twice", obfuscate(good, ForNode(SELF.kad_id), probe.key, Random(2))
    for name, at, mask in (
        ("another salt", 1, 0xFF),
        ("another magic", _MAGIC_AT, 0x01),
        ("padding that passes the end", _PADDING_AT, 0xFF),
    ):
        yield name, good[:at] + bytes([good[at] ^ mask]) + good[at + 1 :]
    yield "cover without content", good[:OVERHEAD]
    yield "half a cover", good[: OVERHEAD // 2]


def _cut(sample: Sample) -> Iterator[tuple[str, bytes]]:
    payload = sample.payload
    heads = {sample.needed * part // _HEADS for part in range(_HEADS)} | {sample.needed - 1}
    for size in sorted(size for size in heads if 0 <= size < sample.needed):
        yield f"only {size} bytes", sample.carrying(payload[:size])
    if sample.exact:
        for more in (1, 16, 791):
            yield f"{more} bytes more", sample.carrying(payload + bytes(more))


def _misfilled(sample: Sample, probe: Probe) -> Iterator[tuple[str, bytes]]:
    """Fields that hold what cannot be."""
    payload = sample.payload
    fills: list[tuple[str, bytes]] = []
    match sample.message:
        case m.HelloRequest():
            fills = _hello(payload)
        case m.FindNodeRequest():
            fills = _find_node(payload, probe)
        case m.LegacyFindNodeRequest():
            fills = [*_find_node(payload, probe), ("sender zero", payload[:33] + _ZERO)]
        case m.LegacyHelloRequest() | m.LegacyBootstrapRequest():
            bad = payload[: _ID + 384] + b"\x05\0\4" + payload[_ID + 387 :]
            fills = [("identifier zero", _ZERO + payload[_ID:]), ("a certificate", bad)]
        case m.SearchKeyRequest():
            fills = _expressions(payload)
        case m.PublishKeyRequest() | m.LegacyPublishRequest():
            fills = _entries(payload)
        case m.PublishSourceRequest(_, _, tags):
            fills = [*_tags(payload), *_sources(payload[: 2 * _ID], sample, tags)]
        case m.PublishNotesRequest() | m.LegacyPublishNotesRequest():
            fills = _tags(payload)
        case m.LegacySearchNotesRequest():
            fills = [("searcher zero", payload[:_ID] + _ZERO)]
        case _:
            pass
    for name, filled in fills:
        yield name, sample.carrying(filled)


def _hello(payload: bytes) -> list[tuple[str, bytes]]:
    rest, dest = payload[1:], payload[17:_CONTACT]
    return [
        ("version 0", b"\0" + rest),
        ("version 9", b"\x09" + rest),
        ("version 255", b"\xff" + rest),
        ("identifier zero", payload[:1] + _ZERO + payload[17:]),
        ("another's destination", payload[:17] + bytes([dest[0] ^ 1]) + payload[18:]),
        ("a certificate", payload[: _CONTACT - 3] + b"\x05\0\4" + payload[_CONTACT:]),
        ("a tag of no type", payload[:_CONTACT] + b"\x01\xff\x58" + bytes(9)),
        ("tags that are not there", payload[:_CONTACT] + b"\x09"),
    ]


def _find_node(payload: bytes, probe: Probe) -> list[tuple[str, bytes]]:
    return [
        ("no contacts wanted", b"\0" + payload[1:]),
        ("only bits without a meaning", b"\xe0" + payload[1:]),
        ("for another node", payload[:17] + probe.kad_id.wire + payload[33:]),
        ("for nobody", payload[:17] + _ZERO + payload[33:]),
    ]


def _expressions(payload: bytes) -> list[tuple[str, bytes]]:
    head = payload[: _ID + 2]
    return [
        (f"expression {number}", head + text)
        for number, text in enumerate(
            (b"\x04", b"\xff\xff", b"\0\x03\x01\0\0\x01\0\0", b"\0\0", b"\x01\xff\xff", b"\x03\x06")
        )
    ] + [("an endless expression", head + bytes(2 * 30) + b"\x01\0\0" * 31)]


def _entries(payload: bytes) -> list[tuple[str, bytes]]:
    target, entry = payload[:_ID], payload[_ID + _COUNT :]
    return [
        ("65,535 entries", target + b"\xff\xff" + entry),
        ("one entry too few", target + b"\x02\0" + entry),
        ("a tag of no type", target + b"\x01\0" + entry[:_ID] + b"\x01\xff\x23" + bytes(20)),
        ("255 tags", target + b"\x01\0" + entry[:_ID] + b"\xff" + entry[_ID + 1 :]),
    ]


def _tags(payload: bytes) -> list[tuple[str, bytes]]:
    head, tags = payload[: 2 * _ID], payload[2 * _ID :]
    return [
        ("255 tags", head + b"\xff" + tags[1:]),
        ("one tag too few", head + bytes([tags[0] + 1]) + tags[1:]),
        ("a tag of no type", head + b"\x01\xff\x23" + bytes(20)),
        ("a tag with a text for a name", head + b"\x01\x02\x05\0abcde" + bytes(20)),
        ("a string that passes the end", head + b"\x01\x82\x23" + bytes(4) + b"\xff\xff" + b"a"),
    ]


def _sources(head: bytes, sample: Sample, tags: m.Tags) -> list[tuple[str, bytes]]:
    """Publishes that can be read but name no source."""
    assert isinstance(sample.message, m.PublishSourceRequest)
    lacking = {
        name: m.PublishSourceRequest(
            sample.message.target,
            sample.message.source,
            tuple(tag for tag in tags if tag.name != number),
        )
        for name, number in (("no type", SOURCETYPE), ("no destination", SOURCEDEST))
    }
    written = [(name, encode(one)[HEADER_SIZE:]) for name, one in lacking.items()]
    return [*written, ("no tags", head + b"\0")]
