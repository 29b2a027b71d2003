"""What the self-check is told: small frozen values that can cross a process boundary."""

from __future__ import annotations

from typing import NamedTuple

from attrs import frozen


@frozen
class Left:
    """
    One datagram that left; times in seconds on the sender's clock.

    :ivar seat: its seat within the tick; answers have theirs in the order of booking.
    :ivar due: when the schedule wanted it to leave; ``at`` is when it left.
    :ivar arrived: when what it answers arrived, ``None`` for a request of ours.
    :ivar peer: the first bytes of the receiver's destination.
    :ivar label: the name of its opcode.
    :ivar size: its bytes.
    """

    seat: int
    due: float
    at: float
    arrived: float | None
    peer: bytes
    label: str
    size: int


@frozen
class Batch:
    """
    One tick that is over, told after the last of its datagrams has left.

    :ivar scheduled: when the tick was to be; ``released`` is when the sender came to it.
    :ivar booked: places of it that answers had booked, used or not.
    :ivar skipped: whether it came too late and sent nothing.
    :ivar left: what left, in the order of leaving.
    """

    tick: int
    scheduled: float
    released: float
    booked: int
    skipped: bool = False
    left: tuple[Left, ...] = ()


class Asked(NamedTuple):
    """
    The request place of a coming tick has been decided.

    :ivar able: whether something could take it: a session, contacts enough, no hold nor drain.
    :ivar used: whether something did.
    """

    now: float
    able: bool
    used: bool


@frozen
class LastHour:
    """
    Lookups that began within the last hour.

    :ivar cover: how many of them were cover, ``None`` for a node that has none.
    """

    node: int = 0
    value: int = 0
    store: int = 0
    cover: int | None = None
