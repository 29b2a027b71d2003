"""Tests for :mod:`twisted_mule.practice.weather`."""

from __future__ import annotations

from random import Random
from statistics import median

from attrs import evolve
from hypothesis import given
from hypothesis.strategies import integers
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.practice.weather import CALM, I2P_LIKE, Path, Weather

KNOWN = evolve(I2P_LIKE, search=(0.0, 0.0))


def delays(weather: Weather, seed: int, size: int, count: int) -> list[float]:
    """The delays of those of ``count`` datagrams on one path that arrive."""
    path = Path(weather, Random(seed))
    carried = [path.datagram(size, 0.0) for _ in range(count)]
    return [delay for delay in carried if delay is not None]


class DelayTests(SynchronousTestCase):
    """Delays are like I2P's: about a second, with a long but bounded tail."""

    @given(integers(), integers(1, 31_744))
    def test_bounds(self, seed: int, size: int) -> None:
        """No delay is below the floor or above the ceiling."""
        for weather in (KNOWN, CALM):
            for delay in delays(weather, seed, size, 20):
                self.assertTrue(weather.floor <= delay <= weather.ceiling)

    def test_median(self) -> None:
        """Over all paths the median of one way is the weather's."""
        all_delays = [delay for seed in range(300) for delay in delays(KNOWN, seed, 100, 20)]
        self.assertApproximates(KNOWN.median, median(all_delays), 0.1)

    def test_paths_differ_lastingly(self) -> None:
        """Some paths are slow and some are quick, by far more than chance within one."""
        medians = sorted(median(delays(KNOWN, seed, 100, 200)) for seed in range(40))
        self.assertGreater(medians[-1], 1.8 * medians[0])

    def test_order_is_not_preserved(self) -> None:
        """On one path a later datagram may overtake an earlier one."""
        arrivals = [at + delay for at, delay in enumerate(delays(KNOWN, 0, 100, 400))]
        self.assertNotEqual(sorted(arrivals), arrivals)

    def test_same_draws_same_weather(self) -> None:
        """Everything comes from the draws given."""
        self.assertEqual(delays(KNOWN, 5, 100, 50), delays(KNOWN, 5, 100, 50))


class LossTests(SynchronousTestCase):
    """Datagrams get lost: few, and large ones more often."""

    def test_share(self) -> None:
        """What arrives is what the loss of its fragments leaves."""
        for size in (100, 10_240):
            arrived = len(delays(KNOWN, 7, size, 4_000)) / 4_000
            self.assertApproximates(KNOWN.kept(size), arrived, 0.02)

    def test_size(self) -> None:
        """One fragment up to 1,024 bytes, two from there on; even nothing is one."""
        self.assertEqual(0.99, KNOWN.kept(0))
        self.assertEqual(0.99, KNOWN.kept(1_024))
        self.assertEqual(0.99**2, KNOWN.kept(1_025))

    def test_calm(self) -> None:
        """Calm weather loses nothing."""
        self.assertEqual(500, len(delays(CALM, 0, 31_744, 500)))


class LeaseSetTests(SynchronousTestCase):
    """A destination has to be found before anything reaches it."""

    def setUp(self) -> None:
        """A path whose search takes exactly four seconds, and which loses nothing else."""
        self.weather = evolve(I2P_LIKE, search=(4.0, 4.0), loss=0.0)
        self.path = Path(self.weather, Random(0))

    def test_first_datagrams_are_lost(self) -> None:
        """What is sent while the lease set is looked for is lost, and what follows is not."""
        for now in (0.0, 1.0, 3.9):
            self.assertIsNone(self.path.datagram(10, now))
        for now in (4.0, 5.0, 500.0):
            self.assertIsNotNone(self.path.datagram(10, now))

    def test_forgotten_after_a_rest(self) -> None:
        """A path that rests longer than the memory has to be found again."""
        self.path.datagram(10, 0.0)
        self.assertIsNotNone(self.path.datagram(10, 600.0))
        self.assertIsNotNone(self.path.datagram(10, 1_200.0))
        self.assertIsNone(self.path.datagram(10, 1_800.1))

    def test_search_time(self) -> None:
        """Searches last as long as the weather says."""
        for seed in range(50):
            left = Path(I2P_LIKE, Random(seed)).search(10.0)
            self.assertTrue(I2P_LIKE.search[0] <= left <= I2P_LIKE.search[1])


class PieceTests(SynchronousTestCase):
    """Pieces of streams are never lost; they are late."""

    def test_waits_for_the_lease_set(self) -> None:
        """The first piece waits until the destination is found."""
        path = Path(evolve(I2P_LIKE, search=(4.0, 4.0)), Random(0))
        self.assertGreaterEqual(path.piece(10, 0.0), 4.0 + I2P_LIKE.floor)

    def test_loss_is_delay(self) -> None:
        """In bad weather pieces take longer, for as many repetitions as are allowed."""
        bad = evolve(CALM, loss=0.9)
        path = Path(bad, Random(0))
        worst = max(path.piece(100, 0.0) for _ in range(200))
        self.assertGreater(worst, 2 * bad.median)
        self.assertLessEqual(worst, 17 * bad.ceiling)


class WeatherTests(SynchronousTestCase):
    """Weathers that cannot be are refused."""

    def test_impossible(self) -> None:
        """A floor above the median, a search that ends before it begins, a certain loss."""
        for change in ({"floor": 2.0}, {"search": (2.0, 1.0)}, {"loss": 1.0}, {"fragment": 0}):
            self.assertRaises(ValueError, evolve, I2P_LIKE, **change)
