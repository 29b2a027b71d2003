"""Tests for :mod:`twisted_mule.commands.study`: the verbs of the studies of health."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from unittest.mock import patch

from attrs import evolve
from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.cli import main
from twisted_mule.commands.study import lines
from twisted_mule.studies.health import plans
from twisted_mule.studies.health.plan import Plan


class VerbTests(SynchronousTestCase):
    """``mule study churn``, ``cost``, ``growth`` run what is missing and say what came of it."""

    def setUp(self) -> None:
        """A file for the lines; runs share this process and are counted."""
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.out = self.folder / "lines.jsonl"
        self.done: list[Plan] = []

    def here(
        self, chosen: list[Plan], jobs: int
    ) -> Generator[tuple[Plan, lines.Document], None, None]:
        """The runs one after the other, in this process."""
        del jobs
        for plan in chosen:
            self.done.append(plan)
            yield plan, lines._one(plan)

    def call(self, *words: str) -> Result:
        """One call."""
        with patch.object(lines, "_computed", self.here):
            return CliRunner().invoke(main, ["study", *words])

    def test_lines_are_not_done_again(self) -> None:
        """A run that stands in the file is read; others are done and appended."""
        words = ["growth", "--nodes", "10", "--minutes", "2", "--askers", "1"]
        first = self.call(*words, "--json", "--out", str(self.out))
        self.assertEqual(0, first.exit_code, first.output)
        before = list(self.done)
        self.assertEqual({1}, {plan.seed for plan in before})
        again = self.call(*words, "--json", "--runs", "2", "--out", str(self.out))
        new = self.done[len(before) :]
        self.assertEqual(({2}, len(before)), ({plan.seed for plan in new}, len(new)))
        rows = [json.loads(line) for line in again.output.splitlines()]
        self.assertEqual([1, 2] * len(before), [row["plan"]["seed"] for row in rows])
        self.assertEqual(first.output.splitlines()[0], again.output.splitlines()[0])

    def test_tables_and_pictures(self) -> None:
        """People get tables, pages get Markdown and drawings."""
        words = ["churn", "--part", "dead", "--nodes", "10", "--minutes", "3"]
        words += ["--out", str(self.out), "--pictures", str(self.folder / "pictures")]
        self.assertIn("closest", self.call(*words).output)
        page = self.call(*words, "--markdown")
        self.assertIn("**Half of all contacts have just died", page.output)
        self.assertTrue((self.folder / "pictures").is_dir())

    def test_goes_on_after_a_cut_off_line(self) -> None:
        """Lines that are no run are passed over; a last one that was cut off is ended."""
        mine = plans.cost()[0]
        run = json.dumps({"plan": mine.document, "kept": True})
        strange = ["[]", "no JSON", '{"plan": {"nodes": []}}', json.dumps({"plan": {"part": []}})]
        self.out.write_text("\n".join([run, *strange, run[:40]]))
        self.assertEqual([mine], list(lines.known(self.out)))
        with patch.object(lines, "_one", lambda plan: {"plan": plan.document}):
            found = self.computed([mine, evolve(mine, seed=2)])
        self.assertEqual([True, None], [one.get("kept") for one in found])
        last = json.loads(self.out.read_text().splitlines()[-1])
        self.assertEqual({"plan": self.done[0].document}, last)
        self.assertEqual([mine, *self.done], list(lines.known(self.out)))

    def computed(self, chosen: list[Plan]) -> list[lines.Document]:
        """All of these runs, some of which may be in the file."""
        with patch.object(lines, "_computed", self.here):
            return lines.all_of(chosen, 1, self.out)

    def test_refused_before_it_is_computed(self) -> None:
        """Nobody waits for hours to hear that the figures cannot be kept."""
        for words, reason in (
            (("--out", "no/where.jsonl"), "there is no folder no"),
            (("--pictures", "/dev/null/pictures"), "cannot be a folder"),
        ):
            answer = self.call("cost", *words)
            self.assertEqual(1, answer.exit_code)
            self.assertIn(reason, answer.output)
        self.assertEqual([], self.done)
        self.assertEqual(2, self.call("growth", "--nodes", "1").exit_code)

    def test_too_short(self) -> None:
        """What would count nothing, or never end, is refused before it is computed."""
        for words in (
            ("cost", "--minutes", "5"),
            ("cost", "--minutes", "nan"),
            ("growth", "--minutes", "inf"),
            ("growth", "--askers", "nan"),
        ):
            answer = self.call(*words)
            self.assertEqual(2, answer.exit_code, answer.output)
        self.assertIn("give it 6 or more", self.call("cost", "--minutes", "5").output)
        self.assertEqual([], self.done)

    def test_hardly_any_lookups(self) -> None:
        """Runs in which no lookup of some sort has ended give tables and pictures."""
        pictures = "--pictures", str(self.folder / "pictures")
        for words in (
            ("growth", "--minutes", "2", "--askers", "0.1"),
            ("cost", "--minutes", "6"),
            ("churn", "--part", "retrieval", "--minutes", "2"),
            ("churn", "--part", "start", "--minutes", "2"),
        ):
            answer = self.call(*words, *pictures, "--nodes", "10")
            self.assertEqual(0, answer.exit_code, (words, answer.exception))

    def test_listed(self) -> None:
        """Each study is named with what it does."""
        answer = self.call("--help")
        for name in ("churn", "cost", "growth"):
            self.assertIn(name, answer.output)
