"""Whether a file fits a search expression (node-behaviour 7.4, wire-format section 12)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Final, Protocol, assert_never

from attrs import frozen

from twisted_mule.kad.expression import (
    And,
    AndNot,
    Comparison,
    Expression,
    NumberTag,
    Or,
    StringTag,
    Words,
)
from twisted_mule.kad.keywords import lower, pieces
from twisted_mule.kad.tags import FILEFORMAT, FILESIZE

#: What it costs to look for a word in a name (or at a size), and at a tag, in the same unit.
WORD_COST: Final = 1
TAG_COST: Final = 8
#: How many words sort out at a glance what cannot fit.
MOST_NEEDED: Final = 8

_COMPARE: Final[dict[Comparison, Callable[[int, int], bool]]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.GREATER: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
    Comparison.LESS_OR_EQUAL: operator.le,
    Comparison.NOT_EQUAL: operator.ne,
}


class File(Protocol):
    """What an expression can ask of a file."""

    @property
    def lower_name(self) -> bytes:
        """Its name in lower case, as UTF-8."""

    def integer(self, name: int) -> int | None:
        """Its first integer tag called ``name``; its size counts as one."""

    def text(self, name: int) -> str | None:
        """Its first string tag called ``name``; its name does not count as one."""


@frozen
class Matcher:
    """
    An expression made ready for many files.

    :ivar holds: whether it holds for a file.
    :ivar cost: how much work that is; see :data:`WORD_COST`.
    :ivar needed: words that the lower-case name of every fitting file has in it: the longest ones,
        and perhaps none.
    """

    holds: Callable[[File], bool]
    cost: int
    needed: tuple[bytes, ...] = ()


def matcher(expression: Expression) -> Matcher:
    """
    ``expression`` made ready.

    A file without the tag that is compared never fits, not even for "unequal"; a term without
    words fits nothing.
    """
    match expression:
        case And(left, right) | Or(left, right) | AndNot(left, right):
            return _pair(expression, matcher(left), matcher(right))
        case Words(text):
            return _words(text)
        case StringTag(value, name):
            return Matcher(_format(value) if name == FILEFORMAT else _string(value, name), TAG_COST)
        case NumberTag(op, tag):
            assert isinstance(tag.value, int)  # noqa: S101 - no reader makes it otherwise
            cost = WORD_COST if tag.name == FILESIZE else TAG_COST
            return Matcher(_number(op, tag.name, tag.value), cost)
        case _:
            assert_never(expression)


def _pair(pair: And | Or | AndNot, left: Matcher, right: Matcher) -> Matcher:
    first, second = left.holds, right.holds
    cost = left.cost + right.cost
    match pair:
        case And():
            needed = _longest({*left.needed, *right.needed})
            return Matcher(lambda file: first(file) and second(file), cost, needed)
        case Or():
            return Matcher(lambda file: first(file) or second(file), cost)
        case AndNot():
            return Matcher(lambda file: first(file) and not second(file), cost, left.needed)
        case _:
            assert_never(pair)


def _words(text: str) -> Matcher:
    words = [word.encode() for word in dict.fromkeys(pieces(text))]
    if not words:
        return Matcher(lambda _: False, WORD_COST)

    def holds(file: File) -> bool:
        name = file.lower_name
        for word in words:  # noqa: SIM110 - all() takes twice as long, and this is done often
            if word not in name:
                return False
        return True

    return Matcher(holds, WORD_COST * len(words), _longest(words))


def _longest(words: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(sorted(words, key=lambda word: (-len(word), word))[:MOST_NEEDED])


def _format(value: str) -> Callable[[File], bool]:
    wanted = lower(value).encode()

    def holds(file: File) -> bool:
        _, dot, extension = file.lower_name.rpartition(b".")
        return bool(dot) and extension == wanted

    return holds


def _string(value: str, name: int) -> Callable[[File], bool]:
    wanted = lower(value)

    def holds(file: File) -> bool:
        found = file.text(name)
        return found is not None and lower(found) == wanted

    return holds


def _number(op: Comparison, name: int, value: int) -> Callable[[File], bool]:
    compare = _COMPARE[op]

    def holds(file: File) -> bool:
        found = file.integer(name)
        return found is not None and compare(found, value)

    return holds
