"""When datagrams may leave: an absolute renewal schedule, the same for every node and load."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.chance import Chance, Draws, beta_2_2

LONGEST: Final = contract.TICK_BASE + contract.TICK_SPREAD
#: Behind by more than this (a suspended machine), the schedule is joined anew, not walked through.
_FAR_BEHIND: Final = 60.0


def interval(draws: Draws) -> float:
    """Seconds between two ticks: 0.4 + 1.2 Beta(2,2) (contract clause 1)."""
    return contract.TICK_BASE + contract.TICK_SPREAD * beta_2_2(draws)


def residual(draws: Draws) -> float:
    """Seconds to the next tick for somebody who joins a schedule that has always run."""
    while True:
        # Long intervals are met more often; the point of meeting is uniform within one.
        length = interval(draws)
        if draws.random() * LONGEST < length:
            return length * draws.random()


@define
class TickSchedule:
    """
    The times of all ticks, as a renewal process (anonymity.md section 3.2).

    The next tick is the previous *scheduled* tick plus an interval, so that no lateness, load or
    clock rate ever shifts it.  Tick ``k`` is a pure function of the boot key and ``k``.

    :ivar chance: the streams of this boot.
    :ivar start: the time on the caller's clock at which the schedule is joined.
    :ivar first: the number of the first tick.
    """

    chance: Chance
    start: float
    _first: int = field(default=0, alias="first")
    _times: list[float] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self._times.append(self.start + residual(self.chance.stream("residual", self._first)))

    def time_of(self, tick: int) -> float:
        """
        When ``tick`` is.

        :raise IndexError: for a tick that was forgotten.
        """
        if tick < self._first:
            raise IndexError(f"tick {tick} is over and forgotten")
        while tick - self._first >= len(self._times):
            self._extend()
        return self._times[tick - self._first]

    def within(self, earliest: float, latest: float) -> range:
        """The numbers of the ticks from ``earliest`` to ``latest``, both included."""
        if self._times[-1] + _FAR_BEHIND < earliest:
            self._rejoin(earliest)
        while self._times[-1] <= latest:
            self._extend()
        low = bisect_left(self._times, earliest)
        high = bisect_right(self._times, latest)
        return range(self._first + low, self._first + high)

    def times(self, ticks: range) -> list[float]:
        """When each of ``ticks`` is, which :meth:`within` gave just now."""
        return self._times[ticks.start - self._first : ticks.stop - self._first]

    def following(self, now: float) -> int:
        """The number of the first tick after ``now``; after a long sleep we join anew."""
        if self._times[-1] + _FAR_BEHIND < now:
            self._rejoin(now)
        while self._times[-1] <= now:
            self._extend()
        return self._first + bisect_right(self._times, now)

    def forget(self, before: int) -> None:
        """Ticks below ``before`` are over."""
        gone = min(before - self._first, len(self._times) - 1)
        if gone > 0:
            del self._times[:gone]
            self._first += gone

    def _extend(self) -> None:
        number = self._first + len(self._times)
        self._times.append(self._times[-1] + interval(self.chance.stream("tick", number)))

    def _rejoin(self, now: float) -> None:
        # After a suspended machine: one fresh entry, no thousands of ticks that nobody sees.
        number = self._first + len(self._times)
        self._times = [now + residual(self.chance.stream("residual", number))]
        self._first = number
