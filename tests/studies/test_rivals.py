"""The rules of the weaker designs: each leaks as it is known to, and does nothing else."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.audit.views import Trace
from twisted_mule.kad.kinds import Rank
from twisted_mule.kad.search import SourcesOf
from twisted_mule.places import Outgoing
from twisted_mule.simulation.lean import without_cipher
from twisted_mule.studies.leaks.scene import Scene
from twisted_mule.studies.leaks.stage import BEGINNING, Ours, Stage
from twisted_mule.studies.leaks.weaker import (
    HELLO,
    QUERY,
    RESPONSE,
    AtOnce,
    PlainTicks,
    Shaper,
    Weaker,
    lane,
)

#: Nobody asks but one prober, so that all that leaves is the node's own or an answer to it.
QUIET = Scene("quiet", cost=0.010, demand=0.0, probers=1, warm=0.0)
AT_ONCE = Weaker("at-once", "", AtOnce)
SHAPER = Weaker("shaper", "", Shaper)
TICKS = Weaker("ticks", "", PlainTicks)


def stage(design: Any, scene: Scene = QUIET, key: bytes = b"a run") -> Stage:
    """A stage before the play."""
    return Stage(scene, design, key)


def played(design: Any, scene: Scene = QUIET, seconds: float = 300.0) -> Trace:
    """All that passed in a few minutes."""
    with without_cipher():
        return stage(design, scene).play(seconds)


def delays(trace: Trace) -> list[float]:
    """From each PING of the prober to its PONG."""
    came = trace.t[~trace.out & named(trace, "ping")]
    left = trace.t[trace.out & named(trace, "pong")]
    return [float(min(left[left > at]) - at) for at in came if (left > at).any()]


def named(trace: Trace, kind: str) -> Any:
    """Which rows are of a kind."""
    return trace.kind == (trace.kinds.index(kind) if kind in trace.kinds else -9)


def outgoing(
    one: Stage, label: str = "find_node_request", arrived: float | None = None
) -> Outgoing:
    """Something to be sent to the first peer."""
    return Outgoing(one.folk.peers[0].destination, b"\5\x1e", label, None, arrived)


class AtOnceTests(SynchronousTestCase):
    """Send at once."""

    def test_an_answer_leaves_when_it_is_ready(self) -> None:
        """The delay is what handling costs, of one message or of the two of a pair."""
        found = delays(played(AT_ONCE))
        self.assertGreater(len(found), 10)
        self.assertLess(max(found), 0.030)
        self.assertGreaterEqual(min(found), 0.010)

    def test_nobody_wants_anything(self) -> None:
        """A node that rests has lookups of maintenance only, where ours has cover."""
        ranks = []
        for design in (Ours(), AT_ONCE):
            with without_cipher():
                one = stage(design)
                one.play(200.0)
            ranks.append({each.rank for each in one.node.core.begun(one.clock.seconds())})
        self.assertIn(Rank.COVER, ranks[0])
        self.assertEqual({Rank.MAINTENANCE}, ranks[1])

    def test_a_wish_is_followed_at_once(self) -> None:
        """A search begins whatever sort of lookup the deck would give the next slot to."""
        with without_cipher():
            one = stage(AT_ONCE)
            one.clock.callLater(
                120.0, lambda: one.node.core.search(SourcesOf(one.folk.keys[0], 1000))
            )
            trace = one.play(200.0)
        asked = trace.t[trace.out & named(trace, "search_source_request")]
        self.assertEqual(10, len(asked))
        self.assertLess(asked[-1] - BEGINNING, 180.0)


class BrokenTests(SynchronousTestCase):
    """What has stopped with an error is no observation."""

    def test_a_tick_that_raises(self) -> None:
        """The run ends with that error, not with a trace of silence."""

        class Broken(PlainTicks):
            def tick(self) -> None:
                if self.now > BEGINNING + 50.0:
                    raise ArithmeticError
                super().tick()

        self.assertRaises(ArithmeticError, played, Weaker("broken", "", Broken))


class ShaperTests(SynchronousTestCase):
    """The rules of node-behaviour section 14.2."""

    def test_nothing_waits(self) -> None:
        """An answer leaves when it is ready: base and jitter of its class are none."""
        self.assertLess(max(delays(played(SHAPER))), 0.030)

    def test_a_gap_discards(self) -> None:
        """A request so soon after another one is dropped, whoever gets it."""
        one = stage(SHAPER)
        gate: Any = one.node.sender
        first = outgoing(one)
        second = evolve(first, destination=one.folk.peers[1].destination)
        self.assertTrue(gate.shape(first))
        one.clock.rightNow += 0.004
        self.assertFalse(gate.shape(second))
        one.clock.rightNow += 0.002
        self.assertFalse(gate.shape(first))  # the same peer: 20 ms
        self.assertTrue(gate.shape(second))

    def test_caps_discard(self) -> None:
        """32 answers to one peer in a second, and no more until the next one begins."""
        one = stage(SHAPER)
        gate: Any = one.node.sender
        answer = outgoing(one, "pong", BEGINNING)
        self.assertEqual(32, sum(gate.shape(answer) for _ in range(40)))
        one.clock.rightNow += 1.0
        self.assertTrue(gate.shape(answer))

    def test_classes(self) -> None:
        """Answers, greetings and queries have rules of their own."""
        one = stage(SHAPER)
        self.assertIs(RESPONSE, lane(outgoing(one, "pong", BEGINNING)))
        self.assertIs(HELLO, lane(outgoing(one, "hello_request")))
        self.assertIs(QUERY, lane(outgoing(one)))

    def test_a_fast_machine_asks_less(self) -> None:
        """Attempts that take no time all fall into one gap; those that take 4 ms do not."""
        counts = []
        for cost in (0.001, 0.080):
            trace = played(SHAPER, evolve(QUIET, cost=cost, searching=True), 900.0)
            steps = trace.t[trace.out & named(trace, "find_node_request")]
            counts.append(int((steps[1:] - steps[:-1] < 0.1).sum()))
        self.assertEqual(0, counts[0])
        self.assertGreater(counts[1], 20)


class PlainTicksTests(SynchronousTestCase):
    """Plain ticks."""

    def test_everything_leaves_on_the_grid(self) -> None:
        """At whole seconds since the start, but for the time that sending takes."""
        trace = played(TICKS)
        phase = (trace.t[trace.out] - BEGINNING) % 1.0
        self.assertGreater(len(phase), 100)
        self.assertLess(float(phase.max()), 0.050)

    def test_no_more_than_four_leave(self) -> None:
        """What is ready beyond that waits for the next second, in order of its coming."""
        with without_cipher():
            one = stage(TICKS)
            gate: Any = one.node.sender
            for number in range(6):
                gate.answer(outgoing(one, f"number {number}", BEGINNING))
            one.clock.run(1.5)
            first = [row.label for row in one.rows if row.out]
            one.clock.run(1.0)
        self.assertEqual([f"number {number}" for number in range(4)], first)
        later = [row.label for row in one.rows if row.out and row.label not in first]
        self.assertEqual(["number 4", "number 5"], later[:2])

    def test_a_busy_machine_is_late(self) -> None:
        """Sender and handlers share one processor, unlike ours."""
        late = played(TICKS, evolve(QUIET, cost=0.080, demand=1.0))
        phase = (late.t[late.out] - BEGINNING) % 1.0
        self.assertGreater(float((phase > 0.020).mean()), 0.05)
