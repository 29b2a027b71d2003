"""Tests for :mod:`twisted_mule.selfcheck.levels` and :mod:`twisted_mule.selfcheck.drift`."""

from __future__ import annotations

from math import sqrt
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.selfcheck import levels
from twisted_mule.selfcheck.correlation import LAGS, Memory, Order
from twisted_mule.selfcheck.drift import ALARM, HINT, PageHinkley, run_length
from twisted_mule.selfcheck.laws import INTERVAL_MEAN, INTERVAL_VARIANCE
from twisted_mule.status import Finding
from twisted_mule.ticks import interval

#: Distances (delays, ticks, offsets, null entries), lags, order, shares of three kinds.
DISTANCES, ORDERS, SHARES = 4, 1, 3
TICKS_PER_YEAR = 365.25 * 86_400 / INTERVAL_MEAN


class LevelTests(SynchronousTestCase):
    """The budget of a year is shared out among everything that looks."""

    def test_budget(self) -> None:
        """All looks of a year, together with the drift, cause less than one false alarm."""
        tests = DISTANCES + LAGS + ORDERS + SHARES
        self.assertLessEqual(tests, levels.TESTS)
        looks = levels.LEVEL * tests * levels.LOOKS_PER_YEAR
        drift = TICKS_PER_YEAR / run_length(ALARM, sqrt(INTERVAL_VARIANCE))
        self.assertLess(looks + drift, 0.2)

    def test_limits_shrink_with_data(self) -> None:
        """The more is known, the less may be off; with nothing known all may."""
        self.assertEqual(1.0, levels.distance_limit(0))
        self.assertGreater(levels.distance_limit(100), levels.distance_limit(10_000))
        self.assertLessEqual(levels.distance_limit(levels.ENOUGH_FOR_LAW), levels.FINE)
        self.assertAlmostEqual(1.358, levels.distance_limit(10_000, 0.05) * 100, places=3)
        self.assertGreater(
            levels.product_limit(100, 1.0, 1.0), levels.product_limit(1000, 1.0, 1.0)
        )

    def test_judged(self) -> None:
        """Broken at any size, kept only with enough, and nothing from nothing."""
        self.assertIs(Finding.BROKEN, levels.judged(0.2, 0.1, 5, 100))
        self.assertIs(Finding.UNKNOWN, levels.judged(0.1, 0.1, 5, 100))
        self.assertIs(Finding.KEPT, levels.judged(0.1, 0.1, 100, 100))
        self.assertIs(Finding.UNKNOWN, levels.judged(0.2, 0.1, 0))


class DriftTests(SynchronousTestCase):
    """Page and Hinkley's sums find what moves slowly, and hardly anything else."""

    def passing(self, random: Random, shift: float, threshold: float, most: int) -> int:
        """How many intervals pass until the threshold is."""
        sums = PageHinkley(INTERVAL_MEAN)
        while sums.value <= threshold and sums.n < most:
            sums.add(interval(random) + shift)
        return sums.n

    def test_run_length(self) -> None:
        """Without drift the mean time to a low threshold is as computed, within a third."""
        random, low = Random(2), 6.0
        expected = run_length(low, sqrt(INTERVAL_VARIANCE))
        runs = [self.passing(random, 0.0, low, 10**6) for _ in range(60)]
        self.assertLess(abs(sum(runs) / len(runs) / expected - 1.0), 0.34)

    def test_hint_is_that_of_the_specification(self) -> None:
        """At 25 healthy ticks give a hint hardly once in a day; 50 ms show in about 600 ticks."""
        self.assertGreater(run_length(HINT, sqrt(INTERVAL_VARIANCE)), 1e5)
        random = Random(3)
        runs = sorted(self.passing(random, 0.05, HINT, 10**5) for _ in range(41))
        self.assertLess(runs[20], 800)

    def test_alarm(self) -> None:
        """50 ms either way are an alarm within 2,500 ticks, 200 ms within 500."""
        random = Random(4)
        for shift, most in ((0.05, 2500), (-0.05, 2500), (0.2, 500)):
            for _ in range(20):
                self.assertLess(self.passing(random, shift, ALARM, 10_000), most)

    def test_it_ends(self) -> None:
        """However long something was wrong, the sums are down again within an hour."""
        sums, random = PageHinkley(INTERVAL_MEAN), Random(5)
        for _ in range(20_000):
            sums.add(interval(random) + 0.2)
        for _ in range(3600):
            sums.add(interval(random))
        self.assertLess(sums.value, ALARM)


class CorrelationTests(SynchronousTestCase):
    """Numbers that know of each other are found, and the sums of a window stay exact."""

    def test_sliding_sums(self) -> None:
        """A window that has slid is the same as one that was filled afresh."""
        random = Random(6)
        intervals = [interval(random) for _ in range(500)]
        slid, fresh = Memory(128), Memory(128)
        for each in intervals:
            slid.add(each)
        for each in intervals[-128:]:
            fresh.add(each)
        self.assertEqual(fresh.worst(), slid.worst())
        self.assertEqual(128, slid.n)

    def test_memory(self) -> None:
        """A step that is drawn around a grid is found by its memory, a renewal is not."""
        random, grid, renewal = Random(7), Memory(2048), Memory(2048)
        before = 0.0
        for _ in range(2048):
            renewal.add(interval(random))
            jitter = 0.3 * (2 * random.random() - 1)
            grid.add(INTERVAL_MEAN + jitter - before)
            before = jitter
        self.assertLess(renewal.worst(), renewal.limit())
        self.assertGreater(grid.worst(), grid.limit())

    def test_order(self) -> None:
        """Sorted pairs are found after forty batches, shuffled ones never."""
        random, sorted_ones, shuffled = Random(8), Order(500), Order(500)
        for _ in range(40):
            sorted_ones.add((0, contract.ANSWER_PLACES))
        for _ in range(2000):
            batch = list(range(random.randrange(1, 14)))
            random.shuffle(batch)
            shuffled.add(batch)
        self.assertGreater(sorted_ones.tau(), sorted_ones.limit())
        self.assertLess(abs(shuffled.tau()), shuffled.limit() / 2)
        self.assertEqual(500, shuffled.n)

    def test_order_slides(self) -> None:
        """Batches that are out of the window count no more."""
        order = Order(10)
        for _ in range(10):
            order.add((0, 1, 2))
        for _ in range(10):
            order.add((2, 1, 0))
        self.assertEqual((-1.0, 10, 30), (order.tau(), order.n, order.pairs))
