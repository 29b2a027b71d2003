"""Two lists of times: one law passes, another fails, few numbers say nothing."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.audit.findings import Verdict
from twisted_mule.audit.samples import DISTANCE, distance, needed, same_law


def gaps(seed: int, count: int, shift: float = 0.0) -> list[float]:
    """Intervals of the ticks' law, ``shift`` seconds too long."""
    draws = Random(seed)
    return [0.4 + shift + 1.2 * draws.betavariate(2.0, 2.0) for _ in range(count)]


class SameLawTests(SynchronousTestCase):
    """The distance of two samples, with its verdict."""

    def test_one_law_passes(self) -> None:
        """So many numbers as are needed are enough, nearly always: in 13 of 16 at the least."""
        count = needed(DISTANCE)
        self.assertEqual(12_663, count)
        passed = [
            same_law(gaps(2 * seed, count), gaps(2 * seed + 1, count)).verdict is Verdict.PASS
            for seed in range(16)
        ]
        self.assertGreaterEqual(sum(passed), 13)

    def test_another_law_fails(self) -> None:
        """30 ms too long is 4.7 % of the law, and is found among as many numbers."""
        count = needed(DISTANCE)
        found = same_law(gaps(1, count), gaps(2, count, shift=0.03))
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertLess(abs(found.effect - 0.0375), 0.02)
        self.assertLess(found.chance, 1e-5)

    def test_a_negligible_difference_passes_whatever_its_significance(self) -> None:
        """With very many numbers a difference of 0.01 is certain, and small enough."""
        many = 120_000
        found = same_law([n / many for n in range(many)], [n / many + 0.01 for n in range(many)])
        self.assertLess(found.chance, 1e-4)
        self.assertIs(Verdict.PASS, found.verdict)

    def test_few_numbers_say_nothing(self) -> None:
        """A hundred of one law neither pass nor fail, and the finding says how many would do."""
        found = same_law(gaps(1, 100), gaps(2, 100))
        self.assertIs(Verdict.EXTEND, found.verdict)
        self.assertEqual((100, needed(DISTANCE)), (found.n, found.needed))

    def test_the_bound_holds(self) -> None:
        """At a true distance of the limit, hardly anything passes: at most 3 of 100."""
        passed = 0
        for seed in range(100):
            draws = Random(seed)
            one = [draws.random() for _ in range(4000)]
            other = [draws.random() + DISTANCE for _ in range(4000)]
            passed += same_law(one, other).verdict is Verdict.PASS
        self.assertLessEqual(passed, 3)

    def test_nothing_at_all(self) -> None:
        """An empty side is no proof of anything."""
        found = same_law([], [1.0])
        self.assertIs(Verdict.EXTEND, found.verdict)
        self.assertEqual(0, found.n)

    def test_distance_counts_ties(self) -> None:
        """Equal values count on both sides alike."""
        self.assertEqual((0.5, 2.0), distance([1.0, 2.0, 3.0, 3.0], [3.0]))
        self.assertEqual(0.0, distance([1.0, 1.0], [1.0])[0])
