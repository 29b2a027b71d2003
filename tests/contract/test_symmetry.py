"""
Acceptance 6 of node-behaviour 17: a classifier on what leaves cannot tell a user from none.

Every run has a key and a public script of its own; the two classes share both, so that nothing
differs but the secret.  A run is never split between learning and testing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests.contract import flips
from tests.contract.measures import Verdict, cross_validated, verdict
from tests.contract.script import usual
from tests.contract.stage import Stage
from tests.contract.views import Row

#: Runs of each class, their length, and that of the windows that are judged.
RUNS: Final = 16
LENGTH: Final = 1200.0
WINDOW: Final = 30.0
#: The first windows are those of the start, which is another test's.
SKIPPED: Final = 4
CLASS: Final = RUNS * (int(LENGTH / WINDOW) - SKIPPED)
#: Chance is from here to there (node-behaviour 17.6), two deviations of this many windows.
LEAST, MOST = 0.45, 0.55

Runs = list[list[list[float]]]


def features(rows: Sequence[Row]) -> list[float]:
    """What one window shows of time and size: how much, how even, how large."""
    gaps = [b.left - a.left for a, b in pairwise(rows)] or [WINDOW]
    mean = sum(gaps) / len(gaps)
    sizes = [row.fragments for row in rows] or [0]
    return [
        float(len(rows)),
        float(sum(sizes)),
        max(gaps),
        min(gaps),
        mean,
        (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5,
        float(len({row.tick for row in rows})),
        *(float(sum(low <= size <= high for size in sizes)) for low, high in BANDS),
    ]


#: Classes of size classes.
BANDS: Final = ((1, 1), (2, 2), (3, 5), (6, 10))


def windows(rows: Sequence[Row]) -> list[list[float]]:
    """The windows of a run."""
    return [
        features([row for row in rows if WINDOW * turn <= row.left < WINDOW * (turn + 1)])
        for turn in range(SKIPPED, int(LENGTH / WINDOW))
    ]


def played(role: str, keys: str = "run", rate: float = 1.0) -> Runs:
    """The windows of some runs."""
    return [windows(played_once(role, number, keys, rate)) for number in range(RUNS)]


@cache
def played_once(role: str, number: int, keys: str, rate: float) -> tuple[Row, ...]:
    """Everything that leaves in one run."""
    stage = Stage(key=f"{keys} {number}".encode())
    flips.ROLES[role](stage)
    return tuple(stage.play(usual(LENGTH, rate, f"run {number}"), LENGTH))


class SymmetryTests(SynchronousTestCase):
    """6: traces with and without a user."""

    def test_roles(self) -> None:
        """Searching, sharing or resting: a classifier on times and sizes stays at chance."""
        for role in ("searching", "sharing"):
            measured = cross_validated(played("resting"), played(role))
            self.assertTrue(LEAST <= measured <= MOST, measured)
            self.assertIsNot(Verdict.BROKEN, verdict(measured, CLASS, CLASS, 0.55, 2.0))

    def test_what_can_be_seen_is_seen(self) -> None:
        """A third more of others' demand, which no node hides, is found."""
        measured = cross_validated(played("resting"), played("resting", "busy", 1.33))
        self.assertGreater(measured, 0.7)
        self.assertIs(Verdict.BROKEN, verdict(measured, CLASS, CLASS, 0.55, 2.0))
