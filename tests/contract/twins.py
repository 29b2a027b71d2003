"""Runs that must look the same, and the plain one to which all others are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests.contract import flips
from tests.contract.script import Knock, usual
from tests.contract.stage import Stage
from tests.contract.views import Row, View, first_difference, full

MINUTE: Final = 60.0
LENGTH: Final = 30 * MINUTE
PAUSE: Final = 0.3
#: Five hosts of different speed, by seconds that a message costs.
FAST, SLOWER, SLOW, SLOWEST = 0.001, 0.010, 0.080, 0.150

Outside = Callable[[Row], bool]


def nothing(row: Row) -> bool:
    """Everything counts."""
    del row
    return False


def own_requests(row: Row) -> bool:
    """Whom the node asks, and what: its table and its user decide that."""
    return row.is_request


@cache
def public(seconds: float = LENGTH) -> tuple[Knock, ...]:
    """The script of all twins."""
    return usual(seconds)


@cache
def plain_run(seconds: float = LENGTH) -> tuple[Row, ...]:
    """The twin to which all others are compared: fast, resting, up for an hour."""
    return tuple(Stage(cost=flips.costs(FAST)).play(public(seconds), seconds))


def pauses(stage: Stage, seconds: float = LENGTH) -> None:
    """Every eight seconds or so nothing is done for a while, as when memory is swept."""
    stage.pause(PAUSE, [8.0 * turn + 0.37 * (turn % 7) for turn in range(int(seconds / 8))])


class TwinCase(SynchronousTestCase):
    """Runs that must look the same."""

    def assert_twins(
        self,
        one: Sequence[Row],
        other: Sequence[Row],
        view: View = full,
        outside: Outside = nothing,
    ) -> None:
        """Nothing differs, or the first datagram that does is named."""
        self.assertGreater(len(one), 200)
        self.assertEqual("", first_difference(one, other, view, outside))
