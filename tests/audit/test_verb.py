"""``mule audit`` as it is called: what it says, what it writes, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

from attrs import evolve
from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.cli import main
from twisted_mule.commands import outputs
from twisted_mule.recording.rows import PlaceKind, Row


class AuditTests(SynchronousTestCase):
    """The command."""

    def setUp(self) -> None:
        """A folder with two lawful traces, and their labels."""
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        for seed in (1, 2):
            (self.folder / f"node-{seed}.jsonl").write_text(made.written(seed, 700.0))
        (self.folder / "labels.jsonl").write_text('{"trace":"node-1.jsonl"}\n')

    def run_audit(self, *arguments: object) -> Result:
        """Call it."""
        return CliRunner().invoke(main, ["audit", *map(str, arguments)])

    def test_one(self) -> None:
        """Little data of a lawful node: more are needed, and that is how it ends."""
        report, text = self.folder / "r.html", self.folder / "r.json"
        done = self.run_audit(self.folder, "--json", text, "--html", report)
        self.assertEqual(3, done.exit_code, done.output)
        self.assertIn("EXTEND", done.output)
        found = json.loads(text.read_text())
        self.assertEqual("extend", found["verdict"])
        self.assertEqual(2, len(found["traces"]))
        self.assertIn("<svg", report.read_text())

    def test_failure(self) -> None:
        """A bound that is broken ends it with 1, and is named."""

        def early(row: Row) -> Row:
            return evolve(row, t=row.t - 0.5) if row.place is PlaceKind.ANSWER else row

        path = self.folder / "early.jsonl"
        path.write_text(made.written(3, 700.0, early))
        done = self.run_audit(path)
        self.assertEqual(1, done.exit_code, done.output)
        self.assertIn("FAIL answers before the least delay", " ".join(done.output.split()))

    def test_against(self) -> None:
        """Two classes: findings, and the same on halves of A."""
        one, other = (self.folder / f"node-{seed}.jsonl" for seed in (1, 2))
        text = self.folder / "r.json"
        done = self.run_audit(
            one, "--against", other, "--view", "peer", "--window", 60, "--json", text
        )
        self.assertEqual(3, done.exit_code, done.output)
        self.assertIn("one half of A", done.output)
        self.assertIn("bits", done.output)
        found = json.loads(text.read_text())
        self.assertEqual(["PEER"], [each["adversary"] for each in found["null"]])

    def test_too_short_to_compare(self) -> None:
        """Traces that are over before the comparison begins leave everything open."""
        one, other = (self.folder / f"node-{seed}.jsonl" for seed in (1, 2))
        done = self.run_audit(one, "--against", other, "--skip", 5000, "--view", "all")
        self.assertEqual(3, done.exit_code, done.output)

    def test_twins(self) -> None:
        """Traces that must be identical and are not."""
        one, other = (self.folder / f"node-{seed}.jsonl" for seed in (1, 2))
        both = one, "--against", other, "--view", "all", "--window", 60, "--twins"
        self.assertEqual(1, self.run_audit(*both).exit_code)
        self.assertEqual(2, self.run_audit(one, "--twins").exit_code)

    def test_bad_input(self) -> None:
        """One sentence and 2, whatever is wrong."""
        empty = self.folder / "empty.jsonl"
        empty.write_text(made.HEADER.line)
        bare = self.folder / "bare"
        bare.mkdir()
        lawful = self.folder / "node-1.jsonl"
        for arguments in (
            ["nowhere.jsonl"],
            [self.folder / "labels.jsonl"],
            [empty],
            [bare],
            [lawful, "--against", "nowhere.jsonl"],
            [lawful, "--view", "everything"],
            [lawful, "--json", self.folder / "none" / "r.json"],
            [],
        ):
            done = self.run_audit(*arguments)
            self.assertEqual(2, done.exit_code, done.output)
            self.assertIn("Error: ", done.output)
            self.assertNotIn("Traceback", done.output)

    def test_without_the_packages(self) -> None:
        """It says what to install."""
        with mock.patch.object(outputs, "find_spec", return_value=None):
            done = self.run_audit(self.folder)
        self.assertEqual(2, done.exit_code)
        self.assertIn("pip install 'twisted-mule[audit]'", done.output)
