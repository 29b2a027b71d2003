"""
Search expressions: what else a file must satisfy besides the keyword (wire-format section 12).

Prefix notation on the wire, a tree of frozen values here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, assert_never

from attrs import define, frozen

from twisted_mule.kad.cursor import Cursor, encode_text
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.tags import Tag, decode_tag, encode_tag

MAX_DEPTH: Final = 24
MAX_TERMS: Final = 256
"""Far above what anyone types; it bounds the work of reading and of matching."""

_PAIR: Final = 0
_WORDS: Final = 1
_STRING_TAG: Final = 2
_NUMBER_TAG: Final = 3


class Comparison(IntEnum):
    """How :class:`NumberTag` compares the file's tag (left) with its own (right)."""

    EQUAL = 0
    GREATER = 1
    LESS = 2
    GREATER_OR_EQUAL = 3
    LESS_OR_EQUAL = 4
    NOT_EQUAL = 5


@frozen
class And:
    """Both sides hold."""

    left: Expression
    right: Expression


@frozen
class Or:
    """At least one side holds."""

    left: Expression
    right: Expression


@frozen
class AndNot:
    """The left side holds, the right does not."""

    left: Expression
    right: Expression


@frozen
class Words:
    """Every word of ``text`` occurs somewhere in the file name."""

    text: str


@frozen
class StringTag:
    """The string tag called ``name`` equals ``value``, whatever the case of the letters."""

    value: str
    name: int


@frozen
class NumberTag:
    """The integer tag with the name of ``tag`` compares with its value as ``op`` says."""

    op: Comparison
    tag: Tag


Expression = And | Or | AndNot | Words | StringTag | NumberTag

_PAIRS: Final[tuple[type[And | Or | AndNot], ...]] = (And, Or, AndNot)


def decode_expression(cursor: Cursor) -> Expression:
    """
    The expression that starts at ``cursor``.

    The name in a :class:`StringTag` is one byte; the ``01 00 name`` that iMule writes (and cannot
    read itself) is understood as well.

    :raise DecodeError: for anything else, and above 24 levels or 256 terms.
    """
    return _Reader(cursor).expression(1)


def encode_expression(expression: Expression) -> bytes:
    """
    The expression in the form that readers understand.

    :raise ValueError: for one that :func:`decode_expression` would refuse.
    """
    pieces: list[bytes] = []
    waiting = [(expression, 1)]
    while waiting:
        term, depth = waiting.pop()
        if depth > MAX_DEPTH or len(pieces) == MAX_TERMS:
            raise ValueError("a search expression is too deep or too long")
        match term:
            case And(left, right) | Or(left, right) | AndNot(left, right):
                pieces.append(bytes((_PAIR, _PAIRS.index(type(term)))))
                waiting += [(right, depth + 1), (left, depth + 1)]
            case _:
                pieces.append(_leaf(term))
    return b"".join(pieces)


def _leaf(term: Words | StringTag | NumberTag) -> bytes:
    match term:
        case Words(text):
            return bytes([_WORDS]) + encode_text(text.encode())
        case StringTag(value, name):
            return bytes([_STRING_TAG]) + encode_text(value.encode()) + bytes([name])
        case NumberTag(op, tag):
            if not isinstance(tag.value, int):
                raise ValueError("a search expression compares integers only")
            return bytes((_NUMBER_TAG, op)) + encode_tag(tag)
        case _:
            assert_never(term)


@define
class _Reader:
    """Reads terms and counts them."""

    cursor: Cursor
    terms: int = 0

    def expression(self, depth: int) -> Expression:
        """The term at the cursor with everything below it."""
        self.terms += 1
        if depth > MAX_DEPTH or self.terms > MAX_TERMS:
            raise DecodeError("a search expression is too deep or too long")
        match self.cursor.u8():
            case 0:
                return self._pair(depth)
            case 1:
                return Words(self.cursor.text())
            case 2:
                return StringTag(self.cursor.text(), self._name())
            case 3:
                return self._comparison()
            case unknown:
                raise DecodeError(f"no term of a search expression starts with 0x{unknown:02x}")

    def _pair(self, depth: int) -> Expression:
        operator = self.cursor.u8()
        if operator >= len(_PAIRS):
            raise DecodeError(f"no operator of a search expression is 0x{operator:02x}")
        left = self.expression(depth + 1)
        return _PAIRS[operator](left, self.expression(depth + 1))

    def _name(self) -> int:
        name = self.cursor.u8()
        following = self.cursor.peek(2)
        # After the name 1 a pair could follow, but its second byte is an operator, 0 to 2.
        if name == 1 and len(following) == 2 and following[0] == 0 and following[1] >= len(_PAIRS):
            return self.cursor.take(2)[1]
        return name

    def _comparison(self) -> NumberTag:
        op = self.cursor.u8()
        if op > max(Comparison):
            raise DecodeError(f"no comparison of a search expression is 0x{op:02x}")
        tag = decode_tag(self.cursor)
        if not isinstance(tag.value, int):
            raise DecodeError("a search expression compares something that is no integer")
        return NumberTag(Comparison(op), tag)
