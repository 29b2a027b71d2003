"""``mule audit`` as it is called: what it says, what it writes, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

from attrs import evolve
from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit.comparing import SKIP
from twisted_mule.cli import main
from twisted_mule.commands import outputs
from twisted_mule.recording.rows import Header, PlaceKind, Row


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
        both = one, "--against", other, "--view", "all", "--twins"
        self.assertEqual(1, self.run_audit(*both).exit_code)
        self.assertEqual(2, self.run_audit(one, "--twins").exit_code)

    def test_identical_twins(self) -> None:
        """Short twins that are identical pass: nothing else is asked, so that it can be a gate."""
        text = self.folder / "r.json"
        done = self.run_audit(self.folder, "--against", self.folder, "--twins", "--json", text)
        self.assertEqual(0, done.exit_code, done.output)
        found = json.loads(text.read_text())
        self.assertEqual({"twins"}, {one["channel"] for one in found["findings"]})
        self.assertEqual(3, len(found["findings"]))

    def test_twins_of_other_sorts(self) -> None:
        """What twins cannot be asked is refused."""
        one, other = (self.folder / f"node-{seed}.jsonl" for seed in (1, 2))
        for more in (["--window", 60], ["--skip", 0], ["--view", "link"], ["--against", one]):
            done = self.run_audit(one, "--against", other, "--twins", *more)
            self.assertEqual(2, done.exit_code, done.output)

    def test_options_of_comparisons(self) -> None:
        """Without --against they are refused, not ignored; a number of seconds is one."""
        lawful = self.folder / "node-1.jsonl"
        for option in (["--view", "all"], ["--window", 60], ["--skip", 0]):
            done = self.run_audit(lawful, *option)
            self.assertEqual(2, done.exit_code, done.output)
            self.assertIn("--against", done.output)
        for option in (["--window", "nan"], ["--window", "inf"], ["--skip", "inf"]):
            done = self.run_audit(lawful, "--against", lawful, "--view", "all", *option)
            self.assertEqual(2, done.exit_code, done.output)
            self.assertIn("is no finite number", done.output)

    def test_skip_as_said(self) -> None:
        """The help says what is left out."""
        self.assertIn(f"[default: {SKIP:g}]", " ".join(self.run_audit("--help").output.split()))

    def test_report_is_looked_at_first(self) -> None:
        """A report that cannot be written is refused before anything is computed."""
        lawful = self.folder / "node-1.jsonl"
        with mock.patch("twisted_mule.audit.single.audited") as audited:
            for wrong in (self.folder, self.folder / "none" / "r", self.folder / ("r" * 300)):
                for option in ("--json", "--html"):
                    done = self.run_audit(lawful, option, wrong)
                    self.assertEqual(2, done.exit_code, done.output)
                    self.assertNotIn("Traceback", done.output)
            with mock.patch("os.access", return_value=False):
                done = self.run_audit(lawful, "--json", self.folder / "r.json")
                self.assertEqual(2, done.exit_code, done.output)
        audited.assert_not_called()

    def test_defects(self) -> None:
        """What nobody foresaw ends with one sentence and 2, for 1 means FAIL."""
        lawful = self.folder / "node-1.jsonl"
        said = {
            ValueError("odd"): "A defect of the audit",
            MemoryError(): "not enough memory",
            KeyboardInterrupt(): "interrupted",
        }
        for reason, words in said.items():
            with mock.patch("twisted_mule.audit.single.audited", side_effect=reason):
                done = self.run_audit(lawful)
            self.assertEqual(2, done.exit_code, done.output)
            self.assertIn(words, done.output)
            self.assertNotIn("Traceback", done.output)
        with (
            mock.patch("twisted_mule.audit.single.audited", side_effect=ValueError("odd")),
            mock.patch.dict("os.environ", {"MULE_DEBUG": "1"}),
        ):
            self.assertIn("Traceback", self.run_audit(lawful).output)

    def test_nobody_reads_on(self) -> None:
        """Rich would end with 1 when its reader goes away; the verdict is what counts."""
        with mock.patch("rich.console.Console.print", side_effect=SystemExit(1)):
            done = self.run_audit(self.folder / "node-1.jsonl")
        self.assertEqual(3, done.exit_code, done.output)

    def test_name_that_is_no_text(self) -> None:
        """The page of a trace whose name is no UTF-8 can be written."""
        odd, report = self.folder / "n\udcff.jsonl", self.folder / "r.html"
        odd.write_text((self.folder / "node-1.jsonl").read_text())
        done = self.run_audit(odd, "--html", report)
        self.assertEqual(3, done.exit_code, done.output)
        self.assertIn("<svg", report.read_text(encoding="utf-8"))

    def test_another_contract(self) -> None:
        """A trace of other numbers is judged by ours, and that is said, wherever it is read."""
        head = Header("simulator", "other 9.9", "deadbeef0000")
        rows = (self.folder / "node-1.jsonl").read_text().removeprefix(made.HEADER.line)
        other, text, report = (self.folder / name for name in ("o.jsonl", "r.json", "r.html"))
        other.write_text(head.line + rows)
        done = self.run_audit(other, "--json", text, "--html", report)
        for said in (done.output, report.read_text()):
            self.assertIn("deadbeef0000 of other 9.9", " ".join(said.split()))
        self.assertEqual(1, len(json.loads(text.read_text())["remarks"]))

    def test_without_types(self) -> None:
        """A tap's trace is never certain, and it is said what it lacks."""

        def bare(row: Row) -> Row:
            return evolve(row, type=None, tick=None, place=None)

        tap = self.folder / "tap.jsonl"
        tap.write_text(made.written(1, 700.0, bare))
        said = " ".join(self.run_audit(tap).output.split())
        self.assertIn("the traces have no types and no ticks", said)
        self.assertNotIn("more data are needed", said)

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
