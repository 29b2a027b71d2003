"""A against B by run: what is common to a run is no difference of the classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit import comparing, runs, statistics
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.findings import Finding, Verdict, settled
from twisted_mule.audit.statistics import Question
from twisted_mule.audit.views import ALL, COAL, PEER

Compared = Callable[[list[Floats], list[Floats]], Finding]


def asked(limit: float) -> Question:
    """A question with this limit."""
    return Question("channel", "ALL", limit)


def counted(run: Floats) -> Floats:
    """How many of its numbers are in each of four places."""
    return np.histogram(run, [-np.inf, -1.0, 0.0, 1.0, np.inf])[0].astype(np.float64)


def positive(side: list[Floats]) -> list[tuple[int, int]]:
    """A share of each run."""
    return [(int((run > 0.0).sum()), len(run)) for run in side]


TESTS: dict[str, Compared] = {
    "mean": lambda one, other: runs.same_mean(asked(0.1), one, other),
    "share": lambda one, other: runs.same_share(asked(0.05), positive(one), positive(other)),
    "law": lambda one, other: runs.same_distribution("channel", "ALL", one, other),
    "energy": lambda one, other: runs.same_energy(asked(0.01), one, other),
    "cropped": lambda one, other: runs.cropped(asked(5.0), one, other),
    "mix": lambda one, other: runs.same_mix(
        asked(0.05), list(map(counted, one)), list(map(counted, other))
    ),
}


def drawn(seed: int, own: float, shift: float = 0.0, count: int = 12) -> list[Floats]:
    """Runs of normal numbers; each has a middle of its own, and some are longer than others."""
    rng = np.random.default_rng(seed)
    return [
        rng.normal(shift + rng.normal(0.0, own), 1.0, int(rng.integers(400, 800)))
        for _ in range(count)
    ]


class RunTests(SynchronousTestCase):
    """Each test of single quantities."""

    def test_manners_of_runs(self) -> None:
        """Runs with middles of their own: of 100 pairs of classes few are rare, none is accused."""
        for name, test in TESTS.items():
            found = [test(drawn(2 * n, 0.3), drawn(2 * n + 1, 0.3)) for n in range(100)]
            self.assertNotIn(Verdict.FAIL, {one.verdict for one in found}, name)
            self.assertLessEqual(sum(one.chance < 0.1 for one in found), 17, name)
            self.assertNotIn(Verdict.PASS, {one.verdict for one in found}, name)

    def test_differences_of_classes(self) -> None:
        """Classes that differ by more than their runs do are found, in twelve runs of each."""
        for name, test in TESTS.items():
            found = test(drawn(1, 0.1), drawn(2, 0.1, 0.5))
            self.assertIs(Verdict.FAIL, settled([found, *[found] * 13])[0].verdict, (name, found))

    def test_runs_without_manners_pass(self) -> None:
        """Where runs are alike, the bounds are about those of independent numbers."""
        for name, test in TESTS.items():
            found = test(drawn(3, 0.0, count=50), drawn(4, 0.0, count=50))
            self.assertIs(Verdict.PASS, found.verdict, (name, found))

    def test_few_runs(self) -> None:
        """Eleven runs show nothing, whatever is in them; the note says how many would."""
        for name, test in TESTS.items():
            found = test(drawn(5, 0.0, count=11), drawn(6, 0.0, 9.0, count=40))
            self.assertIs(Verdict.EXTEND, settled([found])[0].verdict, name)
            self.assertEqual("wants 12 runs of each class, has 11 and 40", found.note)
            self.assertIs(Verdict.EXTEND, test([], drawn(6, 0.0)).verdict, name)

    def test_never_surer_than_independent_numbers(self) -> None:
        """The chance is no smaller, and the bound no lower, than if runs did not matter."""
        for n in range(20):
            one, other = drawn(2 * n, 0.0, 0.1), drawn(2 * n + 1, 0.0)
            plain = statistics.same_mean(asked(0.1), np.concatenate(one), np.concatenate(other))
            found = TESTS["mean"](one, other)
            self.assertGreaterEqual(found.chance, plain.chance)
            self.assertGreaterEqual(found.interval[1], plain.interval[1])

    def test_long_runs_count_for_more(self) -> None:
        """The mean of the contributions is that of all observations."""
        sums, sizes = np.array([1.0, 8.0]), np.array([1.0, 2.0])
        self.assertAlmostEqual(3.0, float(runs.contributions(sums, sizes).mean()))


class DemandTests(SynchronousTestCase):
    """Traces of nodes that are asked more or less."""

    def test_demand_of_runs(self) -> None:
        """Rates of both classes are of one law: nobody tells the classes apart."""
        rates = np.random.default_rng(207).uniform(0.3, 2.0, 24)
        traces = [made.trace(300 + at, 400.0, float(rate)) for at, rate in enumerate(rates)]
        found = [
            one for by in (ALL, PEER, COAL) for one in comparing.plain(by, traces[:12], traces[12:])
        ]
        self.assertNotIn(Verdict.FAIL, {one.verdict for one in settled(found)}, found)
        self.assertGreater(min(one.chance for one in found), 0.001)
