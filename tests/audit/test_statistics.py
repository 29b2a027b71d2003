"""Each test of numbers: nothing where there is nothing, what is there is seen, and its limit."""

from __future__ import annotations

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.audit.energy import energy
from twisted_mule.audit.findings import Verdict
from twisted_mule.audit.statistics import (
    Question,
    cropped,
    distance_to,
    exact,
    law,
    same_mean,
    same_mix,
    same_share,
    score,
)

UNIFORM = np.linspace(0.0, 1.0, 100_001)


def draws(seed: int) -> np.random.Generator:
    """Chance of this test."""
    return np.random.default_rng(seed)


def asked(limit: float) -> Question:
    """A question with this limit."""
    return Question("channel", "ALL", limit)


class LawTests(SynchronousTestCase):
    """One sample against a law."""

    def test_kept(self) -> None:
        """As many numbers as are needed pass."""
        found = law(asked(0.02), draws(1).random(14_300), UNIFORM)
        self.assertIs(Verdict.PASS, found.verdict)
        self.assertEqual(14_245, found.needed)

    def test_broken(self) -> None:
        """A law that is off by 0.05 at one place fails."""
        found = law(asked(0.02), draws(1).random(14_300) ** 1.15, UNIFORM)
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertAlmostEqual(0.05, found.effect, places=1)

    def test_few(self) -> None:
        """Fifty numbers leave it open, none do so too."""
        self.assertIs(Verdict.EXTEND, law(asked(0.02), draws(1).random(50), UNIFORM).verdict)
        self.assertIs(Verdict.EXTEND, law(asked(0.02), np.array([]), UNIFORM).verdict)

    def test_distance(self) -> None:
        """The distance by hand: four numbers in the lower half are 0.5 from uniform."""
        apart, _ = distance_to(np.array([0.1, 0.2, 0.3, 0.4]), UNIFORM)
        self.assertAlmostEqual(0.6, apart, places=3)

    def test_healthy_chances_are_uniform(self) -> None:
        """Of 400 healthy samples about one in ten has a chance below 0.1."""
        low = [law(asked(0.02), draws(n).random(300), UNIFORM).chance < 0.1 for n in range(400)]
        self.assertTrue(20 <= sum(low) <= 60, sum(low))


class ExactTests(SynchronousTestCase):
    """Bounds without chance."""

    def test_three_ways(self) -> None:
        """At the limit it passes, above it fails, without a look it is open."""
        verdicts = [exact(asked(1.0), "most", worst, n).verdict for worst, n in _CASES]
        self.assertEqual([Verdict.PASS, Verdict.FAIL, Verdict.EXTEND], verdicts)


_CASES = ((1.0, 9), (1.001, 9), (0.0, 0))


class TwoSampleTests(SynchronousTestCase):
    """A against B, by single quantities."""

    def setUp(self) -> None:
        """Delays of two classes that are alike, and one that is 60 ms longer."""
        rng = draws(3)
        self.one, self.same = (0.5 + 2.5 * rng.beta(2.0, 2.0, 30_000) for _ in range(2))
        self.other = 0.56 + 2.5 * rng.beta(2.0, 2.0, 30_000)

    def test_means(self) -> None:
        """TOST of 30 ms: alike passes, 60 ms fails, and few leave it open."""
        self.assertIs(Verdict.PASS, same_mean(asked(0.03), self.one, self.same).verdict)
        far = same_mean(asked(0.03), self.one, self.other)
        self.assertIs(Verdict.FAIL, far.verdict)
        self.assertAlmostEqual(-0.06, far.effect, places=1)
        few = same_mean(asked(0.03), self.one[:100], self.same[:100])
        self.assertIs(Verdict.EXTEND, few.verdict)
        self.assertGreater(few.needed, 5000)
        self.assertIs(Verdict.EXTEND, same_mean(asked(0.03), self.one[:2], self.same).verdict)

    def test_cropped(self) -> None:
        """Welch's t below percentiles sees what only the quick answers show."""
        self.assertIs(Verdict.PASS, cropped(asked(5.0), self.one, self.same).verdict)
        quick = np.where(self.same < 1.0, self.same - 0.15, self.same)
        found = cropped(asked(5.0), self.one, quick)
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertNotIn("lowest 100 %", found.note)
        self.assertIs(Verdict.EXTEND, cropped(asked(5.0), self.one[:3], quick).verdict)

    def test_ten_cropped_values_pass_nothing(self) -> None:
        """Ten against ten that are a deviation apart leave it open; it says how many it takes."""
        rng = draws(1)
        found = cropped(asked(5.0), rng.normal(0.0, 1.0, 10), rng.normal(1.0, 1.0, 10))
        self.assertIs(Verdict.EXTEND, found.verdict)
        self.assertTrue(5_000 < found.needed < 10_000, found)

    def test_energy(self) -> None:
        """The energy distance sees another spread where the means are one."""
        self.assertIs(Verdict.PASS, energy(asked(0.01), self.one, self.same).verdict)
        wide = 1.75 + 1.5 * (self.same - 1.75)
        self.assertIs(Verdict.FAIL, energy(asked(0.01), self.one, wide).verdict)
        self.assertIs(Verdict.EXTEND, energy(asked(0.01), self.one[:3], wide).verdict)

    def test_energy_at_its_limit(self) -> None:
        """A shift whose energy distance is 0.0105 passes hardly ever, and none nearly always."""
        passed = {
            shift: sum(
                energy(
                    asked(0.01), rng.normal(0.0, 1.0, 2000), rng.normal(shift, 1.0, 2000)
                ).verdict
                is Verdict.PASS
                for _ in range(60)
            )
            for shift in (0.0, 0.1363)
            for rng in [draws(1)]
        }
        self.assertLessEqual(passed[0.1363], 4)
        self.assertGreaterEqual(passed[0.0], 50)

    def test_energy_of_nothing(self) -> None:
        """Delays of none at all on both sides are the same."""
        found = energy(asked(0.01), np.zeros(20), np.zeros(20))
        self.assertEqual((0.0, 1.0), (found.effect, found.chance))

    def test_mix_at_its_limit(self) -> None:
        """Twelve kinds that are 0.05 apart pass hardly ever, with 8,000 of each side."""
        rng, even = draws(3), np.full(12, 1 / 12)
        off = even + np.tile([0.1 / 12, -0.1 / 12], 6)
        sides = [
            [rng.multinomial(8000, mix).astype(float) for mix in (even, off)] for _ in range(100)
        ]
        passed = [same_mix(asked(0.05), *side).verdict is Verdict.PASS for side in sides]
        self.assertLessEqual(sum(passed), 3)

    def test_shares(self) -> None:
        """TOST of shares: one in a hundred more is seen, none is passed with enough."""
        many = 40_000
        self.assertIs(Verdict.PASS, same_share(asked(0.01), (39_200, many), (39_180, many)).verdict)
        self.assertIs(Verdict.FAIL, same_share(asked(0.01), (39_200, many), (38_000, many)).verdict)
        self.assertIs(Verdict.EXTEND, same_share(asked(0.01), (50, 50), (50, 50)).verdict)
        self.assertIs(Verdict.EXTEND, same_share(asked(0.01), (1, 1), (1, 1)).verdict)

    def test_mixes(self) -> None:
        """Counts of kinds: the same mix passes, another fails, one kind alone says nothing."""
        mix = np.array([5000.0, 3000.0, 2000.0])
        self.assertIs(
            Verdict.PASS, same_mix(asked(0.05), mix, mix + np.array([30.0, -20.0, 10.0])).verdict
        )
        found = same_mix(asked(0.05), mix, mix[::-1])
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertAlmostEqual(0.3, found.effect)
        alone = same_mix(asked(0.05), np.array([9.0, 0.0]), np.array([9.0, 0.0]))
        self.assertIs(Verdict.EXTEND, alone.verdict)

    def test_signs(self) -> None:
        """A sum of signs as a correlation."""
        self.assertIs(Verdict.PASS, score(asked(0.03), "tau", 10.0, 40_000, 40_000).verdict)
        self.assertIs(Verdict.FAIL, score(asked(0.03), "tau", -4000.0, 40_000, 40_000).verdict)
        self.assertIs(Verdict.EXTEND, score(asked(0.03), "tau", 0.0, 100, 100).verdict)
        self.assertIs(Verdict.EXTEND, score(asked(0.03), "tau", 0.0, 0, 0).verdict)
