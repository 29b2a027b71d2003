"""Tests for :mod:`twisted_mule.commands.simulating`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.cli import main
from twisted_mule.commands import simulations
from twisted_mule.commands.verb import Refusal
from twisted_mule.figures import parquet
from twisted_mule.simulation.runs import run
from twisted_mule.simulation.scenario import Scenario, Start

SMALL = """
title = "Two or three"
nodes = 3
minutes = 1
recorded = 1
[start]
within = 5.0
"""


def here(
    plans: list[Scenario], jobs: int | None, traces: Path | None, *, quiet: bool
) -> list[simulations.Document]:
    """The runs one after the other, in this process."""
    del jobs, quiet
    costs = {"cpu_seconds": 1.0, "times_real_time": 60.0, "kib_per_node": 1.0}
    return [run(plan, "tests", traces and traces / str(plan.seed)) | costs for plan in plans]


class SimulateTests(SynchronousTestCase):
    """``mule simulate`` says what happened, to people and to programs."""

    def setUp(self) -> None:
        """A scenario of one's own."""
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.scenario = self.folder / "small.toml"
        self.scenario.write_text(SMALL)

    def call(self, *words: str) -> Result:
        """One call, whose runs share this process."""
        with patch.object(simulations, "all_of", here):
            return CliRunner().invoke(main, ["simulate", *words])

    def test_list(self) -> None:
        """The scenarios that come with it are named with their sizes."""
        answer = self.call("--list")
        self.assertIn("quiet      A quiet network (50 nodes, 20 minutes)", answer.output)

    def test_table(self) -> None:
        """People get a table, a line a run."""
        answer = self.call(str(self.scenario), "--runs", "2")
        self.assertEqual(0, answer.exit_code, answer.output)
        self.assertIn("Two or three", answer.output)

    def test_json_and_files(self) -> None:
        """Programs get a line of JSON a run, here and in a file, and traces if they want them."""
        out, traces = self.folder / "out.jsonl", self.folder / "traces"
        words = ["--json", "--nodes", "4", "--runs", "2", "--seed", "9", "--clear"]
        answer = self.call(str(self.scenario), *words, "--out", str(out), "--traces", str(traces))
        lines = [json.loads(line) for line in answer.output.splitlines()]
        self.assertEqual(
            [(4, 9, False), (4, 10, False)],
            [(one["present"], one["seed"], one["obfuscation"]) for one in lines],
        )
        self.assertEqual(answer.output, out.read_text())
        self.assertTrue((traces / "10" / "node-00000.jsonl").is_file())

    def test_table_and_pictures(self) -> None:
        """Whoever wants a table of columns gets one, and pictures; their names are told."""
        out, pictures = self.folder / "out.parquet", self.folder / "pictures"
        words = ["--runs", "2", "--out", str(out), "--plots", str(pictures)]
        answer = self.call(str(self.scenario), *words)
        self.assertEqual(0, answer.exit_code, answer.output)
        rows = parquet.read(out).to_pylist()
        self.assertEqual([1, 2], [row["seed"] for row in rows])
        self.assertEqual([1.0], rows[0]["series.minute"])
        self.assertIn("<svg", (pictures / "datagrams.svg").read_text())
        self.assertIn("datagrams.svg", answer.output)

    def test_refused_before_it_is_computed(self) -> None:
        """Nobody waits for hours to hear that the figures cannot be kept."""
        with patch.object(simulations, "all_of") as computed:
            for words in (("--out", "no/where.jsonl"), ("--plots", str(self.scenario))):
                answer = CliRunner().invoke(main, ["simulate", str(self.scenario), *words])
                self.assertEqual(1, answer.exit_code)
                self.assertIn("cannot be", answer.output)
        computed.assert_not_called()

    def test_refusals(self) -> None:
        """What cannot be simulated is refused in a sentence."""
        for words, reason in (
            (("nowhere",), "There is no scenario 'nowhere'"),
            (("nowhere.toml",), "cannot be read"),
            (("quiet", "--nodes", "1"), "nodes"),
        ):
            answer = self.call(*words)
            self.assertEqual(2, answer.exit_code)
            self.assertIn(reason, answer.output)


class ProcessTests(SynchronousTestCase):
    """Runs side by side are the runs that they would be one by one."""

    def test_two_processes(self) -> None:
        """Each run has a process of its own, and the fingerprint that it has here."""
        plan = Scenario(nodes=3, minutes=1, start=Start(knows=3, within=5.0))
        plans = simulations.planned("quiet", 2, {"nodes": 3, "minutes": 1.0})
        self.assertEqual([1, 2], [one.seed for one in plans])
        figures = simulations.all_of([plan, plan], 2, None, quiet=True)
        fingerprints = {one["fingerprint"] for one in figures}
        self.assertEqual({run(plan)["fingerprint"]}, fingerprints)
        self.assertGreater(figures[0]["times_real_time"], 1.0)

    def test_one_that_fails_ends_the_others(self) -> None:
        """Nobody waits for hours to hear that the first trace cannot be written."""
        traces = Path(self.mktemp())
        traces.mkdir()
        (traces / "1").write_text("a file")
        plans = simulations.planned("quiet", 2, {"nodes": 3, "minutes": 1e6})
        began = time.monotonic()
        with self.assertRaises(Refusal) as caught:
            simulations.all_of(plans, 2, traces, quiet=True)
        self.assertIn("cannot be written", caught.exception.message)
        self.assertLess(time.monotonic() - began, 120.0)
