"""Tests for :mod:`tests.contract.measures`: what it measures is known here beforehand."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.measures import (
    Verdict,
    auc,
    concordance,
    critical_ks,
    cross_validated,
    two_sample_ks,
    verdict,
)


def windows(random: Random, shift: float, runs: int = 8) -> list[list[list[float]]]:
    """Runs of windows with three features, the second of them shifted."""
    return [
        [[random.gauss(0, 1), random.gauss(shift, 1), random.gauss(0, 1)] for _ in range(40)]
        for _ in range(runs)
    ]


class MeasuresTests(SynchronousTestCase):
    """Chance reads as chance, and a difference as a difference."""

    def test_distances(self) -> None:
        """Two samples of one law are within the bound, a small shift is not."""
        random = Random(1)
        one, same = ([random.random() for _ in range(2000)] for _ in range(2))
        self.assertLess(two_sample_ks(one, same), critical_ks(2000, 2000))
        self.assertGreater(two_sample_ks(one, [x + 0.1 for x in same]), critical_ks(2000, 2000))
        self.assertAlmostEqual(1.0, two_sample_ks([1.0, 2.0], [3.0]))

    def test_order(self) -> None:
        """Order that is kept reads 1, order that is turned round -1."""
        kept = ((1.0, 10.0), (2.0, 20.0))
        turned = ((1.0, 20.0), (2.0, 10.0))
        self.assertEqual(1.0, concordance([kept]))
        self.assertEqual(0.0, concordance([kept, turned]))

    def test_auc(self) -> None:
        """Ties count half."""
        self.assertEqual(1.0, auc([1.0, 2.0], [3.0, 4.0]))
        self.assertEqual(0.5, auc([1.0, 1.0], [1.0]))
        self.assertEqual(0.75, auc([1.0, 3.0], [2.0, 4.0]))

    def test_classifier(self) -> None:
        """It finds a shift of one sigma in one of three features, and nothing where nothing is."""
        random = Random(2)
        self.assertGreater(cross_validated(windows(random, 0), windows(random, 1)), 0.7)
        chance = cross_validated(windows(random, 0), windows(random, 0))
        self.assertTrue(0.45 < chance < 0.55, chance)

    def test_three_verdicts(self) -> None:
        """Few windows prove neither."""
        self.assertIs(Verdict.HOLDS, verdict(0.50, 2000, 2000, 0.55, 3.0))
        self.assertIs(Verdict.BROKEN, verdict(0.60, 2000, 2000, 0.55, 3.0))
        self.assertIs(Verdict.OPEN, verdict(0.52, 100, 100, 0.55, 3.0))
