"""Tests of the codec: what is written is read again, and what is not a message is refused."""

from __future__ import annotations

from typing import get_args

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from tests.strategies import BY_TYPE, messages
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.decoding import READERS
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.tags import (
    FILENAME,
    FILESIZE,
    KADMISCOPTIONS,
    SOURCEDEST,
    Hash16,
    Opaque,
    Tag,
)

TARGET = KadID(0x31D6CFE0D16AE931B73C59D7E0C089C0)
PEER = KadID(0xF0E1D2C3B4A5968778695A4B3C2D1E0F)
CONTACT = m.PeerRecord(8, PEER, destination(1))
LEGACY = m.LegacyRecord(PEER, destination(1), destination(2), 3)

KEY_CERTIFICATE = destination(9).raw[:-3] + b"\x05\x00\x04"
"""What the 387-byte field holds when a destination of 391 bytes was cut to fit."""


def framed(*parts: bytes) -> bytes:
    """A datagram of these parts, protocol in front."""
    return b"\x05" + b"".join(parts)


class RoundTripTests(SynchronousTestCase):
    """Writing and reading undo each other."""

    def test_every_type_known(self) -> None:
        """Every type of message has a strategy, a writer and a reader under its own opcode."""
        types = set(get_args(m.Message))
        self.assertEqual(len(types), 30)
        self.assertEqual(set(BY_TYPE), types)
        self.assertEqual(set(READERS), {kind.opcode for kind in types})

    @given(st.data())
    def test_there_and_back(self, data: st.DataObject) -> None:
        """A message of every type survives its bytes, which begin with protocol and opcode."""
        for kind, strategy in BY_TYPE.items():
            message = data.draw(strategy, kind.__name__)
            datagram = encode(message)
            self.assertEqual(datagram[:2], bytes((5, kind.opcode)))
            self.assertEqual(decode(datagram), message)

    @given(messages)
    def test_cut_short(self, message: m.Message) -> None:
        """A datagram without its last byte is never read as the same message."""
        datagram = encode(message)
        try:
            shorter = decode(datagram[:-1])
        except DecodeError:
            return
        self.assertNotEqual(shorter, message)

    @given(st.binary(max_size=600), st.sampled_from(sorted(READERS)))
    def test_any_bytes(self, payload: bytes, opcode: int) -> None:
        """Any payload is refused, or is a message that survives its own bytes."""
        try:
            message = decode(bytes((5, opcode)) + payload)
        except DecodeError:
            return
        self.assertEqual(decode(encode(message)), message)


class HeaderTests(SynchronousTestCase):
    """What the first two bytes decide."""

    def test_too_short(self) -> None:
        """A datagram without an opcode is refused."""
        for datagram in (b"", b"\x05"):
            self.assertRaises(DecodeError, decode, datagram)

    def test_protocol(self) -> None:
        """Only protocol 0x05 is plain KAD: packed ones are unpacked elsewhere, others ignored."""
        for protocol in set(range(256)) - {5}:
            self.assertRaises(DecodeError, decode, bytes((protocol, m.Ping.opcode)))

    def test_unknown_opcode(self) -> None:
        """Reserved and unknown opcodes are refused."""
        for opcode in set(range(256)) - set(READERS):
            self.assertRaises(DecodeError, decode, bytes((5, opcode)) + bytes(50))

    def test_trailing_bytes(self) -> None:
        """Bytes behind the last field are ignored, as iMule ignores them."""
        for message in (
            m.Ping(),
            m.BootstrapRequest(),
            m.HelloRequest(CONTACT, (Tag(KADMISCOPTIONS, 4),)),
            m.FindNodeRequest(2, TARGET, PEER, PEER),
            m.HelloResponseAck(PEER),
            m.SearchKeyRequest(TARGET, 1, Words("a")),
            m.SearchNotesRequest(TARGET, 1),
            m.PublishResponse(TARGET, 1, 2, 3, 0),
        ):
            self.assertEqual(decode(encode(message) + b"\xff\xff\xff"), message)


class ContactTests(SynchronousTestCase):
    """Contacts in lists and contacts that speak of themselves."""

    def bad_contacts(self) -> list[bytes]:
        """Contacts that nobody may store, one for each reason."""
        good = encode(m.HelloRequest(CONTACT))[2:406]
        return [
            b"\x09" + good[1:],
            b"\xff" + good[1:],
            good[:1] + bytes(16) + good[17:],
            good[:17] + KEY_CERTIFICATE,
            good[:17] + bytes(387),
            good[:17] + bytes(4) + good[21:],
        ]

    def test_skipped_in_res(self) -> None:
        """A bad contact in a RES is left out and counted, the others are kept."""
        good = encode(m.HelloRequest(CONTACT))[2:406]
        for bad in self.bad_contacts():
            message = decode(framed(b"\x13", TARGET.wire, b"\x03", good, bad, good))
            self.assertEqual(message, m.FindNodeResponse(TARGET, (CONTACT, CONTACT)))
            assert isinstance(message, m.FindNodeResponse)
            self.assertEqual(message.skipped, 1)

    def test_skipped_in_bootstrap(self) -> None:
        """A bad contact in a BOOTSTRAP_RES is left out and counted, the others are kept."""
        whole = encode(m.BootstrapResponse(PEER, 8, None, (CONTACT, CONTACT)))
        for bad in self.bad_contacts():
            message = decode(whole[:-404] + bad)
            self.assertEqual(message, m.BootstrapResponse(PEER, 8, None, (CONTACT,)))
            assert isinstance(message, m.BootstrapResponse)
            self.assertEqual(message.skipped, 1)

    def test_version_zero(self) -> None:
        """Version 0 is tolerated in lists and refused in a HELLO, in both directions."""
        old = evolve(CONTACT, version=0)
        message = m.FindNodeResponse(TARGET, (old,))
        self.assertEqual(decode(encode(message)), message)
        self.assertRaises(ValueError, encode, m.HelloRequest(old))
        hello = encode(m.HelloRequest(CONTACT))
        self.assertRaises(DecodeError, decode, hello[:2] + b"\0" + hello[3:])

    def test_bad_self(self) -> None:
        """A HELLO whose own contact is bad is refused."""
        for bad in self.bad_contacts():
            for opcode in (m.HelloRequest.opcode, m.HelloResponse.opcode):
                self.assertRaises(DecodeError, decode, bytes((5, opcode)) + bad + b"\0")

    def test_hello_needs_tag_count(self) -> None:
        """A HELLO without the count of its tags is refused."""
        hello = encode(m.HelloRequest(CONTACT))
        self.assertEqual(len(hello), 2 + 404 + 1)
        self.assertRaises(DecodeError, decode, hello[:-1])

    def test_bootstrap_sender(self) -> None:
        """A BOOTSTRAP_RES from version 0, 9 or identifier zero, or with a cut TCP, is refused."""
        good = encode(m.BootstrapResponse(PEER, 8, destination(2), ()))
        for bad in (
            good[:2] + bytes(16) + good[18:],
            good[:18] + b"\0" + good[19:],
            good[:18] + b"\x09" + good[19:],
            good[:19] + KEY_CERTIFICATE + good[-2:],
        ):
            self.assertRaises(DecodeError, decode, bad)

    def test_no_tcp(self) -> None:
        """A TCP destination of zeros means that there is none."""
        datagram = encode(m.BootstrapResponse(PEER, 8, None, ()))
        self.assertEqual(datagram[19:-2], bytes(387))
        self.assertEqual(decode(datagram), m.BootstrapResponse(PEER, 8, None, ()))
        self.assertEqual(
            decode(encode(m.LegacyHelloRequest(evolve(LEGACY, tcp=None)))),
            m.LegacyHelloRequest(evolve(LEGACY, tcp=None)),
        )

    def test_zero_sender(self) -> None:
        """A message whose sender claims the identifier zero is refused in both directions."""
        for message in (
            m.FindNodeRequest(2, TARGET, TARGET, PEER),
            m.HelloResponseAck(PEER),
            m.SearchResponse(PEER, TARGET, ()),
            m.LegacyFindNodeRequest(2, TARGET, TARGET, PEER),
            m.LegacySearchNotesRequest(TARGET, PEER),
        ):
            zeroed = encode(message).replace(PEER.wire, ZERO.wire)
            self.assertRaises(DecodeError, decode, zeroed)
        self.assertRaises(ValueError, encode, m.FindNodeRequest(2, TARGET, TARGET, ZERO))
        self.assertRaises(ValueError, encode, m.HelloResponseAck(ZERO))
        self.assertRaises(ValueError, encode, m.SearchResponse(ZERO, TARGET, ()))


class FieldTests(SynchronousTestCase):
    """The fields of single messages."""

    def test_res_length_exact(self) -> None:
        """A RES of any other length than 17 + 404 n is refused."""
        whole = encode(m.FindNodeResponse(TARGET, (CONTACT, CONTACT)))
        self.assertEqual(len(whole), 2 + 17 + 2 * 404)
        self.assertRaises(DecodeError, decode, whole + b"\0")
        self.assertRaises(DecodeError, decode, whole[:-1])
        self.assertRaises(DecodeError, decode, whole[:18] + b"\x01" + whole[19:])

    def test_req_count(self) -> None:
        """Only the low five bits of a REQ's count have a meaning, and they must not be zero."""
        req = encode(m.FindNodeRequest(11, TARGET, PEER, None))
        message = decode(req[:2] + b"\xeb" + req[3:])
        self.assertEqual(message, m.FindNodeRequest(11, TARGET, PEER, None))
        for count in (0x00, 0x20, 0xE0):
            self.assertRaises(DecodeError, decode, req[:2] + bytes([count]) + req[3:])
        for count in (0, 32, -1):
            self.assertRaises(ValueError, encode, m.FindNodeRequest(count, TARGET, PEER, None))

    def test_req_without_sender(self) -> None:
        """A REQ of 33 bytes has no sender, one of 49 has."""
        self.assertEqual(len(encode(m.FindNodeRequest(2, TARGET, PEER, None))), 2 + 33)
        whole = encode(m.FindNodeRequest(2, TARGET, PEER, PEER))
        self.assertEqual(len(whole), 2 + 49)
        self.assertEqual(decode(whole[:35]), m.FindNodeRequest(2, TARGET, PEER, None))
        self.assertEqual(decode(whole[:50]), m.FindNodeRequest(2, TARGET, PEER, None))

    def test_search_start(self) -> None:
        """The highest bit of the start says that an expression follows, the others count."""
        plain = encode(m.SearchKeyRequest(TARGET, 0x7FFF))
        self.assertEqual(plain[-2:], b"\xff\x7f")
        self.assertEqual(
            encode(m.SearchKeyRequest(TARGET, 5, Words("a")))[18:], b"\x05\x80\x01\x01\x00a"
        )
        self.assertRaises(DecodeError, decode, plain[:-2] + b"\x05\x80")
        self.assertRaises(ValueError, encode, m.SearchKeyRequest(TARGET, 0x8000))
        self.assertRaises(ValueError, encode, m.SearchSourceRequest(TARGET, -1, 0))
        source = encode(m.SearchSourceRequest(TARGET, 7, 9))
        self.assertEqual(
            decode(source[:18] + b"\x07\x80" + source[20:]), m.SearchSourceRequest(TARGET, 7, 9)
        )

    def test_publish_res_forms(self) -> None:
        """The length tells the key form from the source form, with and without options."""
        for size, message in (
            (17, m.PublishResponse(TARGET, 5)),
            (18, m.PublishResponse(TARGET, 5, options=1)),
            (25, m.PublishResponse(TARGET, 5, 3, 2)),
            (26, m.PublishResponse(TARGET, 5, 3, 2, options=0)),
            (17, m.LegacyPublishResponse(TARGET, 5)),
            (25, m.LegacyPublishResponse(TARGET, 5, 3, 2)),
        ):
            datagram = encode(message)
            self.assertEqual(len(datagram), 2 + size)
            self.assertEqual(decode(datagram), message)
        self.assertRaises(DecodeError, decode, framed(b"\x1b", TARGET.wire))
        self.assertRaises(ValueError, encode, m.PublishResponse(TARGET, 5, sources=3))

    def test_numbers_that_do_not_fit(self) -> None:
        """A number or a list that its field cannot hold is a ValueError."""
        for message in (
            m.SearchNotesRequest(TARGET, 2**64),
            m.PublishResponse(TARGET, 256),
            m.PublishResponse(TARGET, 1, 2**32, 0),
            m.PublishResponse(TARGET, 1, options=-1),
            m.LegacySearchRequest(TARGET, 256),
            m.LegacyHelloRequest(evolve(LEGACY, kind=256)),
            m.FindNodeResponse(TARGET, (CONTACT,) * 256),
            m.LegacyFindNodeResponse(TARGET, (LEGACY,) * 256),
            m.PublishKeyRequest(TARGET, (m.Entry(TARGET, ()),) * 65536),
            m.HelloRequest(CONTACT, (Tag(1, 1),) * 256),
        ):
            self.assertRaises(ValueError, encode, message)

    def test_never_sent(self) -> None:
        """Versions above 8 and nodes called zero are not written, alone or in lists."""
        for bad in (evolve(CONTACT, version=9), evolve(CONTACT, kad_id=ZERO)):
            for message in (
                m.HelloRequest(bad),
                m.HelloResponse(bad),
                m.FindNodeResponse(TARGET, (CONTACT, bad)),
                m.BootstrapResponse(PEER, 8, None, (CONTACT, bad)),
            ):
                self.assertRaises(ValueError, encode, message)
        nobody = evolve(LEGACY, kad_id=ZERO)
        for legacy in (
            m.BootstrapResponse(PEER, 9, None, ()),
            m.BootstrapResponse(PEER, 0, None, ()),
            m.BootstrapResponse(ZERO, 8, None, ()),
            m.LegacyHelloResponse(nobody),
            m.LegacyFindNodeResponse(TARGET, (nobody,)),
        ):
            self.assertRaises(ValueError, encode, legacy)


class DialectTests(SynchronousTestCase):
    """Tags with serials and without (wire-format section 6)."""

    def test_serial_first(self) -> None:
        """A list that could be read in both dialects is read with serials."""
        message = m.HelloResponse(CONTACT, (Tag(KADMISCOPTIONS, 4),))
        whole = encode(message)
        self.assertEqual(whole[406:], b"\x01\x89\x58\0\0\0\0\x04")
        self.assertEqual(decode(whole[:409] + b"\x77\x66\x55\x44\x04"), message)

    def test_without_serial(self) -> None:
        """A list without serials is read when it ends exactly where the datagram ends."""
        hello = encode(m.HelloResponse(CONTACT))[:-1]
        self.assertEqual(
            decode(hello + b"\x01\x89\x58\x04"),
            m.HelloResponse(CONTACT, (Tag(KADMISCOPTIONS, 4),)),
        )
        self.assertRaises(DecodeError, decode, hello + b"\x01\x89\x58\x04\xff")

    def test_unknown_names(self) -> None:
        """A tag that nobody knows is read in the network's own dialect, the one with serials."""
        message = m.HelloResponse(CONTACT, (Tag(KADMISCOPTIONS, 4), Tag(0x01, "private")))
        self.assertEqual(decode(encode(message)), message)
        self.assertRaises(
            DecodeError, decode, encode(m.HelloResponse(CONTACT))[:-1] + b"\x01\x89\x01\x04"
        )

    def test_verbatim(self) -> None:
        """Entries come back from storage as they went in: the order and every byte but serials."""
        tags = (
            Tag(FILESIZE, 0),
            Tag(FILENAME, "été"),
            Tag(SOURCEDEST, destination(3)),
            Tag(0x41, Hash16(bytes(range(16)))),
            Tag(0x30, Opaque(4, b"\x00\x00\xc0\x7f")),
            Tag(FILENAME, ""),
        )
        datagram = encode(m.PublishKeyRequest(TARGET, (m.Entry(PEER, tags),)))
        stored = decode(datagram)
        self.assertEqual(stored, m.PublishKeyRequest(TARGET, (m.Entry(PEER, tags),)))
        self.assertEqual(encode(stored), datagram)

    def test_cut_destination_in_tag(self) -> None:
        """A destination with another certificate voids the message that lists it."""
        datagram = encode(m.PublishSourceRequest(TARGET, PEER, (Tag(SOURCEDEST, destination(3)),)))
        self.assertTrue(datagram.endswith(destination(3).raw))
        self.assertRaises(DecodeError, decode, datagram[:-387] + KEY_CERTIFICATE)

    def test_zero_destination_in_tag(self) -> None:
        """A destination of zeros in a tag is kept, but is no destination."""
        datagram = encode(m.PublishSourceRequest(TARGET, PEER, (Tag(SOURCEDEST, destination(3)),)))
        message = decode(datagram[:-387] + bytes(387))
        assert isinstance(message, m.PublishSourceRequest)
        self.assertNotIsInstance(message.tags[0].value, Destination)
        self.assertEqual(encode(message), datagram[:-387] + bytes(387))


class LegacyTests(SynchronousTestCase):
    """The sizes of Kad1 (wire-format section 10)."""

    def test_exact_sizes(self) -> None:
        """The Kad1 messages of fixed size are refused at any other size."""
        for message in (
            m.LegacyBootstrapRequest(LEGACY),
            m.LegacyHelloRequest(LEGACY),
            m.LegacyHelloResponse(LEGACY),
            m.LegacyFindNodeRequest(2, TARGET, PEER, PEER),
            m.LegacyBootstrapResponse((LEGACY, LEGACY)),
            m.LegacyFindNodeResponse(TARGET, (LEGACY, LEGACY)),
        ):
            datagram = encode(message)
            self.assertEqual(decode(datagram), message)
            self.assertRaises(DecodeError, decode, datagram + b"\0")
            self.assertRaises(DecodeError, decode, datagram[:-1])

    def test_twelve(self) -> None:
        """Twelve contacts fit into a Kad1 list, thirteen are refused."""
        for message in (
            m.LegacyBootstrapResponse((LEGACY,) * 12),
            m.LegacyFindNodeResponse(TARGET, (LEGACY,) * 12),
        ):
            self.assertEqual(decode(encode(message)), message)
            longer = evolve(message, contacts=(LEGACY,) * 13)
            self.assertRaises(DecodeError, decode, encode(longer))

    def test_skipped(self) -> None:
        """A bad Kad1 contact in a list is left out and counted, and refused when it is the self."""
        good = encode(m.LegacyHelloRequest(LEGACY))[2:]
        for bad in (
            bytes(16) + good[16:],
            good[:16] + bytes(387) + good[403:],
            good[:16] + KEY_CERTIFICATE + good[403:],
            good[:403] + KEY_CERTIFICATE + good[790:],
        ):
            message = decode(framed(b"\x02\x02\x00", bad, good))
            assert isinstance(message, m.LegacyBootstrapResponse)
            self.assertEqual(message.contacts, (LEGACY,))
            self.assertEqual(message.skipped, 1)
            self.assertRaises(DecodeError, decode, framed(b"\x03", bad))

    def test_search_forms(self) -> None:
        """The byte after the target and what follows it make the three forms of the search."""
        for tail, expected in (
            (b"\x00", m.LegacySearchRequest(TARGET, 0)),
            (b"\x01", m.LegacySearchRequest(TARGET, 1)),
            (b"\x01\x01\x01\x00a", m.LegacySearchRequest(TARGET, 1, Words("a"))),
            (b"\x00\x01\x01\x00a", m.LegacySearchRequest(TARGET, 0)),
        ):
            self.assertEqual(decode(framed(b"\x07", TARGET.wire, tail)), expected)
        self.assertRaises(DecodeError, decode, framed(b"\x07", TARGET.wire))
        self.assertRaises(ValueError, encode, m.LegacySearchRequest(TARGET, 0, Words("a")))

    def test_publish_minimum(self) -> None:
        """A Kad1 publish below 37 bytes is refused in both directions."""
        empty = m.LegacyPublishRequest(TARGET, (m.Entry(PEER, ()),))
        self.assertRaises(ValueError, encode, empty)
        self.assertRaises(
            DecodeError, decode, framed(b"\x0a", TARGET.wire, b"\x01\0", PEER.wire, b"\0")
        )

    def test_note_tags(self) -> None:
        """A Kad1 note has one to five tags."""
        tag = Tag(FILESIZE, 1)
        self.assertRaises(ValueError, encode, m.LegacyPublishNotesRequest(TARGET, PEER, ()))
        self.assertRaises(ValueError, encode, m.LegacyPublishNotesRequest(TARGET, PEER, (tag,) * 6))
        six = encode(m.PublishNotesRequest(TARGET, PEER, (tag,) * 6))
        none = encode(m.PublishNotesRequest(TARGET, PEER, ())) + bytes(10)
        for datagram in (six, none):
            self.assertRaises(DecodeError, decode, b"\x05\x0c" + datagram[2:])
