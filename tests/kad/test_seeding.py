"""Tests for :mod:`twisted_mule.kad.seeding`."""

from __future__ import annotations

from random import Random

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW, seed
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import ZERO
from twisted_mule.kad.seeding import DISCONNECTED, ENOUGH, NEAREST, ROUNDS, Seeding


def anybody(_peer: Destination) -> bool:
    """Nobody is at a limit."""
    return True


class SeedingTests(SynchronousTestCase):
    """Seeds are asked slowly, by lot, and only while there is need."""

    def setUp(self) -> None:
        """No seeds yet."""
        self.random = Random(1)
        self.seeding = Seeding(ME)

    def ask(self, now: float) -> Seed:
        """Ask whose turn it is."""
        chosen = self.seeding.pick(self.random, anybody)
        assert chosen is not None
        self.seeding.asked(chosen, now, self.random)
        return chosen

    def test_no_seeds(self) -> None:
        """Without seeds nobody can be asked."""
        self.assertFalse(self.seeding.wanted(0, 0.0, NOW))
        self.assertFalse(self.seeding.pending)

    def test_unusable(self) -> None:
        """Kad1 seeds, the zero identifier and ourselves cannot be asked."""
        self.seeding.offer(
            [
                seed(1, version=0),
                seed(2, version=1),
                seed(3, version=9),
                evolve(seed(4), kad_id=ZERO),
                evolve(seed(5), destination=ME.destination),
            ]
        )
        self.assertFalse(self.seeding.wanted(0, 0.0, NOW))

    def test_spacing(self) -> None:
        """Two questions are 10 to 25 s apart, drawn anew each time."""
        self.seeding.offer(seed(n) for n in range(30))
        now, gaps = NOW, []
        for _ in range(30):
            self.ask(now)
            gap = 0.0
            while not self.seeding.wanted(0, 0.0, now + gap):
                gap += 0.05
            gaps.append(gap)
            now += gap
        self.assertTrue(all(10 <= gap <= 25.1 for gap in gaps))
        self.assertGreater(len(set(gaps)), 20)

    def test_nearest_in_random_order(self) -> None:
        """The 50 nearest come first, each once, in no order of distance."""
        self.seeding.offer(seed(n) for n in range(200))
        distances = [ME.kad_id.distance(self.ask(NOW).kad_id) for _ in range(NEAREST)]
        nearest = sorted(ME.kad_id.distance(seed(n).kad_id) for n in range(200))[:NEAREST]
        self.assertEqual(nearest, sorted(distances))
        self.assertNotEqual(nearest, distances)

    def test_in_vain(self) -> None:
        """When the nearest did not help in all rounds, the next ones are asked."""
        self.seeding.offer(seed(n) for n in range(60))
        asked = [self.ask(NOW) for _ in range(ROUNDS * NEAREST + 10)]
        self.assertEqual(NEAREST, len(set(asked[: ROUNDS * NEAREST])))
        self.assertEqual(60, len(set(asked)))

    def test_pending(self) -> None:
        """Seeds are pending until everyone had a turn."""
        self.seeding.offer([seed(1), seed(2)])
        self.ask(NOW)
        self.assertTrue(self.seeding.pending)
        self.ask(NOW)
        self.assertFalse(self.seeding.pending)

    def test_wanted(self) -> None:
        """Seeds are asked while the table is empty, has too few, or all is silent."""
        self.seeding.offer([seed(1)])
        self.assertTrue(self.seeding.wanted(0, 0.0, NOW))
        self.assertTrue(self.seeding.wanted(ENOUGH - 1, 0.0, NOW))
        self.assertFalse(self.seeding.wanted(ENOUGH, 0.0, NOW))
        self.assertTrue(self.seeding.wanted(ENOUGH, DISCONNECTED, NOW))

    def test_small_network(self) -> None:
        """In a network that has no more, the questions end; an empty table asks on."""
        self.seeding.offer([seed(1)])
        for _ in range(ROUNDS):
            self.ask(NOW)
        self.assertFalse(self.seeding.wanted(3, 0.0, NOW + 99))
        self.assertTrue(self.seeding.wanted(0, 0.0, NOW + 99))

    def test_at_their_limit(self) -> None:
        """Nobody is picked who may not be asked now."""
        self.seeding.offer([seed(1)])
        self.assertIsNone(self.seeding.pick(self.random, lambda _: False))
