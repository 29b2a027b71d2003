"""The laws of chance in a simulated network: how long datagrams take, how long people stay."""

from __future__ import annotations

from math import exp, log, pow, sqrt  # noqa: A004 - that of floats
from math import gamma as gamma_function
from statistics import NormalDist
from typing import Final

from attrs import field, frozen

from twisted_mule.kad.chance import Draws
from twisted_mule.simulation.bounds import POSITIVE, Number, ordered

_NORMAL: Final = NormalDist()
_SMALLEST: Final = 2.0**-53
#: Beyond them a float cannot hold what comes of them.
_SPREAD: Final = Number(0.0, 10.0)
_SHAPE: Final = Number(0.1, 100.0)


def normal(share: float) -> float:
    """The standard normal quantile of ``share``, which may be 0."""
    return _NORMAL.inv_cdf(max(share, _SMALLEST))


@frozen
class UniformDelay:
    """One way takes ``low`` to ``high`` seconds, all times being equally likely."""

    low: float = field(default=1.0, validator=POSITIVE)
    high: float = field(default=5.0, validator=POSITIVE)

    def __attrs_post_init__(self) -> None:
        ordered("low", "high", self)

    def delay(self, path: float, draw: float) -> float:
        """
        Seconds.

        :param path: what chance gave this path for good; 0 to 1, as all shares here.
        :param draw: what it gives this datagram.
        """
        del path
        return self.low + (self.high - self.low) * draw


@frozen
class LogNormalDelay:
    """
    One factor belongs to a path and lasts, one to each datagram; both are log-normal.

    The numbers are those of the practice network (``practice/weather.py``).

    :ivar median: seconds one way, over all paths.
    :ivar path_spread: standard deviation, in logarithms, of the factor of a path.
    :ivar spread: the same of the factor of a datagram.
    """

    median: float = field(default=0.9, validator=POSITIVE)
    path_spread: float = field(default=0.35, validator=_SPREAD)
    spread: float = field(default=0.45, validator=_SPREAD)
    floor: float = field(default=0.15, validator=POSITIVE)
    ceiling: float = field(default=20.0, validator=POSITIVE)

    def __attrs_post_init__(self) -> None:
        ordered("floor", "ceiling", self)

    def delay(self, path: float, draw: float) -> float:
        """Seconds; see :meth:`UniformDelay.delay`."""
        spread = self.path_spread * normal(path) + self.spread * normal(draw)
        return min(max(self.median * exp(spread), self.floor), self.ceiling)


@frozen
class ExponentialDelay:
    """At least ``floor`` seconds, and then memoryless with a mean of ``mean`` more."""

    floor: float = field(default=0.5, validator=POSITIVE)
    mean: float = field(default=1.5, validator=POSITIVE)

    def delay(self, path: float, draw: float) -> float:
        """Seconds; see :meth:`UniformDelay.delay`."""
        del path
        return self.floor - self.mean * log(max(1.0 - draw, _SMALLEST))


Delay = UniformDelay | LogNormalDelay | ExponentialDelay


@frozen
class Weibull:
    """
    A time that has lasted goes on lasting, where ``shape`` is below 1.

    :ivar scale: seconds.
    """

    scale: float = field(validator=POSITIVE)
    shape: float = field(validator=_SHAPE)

    def draw(self, draws: Draws) -> float:
        """A whole time."""
        passed = -log(max(1.0 - draws.random(), _SMALLEST))
        return self.scale * pow(passed, 1.0 / self.shape)

    def rest(self, draws: Draws) -> float:
        """
        What is left of a time that somebody happens upon.

        Long times are happened upon more often: with y = (x/scale)**shape their density is that of
        a gamma variable of 1 + 1/shape; the moment is uniform within such a time.
        """
        found = pow(gamma(1.0 + 1.0 / self.shape, draws), 1.0 / self.shape)
        return self.scale * found * draws.random()

    @property
    def mean(self) -> float:
        """Its expectation in seconds."""
        return self.scale * gamma_function(1.0 + 1.0 / self.shape)


def gamma(shape: float, draws: Draws) -> float:
    """A gamma variable of scale 1 and a shape of at least 1 (Marsaglia and Tsang, 2000)."""
    d = shape - 1.0 / 3.0
    c = 1.0 / sqrt(9.0 * d)
    while True:
        x = normal(draws.random())
        v = (1.0 + c * x) ** 3
        if v > 0.0 and log(max(draws.random(), _SMALLEST)) < 0.5 * x * x + d - d * v + d * log(v):
            return d * v


#: Sessions of KAD and the times between them: Steiner, En-Najjary and Biersack, "Long Term Study
#: of Peer Behavior in the KAD DHT", IEEE/ACM Transactions on Networking 17(5), 2009; six months of
#: crawls every five minutes, in minutes there.  Sessions are those from the second crawl on: those
#: that the first one found were met because they are long (scale 357.7152, shape 0.54512).
KAD_SESSION: Final = Weibull(169.5385 * 60.0, 0.61511)
KAD_ABSENCE: Final = Weibull(413.6765 * 60.0, 0.47648)
