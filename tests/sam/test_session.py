"""Tests for :mod:`twisted_mule.sam.session`."""

from __future__ import annotations

from random import Random

from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.sam.session import (
    CREATE_SPAN,
    SETTLE_SPAN,
    SUSPECT_TEST_SPAN,
    TEST_SPAN,
    Course,
    back_off,
    session_life,
)
from twisted_mule.status import Problem, RouterState, StepState

LOST = Problem("Router connection lost", "Wait.")
SILENT = Problem("Nothing comes back", "Look.")


@define
class Diary:
    """Deeds that are only written down."""

    deeds: list[str] = field(factory=list)
    settle: float = -1.0

    def connect(self) -> None:
        """Write it down."""
        self.deeds.append("connect")

    def create(self) -> None:
        """Write it down."""
        self.deeds.append("create")

    def probe(self, after: float) -> None:
        """Write it down, and when to begin."""
        self.deeds.append("probe")
        self.settle = after

    def unanswered(self) -> Problem:
        """The same sentence always."""
        return SILENT

    def hang_up(self) -> None:
        """Write it down."""
        self.deeds.append("hang up")

    def changed(self) -> None:
        """Nothing to follow."""


class SessionLifeTests(SynchronousTestCase):
    """What the machine does in each state, and for how long it stays there."""

    def setUp(self) -> None:
        """A session that is not started."""
        self.diary = Diary()
        self.course = Course("tcp:127.0.0.1:7656", self.diary, Random(1))
        self.life = session_life(self.course)

    def open(self, now: float, quickly: bool = False, made: bool = False) -> float:
        """Go from connecting to testing; OK comes at once or after 20 s."""
        self.life.reached(now)
        self.life.greeted(now, "3.1")
        self.life.keyed(now, made)
        now += 0.1 if quickly else 20.0
        self.life.opened(now)
        return now

    def span(self) -> float:
        """How long the present state may last."""
        assert self.course.deadline is not None
        return self.course.deadline - self.course.since

    def check(self, state: RouterState, *deeds: str) -> None:
        """The state, and what was done to get there."""
        self.assertIs(state, self.course.state)
        self.assertEqual(list(deeds), self.diary.deeds)
        self.diary.deeds.clear()

    def test_way_online(self) -> None:
        """A session connects, greets, creates, tests and is online; each state has a limit."""
        self.check(RouterState.OFFLINE)
        self.life.start(1.0)
        self.check(RouterState.CONNECTING, "connect")
        self.assertEqual(30.0, self.span())
        self.life.reached(2.0)
        self.check(RouterState.GREETING)
        self.life.greeted(3.0, "3.1")
        self.check(RouterState.CREATING, "create")
        self.assertGreaterEqual(self.span(), 180.0)
        self.life.keyed(4.0, made=True)
        self.life.opened(30.0)
        self.check(RouterState.TESTING, "probe")
        self.assertGreaterEqual(self.span(), 60.0)
        self.life.echoed(31.0)
        self.check(RouterState.ONLINE)
        self.assertIsNone(self.course.deadline)
        self.assertEqual("3.1", self.course.version)
        took = [step.took for step in self.course.progress.steps()]
        self.assertEqual([1.0, 1.0, 1.0, 26.0, 1.0, None], took)

    def test_loss_online(self) -> None:
        """A session that is lost waits, says why, and connects again by itself."""
        self.life.start(0.0)
        self.life.echoed(self.open(0.0))
        self.diary.deeds.clear()
        self.life.failed(100.0, LOST)
        self.check(RouterState.WAITING, "hang up")
        self.assertIs(LOST, self.course.problem)
        self.assertGreaterEqual(self.span(), contract.RECONNECT_LEAST)
        self.life.expired(120.0)
        self.check(RouterState.CONNECTING, "connect")
        self.assertIs(LOST, self.course.problem)
        self.life.echoed(self.open(120.0))
        self.assertIsNone(self.course.problem)

    def test_each_deadline(self) -> None:
        """Whatever state gets stuck, the session hangs up, says where it hung, and waits."""
        words = []
        for steps in range(4):
            self.setUp()
            self.life.start(0.0)
            calls = [
                lambda: self.life.reached(0.0),
                lambda: self.life.greeted(0.0, "3.1"),
                lambda: self.life.opened(20.0),
            ]
            for call in calls[:steps]:
                call()
            self.diary.deeds.clear()
            self.life.expired(400.0)
            self.check(RouterState.WAITING, "hang up")
            assert self.course.problem is not None
            words.append(self.course.problem.headline)
            failed = [s.state is StepState.FAILED for s in self.course.progress.steps()]
            self.assertEqual(1, sum(failed))
        self.assertEqual(4, len(set(words)))
        self.assertIn(f"{CREATE_SPAN / 60:.0f} minutes", words[2])
        self.assertEqual(SILENT.headline, words[3])

    def test_back_off_grows(self) -> None:
        """Failures in a row wait longer and longer; being online once begins anew."""
        self.life.start(0.0)
        spans = []
        for _ in range(6):
            self.life.failed(0.0, LOST)
            spans.append(self.span())
            self.life.expired(0.0)
        for span, least in zip(spans, (10.0, 20.0, 40.0, 60.0, 60.0, 60.0), strict=True):
            self.assertTrue(least <= span <= 2 * least, spans)
        self.life.echoed(self.open(0.0))
        self.life.failed(100.0, LOST)
        self.assertLessEqual(self.span(), 20.0)

    def test_quick_ok(self) -> None:
        """A quick OK for keys used before is suspect: its test waits until remains are deleted."""
        self.life.start(0.0)
        self.open(0.0, quickly=True)
        self.assertEqual(SETTLE_SPAN, self.diary.settle)
        self.assertGreater(SETTLE_SPAN, 8.0)
        self.assertEqual(SETTLE_SPAN + SUSPECT_TEST_SPAN, self.span())
        self.life.echoed(12.0)
        self.assertIs(RouterState.ONLINE, self.course.state)

    def test_quick_ok_for_new_keys(self) -> None:
        """For keys made just now there can be no remains: an OK is tested at once."""
        self.life.start(0.0)
        self.open(0.0, quickly=True, made=True)
        self.assertEqual((0.0, TEST_SPAN), (self.diary.settle, self.span()))

    def test_slow_ok(self) -> None:
        """An OK that took its time is tested at once, also after a re-create."""
        self.life.start(0.0)
        self.life.echoed(self.open(0.0))
        self.life.failed(100.0, LOST)
        self.life.expired(115.0)
        self.open(115.0)
        self.assertEqual((0.0, TEST_SPAN), (self.diary.settle, self.span()))

    def test_remains(self) -> None:
        """A suspect session that never answers is given up, and re-created after 10 s at least."""
        self.life.start(0.0)
        self.open(0.0, quickly=True)
        self.life.expired(41.0)
        self.check(RouterState.WAITING, "connect", "create", "probe", "hang up")
        self.assertGreaterEqual(self.span(), 10.0)
        assert self.course.problem is not None
        self.assertIn("previous session", self.course.problem.headline)

    def test_problem_outlived(self) -> None:
        """A problem is shown until the session got further than where it arose, and no longer."""
        self.life.start(0.0)
        self.life.failed(0.0, LOST)
        self.life.expired(20.0)
        self.assertIs(LOST, self.course.problem)
        self.life.reached(20.0)
        self.assertIsNone(self.course.problem)

    def test_stop(self) -> None:
        """In any state stopping hangs up and ends in offline, from where it may start again."""
        self.life.stop(0.0)
        self.check(RouterState.OFFLINE)
        for steps in range(6):
            self.setUp()
            self.life.start(0.0)
            for call in [
                lambda: self.life.reached(0.0),
                lambda: self.life.greeted(0.0, "3.1"),
                lambda: self.life.opened(20.0),
                lambda: self.life.echoed(20.0),
                lambda: self.life.failed(30.0, LOST),
            ][:steps]:
                call()
            self.diary.deeds.clear()
            self.life.stop(50.0)
            self.check(RouterState.OFFLINE, "hang up")
            self.assertIsNone(self.course.deadline)
            self.assertIsNone(self.course.problem)
            self.life.start(60.0)
            self.check(RouterState.CONNECTING, "connect")

    def test_late_news(self) -> None:
        """What a timer or a socket says one turn too late changes nothing."""
        self.life.echoed(0.0)
        self.life.failed(0.0, LOST)
        self.life.expired(0.0)
        self.check(RouterState.OFFLINE)
        self.life.start(0.0)
        self.life.start(0.0)
        self.life.echoed(0.0)
        self.check(RouterState.CONNECTING, "connect")
        self.life.echoed(self.open(0.0))
        self.life.echoed(21.0)
        self.life.expired(22.0)
        self.assertIs(RouterState.ONLINE, self.course.state)
        self.life.failed(30.0, LOST)
        deadline = self.course.deadline
        self.life.failed(31.0, SILENT)
        self.assertEqual((deadline, LOST), (self.course.deadline, self.course.problem))


class BackOffTests(SynchronousTestCase):
    """How long to leave the router alone."""

    @given(st.integers(1, 1_000_000), st.randoms(use_true_random=False))
    def test_bounds(self, failures: int, random: Random) -> None:
        """Never under 10 s, never over 2 min (design.md section 6)."""
        wait = back_off(failures, random)
        self.assertTrue(contract.RECONNECT_LEAST <= wait <= contract.RECONNECT_MOST, wait)

    def test_jitter(self) -> None:
        """Two nodes that lost the same router do not come back together."""
        waits = {back_off(1, Random(seed)) for seed in range(50)}
        self.assertEqual(50, len(waits))
        self.assertGreater(max(waits) - min(waits), 5.0)
