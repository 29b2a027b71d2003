"""Tests for :mod:`twisted_mule.commands.study`: the verbs of the studies of health."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.cli import main
from twisted_mule.commands.study import lines
from twisted_mule.studies.health.plan import Plan


class VerbTests(SynchronousTestCase):
    """``mule study churn``, ``cost``, ``growth`` run what is missing and say what came of it."""

    def setUp(self) -> None:
        """A file for the lines; runs share this process and are counted."""
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.out = self.folder / "lines.jsonl"
        self.done: list[Plan] = []

    def here(self, plans: list[Plan], jobs: int) -> list[lines.Document]:
        """The runs one after the other, in this process."""
        del jobs
        self.done += plans
        return [lines._one(plan) for plan in plans]

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

    def test_refusals(self) -> None:
        """What cannot be read is refused in a sentence."""
        self.out.write_text("no JSON\n")
        answer = self.call("cost", "--out", str(self.out))
        self.assertEqual(1, answer.exit_code)
        self.assertIn("does not hold the lines of a study", answer.output)
        self.assertEqual(2, self.call("growth", "--nodes", "1").exit_code)

    def test_listed(self) -> None:
        """Each study is named with what it does."""
        answer = self.call("--help")
        for name in ("churn", "cost", "growth"):
            self.assertIn(name, answer.output)
