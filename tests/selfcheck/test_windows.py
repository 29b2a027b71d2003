"""Tests for :mod:`twisted_mule.selfcheck.windows`."""

from __future__ import annotations

from collections import deque
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.laws import ks_distance
from twisted_mule.selfcheck.windows import CLASSES, HALF_DAY, Peak, Recent, Sliding, Tally


class SlidingTests(SynchronousTestCase):
    """The last so many numbers in classes: as good as the numbers, in constant memory."""

    def test_distance_never_exceeds_the_true_one(self) -> None:
        """The distance at the edges is the true one, less a 256th at the most."""
        random = Random(1)
        window, kept = Sliding(300), deque[float](maxlen=300)
        for count in range(900):
            number = random.random() ** 1.1
            window.add(number)
            kept.append(number)
            if count % 50 == 49:
                true = ks_distance(kept, lambda x: x)
                self.assertLessEqual(window.distance(), true + 1e-9)
                self.assertGreaterEqual(window.distance(), true - 1 / CLASSES)

    def test_old_numbers_are_forgotten(self) -> None:
        """After a whole window of new numbers the old ones have left no trace."""
        one, other = Sliding(100), Sliding(100)
        for _ in range(70):
            one.add(0.01)
        for number in range(100):
            one.add(number / 100)
            other.add(number / 100)
        self.assertEqual(other.counts, one.counts)
        self.assertEqual(100, one.n)

    def test_quantiles_and_shares(self) -> None:
        """Quantiles are upper edges of classes; numbers beyond the ends count for the ends."""
        window = Sliding(1000)
        for _ in range(90):
            window.add(-3.0)
        for _ in range(10):
            window.add(7.0)
        self.assertEqual(1 / CLASSES, window.quantile(0.5))
        self.assertEqual(1.0, window.quantile(0.99))
        self.assertAlmostEqual(0.1, window.share())

    def test_empty(self) -> None:
        """Nothing gives nothing."""
        self.assertEqual(
            (0.0, 0.0, 0.0), (lambda w: (w.distance(), w.quantile(0.5), w.share()))(Sliding(9))
        )


class PeakTests(SynchronousTestCase):
    """What was worst is remembered for half a day to a day."""

    def test_forgotten_after_a_day(self) -> None:
        """A peak is there for 12 hours at least and 24 at the most."""
        peak = Peak()
        peak.note(0.0, 0.0)
        peak.note(9.0, 100.0)
        for hour in range(48):
            now = 100.0 + 3600.0 * hour
            peak.note(1.0, now)
            if hour <= 12:
                self.assertEqual(9.0, peak.value(now))
            if hour > 24:
                self.assertEqual(1.0, peak.value(now))

    def test_long_silence(self) -> None:
        """A peak does not outlive days in which nothing was noted."""
        peak = Peak()
        peak.note(9.0, 0.0)
        self.assertEqual(0.0, peak.value(3 * HALF_DAY))

    def test_tally(self) -> None:
        """What is wrong is counted, and forgotten after a day without it."""
        tally = Tally()
        for second in range(10):
            tally.note(float(second), wrong=second % 2 == 0)
        self.assertEqual((10, 5.0), (tally.n, tally.value(10.0)))
        for hour in range(1, 30):
            tally.note(3600.0 * hour, wrong=False)
        self.assertEqual(0.0, tally.value(30 * 3600.0))
        tally.note(31 * 3600.0, wrong=True)
        self.assertEqual(1.0, tally.value(31 * 3600.0))


class RecentTests(SynchronousTestCase):
    """Sums over every window of a minute, not only over those of the clock."""

    def test_every_window(self) -> None:
        """The sum is that of the last sixty seconds, to the instant."""
        recent = Recent(60.0)
        self.assertEqual(1, recent.add("peer", 0.0))
        self.assertEqual(2, recent.add("peer", 59.9))
        self.assertEqual(1, recent.add("other", 59.9))
        self.assertEqual(2, recent.add("peer", 60.0))
        self.assertEqual(5, recent.add("weighty", 60.0, 5))

    def test_bounded(self) -> None:
        """What is over leaves nothing behind."""
        recent = Recent(1.0)
        for second in range(1000):
            recent.add(second, float(second))
        self.assertEqual(1, len(recent._order))
        self.assertEqual(1, len(recent._sums))
