"""Acceptance 8 of node-behaviour 17: a start and a stop that nobody can tell from other times."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests.contract import flips
from tests.contract.measures import critical_ks, two_sample_ks
from tests.contract.script import usual
from tests.contract.stage import CURTAIN, SECRET, Stage
from tests.contract.twins import LENGTH
from tests.contract.views import Row
from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.core import Kad
from twisted_mule.status import Phase

MINUTE: Final = 60.0
BOOTS: Final = 10


@cache
def lived() -> Kad:
    """The core of a node with a user that has run for half an hour; nobody may change it."""
    before = Stage()
    flips.sharing(before)
    before.play(usual(LENGTH), LENGTH)
    return before.core


def restarted(boot: int) -> Stage:
    """That node, started again from what it keeps, with a fresh key."""
    later, key = CURTAIN + LENGTH, b"boot %d" % boot
    core = Kad(
        lived().me,
        SECRET,
        lived().saved(later),
        now=later,
        random=Chance(key).stream("start", 0),
        due=lived().due_rows(later),
        index=deepcopy(lived().index),
    )
    stage = Stage(core=core, key=key, curtain=later)
    flips.sharing(stage)
    flips.searching(stage)
    return stage


def delays(rows: list[Row]) -> list[float]:
    """From arrival to departure, of all answers."""
    return [row.left - row.arrived for row in rows if row.arrived is not None]


class StartTests(SynchronousTestCase):
    """8: the first ten minutes."""

    def test_ten_minutes(self) -> None:
        """It answers from its first tick, asks nothing during the hold, and never bursts."""
        holds = set()
        for boot in range(BOOTS):
            stage = restarted(boot)
            rows = stage.play(usual(10 * MINUTE, name="again"), 10 * MINUTE)
            answers = [row for row in rows if not row.is_request]
            requests = [row for row in rows if row.is_request]
            self.assertLess(answers[0].arrived or 0.0, 10.0)
            self.assertGreaterEqual(requests[0].left, contract.START_HOLD[0])
            self.assertLess(requests[0].left, contract.START_HOLD[1] + 2 * contract.DELAY_MOST)
            self.assertEqual(len(requests), len({row.tick for row in requests}))
            # Cover stores begin at once, in every node; sources are never cover.
            publishes = [row.left for row in requests if row.label == "publish_source_request"]
            self.assertGreaterEqual(min(publishes, default=900.0), contract.PUBLISH_HOLD[0])
            begun = len({one.began for one in stage.core.lookups()})
            # The pace of the hour's cap, and those that have their slots at the end.
            pace = 10 * contract.LOOKUPS_PER_HOUR / 60
            self.assertLessEqual(begun, pace + contract.LOOKUPS_AT_ONCE)
            holds.add(round(requests[0].left))
        self.assertGreater(len(holds), BOOTS // 2)

    def test_the_delays_are_those_of_any_hour(self) -> None:
        """Answers of the first minutes after a start follow the same law as all others."""
        first, steady = [], []
        for boot in range(BOOTS // 2):
            rows = restarted(boot).play(usual(15 * MINUTE, name="again"), 15 * MINUTE)
            first += delays([row for row in rows if row.left < 5 * MINUTE])
            steady += delays([row for row in rows if row.left > 5 * MINUTE])
        self.assertLess(two_sample_ks(first, steady), critical_ks(len(first), len(steady)))


class StopTests(SynchronousTestCase):
    """8: the last minutes."""

    def test_goodbye(self) -> None:
        """Told to stop, it asks nothing more, answers as before, and ends after 30 to 120 s."""
        stage = Stage()
        flips.searching(stage)
        script = usual(30 * MINUTE)
        told, ended = 20 * MINUTE, []
        stage.clock.callLater(
            told,
            lambda: stage.node.drain().addCallback(lambda _: ended.append(stage.clock.seconds())),
        )
        rows = stage.play(script, 30 * MINUTE)
        (at,) = ended
        least, most = contract.STOP_CLOSE
        self.assertTrue(least <= at - CURTAIN - told <= most)
        self.assertIs(Phase.DRAINING, stage.node.phase)
        late = [row for row in rows if row.is_request and row.left > told + contract.DELAY_MOST]
        self.assertEqual([], late)
        quiet = Stage().play(script, 30 * MINUTE)
        answers = [[row.left for row in run if not row.is_request] for run in (rows, quiet)]
        self.assertEqual(*answers)
