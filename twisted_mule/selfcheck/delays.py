"""Places against the law of the delay, once all ticks that an arrival could have got are over."""

from __future__ import annotations

from collections import deque
from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.selfcheck.laws import place_cdf
from twisted_mule.selfcheck.levels import ROUNDING
from twisted_mule.selfcheck.windows import Sliding, Tally

#: Ticks that are remembered: twice as many as fit into the jitter of one arrival.
_TICKS: Final = 2 * (int(contract.DELAY_JITTER / contract.TICK_BASE) + 2)
#: Places that wait for judgement, at the most: those of all remembered ticks.
_PENDING: Final = _TICKS * contract.ANSWER_PLACES
#: A tick with so many places of others may have been full: the law depends on who came first.
_NEARLY_FULL: Final = contract.ANSWER_PLACES - 1


@define
class PlaceLaw:
    """
    The delays of places after arrival.

    :ivar window: where each stands within its law.
    :ivar outside: those outside the bounds, whatever the law.
    """

    size: int
    window: Sliding = field(init=False)
    outside: Tally = field(factory=Tally, init=False)
    _ticks: deque[tuple[int, float, int]] = field(factory=lambda: deque(maxlen=_TICKS), init=False)
    _pending: deque[tuple[int, float, float]] = field(
        factory=lambda: deque(maxlen=_PENDING), init=False
    )

    def __attrs_post_init__(self) -> None:
        self.window = Sliding(self.size)

    def add(self, tick: int, arrived: float, fraction: float) -> None:
        """An answer to what came at ``arrived`` has a place in ``tick``."""
        self._pending.append((tick, arrived, fraction))

    def tick(self, number: int, when: float, booked: int, *, skipped: bool) -> None:
        """
        A tick is over; what could not have got a later one is judged.

        Around a skipped tick, and where numbers are missing, nothing is judged: what would have
        left there cannot be known.
        """
        if skipped or (self._ticks and number != self._ticks[-1][0] + 1):
            self._ticks.clear()
            self._pending.clear()
        if skipped:
            return
        self._ticks.append((number, when, booked))
        latest = when - contract.DELAY_BASE - contract.DELAY_JITTER
        for _ in range(len(self._pending)):
            place = self._pending.popleft()
            if place[1] < latest:
                self._judge(*place, when)
            else:
                self._pending.append(place)

    def _judge(self, tick: int, arrived: float, fraction: float, now: float) -> None:
        first = self._ticks[0][0]
        if not first <= tick <= self._ticks[-1][0]:
            return
        wait = self._ticks[tick - first][1] - arrived - contract.DELAY_BASE
        wrong = not -ROUNDING <= wait <= contract.DELAY_JITTER + ROUNDING
        self.outside.note(now, wrong=wrong)
        earliest = arrived + contract.DELAY_BASE
        if wrong or self._ticks[0][1] > earliest:
            return  # too early in the record to know all the ticks that there were
        latest = earliest + contract.DELAY_JITTER
        ticks = [each for each in self._ticks if earliest <= each[1] <= latest]
        # A rule that does not depend on which of them was taken, or it would bend the law.
        if any(booked - (number == tick) >= _NEARLY_FULL for number, _, booked in ticks):
            return
        chosen = next((i for i, each in enumerate(ticks) if each[0] == tick), None)
        if chosen is not None:
            self.window.add(place_cdf([when for _, when, _ in ticks], chosen, arrived, fraction))
