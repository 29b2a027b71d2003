"""Tests for :mod:`twisted_mule.practice.agenda`."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis.strategies import floats, lists
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.practice.agenda import Agenda


class AgendaTests(SynchronousTestCase):
    """What is due happens, in order, with one timer."""

    def setUp(self) -> None:
        """An empty agenda on a clock that only the test moves."""
        self.clock = Clock()
        self.agenda = Agenda(self.clock)
        self.done: list[object] = []

    @given(lists(floats(0.0, 10.0), max_size=20))
    def test_order(self, delays: list[float]) -> None:
        """Actions happen in the order of their times, and none is forgotten."""
        clock, done = Clock(), list[float]()
        agenda = Agenda(clock)
        for delay in delays:
            agenda.after(delay, partial(done.append, delay))
        self.assertLessEqual(len(clock.getDelayedCalls()), 1)
        clock.pump([0.5] * 21)
        self.assertEqual(sorted(delays), done)
        self.assertEqual([], clock.getDelayedCalls())

    def test_same_moment(self) -> None:
        """Actions of the same moment happen in the order they were given."""
        for number in range(5):
            self.agenda.after(1.0, partial(self.done.append, number))
        self.clock.advance(1.0)
        self.assertEqual([0, 1, 2, 3, 4], self.done)

    def test_an_earlier_one(self) -> None:
        """An action that comes in later but is due sooner does not wait for the others."""
        self.agenda.after(5.0, partial(self.done.append, "late"))
        self.agenda.after(1.0, partial(self.done.append, "soon"))
        self.clock.advance(1.0)
        self.assertEqual(["soon"], self.done)
        self.assertEqual(1, len(self.agenda))

    def test_actions_that_plan(self) -> None:
        """An action may put another one on the agenda, even for now."""
        self.agenda.after(1.0, lambda: self.agenda.after(0.0, partial(self.done.append, "then")))
        self.clock.pump([1.0, 0.0])
        self.assertEqual(["then"], self.done)

    def test_failure(self) -> None:
        """An action that fails is logged, and the others happen."""
        self.agenda.after(1.0, partial(int, "no number"))
        self.agenda.after(1.0, partial(self.done.append, "other"))
        self.clock.advance(1.0)
        self.assertEqual(["other"], self.done)
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))

    def test_close(self) -> None:
        """A closed agenda forgets what waits and takes nothing, until it is opened again."""
        self.agenda.after(1.0, partial(self.done.append, "never"))
        self.agenda.close()
        self.agenda.after(1.0, partial(self.done.append, "nor this"))
        self.assertEqual([], self.clock.getDelayedCalls())
        self.agenda.close()
        self.agenda.open()
        self.agenda.after(1.0, partial(self.done.append, "again"))
        self.clock.advance(2.0)
        self.assertEqual(["again"], self.done)
