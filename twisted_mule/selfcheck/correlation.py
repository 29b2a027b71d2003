"""Whether numbers that follow each other, or leave together, know of each other."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from typing import Final

from attrs import Factory, define, field

from twisted_mule import contract
from twisted_mule.selfcheck.laws import INTERVAL_MEAN, INTERVAL_VARIANCE
from twisted_mule.selfcheck.levels import LEVEL, deviation_limit, product_limit

LAGS: Final = 10
_MICRO: Final = 1e6
_BOUND: Final = (contract.TICK_SPREAD / 2.0) ** 2


@define
class Memory:
    """
    Autocorrelation of the last ``size`` tick intervals, kept up to date with each of them.

    Intervals are held as whole microseconds from their mean, so the sums stay exact for ever.
    """

    size: int
    n: int = field(default=0, init=False)
    _ring: array[int] = field(
        init=False, default=Factory(lambda self: array("i", [0]) * self.size, takes_self=True)
    )
    _at: int = field(default=0, init=False)
    _sums: list[int] = field(factory=lambda: [0] * (LAGS + 1), init=False)

    def add(self, interval: float) -> None:
        """One more interval, in seconds; one that the law does not allow counts for its bound."""
        most = contract.TICK_SPREAD / 2.0
        new = round(min(max(interval - INTERVAL_MEAN, -most), most) * _MICRO)
        ring, size, at = self._ring, self.size, self._at
        if self.n == size:
            for lag in range(1, LAGS + 1):
                self._sums[lag] -= ring[at] * ring[(at + lag) % size]
            self.n -= 1
        for lag in range(1, min(LAGS, self.n) + 1):
            self._sums[lag] += new * ring[at - lag]
        ring[at] = new
        self._at = (at + 1) % size
        self.n += 1

    def worst(self) -> float:
        """The largest correlation of any lag from 1 to 10, by size."""
        if self.n <= LAGS:
            return 0.0
        scale = _MICRO**2 * INTERVAL_VARIANCE
        return max(abs(self._sums[lag]) / ((self.n - lag) * scale) for lag in range(1, LAGS + 1))

    def limit(self, level: float = LEVEL) -> float:
        """What one lag may show."""
        variance = INTERVAL_VARIANCE**2
        allowed = product_limit(self.n - LAGS, variance, _BOUND, level) / INTERVAL_VARIANCE
        return min(allowed, 1.0)


def concordance(seats: Sequence[int]) -> int:
    """Pairs that left in the order of their seats, less those that left the other way round."""
    return sum(1 if earlier < later else -1 for earlier, later in combinations(seats, 2))


@define
class Order:
    """
    Kendall's test of order within the last ``size`` batches of two datagrams and more.

    The variance of a batch of k is k(k-1)(2k+5)/18; batches are shuffled independently of each
    other, so their scores and variances add.
    """

    size: int
    n: int = field(default=0, init=False)
    score: int = field(default=0, init=False)
    pairs: int = field(default=0, init=False)
    _variance: int = field(default=0, init=False)  # times 18
    _ring: array[int] = field(
        init=False, default=Factory(lambda self: array("h", [0, 0]) * self.size, takes_self=True)
    )
    _at: int = field(default=0, init=False)

    def add(self, seats: Sequence[int]) -> None:
        """A batch left in this order."""
        count = len(seats)
        if count < 2:
            return
        place = 2 * self._at
        if self.n == self.size:
            self._count(self._ring[place], self._ring[place + 1], -1)
        self._ring[place], self._ring[place + 1] = concordance(seats), count
        self._count(self._ring[place], count, 1)
        self._at = (self._at + 1) % self.size

    def _count(self, score: int, count: int, sign: int) -> None:
        self.n += sign
        self.score += sign * score
        self.pairs += sign * (count * (count - 1) // 2)
        self._variance += sign * count * (count - 1) * (2 * count + 5)

    def tau(self) -> float:
        """Kendall's correlation between the order of booking and that of leaving."""
        return self.score / self.pairs if self.pairs else 0.0

    def limit(self, level: float = LEVEL) -> float:
        """What it may be off 0."""
        if not self.pairs:
            return 1.0
        return min(deviation_limit(level) * sqrt(self._variance / 18.0) / self.pairs, 1.0)
