"""Sliding windows of constant memory: classes, peaks, and what happened within a span."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable
from itertools import accumulate
from typing import Final

from attrs import Factory, define, field

CLASSES: Final = 256
#: Seconds of one half of a peak's memory.
HALF_DAY: Final = 43_200.0


@define
class Sliding:
    """
    The last ``size`` numbers from [0, 1], each as one of 256 classes: one byte a number.

    :ivar size: how many are remembered.
    """

    size: int
    n: int = field(default=0, init=False)
    counts: list[int] = field(factory=lambda: [0] * CLASSES, init=False)
    _ring: bytearray = field(
        init=False, default=Factory(lambda self: bytearray(self.size), takes_self=True)
    )
    _at: int = field(default=0, init=False)

    def add(self, value: float) -> None:
        """One more number; beyond the ends it counts for the end."""
        chosen = min(max(int(value * CLASSES), 0), CLASSES - 1)
        if self.n == self.size:
            self.counts[self._ring[self._at]] -= 1
        else:
            self.n += 1
        self.counts[chosen] += 1
        self._ring[self._at] = chosen
        self._at = (self._at + 1) % self.size

    def distance(self) -> float:
        """
        The Kolmogorov-Smirnov distance from the uniform law, at the edges of the classes.

        Between edges the true distance may be larger by 1/256, never smaller than this: a limit
        for the true one holds for it.
        """
        if not self.n:
            return 0.0
        share = self.n / CLASSES
        below = accumulate(self.counts)
        return max(abs(seen - share * edge) for edge, seen in enumerate(below, 1)) / self.n

    def quantile(self, share: float) -> float:
        """The upper edge of the class in which this share of all numbers is reached."""
        wanted = share * self.n
        for edge, seen in enumerate(accumulate(self.counts), 1):
            if seen >= wanted and seen:
                return edge / CLASSES
        return 0.0

    def share(self) -> float:
        """The share of numbers in the upper half."""
        return sum(self.counts[CLASSES // 2 :]) / self.n if self.n else 0.0


@define
class Peak:
    """The largest number of the last 12 to 24 hours, and how many were noted."""

    n: int = field(default=0, init=False)
    _since: float | None = field(default=None, init=False)
    _now: float = field(default=0.0, init=False)
    _before: float = field(default=0.0, init=False)

    def note(self, value: float, now: float) -> None:
        """A number, seen ``now``."""
        self._turn(now)
        self.n += 1
        self._now = max(self._now, value)

    def value(self, now: float) -> float:
        """The largest one."""
        self._turn(now)
        return max(self._now, self._before)

    def _turn(self, now: float) -> None:
        if self._since is None:
            self._since = now
        elif now - self._since >= HALF_DAY:
            idle = now - self._since >= 2 * HALF_DAY
            self._before, self._now = 0.0 if idle else self._now, 0.0
            self._since = now


@define
class Tally:
    """How often something happened in the last 12 to 24 hours, out of ``n`` times since ever."""

    n: int = field(default=0, init=False)
    _count: int = field(default=0, init=False)
    _peak: Peak = field(factory=Peak, init=False)

    def note(self, now: float, *, wrong: bool) -> None:
        """It was looked for once more, and found if ``wrong``."""
        self.n += 1
        if wrong:
            if not self._peak.value(now):
                self._count = 0
            self._count += 1
            self._peak.note(self._count, now)

    def value(self, now: float) -> float:
        """How often it was found."""
        return self._peak.value(now)


@define
class Recent:
    """
    Sums by key over the last ``span`` seconds.

    Memory is bounded by what may happen within the span: the sender has so many places.
    """

    span: float
    _sums: Counter[Hashable] = field(factory=Counter, init=False)
    _order: deque[tuple[float, Hashable, int]] = field(factory=deque, init=False)

    def add(self, key: Hashable, now: float, weight: int = 1) -> int:
        """``weight`` more for ``key``; its sum within the span that ends now."""
        while self._order and self._order[0][0] <= now - self.span:
            _, old, gone = self._order.popleft()
            self._sums[old] -= gone
            if not self._sums[old]:
                del self._sums[old]
        self._sums[key] += weight
        self._order.append((now, key, weight))
        return self._sums[key]
