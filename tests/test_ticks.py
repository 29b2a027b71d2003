"""Tests for :mod:`twisted_mule.ticks`: the law of the ticks."""

import itertools

from twisted.trial.unittest import SynchronousTestCase

from tests.laws import beta_2_2_cdf, ks_distance
from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.ticks import LONGEST, TickSchedule, residual


def times(schedule: TickSchedule, count: int) -> list[float]:
    """The first ``count`` ticks."""
    return [schedule.time_of(tick) for tick in range(count)]


class TickLawTests(SynchronousTestCase):
    """Ticks are a renewal process whose intervals are 0.4 + 1.2 Beta(2,2) seconds."""

    def setUp(self) -> None:
        """Twenty thousand intervals."""
        ticks = times(TickSchedule(Chance(b"key"), 1000.0), 20_001)
        self.intervals = [later - earlier for earlier, later in itertools.pairwise(ticks)]

    def test_bounded(self) -> None:
        """No interval is shorter than 0.4 s or longer than 1.6 s."""
        self.assertGreaterEqual(min(self.intervals), 0.4)
        self.assertLessEqual(max(self.intervals), 1.6)

    def test_law(self) -> None:
        """The intervals follow the declared law; 0.017 is the 1e-5 critical distance."""

        def cdf(x: float) -> float:
            return beta_2_2_cdf((x - contract.TICK_BASE) / contract.TICK_SPREAD)

        self.assertLess(ks_distance(self.intervals, cdf), 0.017)

    def test_no_memory(self) -> None:
        """An interval tells nothing of the next ten: no grid, no comb."""
        size = len(self.intervals)
        mean = sum(self.intervals) / size
        centred = [x - mean for x in self.intervals]
        variance = sum(x * x for x in centred) / size
        for lag in range(1, 11):
            products = (a * b for a, b in zip(centred, centred[lag:], strict=False))
            self.assertLess(abs(sum(products) / size / variance), 0.035)

    def test_phase_is_lost(self) -> None:
        """The phase within the mean interval spreads out: sd of t mod 1 s is that of chance."""
        ticks = times(TickSchedule(Chance(b"phase"), 0.0), 20_000)
        phases = [t % 0.05 for t in ticks]
        mean = sum(phases) / len(phases)
        deviation = (sum((p - mean) ** 2 for p in phases) / len(phases)) ** 0.5
        self.assertLess(abs(deviation - 0.05 / 12**0.5), 0.0003)


class TickScheduleTests(SynchronousTestCase):
    """The schedule is absolute, and a pure function of the boot key."""

    def test_same_key_same_ticks(self) -> None:
        """What is asked of it, and when, changes nothing."""
        one, other = TickSchedule(Chance(b"k"), 5.0), TickSchedule(Chance(b"k"), 5.0)
        other.within(5.0, 300.0)
        other.following(20.0)
        self.assertEqual(times(one, 200), times(other, 200))

    def test_another_boot_another_schedule(self) -> None:
        """A new key leaves nothing of the old ticks."""
        one, other = TickSchedule(Chance(b"k"), 5.0), TickSchedule(Chance(b"l"), 5.0)
        self.assertEqual(set(), set(times(one, 50)) & set(times(other, 50)))

    def test_first_tick_is_that_of_a_schedule_met_midway(self) -> None:
        """The wait for the first tick follows the residual-life law of the renewal process."""
        waits = [residual(Chance(b"r").stream("residual", n)) for n in range(20_000)]
        self.assertLess(max(waits), LONGEST)
        # E[X^2] / (2 E[X]) with E[X] = 1 and Var[X] = 1.2^2 / 20.
        expected = (1.0 + 1.44 / 20) / 2
        self.assertLess(abs(sum(waits) / len(waits) - expected), 0.01)

    def test_within(self) -> None:
        """A window holds exactly the ticks whose time lies in it."""
        schedule = TickSchedule(Chance(b"w"), 0.0)
        expected = [k for k in range(60) if 10.0 <= schedule.time_of(k) <= 20.0]
        self.assertEqual(expected, list(schedule.within(10.0, 20.0)))

    def test_following(self) -> None:
        """The next tick is the first one after now, however many were missed."""
        schedule = TickSchedule(Chance(b"f"), 0.0)
        tick = schedule.following(30.0)
        self.assertGreater(schedule.time_of(tick), 30.0)
        self.assertLessEqual(schedule.time_of(tick - 1), 30.0)

    def test_forgotten(self) -> None:
        """Past ticks cost no memory and cannot be asked for."""
        schedule = TickSchedule(Chance(b"g"), 0.0)
        later = schedule.time_of(101)
        schedule.forget(100)
        self.assertEqual(later, schedule.time_of(101))
        self.assertRaises(IndexError, schedule.time_of, 99)

    def test_rejoin_after_suspend(self) -> None:
        """After a night asleep the schedule is joined anew within one interval, in one step."""
        schedule = TickSchedule(Chance(b"s"), 0.0)
        schedule.following(1.0)
        tick = schedule.following(30_000.0)
        self.assertLess(tick, 10)
        self.assertLess(schedule.time_of(tick) - 30_000.0, LONGEST)

    def test_a_window_after_suspend(self) -> None:
        """What arrives first after a night asleep joins anew as well, in one step."""
        schedule = TickSchedule(Chance(b"s"), 0.0)
        ticks = schedule.within(30_000.0, 30_003.0)
        self.assertTrue(0 < len(ticks) < 10)
        self.assertLess(ticks[0], 10)
