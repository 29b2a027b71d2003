"""
Every seeded defect is found by the audit, and the code without it is not accused.

Seeds are fixed, so nothing here is a matter of luck on any day; docs/audit.md derives how often
other seeds would accuse a healthy node.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

from tests.mutants import conduct as c
from tests.mutants import defects as d
from tests.mutants import experiments as e
from tests.mutants.rig import Plays, drawn_anew
from twisted_mule.audit.findings import Finding, Verdict


@frozen
class Mutant:
    """
    A defect, the experiment that finds it, and one of the checks that do.

    :ivar found: the channel of that check.
    """

    name: str
    defect: d.Defect
    experiment: e.Experiment
    found: str


MUTANTS: Final = (
    Mutant("immediate send", d.immediate, e.brief, "answers before the least delay"),
    Mutant("fast path for PING", d.fast_ping, e.alone, "answers before the least delay"),
    Mutant("base by type", d.base_by_type, e.alone, "answers after the most delay"),
    Mutant("early ticks for PING", d.eager_ping, e.alone, "delay of one type and another"),
    Mutant("early ticks from the cache", d.cached_early, e.brief, "delay of answers"),
    Mutant("uniform jitter", d.uniform_edge, e.alone, "delay of answers"),
    Mutant("truncated exponential jitter", d.exponential, e.brief, "delay of answers"),
    Mutant("interval assigned anew", d.interval_anew, e.brief, "intervals of ticks"),
    Mutant("grid and jitter", d.grid, e.brief, "period in the times of leaving"),
    Mutant("heartbeat", d.heartbeat, e.alone, "period in the times of leaving"),
    Mutant("armed anew when late", d.armed_anew, e.of_two, "intervals of ticks"),
    Mutant("pace by load", d.adaptive, e.alone, "intervals of ticks"),
    Mutant("first in, first out", d.fifo, e.brief, "order within a tick"),
    Mutant("sorted by peer", d.by_peer, e.brief, "order of peers"),
    Mutant("sorted by type", d.by_type, e.brief, "order of types"),
    Mutant("back to back", d.back_to_back, e.brief, "spacing within a tick"),
    Mutant("no cover", c.no_cover, e.brief, "empty request places"),
    Mutant("additive requests", c.additive, e.brief, "requests in a tick"),
    Mutant("early error", c.early_error, e.malformed, "answers without a cause"),
    Mutant("no caps", c.no_caps, e.flooded, "most datagrams of a peer answered in a minute"),
    Mutant(
        "no hold at boot", c.boot_without_hold, e.brief, "requests during the hold after a start"
    ),
    Mutant("boot burst", c.boot_burst, e.brief, "datagrams outside of ticks"),
    Mutant("goodbye burst", c.goodbye_burst, e.stopped, "datagrams outside of ticks"),
    Mutant("delay from completion", d.from_completion, e.processor, "twins"),
    Mutant("stamp at reading", d.read_time, e.processor, "twins"),
    Mutant("cache seen in completion", d.from_completion, e.cache, "twins"),
    Mutant("cap by processors", c.cores, e.hardware, "twins"),
    Mutant("cover stops early", c.cover_stops, e.role, "steps of lookups that walk"),
    Mutant("token refund", c.refund, e.validity, "twins"),
    Mutant("ban after noise", c.ban, e.validity, "twins"),
    Mutant("late answers sent", d.late_sent, e.slow, "answers after the most delay"),
    Mutant("delay on overflow", d.queued, e.crowded, "answers without a cause"),
    Mutant("the middle for PING", d.in_the_middle, e.alone, "place in its batch, by type"),
    Mutant("mix by user", c.mix_by_user, e.role, "sorts of lookups, off their packs"),
    Mutant("the user asks twice", c.asked_twice, e.learnt, "windows"),
    Mutant("ticks shared by identities", d.shared_ticks, e.boots, "pace of two boots"),
    Mutant("seeded by time", d.seeded_by_time, e.boots, "pace of two boots"),
)
HEALTHY: Final = (
    e.brief,
    e.alone,
    e.of_two,
    e.malformed,
    e.flooded,
    e.crowded,
    e.slow,
    e.stopped,
    e.processor,
    e.cache,
    e.hardware,
    e.role,
    e.learnt,
    e.validity,
    e.boots,
)

#: Of these, what has nothing to do with chance: a healthy node is its own twin.
EXACT: Final = (e.processor, e.cache, e.hardware, e.validity)


def failed(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    """What was found, by channel."""
    return {one.channel: one for one in findings if one.verdict is Verdict.FAIL}


@cache
def healthy() -> tuple[tuple[Finding, ...], ...]:
    """All experiments on the code as it is."""
    with drawn_anew(0) as plays:
        return tuple(experiment(plays) for experiment in HEALTHY)


class HealthyTests(SynchronousTestCase):
    """The code as it is."""

    def test_is_not_accused(self) -> None:
        """No check of any experiment fails."""
        for experiment, findings in zip(HEALTHY, healthy(), strict=True):
            self.assertGreater(len(findings), 0)
            self.assertEqual({}, failed(findings), experiment)

    def test_false_alarms(self) -> None:
        """
        Other seeds accuse it in 1 of 1,800 runs at the most.

        That is the level of each experiment (Holm's, whatever depends on what) times those that
        have anything to do with chance; twins and hard bounds of a healthy node have not.
        """
        for experiment, findings in zip(HEALTHY, healthy(), strict=True):
            if experiment in EXACT:
                chances = {one.chance for one in findings}
                self.assertLessEqual(chances, {0.0, 1.0}, experiment)
        by_chance = len(HEALTHY) - len(EXACT)
        self.assertLess(by_chance * e.FAMILY, 1.0 / 1800.0)

    def test_hard_bounds_pass(self) -> None:
        """Whatever has no statistics in it passes, and was looked at."""
        exact = {one.channel: one for one in healthy()[1] if one.interval[0] == one.interval[1]}
        self.assertGreater(len(exact), 15)
        self.assertEqual({Verdict.PASS}, {one.verdict for one in exact.values()})
        self.assertGreater(min(one.n for one in exact.values()), 0)


class MutantTests(SynchronousTestCase):
    """The code with one defect."""

    def kill(self, mutant: Mutant) -> None:
        """The check that is for it finds the defect."""
        with mutant.defect():
            findings = mutant.experiment(Plays())
        self.assertIn(mutant.found, failed(findings), mutant.name)


def _test(mutant: Mutant) -> Any:
    def test(self: MutantTests) -> None:
        self.kill(mutant)

    test.__doc__ = f"{mutant.name.capitalize()} is found."
    return test


for _mutant in MUTANTS:
    setattr(MutantTests, f"test_{_mutant.name.replace(' ', '_').replace(',', '')}", _test(_mutant))
