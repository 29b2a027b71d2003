"""Places in future ticks, booked when a datagram arrives and before anybody looks into it."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from attrs import define, field, frozen

from twisted_mule import contract
from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Reply
from twisted_mule.ticks import TickSchedule


@frozen
class Outgoing:
    """
    One datagram that is ready to leave.

    :ivar label: the name of its opcode, for counters.
    :ivar reply: the reply it carries, ``None`` for a request of ours.
    :ivar arrived: when what it answers arrived, ``None`` for a request of ours.
    """

    destination: Destination
    datagram: bytes
    label: str
    reply: Reply | None = None
    arrived: float | None = None


class Place(NamedTuple):
    """A right to send one datagram: the number of the tick and the seat within it."""

    tick: int
    seat: int


@define
class _Taken:
    """The seats of one tick that are taken, from either end."""

    first: int = 0
    last: int = 0

    @property
    def count(self) -> int:
        return self.first + self.last

    @property
    def full(self) -> bool:
        return self.count >= contract.ANSWER_PLACES

    def seat(self, *, last: bool) -> int:
        """Take the next one."""
        if last:
            self.last += 1
            return contract.ANSWER_PLACES - self.last
        self.first += 1
        return self.first - 1


@define
class Places:
    """
    Who may send what at which tick (design.md section 4.2 and 4.3).

    Seats are given from the first on, and from the last on to what answers us: whom we ask must
    not move the moment at which others are answered (contract clause 3).

    :ivar schedule: the ticks.
    :ivar chance: the streams of this boot.
    """

    schedule: TickSchedule
    chance: Chance
    booked: int = field(default=0, init=False)
    refused: int = field(default=0, init=False)
    late: int = field(default=0, init=False)
    _seats: dict[int, _Taken] = field(factory=dict, init=False)
    _committed: dict[int, dict[int, Outgoing]] = field(factory=dict, init=False)

    def book(self, arrived: float, peer: bytes, arrival: int, parts: int = 1) -> tuple[Place, ...]:
        """
        Up to ``parts`` places for the answer to the datagram number ``arrival`` of ``peer``.

        The number is below zero for a datagram that answers us.  Each lies 0.5 to 3.0 s after
        ``arrived`` with the weight of Beta(2,2).  There are fewer, or none, when the ticks of that
        window are full.
        """
        earliest = arrived + contract.DELAY_BASE
        ticks = self.schedule.within(earliest, earliest + contract.DELAY_JITTER)
        if not parts:
            return ()
        draws = self.chance.stream("place", peer, arrival)
        places: list[Place] = []
        for _ in range(parts):
            place = self._book_one(ticks, earliest, draws, last=arrival < 0)
            if place is None:
                self.refused += 1
                break
            places.append(place)
        self.booked += len(places)
        return tuple(places)

    def _book_one(self, ticks: range, earliest: float, draws: Draws, *, last: bool) -> Place | None:
        reached, total = list[float](), 0.0
        for tick, moment in zip(ticks, self.schedule.times(ticks), strict=True):
            taken = self._seats.get(tick)
            if taken is None or not taken.full:
                total += self._weight(moment, earliest)
            reached.append(total)
        if total <= 0.0:
            return None
        mark = draws.random() * total
        chosen = bisect_right(reached, mark)
        if chosen == len(ticks):
            return None  # pragma: no cover - random() is below 1
        taken = self._seats.setdefault(ticks[chosen], _Taken())
        return Place(ticks[chosen], taken.seat(last=last))

    def _weight(self, moment: float, earliest: float) -> float:
        x = (moment - earliest) / contract.DELAY_JITTER
        return max(x * (1.0 - x), 0.0)

    def commit(self, place: Place, outgoing: Outgoing, now: float) -> bool:
        """
        Give ``place`` its datagram; ``False`` when it comes too late and is dropped.

        An answer is due 0.1 s before its tick, so that the time it took to make cannot show.
        """
        try:
            due = self.schedule.time_of(place.tick) - contract.COMMIT_DEADLINE
        except IndexError:
            due = now - 1.0
        if now > due:
            self.late += 1
            return False
        self._committed.setdefault(place.tick, {})[place.seat] = outgoing
        return True

    def take(self, tick: int) -> dict[int, Outgoing]:
        """The datagrams of ``tick`` by seat; it and all before it are over."""
        taken = self._committed.pop(tick, {})
        for past in [t for t in self._seats if t <= tick]:
            del self._seats[past]
            self._committed.pop(past, None)
        self.schedule.forget(tick)
        return taken

    def booked_in(self, tick: int) -> int:
        """How many places of ``tick`` are booked, used or not."""
        return self._seats[tick].count if tick in self._seats else 0

    def waiting(self) -> int:
        """How many places are booked in ticks to come."""
        return sum(taken.count for taken in self._seats.values())


def departures(tick: int, chance: Chance) -> tuple[float, ...]:
    """
    When each seat of ``tick`` leaves, in seconds after the tick.

    The offsets are uniform order statistics within the batch's span, never closer than the gap;
    which seat gets which is shuffled.  Both depend on the tick's number only, so an empty seat
    shifts nobody (contract clause 2).
    """
    draws = chance.stream("batch", tick)
    room = contract.BATCH_SPAN - contract.BATCH_GAP * contract.PLACES
    offsets = [
        point + contract.BATCH_GAP * (place + 1)
        for place, point in enumerate(
            sorted([draw * room for draw in draws.randoms(contract.PLACES)]),
        )
    ]
    draws.shuffle(offsets)
    return tuple(offsets)
