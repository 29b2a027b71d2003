"""Tests for :mod:`twisted_mule.selfcheck.laws` and :mod:`twisted_mule.selfcheck.delays`."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.laws import ks_distance
from tests.selfcheck.simulated import SimulatedNode
from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.places import departures
from twisted_mule.selfcheck import levels
from twisted_mule.selfcheck.delays import PlaceLaw
from twisted_mule.selfcheck.laws import interval_cdf, offset_cdf, place_cdf, place_weight
from twisted_mule.ticks import interval


class LawTests(SynchronousTestCase):
    """The laws are those that the program draws from."""

    def test_intervals(self) -> None:
        """The law of ticks is 0.4 + 1.2 Beta(2,2)."""
        random = Random(1)
        self.assertLess(ks_distance([interval(random) for _ in range(20_000)], interval_cdf), 0.015)
        self.assertEqual((0.0, 1.0), (interval_cdf(0.39), interval_cdf(1.61)))

    def test_offsets(self) -> None:
        """The law of the moment within a batch is that of a seat with any rank."""
        chance = Chance(b"offsets")
        sample = [departures(tick, chance)[tick % contract.PLACES] for tick in range(20_000)]
        self.assertLess(ks_distance(sample, offset_cdf), 0.015)
        self.assertEqual((0.0, 1.0), (offset_cdf(0.0), offset_cdf(contract.BATCH_SPAN)))

    def test_place_among_its_ticks(self) -> None:
        """An answer stands at the weight of the ticks before its own, and a part of its own."""
        ticks = [0.9, 1.75, 3.4]  # the last one is no candidate: its weight is 0
        first, second = place_weight(0.9), place_weight(1.75)
        self.assertEqual(0.0, place_weight(3.4))
        seen = place_cdf(ticks, 1, 0.0, 0.5)
        self.assertAlmostEqual((first + second / 2) / (first + second), seen)
        self.assertAlmostEqual(1.0, place_cdf(ticks, 1, 0.0, 1.0))
        self.assertAlmostEqual(0.0, place_cdf(ticks, 0, 0.0, 0.0))


class PlaceLawTests(SynchronousTestCase):
    """An answer is judged once all the ticks are known that it could have got."""

    def setUp(self) -> None:
        """A record of ticks a second apart."""
        self.law = PlaceLaw(100)

    def ticks(self, *numbers: int, booked: int = 1) -> None:
        """These ticks pass, one each second."""
        for number in numbers:
            self.law.tick(number, float(number), booked, skipped=False)

    def test_judged_when_the_window_is_over(self) -> None:
        """Not before a tick beyond the window, for until then the choice is not known."""
        self.ticks(0, 1, 2)
        self.law.add(2, 0.6, 0.5)
        self.ticks(3)
        self.assertEqual(0, self.law.window.n)
        self.ticks(4)
        self.assertEqual(1, self.law.window.n)

    def test_bounds(self) -> None:
        """A place outside of 0.5 to 3.0 s after the arrival is wrong, whatever the law."""
        self.ticks(*range(5))
        self.law.add(4, 3.6, 0.5)
        self.law.add(4, 0.9, 0.5)
        self.law.add(4, 3.4, 0.5)
        self.ticks(*range(5, 9))
        self.assertEqual((3, 2.0), (self.law.outside.n, self.law.outside.value(9.0)))

    def test_full_ticks_are_left_out(self) -> None:
        """Where a tick may have been full, the law depends on others and nothing is judged."""
        self.ticks(0, 1)
        self.ticks(2, booked=contract.ANSWER_PLACES)
        self.law.add(2, 0.6, 0.5)
        self.law.add(1, 0.1, 0.5)
        self.ticks(3, 4)
        self.assertEqual(0, self.law.window.n)

    def test_gaps(self) -> None:
        """Around a tick that was skipped, or never came, nothing is judged."""
        self.ticks(0, 1, 2)
        self.law.add(2, 0.6, 0.5)
        self.law.tick(3, 3.0, 0, skipped=True)
        self.ticks(4, 5)
        self.law.add(5, 3.9, 0.5)
        self.ticks(9, 10, 11)
        self.assertEqual(0, self.law.window.n)


class FalseAlarmTests(SynchronousTestCase):
    """Over many healthy nodes the tests alarm as seldom as their level says."""

    def test_laws(self) -> None:
        """
        At a level of 1 in 20, about 1 in 20 of 80 nodes are over the limit.

        Their peers ask in bursts, so that many answers share their ticks; and a third of their
        datagrams cannot be read.
        """
        over = {"delays": 0, "null entries": 0, "intervals": 0, "offsets": 0}
        for seed in range(80):
            node = SimulatedNode(seed, unreadable=0.33)
            node.run(250)
            windows = (
                node.check.timing.delays.window,
                node.check.failures.law.window,
                node.check.timing.intervals,
                node.check.ordering.offsets,
            )
            for name, window in zip(over, windows, strict=True):
                over[name] += window.distance() > levels.distance_limit(window.n, 0.05)
        for name, count in over.items():
            # Four of 80 are expected; more than 12 would be once in 4,000 such tests.
            self.assertLessEqual(count, 12, name)
