"""What each adversary sees of a run, and where two runs part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Final

from attrs import frozen

#: Sizes are seen in fragments of a kibibyte.
FRAGMENT: Final = 1024


@frozen
class Row:
    """
    One datagram that left; times in seconds after the curtain.

    :ivar scheduled: when it was to leave.
    :ivar left: when it did.
    :ivar label: the name of its opcode.
    :ivar arrived: when what it answers arrived, ``None`` for a request of the node's own.
    """

    tick: int
    scheduled: float
    left: float
    peer: int
    size: int
    label: str
    arrived: float | None

    @property
    def is_request(self) -> bool:
        """Whether the node sent it by itself."""
        return self.arrived is None

    @property
    def fragments(self) -> int:
        """Its size class."""
        return -(-self.size // FRAGMENT)


#: What one datagram looks like to somebody; ``None`` if he does not see it.
View = Callable[[Row], object]


def everything(row: Row) -> object:
    """ALL: who sees the wire sees times and size classes."""
    return row.left, row.fragments


def one_peer(number: int) -> View:
    """PEER: one peer sees what it gets, and what that is; which contacts are named is content."""
    return lambda row: (row.left, row.fragments, row.label) if row.peer == number else None


def coalition(numbers: Iterable[int]) -> View:
    """COAL: so do those who work together."""
    members = frozenset(numbers)

    def view(row: Row) -> object:
        seen = row.left, row.peer, row.fragments, row.label
        return seen if row.peer in members else None

    return view


def full(row: Row) -> object:
    """What nobody sees whole: time, peer and size class of everything."""
    return row.left, row.peer, row.fragments


def but_whom_we_ask(row: Row) -> object:
    """The same, but for the peers of the node's own requests: the targets of lookups lead there."""
    return row.left, None if row.is_request else row.peer, row.fragments


def to_the_byte(row: Row) -> object:
    """What only content may change."""
    return row.left, row.peer, row.size, row.label


def schedule(row: Row) -> object:
    """The same as it was decided, wherever the processor was late."""
    return row.scheduled, row.peer, row.fragments


def first_difference(
    one: Sequence[Row], other: Sequence[Row], view: View, outside: Callable[[Row], bool]
) -> str:
    """
    The first datagram that a view sees in one run and not in the other; empty if there is none.

    :param outside: what the secret itself is answered, and may differ.
    """
    seen = [
        [row for row in run if not outside(row) and view(row) is not None] for run in (one, other)
    ]
    for number, (left, right) in enumerate(zip_longest(*seen)):
        if left is None or right is None or view(left) != view(right):
            return f"datagram {number} of {len(seen[0])} and {len(seen[1])}: {left} against {right}"
    return ""
