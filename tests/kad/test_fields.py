"""Tests of the fields of single messages: sizes, forms and what is never written."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.parts import CONTACT, KEY_CERTIFICATE, LEGACY, PEER, TARGET, framed
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.cursor import U16
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import ZERO
from twisted_mule.kad.tags import FILESIZE, Tag, encode_tags


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
            m.PublishKeyRequest(TARGET, (m.Entry(TARGET, ()),) * 1001),
            m.HelloRequest(CONTACT, (Tag(1, 1),) * 256),
        ):
            self.assertRaises(ValueError, encode, message)

    def test_more_than_honest(self) -> None:
        """A thousand entries and 4,096 tags are read, one more of either is refused."""
        tag = encode_tags((Tag(FILESIZE, 1),))[1:]
        small, full = PEER.wire + b"\0", PEER.wire + b"\xff" + tag * 255
        for entries in (small * 1000, full * 16 + PEER.wire + b"\x10" + tag * 16):
            count = 1000 if entries.startswith(small) else 17
            whole = decode(framed(b"\x18", TARGET.wire, U16.pack(count), entries))
            assert isinstance(whole, m.PublishKeyRequest)
            self.assertEqual(len(whole.entries), count)
        for count, entries in (
            (1001, small * 1001),
            (17, full * 16 + PEER.wire + b"\x11" + tag * 17),
        ):
            datagram = framed(b"\x18", TARGET.wire, U16.pack(count), entries)
            self.assertRaises(DecodeError, decode, datagram)

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
