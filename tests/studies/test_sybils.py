"""Tests for :mod:`twisted_mule.studies.sybils` and its verb."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import stdev
from typing import Any
from unittest import mock
from xml.etree import ElementTree

from attrs import evolve
from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.cli import main
from twisted_mule.commands import outputs
from twisted_mule.commands.study import sybils
from twisted_mule.studies.sybils import cells, running, summary
from twisted_mule.studies.sybils.pictures import drawn

CELLS = {cell.name: cell for cell in cells.CELLS}


def small(name: str, **hostile: Any) -> dict[str, Any]:
    """A run of a cell among fourteen nodes, with another attack if asked for."""
    cell = CELLS[name]
    changed = evolve(cell, hostile=evolve(cell.hostile, **hostile))
    return running.one(cells.Run(changed, seed=1, nodes=14, minutes=7.0))


class RunTests(SynchronousTestCase):
    """Small runs show what each attack gets."""

    def test_without_attackers(self) -> None:
        """Both files are found, and nothing goes to anybody hostile."""
        figures = small("sybils-0")
        self.assertEqual(0, figures["attackers"])
        for word in ("target", "control"):
            self.assertGreater(figures[word]["searches"], 4)
            self.assertGreater(figures[word]["found"], 0.9)
            self.assertEqual(0.0, figures[word]["finishing"]["hostile"])
            self.assertEqual(0.0, figures[word]["crowded"])
        self.assertIsNone(figures["victims"]["contacts"])

    def test_sybils_take_their_keyword_only(self) -> None:
        """They are the nearest ten, hold what is stored, and let nothing be found of it."""
        figures = small("sybils-10")
        self.assertEqual(1.0, figures["closest_hostile"])
        self.assertGreater(figures["target"]["finishing"]["hostile"], 0.7)
        self.assertGreater(figures["target"]["holders_hostile"], 0.5)
        self.assertGreater(figures["target"]["crowded"], 0.9)
        self.assertLess(figures["target"]["found"], figures["control"]["found"])

    def test_liars_fill_tables_with_nobody(self) -> None:
        """What they invent is asked and stays in tables, but is never verified."""
        figures = small("lying-30%", lying=0.5)["others"]
        self.assertGreater(figures["table"]["nobody"], 0.1)
        self.assertGreater(figures["asked"]["nobody"], 0.05)
        self.assertEqual(
            (0.0, 0.0), (figures["verified"]["nobody"], figures["handed_out"]["nobody"])
        )

    def test_poison_shows_in_results(self) -> None:
        """Whoever knows the word adds false files to what is found."""
        figures = small("poisoning-30%", poisoning=0.5)
        self.assertGreater(figures["target"]["false_results"], 0.5)
        self.assertEqual(0.0, figures["control"]["false_results"])

    def test_victims_are_encircled(self) -> None:
        """Attackers are most of those next to a victim, and not of those next to others."""
        figures = small("encircled-settled-20", encirclers=10, victims=3, onset=60.0)
        self.assertGreater(figures["victims"]["next_to"]["hostile"], 0.7)
        self.assertLess(figures["others"]["next_to"]["hostile"], 0.5)
        searched = figures["victims_control"]
        self.assertEqual(3, searched["undone"] + searched["searches"])

    def test_newcomers_are_encircled(self) -> None:
        """Who begins with attackers as its only contacts asks hardly anybody else."""
        hostile = {"encirclers": 10, "victims": 3, "onset": 60.0, "bait": 1.0}
        figures = small("encircled-newcomer-50-50%", **hostile)
        asked = [figures[who]["asked"]["hostile"] for who in ("victims", "others")]
        self.assertGreater(asked[0], 0.8)
        self.assertLess(asked[1], 0.6)


class PlanTests(SynchronousTestCase):
    """Which runs there are, and which of them are still missing."""

    def test_names(self) -> None:
        """No two cells share a name, and each is in a table."""
        self.assertEqual(len(cells.CELLS), len(CELLS))
        self.assertEqual(set(summary.TABLES), {cell.group for cell in cells.CELLS})

    def test_seed_by_seed(self) -> None:
        """All cells have one run before any has two."""
        plan = cells.planned(cells.CELLS[:2], first=5, seeds=2, nodes=50, minutes=3.0)
        self.assertEqual([5, 5, 6, 6], [run.seed for run in plan])
        done = [{"cell": plan[2].cell.name, "seed": 6, "nodes": 50, "minutes": 3.0}]
        self.assertEqual([plan[0], plan[1], plan[3]], running.missing(plan, done))

    def test_reading(self) -> None:
        """Of a file, runs of this study count, each once; all else is passed over."""
        path = Path(self.mktemp())
        self.assertEqual([], running.read(path))
        mine = {"study": "sybils", "cell": "sybils-0", "seed": 1, "nodes": 50, "minutes": 3.0}
        lines = [json.dumps(one) for one in (mine, {"study": "churn"}, [1], {**mine, "more": 1})]
        path.write_text("\n".join([*lines, '{"study": "sybils", "ce']))
        self.assertEqual([{**mine, "more": 1}], running.read(path))


class SummaryTests(SynchronousTestCase):
    """Shares are means over runs, with intervals of Student's t."""

    def documents(self) -> list[dict[str, Any]]:
        """Three runs of two cells, made up."""
        return [
            {
                "cell": name,
                "target": {"found": found, "finishing": {"hostile": 1 - found}, "crowded": None},
                "control": {"found": 1.0},
                "closest_hostile": 0.5,
            }
            for name in ("sybils-5", "sybils-10")
            for found in (0.4, 0.5, 0.6)
        ]

    def test_interval(self) -> None:
        """Three runs at 40, 50 and 60 per cent leave 25 to 75; no share leaves its bounds."""
        one = summary.spread([0.4, None, 0.5, 0.6])
        assert one is not None and one.low is not None and one.high is not None
        self.assertAlmostEqual(0.5 - 4.303 * 0.1 / 3**0.5, one.low, places=6)
        self.assertEqual((3, "50 % (25-75)"), (one.runs, one.text))
        wide = summary.spread([0.0, 1.0])
        assert wide is not None
        self.assertEqual((0.0, 1.0), (wide.low, wide.high))
        self.assertIsNone(summary.spread([None]))
        agreed = summary.spread([1.0, 1.0])
        assert agreed is not None
        self.assertEqual("100 %", agreed.text)
        single = summary.spread([0.25])
        assert single is not None
        self.assertEqual("25 %", single.text)

    def test_interval_of_many(self) -> None:
        """Also eleven runs and more have Student's t, not that of infinitely many."""
        for runs, student in ((11, 2.228), (21, 2.086), (61, 2.000)):
            values = [0.45, 0.55] * (runs // 2) + [0.5]
            one = summary.spread(values)
            assert one is not None and one.high is not None
            half = student * stdev(values) / runs**0.5
            self.assertLess(abs(one.high - 0.5 - half), 0.01 * half)

    def test_tables(self) -> None:
        """A row a cell, in the order of the study; what was not measured is a dash."""
        head, body = summary.lines("sybils", self.documents())
        self.assertEqual(["5 Sybils", "10 Sybils"], [row[0] for row in body])
        self.assertEqual("50 % (25-75)", body[0][head.index("finds the file")])
        self.assertEqual("-", body[0][head.index("rule speaks")])
        self.assertIn("| 5 Sybils | 3 | 50 % (25-75) |", summary.markdown(self.documents()))

    def test_pictures(self) -> None:
        """There is a picture of each group that was run, small and without script."""
        pictures = drawn(self.documents())
        self.assertEqual(["sybils-sybils"], list(pictures))
        for text in pictures.values():
            ElementTree.fromstring(text)  # noqa: S314 - we have just made it
            self.assertLess(len(text), 60_000)
            self.assertNotIn("<script", text)
        self.assertIn("searches that find the file", pictures["sybils-sybils"])


class VerbTests(SynchronousTestCase):
    """``mule study sybils`` goes on where it stopped."""

    def setUp(self) -> None:
        """A folder of our own."""
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def call(self, *words: str) -> Result:
        """One call."""
        return CliRunner().invoke(main, ["study", "sybils", *words])

    def test_goes_on(self) -> None:
        """Each run is kept when it is done, and is not computed again."""
        out, report = self.folder / "runs.jsonl", self.folder / "report"
        words = ("--cell", "sybils-5", "--nodes", "40", "--minutes", "2", "--out", str(out))
        first = self.call(*words, "--seeds", "1")
        self.assertEqual(0, first.exit_code, first.output)
        line = out.read_text()
        self.assertEqual(
            ["sybils-5", 1, 40], [json.loads(line)[k] for k in ("cell", "seed", "nodes")]
        )
        with mock.patch.object(sybils, "timed") as computed:
            again = self.call(*words, "--seeds", "1", "--pictures", str(report))
        computed.assert_not_called()
        self.assertEqual((0, line), (again.exit_code, out.read_text()), again.output)
        self.assertIn("Sybils around one keyword", again.output)
        self.assertTrue((report / "sybils-sybils.svg").is_file())
        self.assertIn("| 5 Sybils | 1 |", (report / "sybils-tables.md").read_text())

    def test_refusals(self) -> None:
        """What cannot be is said in a sentence, before anything is computed."""
        for words, reason in (
            (("--cell", "nothing"), "There is no cell 'nothing'"),
            (("--out", "no/where.jsonl"), "there is no folder"),
            (("--out", "runs.parquet"), "lines are written here"),
            (("--nodes", "3"), "3 is not in the range"),
        ):
            answer = self.call(*words)
            self.assertIn(answer.exit_code, (1, 2))
            self.assertIn(reason, " ".join(answer.output.split()))
        with mock.patch.object(outputs, "find_spec", return_value=None):
            missing = self.call("--pictures", str(self.folder))
        self.assertIn("pip install", missing.output)

    def test_list(self) -> None:
        """All cells are named."""
        self.assertIn("encircled-settled-50", self.call("--list").output)
