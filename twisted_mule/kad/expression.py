"""
Search expressions: what else a file must satisfy besides the keyword (wire-format section 12).

Prefix notation on the wire, a tree of frozen values here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from attrs import frozen

from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.tags import Tag

MAX_DEPTH: Final = 24


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
