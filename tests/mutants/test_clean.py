"""Clean runs: other draws when asked for, the same ones again, and what they come to."""

from __future__ import annotations

import json
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.peers import ASKERS, PUBLIC, peer
from tests.mutants import clean
from tests.mutants.rig import Plays, drawn_anew, usual


def _leaves(draw: int) -> list[float]:
    """When what leaves in a minute and a half does."""
    with drawn_anew(draw) as plays:
        plays.tape("short", seconds=90.0)
        trace = plays.trace("short")
    return [float(moment) for moment in trace.t[trace.out]]


def _line(draw: int, *alarms: str) -> str:
    found = {"draw": draw, "seconds": 9.5, "alarms": alarms, "least": {"alone": 0.5, "boots": 0.02}}
    return json.dumps({**found, "chances": {"alone": {"delay of answers": 0.005}}}) + "\n"


class DrawTests(SynchronousTestCase):
    """What is drawn anew."""

    def test_draws_differ_and_repeat(self) -> None:
        """Each number is a run of its own, and the same one whenever it is played."""
        first = _leaves(1)
        self.assertGreater(len(first), 100)
        self.assertEqual(first, _leaves(1))
        self.assertEqual(set(), set(first) & (set(_leaves(2)) | set(_leaves(0))))

    def test_nothing_stays(self) -> None:
        """Afterwards the public script is what it was."""
        before = PUBLIC.stream("any", 1).random(), usual(60.0)[0]
        with drawn_anew(5):
            self.assertNotEqual(before, (PUBLIC.stream("any", 1).random(), usual(60.0)[0]))
            met = [one.peer for one in usual(60.0)]
        self.assertEqual(before, (PUBLIC.stream("any", 1).random(), usual(60.0)[0]))
        self.assertEqual({one.number: one for one in met}, {n: peer(n) for n in range(ASKERS)})
        peer.cache_clear()
        self.assertEqual({one.number: one for one in met}, {n: peer(n) for n in range(ASKERS)})

    def test_once(self) -> None:
        """What two experiments look at is played once."""
        plays = Plays()
        self.assertIs(plays.tape("x", seconds=5.0), plays.tape("x", seconds=5.0))


class CountTests(SynchronousTestCase):
    """How many were accused."""

    def test_bound(self) -> None:
        """As tables of Clopper and Pearson's bounds have it."""
        self.assertAlmostEqual(0.00994, clean.bound(0, 300), places=5)
        self.assertAlmostEqual(0.01571, clean.bound(1, 300), places=5)
        self.assertEqual(1.0, clean.bound(3, 3))

    def test_goes_on(self) -> None:
        """A file with enough lines is only counted."""
        path = Path(self.mktemp())
        path.write_text(_line(1) + _line(2, "alone: spacing within a tick"))
        clean.main(["2", str(path)])
        self.assertEqual(2, len(path.read_text().splitlines()))
        said = clean.said([json.loads(line) for line in path.read_text().splitlines()])
        self.assertIn("2 runs, 1 with an alarm: below 97.468 % (95 % sure).", said)
        self.assertIn("Of 4 least chances: 2 below 0.1, 0 below 0.01", said)
        self.assertIn("Of 2 chances of checks: 2 below 0.1, 2 below 0.01, 0 below 0.001", said)
