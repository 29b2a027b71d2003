"""The levels that docs/audit.md names are those that the code has."""

from __future__ import annotations

from math import log, sqrt

from scipy import stats
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from tests.mutants import experiments
from tests.sources import ROOT
from twisted_mule.audit import reference
from twisted_mule.audit.findings import FAMILY, PASS_LEVEL
from twisted_mule.audit.single import audited


class PageTests(SynchronousTestCase):
    """Numbers that follow from others."""

    def test_strictest_level(self) -> None:
        """What a distance, a correlation must be where Holm's procedure is strictest."""
        page = " ".join((ROOT.parent / "docs" / "audit.md").read_text().split())
        checks = len(audited([made.trace(1, 300.0)]))
        level, mutants = FAMILY / checks, experiments.FAMILY / checks
        for said in (
            f"With its {checks} checks the strictest level of an audit is {level * 1e5:.1f} in "
            "100,000",
            f"D from a law fails above {_distance(level, 3000):.4f} with 3,000 observations "
            f"({_distance(level, 20_000):.3f} with 20,000)",
            f"τ above {stats.norm.isf(level / 2.0):.2f} standard deviations",
            f"it is {mutants * 1e6:.1f} in a million: {_distance(mutants, 3000):.3f}, "
            f"{_distance(mutants, 20_000):.3f} and {stats.norm.isf(mutants / 2.0):.1f}.",
        ):
            self.assertIn(said, page)


def _distance(level: float, n: int) -> float:
    """The distance from the law of that chance, and what the law's own draws may be off."""
    off = sqrt(log(2.0 / PASS_LEVEL) / (2.0 * len(reference.intervals())))
    return float(stats.kstwo.isf(level, n)) + off
