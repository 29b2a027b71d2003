"""The table of study (a): what is played, how it is judged, when it is looked at again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from unittest import mock

import numpy as np
from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.audit.classifier import Grouped, Scores, auc
from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.statistics import Question
from twisted_mule.studies.leaks import report, study
from twisted_mule.studies.leaks.looks import looked, undecided
from twisted_mule.studies.leaks.run import DESIGNS, Task
from twisted_mule.studies.leaks.secrets import (
    ALL_A_SLOT,
    HOUR,
    OURS,
    RIVALS,
    SCENES,
    SECRETS,
    SLOT,
    Scale,
)
from twisted_mule.studies.leaks.study import (
    SCORES,
    Cell,
    Plan,
    Score,
    claim,
    judged,
    remembered,
    split,
    verdict,
)

SMALL = Scale(40, 4)


def score(design: str, secret: str, auc: float, view: str = "ALL", reach: float = 0.03) -> Score:
    """What was found, as if by a test whose deviation is a third of ``reach``."""
    chance = 1.0 if auc < 0.55 else 1e-9
    limit = SECRETS[secret].limits[view]
    interval = auc - reach, auc + reach
    found = Finding(secret, view, "AUC", auc, interval, limit, 2000, Verdict.EXTEND, chance)
    return Score(Cell(design, secret, view), 40, 10, found)


def means(asked: Question, data: Grouped, turns: int) -> tuple[Finding, Scores]:
    """What stands for the classifier where nothing but the course of the looks is looked at."""
    labels, middles = data.label[data.group], data.windows.mean(axis=1)
    effect, n = auc(middles[labels == 0], middles[labels == 1]), int((labels == 0).sum())
    error = 1.2 * (1.0 / (6.0 * n)) ** 0.5
    chance = 1.0 - NormalDist().cdf((effect - 0.5) / error)
    interval = effect - 2.5 * error, effect + 2.5 * error
    return asked.found(f"{turns} turns", effect, interval, n, chance), Scores(effect, 0.0)


class VerdictTests(SynchronousTestCase):
    """Three ways, row by row."""

    def test_three_ways(self) -> None:
        """Small enough for sure, there for sure, or neither."""
        row = [score("ours", "cpu", 0.51), score("ours", "role", 0.53), score("ours", "cache", 0.7)]
        found = [one.finding.verdict for one in judged(row)]
        self.assertEqual([Verdict.PASS, Verdict.EXTEND, Verdict.FAIL], found)

    def test_a_row(self) -> None:
        """One failure fails a design, every place has to pass; some say nothing of it."""
        table = judged(
            [
                score("ours", "null", 0.56, reach=0.02),
                score("ours", "cpu", 0.50),
                score("at-once", "cpu", 0.99),
                score("at-once", "role", 0.51, reach=0.2),
                score("ticks", "role", 0.51, reach=0.2),
            ]
        )
        table += judged([score("ours", "load100", 0.99, "PEER")])
        wanted = {"ours": Verdict.PASS, "at-once": Verdict.FAIL, "ticks": Verdict.EXTEND}
        self.assertEqual(wanted, {design: verdict(table, design) for design in wanted})

    def test_the_effect_itself_may_have_a_limit(self) -> None:
        """At 30 % of the cap the AUC may be .52, whatever its bounds."""
        for effect, wanted in ((0.519, Verdict.PASS), (0.524, Verdict.EXTEND)):
            found = judged([score("ours", "load30", effect, "PEER", 0.02)])
            self.assertIs(wanted, found[0].finding.verdict)

    def test_who_looks_thrice_has_wider_bounds(self) -> None:
        """A third of the errors is left for each look."""
        found = split(score("ours", "cpu", 0.5).finding, lambda level: 1.0 / level)
        self.assertAlmostEqual(0.59, found.interval[1])
        self.assertAlmostEqual(0.41, found.interval[0])
        cut = evolve(score("ours", "cpu", 0.92).finding, interval=(0.72, 1.0))
        self.assertAlmostEqual(0.32, split(cut, lambda level: 1.0 / level).interval[0])

    def test_what_is_looked_at_again(self) -> None:
        """All that is undecided of ours; of others only while nothing of theirs fails."""
        table = judged(
            [
                score("ours", "cpu", 0.53),
                score("ours", "role", 0.50),
                score("at-once", "cpu", 0.99),
                score("at-once", "role", 0.53),
                score("ticks", "role", 0.53),
            ]
        )
        again = [(cell.design, cell.secret) for cell in undecided(table)]
        self.assertEqual([("ours", "cpu"), ("ticks", "role")], again)


class PlanTests(SynchronousTestCase):
    """What has to be played."""

    def test_enough(self) -> None:
        """2,000 windows of each class out of 20 runs at least; of weaker designs 400."""
        for scale, least in ((OURS, 2000), (RIVALS, 400)):
            self.assertGreaterEqual(scale.runs, 20)
            for secret in SECRETS.values():
                plan = Plan(ours=scale)
                runs, slots = plan.size(Cell("ours", secret.name, ""), 0)
                if slots and secret.window == SLOT:
                    every = min(ALL_A_SLOT, SCENES[secret.one].probers)
                    self.assertGreaterEqual(runs * slots * every, least, secret.name)

    def test_enough_hours(self) -> None:
        """800 windows of an hour at the first look, of all that leaves at the last one."""
        for secret in SECRETS.values():
            if secret.window == HOUR:
                runs, slots = Plan().size(Cell("ours", secret.name, ""), 0)
                self.assertGreaterEqual(runs * slots * min(4, SCENES[secret.one].probers), 800)
                self.assertGreaterEqual(
                    Plan().size(Cell("ours", secret.name, ""), 2)[0] * slots, 800
                )

    def test_every_look_has_twice_as_many_runs(self) -> None:
        """Those of the look before are among them."""
        plan, cpu = Plan(ours=SMALL), SECRETS["cpu"]
        first, second = (plan.tasks("ours", cpu, look)[0] for look in (0, 1))
        self.assertEqual(2 * len(first), len(second))
        self.assertEqual(first, second[: len(first)])

    def test_classes_that_two_secrets_share_are_played_once(self) -> None:
        """The usual runs serve several comparisons."""
        plan = Plan(ours=SMALL, designs=("ours",), secrets=("cpu", "role"))
        wanted = [(design, secret, 0) for design, secret in plan.pairs()]
        tasks = plan.missing(wanted, Path("nowhere"))
        self.assertEqual(12, len(tasks))
        self.assertEqual({"usual", "slow", "searching"}, {task.scene for task in tasks})

    def test_weaker_designs_are_not_asked_everything(self) -> None:
        """What asks after the cause of a leak of ours, restart and links are ours alone."""
        asked = {cell.secret for cell in Plan(designs=("ticks",)).cells()}
        ours = {"asked30", "asked60", "load100", "restart", "link"}
        ours |= {name for name, secret in SECRETS.items() if secret.window == HOUR}
        self.assertEqual(set(SECRETS) - ours, asked)


class LooksTests(SynchronousTestCase):
    """The course of a study whose runs are drawn, not played."""

    def setUp(self) -> None:
        """A folder."""
        self.folder = Path(self.mktemp())
        self.asked: list[list[Task]] = []

    def draw(self, tasks: list[Task]) -> None:
        """Windows of one law, but for those of a slow machine with another design."""
        self.asked.append(tasks)
        for task in tasks:
            draws = np.random.default_rng([len(task.scene), task.number, ord(task.scene[0])])
            shift = 3.0 if task.scene == "slow" and task.design != "ours" else 0.0
            path = self.folder / task.path
            path.parent.mkdir(parents=True, exist_ok=True)
            windows = {view: draws.normal(shift, 1.0, (10, 4)) for view in ("ALL", "PEER", "COAL")}
            np.savez(path, allow_pickle=False, **windows)

    def look(self, looks: int, *designs: str) -> list[Score]:
        """One call."""
        plan = Plan(ours=SMALL, rivals=SMALL, designs=designs, secrets=("cpu",))
        claim(plan, self.folder)

        def rate(cells: list[Cell], look: int) -> Iterator[Score]:
            return (study.scored(plan, cell, look, self.folder) for cell in cells)

        with mock.patch.object(study, "told_apart", means):
            return looked(plan, self.folder, looks, self.draw, rate)

    def test_undecided_runs_are_doubled(self) -> None:
        """Little says nothing of a design that leaks nothing: three looks, and no more."""
        found = self.look(3, "ours")
        self.assertEqual([8, 8, 16], [len(tasks) for tasks in self.asked])
        self.assertTrue(all(one.finding.verdict is not Verdict.FAIL for one in found))
        self.assertIn(16, {one.runs for one in found})

    def test_a_leak_is_seen_at_once(self) -> None:
        """What differs that much needs no second look."""
        found = self.look(3, "ticks")
        self.assertEqual([8], [len(tasks) for tasks in self.asked])
        self.assertEqual({Verdict.FAIL}, {one.finding.verdict for one in found})

    def test_a_second_call_goes_on(self) -> None:
        """Runs that are there are not played again, nor is what was judged judged again."""
        first = self.look(1, "ticks")
        (self.folder / "ticks" / "slow-2" / "0000.npz").write_bytes(b"nobody reads this again")
        self.assertEqual(first, self.look(1, "ticks"))
        self.assertEqual([8, 0], [len(tasks) for tasks in self.asked])
        self.assertEqual(3, len(remembered(self.folder)))
        self.assertEqual(3, len(json.loads((self.folder / SCORES).read_text())))

    def test_a_run_that_is_lost_is_played_again(self) -> None:
        """Only that one."""
        self.look(1, "ticks")
        (self.folder / "ticks" / "slow-2" / "0000.npz").unlink()
        self.look(1, "ticks")
        self.assertEqual([Task("ticks", "slow", 2, 0)], self.asked[-1])


class ReportTests(SynchronousTestCase):
    """Tables and pictures."""

    def setUp(self) -> None:
        """A small table."""
        self.table = judged(
            [score("ours", "cpu", 0.51), score("at-once", "cpu", 0.99), score("ours", "role", 0.5)]
        )

    def test_our_row(self) -> None:
        """What was found, out of how much."""
        first = report.lines(self.table, "ours")[0]
        self.assertEqual(
            ("cpu", "ALL", "40", "2000", "0.510", "0.480 to 0.540", "0.55", "PASS"), tuple(first)
        )

    def test_what_is_reported_only(self) -> None:
        """It has no verdict in a table."""
        table = judged([score("ours", "load100", 0.99, "PEER")])
        self.assertEqual("reported", report.lines(table, "ours")[0].verdict)
        self.assertEqual("0.99 reported", report.against(table)[1][0][2])

    def test_side_by_side(self) -> None:
        """A column a design that was asked, a line for the whole of each."""
        head, rows = report.against(self.table)
        self.assertEqual(["secret", "view", "ours", "at-once"], head)
        self.assertEqual(["role", "ALL", "0.50 PASS", "-"], rows[1])
        self.assertEqual(["all but null", "", "PASS", "FAIL"], rows[-1])
        self.assertEqual(5, len(report.markdown(head, rows).splitlines()))

    def test_for_programs(self) -> None:
        """Everything, by design."""
        found = report.documents(self.table, 7)
        self.assertEqual({"ours": "pass", "at-once": "fail"}, found["verdicts"])
        self.assertEqual(3, len(json.loads(json.dumps(found))["scores"]))

    def test_pictures(self) -> None:
        """Small ones, of the numbers in the table, without script."""
        for draw in (report.ours, report.table):
            text = draw(self.table)
            self.assertTrue(text.startswith("<svg"))
            self.assertNotIn("<script", text)
            self.assertLess(len(text), 60_000)
        self.assertIn(">0.99<", report.table(self.table).replace("\n", ""))

    def test_nothing_but_what_was_found(self) -> None:
        """A place without an interval is drawn nowhere."""
        bare = evolve(self.table[0].finding, interval=(0.0, float("inf")))
        text = report.ours([evolve(self.table[0], finding=bare)])
        self.assertNotIn("cpu", text)
        self.assertEqual(
            "-", report.lines([evolve(self.table[0], finding=bare)], "ours")[0].interval
        )


class DesignTests(SynchronousTestCase):
    """Who is compared."""

    def test_names(self) -> None:
        """Ours, and the three of the issue."""
        self.assertEqual(["ours", "at-once", "shaper", "ticks"], list(DESIGNS))
