"""Tests for :mod:`twisted_mule.simulation.clock`."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import given
from hypothesis.strategies import booleans, floats, lists, tuples
from twisted.internet import task
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import Clock, LoopingCall
from twisted.test import test_internet, test_task
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from twisted_mule.simulation.clock import HeapClock


class TwistedsClockTests(test_task.ClockTests):
    """What Twisted demands of ``task.Clock`` holds for ours."""

    def setUp(self) -> None:
        """Twisted's tests make themselves clocks of this class."""
        self.patch(task, "Clock", HeapClock)


class TwistedsDeferLaterTests(test_task.DeferLaterTests):
    """What Twisted demands of ``deferLater`` holds on our clock."""

    def setUp(self) -> None:
        """Twisted's tests make themselves clocks of this class."""
        self.patch(task, "Clock", HeapClock)


#: Those of Twisted's tests for the time part of a reactor that need no real time to pass.
APPLICABLE = (
    "test_seconds",
    "test_callLaterUsesReactorSecondsInDelayedCall",
    "test_callLaterUsesReactorSecondsAsDelayedCallSecondsFactory",
    "test_callLater",
    "test_callLaterReset",
    "test_cancelDelayedCall",
    "test_cancelCancelledDelayedCall",
    "test_cancelCalledDelayedCallSynchronous",
    "test_cancelCalledDelayedCallAsynchronous",
    "testDelayedCallStringification",
)


class TwistedsReactorTests(SynchronousTestCase):
    """What Twisted demands of the time part of a reactor holds for our clock."""

    def test_reactor_time(self) -> None:
        """Each test is run with our clock for the reactor, and gets a second to come to its end."""
        for name in APPLICABLE:
            clock = HeapClock()
            self.patch(test_internet, "reactor", clock)
            case = test_internet.TimeTests(name)
            outcome: Any = getattr(case, name)()
            for _ in range(3):
                clock.advance(0.5)
            if outcome is not None:
                self.successResultOf(outcome)
            case.doCleanups()


class HeapClockTests(SynchronousTestCase):
    """Time passes when it is told to, and what is due is called in order."""

    def setUp(self) -> None:
        """A clock, and a place to write on."""
        self.clock = HeapClock(100.0)
        self.seen: list[tuple[str, float]] = []

    def see(self, name: str) -> None:
        """Write down that it was called, and when."""
        self.seen.append((name, self.clock.seconds()))

    def test_interfaces(self) -> None:
        """It is an IReactorTime whose calls are IDelayedCalls."""
        self.assertTrue(verifyObject(IReactorTime, self.clock))
        self.assertTrue(IDelayedCall.providedBy(self.clock.callLater(1.0, self.see, "a")))

    def test_run(self) -> None:
        """Running goes from call to call: each sees the time that it asked for."""
        self.clock.callLater(2.0, self.see, "b")
        self.clock.callLater(1.0, self.clock.callLater, 0.5, self.see, "a")
        self.clock.callLater(9.0, self.see, "later")
        self.clock.run(5.0)
        self.assertEqual([("a", 101.5), ("b", 102.0)], self.seen)
        self.assertEqual(105.0, self.clock.seconds())

    def test_same_moment(self) -> None:
        """What is due at the same moment is called in the order in which it was asked for."""
        for name in "abcde":
            self.clock.callLater(1.0, self.see, name)
        self.clock.run(1.0)
        self.assertEqual(list("abcde"), [name for name, _ in self.seen])

    def test_moved_to_and_fro(self) -> None:
        """A call that is moved often is called once, at its last time."""
        call = self.clock.callLater(5.0, self.see, "a")
        call.reset(1.0)
        call.delay(4.0)
        call.reset(3.0)
        call.delay(-1.0)
        self.assertEqual([102.0], [one.getTime() for one in self.clock.getDelayedCalls()])
        self.clock.run(10.0)
        self.assertEqual([("a", 102.0)], self.seen)
        self.assertRaises(AlreadyCalled, call.reset, 1.0)

    def test_cancelled(self) -> None:
        """A call that is cancelled is not pending, and never called."""
        call = self.clock.callLater(1.0, self.see, "a")
        call.cancel()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.clock.run(2.0)
        self.assertEqual([], self.seen)
        self.assertRaises(AlreadyCancelled, call.cancel)

    def test_many_cancelled(self) -> None:
        """Cancelled calls do not pile up, however far off their time is."""
        for _ in range(50):
            for call in [self.clock.callLater(1e6, self.see, "never") for _ in range(200)]:
                call.cancel()
        self.assertLess(len(self.clock._heap), 2_500)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_cancelled_by_another_while_running(self) -> None:
        """A sweep in the middle of a run loses nobody."""
        calls = [self.clock.callLater(50.0, self.see, "never") for _ in range(5_000)]

        def cancel() -> None:
            for call in calls:
                call.cancel()

        self.clock.callLater(1.0, cancel)
        self.clock.callLater(2.0, self.see, "a")
        self.clock.run(100.0)
        self.assertEqual([("a", 102.0)], self.seen)

    def test_call_in(self) -> None:
        """What nobody can cancel takes its turn among the rest, whichever way time passes."""
        for passes in (self.clock.run, self.clock.advance):
            self.seen.clear()
            self.clock.callLater(2.0, self.see, "first")
            self.clock.call_in(2.0, self.see, "second")
            self.clock.callLater(2.0, self.see, "third")
            self.clock.call_in(1.0, self.see, "before")
            self.assertEqual(2, len(self.clock.getDelayedCalls()))
            passes(1.5)
            self.assertEqual(["before"], [name for name, _ in self.seen])
            passes(1.5)
            self.assertEqual(
                ["before", "first", "second", "third"], [name for name, _ in self.seen]
            )

    def test_call_in_among_many_cancelled(self) -> None:
        """It stays when what was cancelled is swept out."""
        self.clock.call_in(5.0, self.see, "stays")
        for call in [self.clock.callLater(9.0, self.see, "never") for _ in range(5_000)]:
            call.cancel()
        self.clock.run(10.0)
        self.assertEqual([("stays", 105.0)], self.seen)

    def test_looping_call(self) -> None:
        """Twisted's own loops keep time on it."""
        loop = LoopingCall(self.see, "tick")
        loop.clock = self.clock
        loop.start(10.0)
        self.clock.run(35.0)
        loop.stop()
        self.assertEqual([100.0, 110.0, 120.0, 130.0], [when for _, when in self.seen])

    @given(lists(tuples(floats(0.0, 9.0), booleans(), floats(0.0, 9.0)), max_size=30))
    def test_as_task_clock(self, plans: list[tuple[float, bool, float]]) -> None:
        """Whatever is asked for, moved and cancelled, it does what ``task.Clock`` does."""
        told: list[list[tuple[int, float]]] = []
        for clock in (Clock(), HeapClock()):
            seen: list[tuple[int, float]] = []
            calls = [
                clock.callLater(delay, partial(_note, seen, number, clock))
                for number, (delay, _, _) in enumerate(plans)
            ]
            for call, (_, cancelled, moved) in zip(calls, plans, strict=True):
                if cancelled:
                    call.cancel()
                elif moved > 4.5:
                    call.reset(moved)
            clock.pump([0.25] * 40)
            told.append(sorted(seen))
        self.assertEqual(*told)


def _note(seen: list[tuple[int, float]], number: int, clock: Clock | HeapClock) -> None:
    seen.append((number, clock.seconds()))
