"""
How long I2P takes to carry something, and what it loses: a model without clock or sockets.

A one-way delay is log-normal: one factor belongs to the path (the tunnels between two
destinations) and lasts, one to each datagram, so datagrams overtake each other.  Loss strikes
fragments of about 1 KB, so that large datagrams arrive more rarely.  What goes to a destination
whose lease set is not yet found is lost.  The numbers of ``I2P_LIKE`` follow what I2P's users
report: one to three seconds until an answer is back, and few datagrams over 10 KB.
"""

from __future__ import annotations

from math import exp
from statistics import NormalDist
from typing import Final

from attrs import define, field, frozen
from attrs.validators import ge, gt, lt

from twisted_mule.kad.chance import Draws

_NORMAL: Final = NormalDist()
_SMALLEST: Final = 2.0**-53
_RETRIES: Final = 8


@frozen
class Weather:
    """
    The laws of delay and loss; times in seconds.

    :ivar median: one way, over all paths.
    :ivar path_spread: standard deviation, in logarithms, of the factor of a path.
    :ivar spread: the same of the factor of one datagram.
    :ivar floor: no delay is shorter.
    :ivar ceiling: no delay is longer.
    :ivar loss: the share of fragments that get lost.
    :ivar fragment: bytes of a fragment.
    :ivar search: how long it takes to find a lease set, from and to.
    :ivar memory: how long an unused lease set stays known.
    """

    median: float = field(validator=gt(0.0))
    path_spread: float = field(validator=ge(0.0))
    spread: float = field(validator=ge(0.0))
    floor: float = field(validator=gt(0.0))
    ceiling: float = field(validator=gt(0.0))
    loss: float = field(validator=[ge(0.0), lt(1.0)])
    fragment: int = field(default=1_024, validator=gt(0))
    search: tuple[float, float] = (0.0, 0.0)
    memory: float = 600.0

    def __attrs_post_init__(self) -> None:
        if not self.floor <= self.median <= self.ceiling:
            raise ValueError("the median delay lies between the floor and the ceiling")
        if not 0.0 <= self.search[0] <= self.search[1]:
            raise ValueError("a search lasts from a shorter to a longer time")

    def kept(self, size: int) -> float:
        """The share of datagrams of ``size`` bytes that arrive."""
        return (1.0 - self.loss) ** max(1, -(-size // self.fragment))


#: Like the I2P of the Internet: a second one way, a tail of up to 20, a few datagrams lost.
I2P_LIKE: Final = Weather(
    median=0.9,
    path_spread=0.35,
    spread=0.45,
    floor=0.15,
    ceiling=20.0,
    loss=0.01,
    search=(1.0, 6.0),
)

#: Quick and without loss, for tests.
CALM: Final = Weather(median=0.01, path_spread=0.2, spread=0.2, floor=0.001, ceiling=0.1, loss=0.0)


@define
class Path:
    """
    The way from one destination to another, for as long as both are there.

    :ivar weather: its laws.
    :ivar draws: its own chance; two paths never share one, so that they do not shift each other.
    """

    weather: Weather
    draws: Draws
    _factor: float = field(init=False)
    _found_at: float | None = field(default=None, init=False)
    _used_at: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self._factor = self.weather.median * exp(self.weather.path_spread * self._normal())

    def datagram(self, size: int, now: float) -> float | None:
        """The delay of a datagram of ``size`` bytes sent ``now``, or ``None`` when it is lost."""
        if self.search(now) > 0.0 or self.draws.random() >= self.weather.kept(size):
            return None
        return self._delay()

    def piece(self, size: int, now: float) -> float:
        """
        The delay of a piece of a stream: nothing is lost, but lost fragments travel again.

        It includes what is left of the search for the lease set.
        """
        delay = self.search(now) + self._delay()
        kept = self.weather.kept(size)
        for _ in range(_RETRIES):
            if self.draws.random() < kept:
                break
            delay += 2.0 * self._delay()
        return delay

    def search(self, now: float) -> float:
        """How long until the lease set is found, counting a use ``now``; 0 when it is known."""
        if self._found_at is None or now - self._used_at > self.weather.memory:
            self._found_at = now + self.draws.uniform(*self.weather.search)
        self._used_at = now
        return max(0.0, self._found_at - now)

    def introduced(self, now: float) -> None:
        """Something came back along the way, and with it the lease set of its sender."""
        if self.search(now) > 0.0:
            self._found_at = now

    def _delay(self) -> float:
        delay = self._factor * exp(self.weather.spread * self._normal())
        return min(max(delay, self.weather.floor), self.weather.ceiling)

    def _normal(self) -> float:
        return _NORMAL.inv_cdf(max(self.draws.random(), _SMALLEST))
