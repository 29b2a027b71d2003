"""
Acceptance 1, 2 and 4 of node-behaviour 17: no bypass, one law of delay, whatever the host.

Bounds are those of design.md section 4 (D25): 0.5 to 3.25 s after arrival.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from functools import cache
from itertools import combinations, pairwise
from types import CodeType
from typing import Final

from attrs import define, field
from twisted.trial.unittest import SynchronousTestCase

from tests.contract import flips
from tests.contract.measures import critical_ks, two_sample_ks
from tests.contract.peers import ASKERS, REQUESTS
from tests.contract.script import even, usual
from tests.contract.stage import Stage
from tests.contract.views import Row, first_difference, full
from tests.laws import beta_2_2_cdf, ks_distance
from twisted_mule import contract
from twisted_mule.kad.destination import Destination
from twisted_mule.outbound import UniformSender

#: Messages of each opcode, and how many come in a second.
SAMPLE: Final = 2000
RATE: Final = 2.2
SECONDS: Final = SAMPLE * len(REQUESTS) / RATE


@define
class Answered:
    """A long run in which every opcode is asked equally often."""

    stage: Stage
    rows: list[Row]
    by_opcode: dict[str, list[Row]]


@cache
def answered() -> Answered:
    """Two thousand requests of every opcode."""
    script = even(SECONDS, RATE, ASKERS, tuple(REQUESTS))
    kinds = {(one.peer.number, round(one.at, 6)): one.kind for one in script}
    stage = Stage()
    rows = [row for row in stage.play(script, SECONDS + 4.0) if not row.is_request]
    by_opcode: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        assert row.arrived is not None
        kind = kinds.get((row.peer, round(row.arrived, 6)))
        if kind is not None:
            by_opcode[kind].append(row)
    return Answered(stage, rows, by_opcode)


def delay(row: Row) -> float:
    """From arrival to departure."""
    assert row.arrived is not None
    return row.left - row.arrived


@define(eq=False)
class Guarded(Stage):
    """A stage that remembers who called the sink."""

    callers: set[CodeType] = field(factory=set)

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink."""
        self.callers.add(sys._getframe(1).f_code)
        Stage.send(self, destination, datagram)


class BypassTests(SynchronousTestCase):
    """1: nothing reaches the network but through the sender, at its ticks."""

    def test_one_caller(self) -> None:
        """Whatever comes, whatever the user does: the sender alone calls the sink."""
        stage = Guarded()
        flips.searching(stage)
        flips.sharing(stage)
        rows = stage.play(usual(1800.0), 1800.0)
        self.assertGreater(len(rows), 2000)
        self.assertEqual({UniformSender._send.__code__}, stage.callers)

    def test_only_at_ticks(self) -> None:
        """Every datagram leaves within a quarter of a second after its tick, none together."""
        stage = answered().stage
        offsets = [
            row.scheduled + stage.curtain - stage.record.ticks_at[row.tick]
            for row in stage.record.rows
        ]
        self.assertGreater(min(offsets), 0.0)
        self.assertLess(max(offsets), contract.BATCH_SPAN)
        times = sorted(row.left for row in stage.record.rows)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        self.assertGreaterEqual(min(gaps), contract.BATCH_GAP - 1e-6)


class DelayTests(SynchronousTestCase):
    """2: one law of delay for every opcode."""

    def test_bounds(self) -> None:
        """At least the base, at most base, jitter and the span of a batch."""
        delays = [delay(row) for row in answered().rows]
        self.assertGreater(len(delays), 20_000)
        self.assertGreaterEqual(min(delays), contract.DELAY_LEAST - 1e-6)
        self.assertLessEqual(max(delays), contract.DELAY_MOST + 1e-6)

    def test_any_two_opcodes(self) -> None:
        """Two samples of 2,000 are as far apart as two of the same law, for every two opcodes."""
        delays = {kind: [delay(row) for row in rows] for kind, rows in answered().by_opcode.items()}
        self.assertEqual(set(REQUESTS), set(delays))
        self.assertGreater(min(map(len, delays.values())), 1500)
        apart = {
            (one, other): round(two_sample_ks(delays[one], delays[other]), 4)
            for one, other in combinations(delays, 2)
            if two_sample_ks(delays[one][:SAMPLE], delays[other][:SAMPLE])
            > critical_ks(
                *(min(len(delays[kind]), SAMPLE) for kind in (one, other)),
            )
        }
        self.assertEqual({}, apart)

    def test_the_declared_law(self) -> None:
        """From arrival to tick it is 0.5 s and 2.5 s times Beta(2,2), to within 0.02."""
        run = answered()
        waits = [
            run.stage.record.ticks_at[row.tick] - run.stage.curtain - row.arrived
            for row in run.rows
            if row.arrived is not None
        ]

        def law(wait: float) -> float:
            return beta_2_2_cdf((wait - contract.DELAY_BASE) / contract.DELAY_JITTER)

        self.assertLess(ks_distance(waits, law), 0.02)


class HostTests(SynchronousTestCase):
    """4: the same seed, handlers slowed by 0, 1, 20 and 200 ms of processor."""

    def test_identical_schedule(self) -> None:
        """Every datagram leaves at the same time to the same peer, in the same size class."""
        script = usual(1800.0, rate=0.5, name="quiet")
        quick, *others = (
            Stage(cost=flips.costs(cost)).play(script, 1800.0) for cost in (0.0, 0.001, 0.02, 0.2)
        )
        self.assertGreater(len(quick), 1000)
        for slowed in others:
            self.assertEqual("", first_difference(quick, slowed, full, lambda _: False))
