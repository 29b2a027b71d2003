"""Tests of the reader of primitive values."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.strategies import kad_ids, texts
from twisted_mule.kad.cursor import Cursor, encode_text
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import KadID


class NumberTests(SynchronousTestCase):
    """Numbers and identifiers."""

    def test_little_endian(self) -> None:
        """Numbers of all widths are little-endian and follow each other."""
        cursor = Cursor(bytes(range(1, 16)))
        self.assertEqual(cursor.u8(), 0x01)
        self.assertEqual(cursor.u16(), 0x0302)
        self.assertEqual(cursor.u32(), 0x07060504)
        self.assertEqual(cursor.u64(), 0x0F0E0D0C0B0A0908)
        self.assertEqual(cursor.left, 0)

    @given(kad_ids)
    def test_identifier(self, kad_id: KadID) -> None:
        """An identifier is read from its wire form."""
        self.assertEqual(Cursor(kad_id.wire).kad_id(), kad_id)

    def test_bounded(self) -> None:
        """No read passes the end, and a refused read does not move the cursor."""
        reads: tuple[Callable[[Cursor], object], ...] = (
            Cursor.u8,
            Cursor.u16,
            Cursor.u32,
            Cursor.u64,
            Cursor.kad_id,
            lambda cursor: cursor.take(16),
            lambda cursor: cursor.text(16),
        )
        for read, size in zip(reads, (1, 2, 4, 8, 16, 16, 16), strict=True):
            cursor = Cursor(bytes(size + 2), 3)
            self.assertRaises(DecodeError, read, cursor)
            self.assertEqual(cursor.at, 3)
            self.assertEqual(len(cursor.peek(99)), size - 1)


class TextTests(SynchronousTestCase):
    """Strings (wire-format section 1)."""

    @given(texts)
    def test_there_and_back(self, text: str) -> None:
        """A string survives its bytes."""
        self.assertEqual(Cursor(encode_text(text.encode())).text(), text)

    def test_byte_order_mark(self) -> None:
        """A byte order mark in front is dropped, elsewhere it is a character."""
        self.assertEqual(Cursor(b"\xef\xbb\xbfabc").text(6), "abc")
        self.assertEqual(Cursor(b"\xef\xbb\xbf\xff").text(4), "ÿ")
        self.assertEqual(Cursor(b"a\xef\xbb\xbf").text(4), "a\ufeff")

    def test_latin_1(self) -> None:
        """What is not UTF-8 is taken as Latin-1."""
        self.assertEqual(Cursor(b"\xe9t\xe9").text(3), "été")
        self.assertEqual(Cursor(b"\xed\xa0\x80").text(3), "í\xa0\x80")

    @given(st.binary(max_size=40))
    def test_any_bytes(self, raw: bytes) -> None:
        """Any bytes are some string, and that string is read back as itself."""
        text = Cursor(raw).text(len(raw))
        again = text.encode()
        self.assertEqual(Cursor(again).text(len(again)), text)

    def test_longest(self) -> None:
        """A string of 65,535 bytes can be written, one more cannot."""
        self.assertEqual(len(encode_text(bytes(65535))), 65537)
        self.assertRaises(ValueError, encode_text, bytes(65536))
