"""Whom a node can resemble, and what one row of the register can say about it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final, assert_never

from attrs import frozen


class Population(Enum):
    """Nodes that behave alike."""

    OURS = "ours"
    IMULE = "imule"
    RUST = "rust-mule"


Populations = frozenset[Population]

OURS: Final = frozenset({Population.OURS})
IMULE: Final = frozenset({Population.IMULE})
RUST: Final = frozenset({Population.RUST})
#: Most rows tell rust-mule from the rest, some our own from the rest.
NOT_RUST: Final = OURS | IMULE
NOT_OURS: Final = IMULE | RUST
NOBODY: Final[Populations] = frozenset()


@frozen
class Decided:
    """
    The row tells populations apart here.

    :ivar fits: whom the observation fits; nobody, when no known program does that.
    :ivar because: what was observed.
    """

    fits: Populations
    because: str


@frozen
class Undecided:
    """The row could have told them apart, but what was observed fits all."""

    because: str


@frozen
class NeedsTrace:
    """No prober can judge the row in minutes and from one place."""

    because: str


Verdict = Decided | Undecided | NeedsTrace


def listed(populations: Iterable[Population]) -> list[str]:
    """Their names, in the order of the register."""
    found = set(populations)
    return [one.value for one in Population if one in found]


def verdict_words(verdict: Verdict) -> str:
    """A verdict in a few words."""
    match verdict:
        case Decided(fits):
            return " or ".join(listed(fits)) or "none of the three"
        case Undecided():
            return "cannot tell"
        case NeedsTrace():
            return "needs a trace"
        case _:
            assert_never(verdict)
