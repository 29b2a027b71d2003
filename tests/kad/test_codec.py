"""Tests of the codec: what is written is read again, and what is not a message is refused."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.parts import CONTACT, KEY_CERTIFICATE, PEER, TARGET
from tests.samples import destination
from tests.strategies import BY_TYPE, messages
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.decoding import READERS
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.expression import Words
from twisted_mule.kad.tags import (
    DESCRIPTION,
    FILENAME,
    FILESIZE,
    KADMISCOPTIONS,
    SOURCEDEST,
    Hash16,
    Opaque,
    Tag,
)


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


class DialectTests(SynchronousTestCase):
    """Tags with serials and without (wire-format section 6)."""

    def test_serial_first(self) -> None:
        """A list that could be read in both dialects is read with serials."""
        hello = encode(m.HelloResponse(CONTACT))[:-1]
        # With a serial: 07 00 'x' 'y', then three characters.  Without: seven characters.
        both = b"\x01\x82\x2d\x07\x00xy\x03\x00abc"
        self.assertEqual(decode(hello + both), m.HelloResponse(CONTACT, (Tag(DESCRIPTION, "abc"),)))

    def test_serial_ignored(self) -> None:
        """We write the serial 0 and take any other."""
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
