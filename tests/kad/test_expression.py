"""Tests of search expressions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from tests.strategies import expressions
from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.expression import (
    MAX_DEPTH,
    MAX_TERMS,
    And,
    AndNot,
    Comparison,
    Expression,
    NumberTag,
    Or,
    StringTag,
    Words,
    decode_expression,
    encode_expression,
)
from twisted_mule.kad.tags import FILESIZE, FILETYPE, SOURCES, Tag

WORD = b"\x01\x01\x00a"


def read(raw: bytes) -> Expression:
    """The expression in these bytes, all of them."""
    cursor = Cursor(raw)
    expression = decode_expression(cursor)
    assert cursor.left == 0
    return expression


def chain(depth: int) -> Expression:
    """An expression of so many levels."""
    expression: Expression = Words("a")
    for _ in range(depth - 1):
        expression = And(Words("a"), expression)
    return expression


def bush(depth: int) -> Expression:
    """An expression with two sides at every level."""
    return Words("a") if depth == 1 else Or(bush(depth - 1), bush(depth - 1))


class RecordedTests(SynchronousTestCase):
    """Expressions that were put to iMule."""

    def test_imule(self) -> None:
        """Every recorded expression is read, and written back the same but for serials."""
        fields = [
            s["fields"]
            for s in recorded("messages_imule")["scenarios"]
            if "expression_hex" in s["fields"]
        ]
        found = [read(bytes.fromhex(field["expression_hex"])) for field in fields]
        self.assertEqual(
            found,
            [
                Words("desktop"),
                NumberTag(Comparison.GREATER, Tag(FILESIZE, 1000)),
                NumberTag(Comparison.LESS, Tag(FILESIZE, 100000)),
                And(Words("ubuntu"), StringTag("Audio", FILETYPE)),
                Or(Words("desktop"), Words("mp3")),
            ],
        )
        written = [encode_expression(expression).hex() for expression in found]
        self.assertEqual(
            written,
            [
                "0107006465736b746f70",
                "0301882400000000e803",
                "0302832400000000a0860100",
                "00000106007562756e7475020500417564696f25",
                "00010107006465736b746f700103006d7033",
            ],
        )


class FormTests(SynchronousTestCase):
    """The bytes of single terms."""

    @given(expressions)
    def test_there_and_back(self, expression: Expression) -> None:
        """An expression survives its bytes, to the last one."""
        self.assertEqual(read(encode_expression(expression)), expression)

    def test_operators(self) -> None:
        """The second byte of a pair is its operator."""
        a = Words("a")
        self.assertEqual(read(b"\0\0" + WORD + WORD), And(a, a))
        self.assertEqual(read(b"\0\1" + WORD + WORD), Or(a, a))
        self.assertEqual(read(b"\0\2" + WORD + WORD), AndNot(a, a))
        self.assertRaises(DecodeError, read, b"\0\3" + WORD + WORD)

    def test_both_name_forms(self) -> None:
        """The name of a string tag is read as one byte and in the form of iMule's writer."""
        pro = StringTag("Pro", FILETYPE)
        short, long = b"\x02\x03\x00Pro\x25", b"\x02\x03\x00Pro\x01\x00\x25"
        self.assertEqual(encode_expression(pro), short)
        for form in (short, long):
            self.assertEqual(read(form), pro)
            self.assertEqual(read(b"\0\0" + form + WORD), And(pro, Words("a")))

    def test_name_one_before_a_pair(self) -> None:
        """The name 1 before a pair is not taken for the long form."""
        one = StringTag("x", 1)
        for pair in (And, Or, AndNot):
            expression = And(one, pair(Words("a"), one))
            self.assertEqual(read(encode_expression(expression)), expression)

    def test_comparisons(self) -> None:
        """The six comparisons are numbered 0 to 5, and compare integers only."""
        for op in Comparison:
            term = NumberTag(op, Tag(SOURCES, 3))
            self.assertEqual(encode_expression(term), bytes((3, op)) + b"\x89\x35\0\0\0\0\x03")
            self.assertEqual(read(encode_expression(term)), term)
        self.assertRaises(DecodeError, read, b"\x03\x06\x89\x35\0\0\0\0\x03")
        self.assertRaises(DecodeError, read, b"\x03\x00\x91\x35\0\0\0\0a")
        wrong = NumberTag(Comparison.EQUAL, Tag(SOURCES, "a"))
        self.assertRaises(ValueError, encode_expression, wrong)

    def test_unknown_term(self) -> None:
        """Every other first byte is refused, and so is the end of the bytes."""
        for first in range(4, 256):
            self.assertRaises(DecodeError, read, bytes([first]) + bytes(20))
        self.assertRaises(DecodeError, read, b"")

    def test_cut_anywhere(self) -> None:
        """An expression that ends early is refused, wherever it ends."""
        raw = encode_expression(
            Or(StringTag("Pro", FILETYPE), NumberTag(Comparison.LESS, Tag(FILESIZE, 2**40)))
        )
        for size in range(len(raw)):
            self.assertRaises(DecodeError, read, raw[:size])

    def test_does_not_fit(self) -> None:
        """Texts and names that their fields cannot hold are a ValueError."""
        for term in (Words("x" * 65536), StringTag("\ud800", 1), StringTag("x", 256)):
            self.assertRaises(ValueError, encode_expression, term)


class BoundTests(SynchronousTestCase):
    """Depth and number of terms."""

    def test_depth(self) -> None:
        """24 levels are read and written, 25 are neither."""
        deepest = chain(MAX_DEPTH)
        raw = encode_expression(deepest)
        self.assertEqual(read(raw), deepest)
        self.assertRaises(DecodeError, read, b"\0\0" + WORD + raw)
        self.assertRaises(ValueError, encode_expression, chain(MAX_DEPTH + 1))

    def test_terms(self) -> None:
        """255 terms are read and written, 511 are neither."""
        whole = bush(8)
        self.assertEqual(read(encode_expression(whole)), whole)
        raw = b"\0\1" + encode_expression(whole) * 2
        self.assertGreater(511, MAX_TERMS)
        self.assertRaises(DecodeError, read, raw)
        self.assertRaises(ValueError, encode_expression, bush(9))

    def test_endless_nesting(self) -> None:
        """Operators without end are refused at once, whatever their depth."""
        for raw in (b"\0\0" * 50_000, b"\0\1" * 50_000 + WORD):
            self.assertRaises(DecodeError, read, raw)

    @given(st.binary(max_size=200))
    def test_any_bytes(self, raw: bytes) -> None:
        """Any bytes are refused or are an expression that survives its own bytes."""
        try:
            expression = decode_expression(Cursor(raw))
        except DecodeError:
            return
        self.assertEqual(read(encode_expression(expression)), expression)
