"""Tests for :mod:`twisted_mule.simulation.laws`."""

from __future__ import annotations

from random import Random
from statistics import fmean, median

from hypothesis import given
from hypothesis.strategies import floats
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.simulation.laws import (
    KAD_ABSENCE,
    KAD_SESSION,
    ExponentialDelay,
    LogNormalDelay,
    UniformDelay,
    Weibull,
    gamma,
)

SHARES = floats(0.0, 1.0, exclude_max=True)


class DelayTests(SynchronousTestCase):
    """How long one way takes."""

    @given(SHARES, SHARES)
    def test_bounds(self, path: float, draw: float) -> None:
        """No law leaves its bounds, whatever chance says."""
        self.assertTrue(1.0 <= UniformDelay(1.0, 5.0).delay(path, draw) <= 5.0)
        self.assertTrue(0.15 <= LogNormalDelay().delay(path, draw) <= 20.0)
        self.assertTrue(0.5 <= ExponentialDelay(0.5, 1.5).delay(path, draw) < 0.5 + 1.5 * 37)

    def test_middles(self) -> None:
        """The middle of chance is the middle of the law."""
        self.assertEqual(3.0, UniformDelay(1.0, 5.0).delay(0.9, 0.5))
        self.assertAlmostEqual(0.9, LogNormalDelay(median=0.9).delay(0.5, 0.5))
        self.assertAlmostEqual(2.0, ExponentialDelay(0.5, 1.5).delay(0.5, 1 - 2.718281828459**-1))

    def test_paths_last(self) -> None:
        """Of two paths one is the longer for every datagram, where the law knows paths."""
        law = LogNormalDelay()
        self.assertTrue(all(law.delay(0.2, n / 9) < law.delay(0.8, n / 9) for n in range(1, 9)))


class WeibullTests(SynchronousTestCase):
    """How long people stay."""

    def test_mean_and_median(self) -> None:
        """Draws have the mean and the median of the law."""
        law, random = Weibull(100.0, 0.8), Random(1)
        drawn = [law.draw(random) for _ in range(20_000)]
        self.assertApproximates(1.0, fmean(drawn) / law.mean, 0.05)
        self.assertApproximates(1.0, median(drawn) / (100.0 * 0.693147 ** (1 / 0.8)), 0.05)

    def test_rest(self) -> None:
        """What is left of a time that is under way is as renewal theory says: E[X²] / 2 E[X]."""
        random = Random(2)
        exponential = Weibull(100.0, 1.0)
        self.assertApproximates(100.0, fmean(exponential.rest(random) for _ in range(20_000)), 4.0)
        even = Weibull(100.0, 2.0)  # E[X²] = 100² and E[X] = 88.62
        self.assertApproximates(
            100.0**2 / (2 * even.mean), fmean(even.rest(random) for _ in range(20_000)), 2.0
        )

    def test_gamma(self) -> None:
        """A gamma variable has its shape for a mean and for a variance."""
        random = Random(3)
        drawn = [gamma(2.6, random) for _ in range(20_000)]
        self.assertApproximates(2.6, fmean(drawn), 0.06)
        self.assertApproximates(2.6, fmean((one - 2.6) ** 2 for one in drawn), 0.2)

    def test_kad(self) -> None:
        """Sessions last four hours on average, half of them under two; absences are longer."""
        self.assertApproximates(4.1, KAD_SESSION.mean / 3600.0, 0.1)
        random = Random(4)
        half = median(KAD_SESSION.draw(random) for _ in range(4_000))
        self.assertTrue(1.3 < half / 3600.0 < 1.8)
        self.assertGreater(KAD_ABSENCE.mean, 3 * KAD_SESSION.mean)
