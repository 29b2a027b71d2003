"""Two classes: a classifier and single quantities; each sees what is there."""

from __future__ import annotations

import numpy as np
from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit import comparing
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.classifier import LONG_AUC, auc, grouped, leakage, told_apart
from twisted_mule.audit.features import windows
from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.statistics import Question
from twisted_mule.audit.views import ALL, COAL, PEER, Kind, Trace, View, of_rows
from twisted_mule.recording.rows import PlaceKind, Row, Way

ASKED = Question("windows", "ALL", 0.55)


def runs(seed: int, shift: float, own: float = 0.0, count: int = 8) -> list[Floats]:
    """Runs of forty windows with three features; each run has a manner of its own besides."""
    rng = np.random.default_rng(seed)
    return [
        rng.normal(0.0, 1.0, (40, 3)) + rng.normal(0.0, own, 3) + [shift, 0.0, 0.0]
        for _ in range(count)
    ]


def sparse(seed: int, seconds: float, gap: float = 60.0) -> Trace:
    """A datagram every minute or so: enough for windows of days."""
    rng = np.random.default_rng(seed)
    moments = np.cumsum(rng.exponential(gap, int(1.2 * seconds / gap)))
    rows = [Row(float(at), Way.OUT, "aa", 100) for at in [0.0, *moments] if at < seconds]
    return of_rows(f"sparse {seed}", made.HEADER, [*rows, Row(seconds, Way.OUT, "aa", 100)])


class ClassifierTests(SynchronousTestCase):
    """Whether windows can be told apart."""

    def test_nothing_to_find(self) -> None:
        """Two classes of one law: chance, and no bit."""
        found, scores = told_apart(ASKED, grouped(runs(1, 0.0), runs(2, 0.0)), turns=8)
        self.assertIsNot(Verdict.FAIL, found.verdict)
        self.assertTrue(found.interval[0] < 0.5 < found.interval[1], found)
        self.assertEqual(0.0, scores.bits)

    def test_something_to_find(self) -> None:
        """A shift of one deviation: an AUC near 0.76, and some bits, below what there are."""
        found, scores = told_apart(ASKED, grouped(runs(1, 0.0), runs(2, 1.0)))
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertAlmostEqual(0.76, found.effect, places=1)
        self.assertTrue(0.05 < scores.bits < 0.17, scores.bits)

    def test_manners_of_runs_are_no_difference(self) -> None:
        """Runs that differ among themselves widen the bounds: windows are not independent."""
        found, _ = told_apart(ASKED, grouped(runs(3, 0.0, 1.0), runs(4, 0.0, 1.0)), turns=8)
        self.assertIsNot(Verdict.FAIL, found.verdict)
        alike, _ = told_apart(ASKED, grouped(runs(1, 0.0), runs(2, 0.0)), turns=8)
        width = [one.interval[1] - one.interval[0] for one in (found, alike)]
        self.assertGreater(width[0], 1.5 * width[1])

    def test_few_runs(self) -> None:
        """One run a class is cut into stretches; no window at all says nothing."""
        data = grouped(runs(1, 0.0, count=1), runs(2, 0.0, count=1))
        self.assertEqual([0] * 4 + [1] * 4, data.label.tolist())
        nothing, _ = told_apart(ASKED, grouped([], []))
        self.assertIs(Verdict.EXTEND, nothing.verdict)

    def test_runs_without_windows_do_not_count(self) -> None:
        """Three of four traces were too short for a window: the one that is left is cut."""
        short = [runs(1, 0.0, count=1)[0], *(np.zeros((0, 3)) for _ in range(3))]
        data = grouped(short, runs(2, 0.0, count=4))
        self.assertEqual([4, 16], np.bincount(data.label).tolist())

    def test_auc(self) -> None:
        """By hand, ties counted half."""
        self.assertEqual(0.875, auc(np.array([1.0, 2.0]), np.array([2.0, 3.0])))
        self.assertEqual(0.5, auc(np.array([]), np.array([1.0])))

    def test_leakage(self) -> None:
        """One bit for certainty, none for a guess, never below none."""
        truth = np.array([0, 1, 0, 1])
        self.assertAlmostEqual(1.0, leakage(np.array([-40.0, 40.0, -40.0, 40.0]), truth))
        self.assertEqual(0.0, leakage(np.zeros(4), truth))
        self.assertEqual(0.0, leakage(np.array([40.0, -40.0, 40.0, -40.0]), truth))
        self.assertEqual(0.0, leakage(np.zeros(2), np.array([1, 1])))


class FeatureTests(SynchronousTestCase):
    """What a window shows."""

    def test_windows(self) -> None:
        """Whole windows only, after what is skipped, with the names of their features."""
        trace = made.trace(1, 600.0)
        for view in (ALL, PEER, COAL):
            found = windows(trace, view, 60.0, 120.0)
            self.assertEqual((7, len(found.names)), found.values.shape)
            self.assertTrue(np.isfinite(found.values).all())
        counted = windows(trace, ALL, 60.0, 120.0)
        column = counted.values[:, counted.names.index("datagrams")]
        self.assertTrue(80 < column.mean() < 160, column)

    def test_too_short(self) -> None:
        """A trace that is over before has no windows."""
        self.assertEqual(0, len(windows(made.trace(1, 100.0), ALL, 60.0, 120.0).values))


class ComparisonTests(SynchronousTestCase):
    """A against B."""

    def named(self, findings: tuple[Finding, ...]) -> dict[tuple[str, str, str], Finding]:
        """By channel, adversary and test."""
        return {(one.channel, one.adversary, one.statistic): one for one in findings}

    def test_alike(self) -> None:
        """Runs of one law are not told apart; the null reading stands beside."""
        one, other = ([made.trace(seed, 600.0) for seed in side] for side in ((1, 2), (3, 4)))
        found = comparing.compared(one, other, [ALL, PEER], window=60.0, turns=6)
        self.assertNotIn(Verdict.FAIL, {each.verdict for each in found.findings})
        self.assertEqual(["ALL", "PEER"], [each.adversary for each in found.null])
        self.assertEqual({"ALL", "PEER"}, set(found.bits))

    def test_slow_answers(self) -> None:
        """150 ms more on every answer, which PEER sees in mean and law."""

        def slow(row: Row) -> Row:
            return evolve(row, t=row.t + 0.15) if row.way is Way.OUT else row

        one = [made.trace(seed, 1200.0, 1.5) for seed in range(1, 13)]
        other = [made.changed(seed, slow, 1200.0, 1.5) for seed in range(21, 33)]
        found = self.named(comparing.plain(PEER, one, other))
        mean = found["delay of answers", "PEER", "difference of means (TOST)"]
        self.assertTrue(-0.25 < mean.effect < -0.05, mean)
        self.assertIsNot(Verdict.PASS, mean.verdict)
        law = found["delay of answers", "PEER", "KS distance of two samples"]
        self.assertIsNot(Verdict.PASS, law.verdict)

    def test_parts_of_one_answer(self) -> None:
        """Four parts leave together and know of each other: no delay of theirs is counted."""
        rows = [
            row
            for at in range(0, 4000, 8)
            for row in (
                Row(float(at), Way.IN, "aa", 60, "search_source_request"),
                *(Row(at + 1.0 + at % 7 / 9 + part / 300, Way.OUT, "aa", 900, "search_response")
                  for part in range(1 if at % 40 else 4)),
            )
        ]  # fmt: skip
        traces = [of_rows("parts", made.HEADER, rows)]
        found = comparing.plain(PEER, traces, traces)
        delays = [one.n for one in found if one.channel == "delay of answers"]
        self.assertEqual([400] * 4, delays)

    def test_volume(self) -> None:
        """A third more of everything is seen by ALL."""
        one, other = (
            [made.trace(seed, 300.0, rate) for seed in range(first, first + 12)]
            for first, rate in ((1, 1.0), (21, 1.6))
        )
        found = self.named(comparing.plain(ALL, one, other))
        volume = found["datagrams a window, of their mean", "ALL", "difference of means (TOST)"]
        self.assertIs(Verdict.FAIL, volume.verdict)

    def test_share_of_a_coalition(self) -> None:
        """
        Every seventh request is of another type: all shares that work together are asked.

        A fifth of all peers is sure of it, where one in a hundred has seen too little.
        """

        def other(row: Row) -> Row:
            changes = row.place is PlaceKind.REQUEST and (row.tick or 0) % 7 == 0
            return evolve(row, type="search_source_request") if changes else row

        one = [made.trace(seed, 300.0) for seed in range(1, 13)]
        changed = [made.changed(seed, other, 300.0) for seed in range(21, 33)]
        seen = {}
        for share in (0.01, 0.05, 0.2):
            by = View(Kind.COAL, share)
            found = self.named(comparing.plain(by, one, changed))
            seen[share] = found["types of requests", by.name, "total variation of the mix"]
        self.assertIs(Verdict.FAIL, seen[0.2].verdict)
        self.assertIsNot(Verdict.FAIL, seen[0.01].verdict)
        self.assertTrue(seen[0.01].n < seen[0.05].n < seen[0.2].n)
        like = [made.trace(seed, 300.0) for seed in range(41, 53)]
        same = self.named(comparing.plain(View(Kind.COAL, 0.2), one, like))
        mix = same["types of requests", "COAL(0.2)", "total variation of the mix"]
        self.assertIsNot(Verdict.FAIL, mix.verdict)

    def test_windows_of_a_day(self) -> None:
        """A trace of two days has two of them; one of minutes says that it has none."""
        day = 86_400.0
        found = windows(sparse(1, 2.0 * day + 300.0), ALL, day, 120.0)
        self.assertEqual(2, len(found.values))
        counted = found.values[:, found.names.index("datagrams")]
        self.assertTrue((abs(counted - day / 60.0) < 200.0).all(), counted)
        short = comparing.compared([made.trace(1)], [made.trace(2)], [ALL], window=day, turns=2)
        (found_of_windows,) = (one for one in short.findings if one.channel == "windows")
        self.assertIs(Verdict.EXTEND, found_of_windows.verdict)
        self.assertIn("120 s and a window of 86400 s", found_of_windows.note)

    def test_days_are_compared(self) -> None:
        """Days with half as much again are told apart, by the limit for long windows."""
        day = 86_400.0
        sides = [
            [sparse(seed, 4.0 * day, gap) for seed in range(first, first + 4)]
            for first, gap in ((1, 240.0), (11, 160.0))
        ]
        found = comparing.compared(sides[0], sides[1], [ALL], window=day, skip=0.0, turns=4)
        (of_days,) = (one for one in found.findings if one.channel == "windows")
        self.assertEqual(LONG_AUC, of_days.limit)
        self.assertGreater(of_days.effect, 0.99)
        self.assertGreater(of_days.n, 15)

    def test_halves(self) -> None:
        """Every other run, or every other stretch of one."""
        one = [np.zeros((8, 2)), np.ones((8, 2))]
        self.assertEqual([1, 1], [len(side) for side in comparing.halves(one)])
        self.assertEqual([4, 4], [len(side) for side in comparing.halves(one[:1])])
