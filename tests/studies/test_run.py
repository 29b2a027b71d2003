"""One run of a study: the same for the same seed, and windows of every adversary."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.simulation.lean import without_cipher
from twisted_mule.studies.leaks.folk import FOLK
from twisted_mule.studies.leaks.run import DESIGNS, ONE_IN, Task, coalitions, keep, kept, play
from twisted_mule.studies.leaks.scene import Scene
from twisted_mule.studies.leaks.secrets import SCENES
from twisted_mule.studies.leaks.stage import BEGINNING, Ours, Stage

TASK = Task("ours", "usual", 1, 0)


class RunTests(SynchronousTestCase):
    """Runs and what is kept of them."""

    def test_the_same_seed_gives_the_same_run(self) -> None:
        """To the last number; another one does not."""
        one, same, other = (play(TASK, seed) for seed in (1, 1, 2))
        for view in one:
            self.assertTrue(np.array_equal(one[view], same[view]), view)
            self.assertFalse(np.array_equal(one[view], other[view]), view)

    def test_windows(self) -> None:
        """Of 300 s: five of all, and one for each prober and for each coalition."""
        found = play(Task("ours", "usual", 2, 1), 1)
        sizes = {view: len(windows) for view, windows in found.items()}
        wanted = {"ALL": 10, "PEER": 16, "COAL": 16, "COAL 1%": 16, "COAL 20%": 10}
        self.assertEqual(wanted, sizes)

    def test_longer_windows(self) -> None:
        """Then what all sees is as long as the others, and what is kept has a place of its own."""
        task = Task("ours", "idle", 2, 0, 600.0)
        self.assertNotEqual(Task("ours", "idle", 2, 0).path, task.path)
        sizes = {view: len(windows) for view, windows in play(task, 1).items()}
        self.assertEqual({"ALL": 2, "PEER": 8, "COAL": 8, "COAL 1%": 8, "COAL 20%": 8}, sizes)

    def test_coalitions(self) -> None:
        """As many of all as their view says, nobody in two of them, and a prober in each."""
        for view, one_in in ONE_IN.items():
            groups = list(coalitions(Chance(b"a run"), 8, view))
            size, count = FOLK // one_in, min(8, one_in)
            self.assertEqual([size] * count, [len(group) for group in groups])
            self.assertEqual(count * size, len(set().union(*groups)))
            self.assertEqual(list(range(count)), [group[0] for group in groups])

    def test_two_boots(self) -> None:
        """Of a node that starts again what left is kept, before and after."""
        found = play(Task("ours", "rebooting", 0, 0), 1)
        before, after = found["before t"], found["after t"]
        self.assertGreater(len(before), 1000)
        self.assertGreater(len(after), 1000)
        self.assertLess(before[-1], after[0])
        self.assertEqual(len(after), len(found["after size"]))

    def test_kept_whole(self) -> None:
        """What is written is what was played; no half of it is ever seen."""
        folder = Path(self.mktemp())
        keep(TASK, 1, folder)
        for view, windows in play(TASK, 1).items():
            self.assertTrue(np.array_equal(windows, kept(TASK, folder)[view]), view)
        self.assertEqual([folder / TASK.path], [one for one in folder.rglob("*") if one.is_file()])


class StageTests(SynchronousTestCase):
    """The node on it is ours, and sees what a node sees."""

    def test_secrets_do_not_show(self) -> None:
        """What handling costs, and pauses, move nothing: twins send the same at the same times."""
        fast = Scene("twin", probers=2)
        traces = []
        for scene in (fast, evolve(fast, cost=0.080), evolve(fast, pausing=True)):
            with without_cipher():
                traces.append(Stage(scene, Ours(), b"twin").play(200.0))
        for one in traces[1:]:
            self.assertTrue(np.array_equal(traces[0].t, one.t))
            self.assertTrue(np.array_equal(traces[0].size, one.size))

    def test_answers_keep_the_contract(self) -> None:
        """No PONG leaves sooner or later than the contract lets it."""
        with without_cipher():
            trace = Stage(Scene("one", demand=0.0, probers=1), Ours(), b"law").play(900.0)
        came = trace.t[~trace.out & (trace.kind == trace.kinds.index("ping"))]
        left = trace.t[trace.out & (trace.kind == trace.kinds.index("pong"))]
        waits = left - came[: len(left)]
        self.assertGreater(len(waits), 30)
        self.assertGreaterEqual(float(waits.min()), contract.DELAY_LEAST)
        self.assertLessEqual(float(waits.max()), contract.DELAY_MOST)

    def test_what_is_secret_is_nobodys_observation(self) -> None:
        """Datagrams that only one class sends are not in the trace, nor are their answers."""
        kinds = []
        for before in ("nothing", "valid", "malformed"):
            with without_cipher():
                scene = Scene("hidden", demand=0.0, probers=1, before=before)
                trace = Stage(scene, Ours(), b"hidden").play(300.0)
            kinds.append(sum(trace.kinds.count(one) for one in trace.kinds if "bootstrap" in one))
            self.assertEqual(0, int((~trace.out & (trace.kind < 0)).sum()))
        self.assertEqual([0, 0, 0], kinds)

    def test_a_restart_is_another_process(self) -> None:
        """It has a boot key of its own, and knows whom it knew."""
        scene = evolve(SCENES["rebooting"], warm=300.0)
        with without_cipher():
            one = Stage(scene, Ours(), b"again")
            first = one.node
            one.play(300.0)
        self.assertEqual(2, one.starts)
        self.assertIsNot(first, one.node)
        self.assertGreaterEqual(len(one.node.core.table), 90)
        left = [row.t for row in one.rows if row.out and not row.answer]
        hold = min(t for t in left if t > BEGINNING + 300.0) - BEGINNING - 300.0
        self.assertGreater(hold, contract.START_HOLD[0])

    def test_every_design_plays(self) -> None:
        """All of them answer what the probers ask."""
        for design in DESIGNS:
            found = play(Task(design, "usual", 1, 0), 1)
            self.assertEqual((5, 18), found["ALL"].shape, design)
