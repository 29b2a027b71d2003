"""Tests for :mod:`twisted_mule.history` and :mod:`twisted_mule.chronicle`."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.web.samples import online
from twisted_mule.chronicle import EVERY, Recorder
from twisted_mule.history import History, Row
from twisted_mule.spans import FIGURES, STEPS, Span
from twisted_mule.status import Counter, NodeStatus
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.timelines import TimelineStore

START = 1_700_000_040.0


class HistoryTests(SynchronousTestCase):
    """Means in slots of three sizes."""

    def test_means(self) -> None:
        """A slot holds the mean of its samples; where there are none there is a gap."""
        history = History()
        for minute, contacts in ((0, 10.0), (0.3, 20.0), (2, 60.0)):
            history.note(START + 60 * minute, {"contacts": contacts})
        at = START + 120
        hour = history.timeline(Span.HOUR, at).figures["contacts"]
        self.assertEqual((15.0, None, 60.0), hour[-3:])
        self.assertEqual({None}, set(hour[:-3]))
        self.assertEqual(30.0, history.timeline(Span.WEEK, at).figures["contacts"][-1])

    def test_bounded(self) -> None:
        """Months take no more room than a week."""
        history = History()
        for hour in range(24 * 60):
            history.note(START + 3_600 * hour, {"sent": 1.0})
        kept = {span: len(slots) for span, slots in history._slots.items()}
        self.assertEqual({Span.HOUR: 1, Span.DAY: 24, Span.WEEK: 168}, kept)

    def test_clock_set_back(self) -> None:
        """What lies in the future after the clock was set back is forgotten."""
        history = History()
        history.note(START + 86_400, {"sent": 9.0})
        history.note(START, {"sent": 1.0})
        for span in Span:
            sent = history.timeline(span, START).figures["sent"]
            self.assertEqual(1.0, sent[-1])
            self.assertEqual({None, 1.0}, set(sent))

    @given(st.lists(st.tuples(st.integers(0, 10_000), st.floats(0, 1e6)), max_size=40))
    def test_outlives_a_restart(self, samples: list[tuple[int, float]]) -> None:
        """What is taken back is what was given."""
        history, taken = History(), History()
        for seconds, contacts in sorted(samples):
            history.note(START + seconds, {"contacts": contacts})
        rows = history.changes()
        taken.restore(rows)
        for span in Span:
            self.assertEqual(
                history.timeline(span, START + 10_000), taken.timeline(span, START + 10_000)
            )
        self.assertEqual((), history.changes())

    def test_strange_rows(self) -> None:
        """Rows of another version are left out."""
        history = History()
        strange = ((7, "sent", 1), (60, "new", 1), (60, "sent", 0))
        history.restore(Row(step, 1, name, 1.0, count) for step, name, count in strange)
        for span in Span:
            self.assertEqual({None}, set(history.timeline(span, 60.0).figures["sent"]))

    def test_steps(self) -> None:
        """Spans are an hour, a day and a week."""
        lengths = [step * most for step, most in STEPS.values()]
        self.assertEqual([3_600, 86_400, 604_800], lengths)


class RecorderTests(SynchronousTestCase):
    """One sample a minute, kept in the database."""

    def setUp(self) -> None:
        """A recorder with a database of its own."""
        self.clock, self.told = Clock(), list[str]()
        self.directory = StateDirectory(Path(self.mktemp()).absolute(), lambda: 0.0)
        self.directory.prepare()
        self.node = online()
        self.recorder = self.fresh()

    def fresh(self) -> Recorder:
        """A recorder as after a start."""
        database = Database(self.directory, execute)
        self.successResultOf(database.open())
        recorder = Recorder(
            self.clock, self.wall, self.status, lambda: 7, TimelineStore(database), self.told.append
        )
        self.successResultOf(recorder.open())
        return recorder

    def wall(self) -> float:
        """Unix time."""
        return START + self.clock.seconds()

    def status(self) -> NodeStatus:
        """The snapshot, in which two datagrams leave every second."""
        sent = Counter(0, 1_000 + 2 * int(self.clock.seconds()))
        return evolve(self.node, counters={"sent_res": sent, "bytes_sent": Counter(0, 99_999)})

    def run_for(self, minutes: int) -> None:
        """Let so many minutes pass."""
        self.clock.pump([EVERY] * minutes)

    def test_figures(self) -> None:
        """Gauges as they are, datagrams by the minute."""
        self.recorder.startService()
        self.run_for(3)
        hour = self.recorder.timeline(Span.HOUR).figures
        newest = {name: values[-1] for name, values in hour.items()}
        self.assertEqual(
            (160, 7, 1, 120, 0),
            tuple(newest[name] for name in ("contacts", "entries", "online", "sent", "dropped")),
        )
        self.assertEqual(3, sum(value is not None for value in hour["sent"]))

    def test_restart(self) -> None:
        """A restart goes on where the last run was, with a gap."""
        self.recorder.startService()
        self.run_for(5)
        self.successResultOf(self.recorder.stopService())
        self.clock.advance(600.0)
        again = self.fresh()
        hour = again.timeline(Span.HOUR).figures["sent"]
        self.assertEqual((120.0,) * 5 + (None,) * 10, hour[-15:])

    def test_saves_by_itself(self) -> None:
        """A crash loses ten minutes at the most."""
        self.recorder.startService()
        self.run_for(25)
        sent = self.fresh().timeline(Span.HOUR).figures["sent"]
        self.assertEqual(20, sum(value is not None for value in sent))

    def test_old_rows_go(self) -> None:
        """The table does not grow for ever."""
        self.recorder.startService()
        self.run_for(200)
        self.successResultOf(self.recorder.stopService())
        rows = self.successResultOf(self.recorder.store.load())
        most = sum(most for _step, most in STEPS.values()) * len(FIGURES)
        self.assertLessEqual(len(rows), most)
        self.assertEqual(60, len({row[1] for row in rows if row[0] == 60}))

    def test_full_disk(self) -> None:
        """A disk that refuses is told, and the node goes on."""
        self.recorder.startService()
        self.run_for(2)
        self.successResultOf(self.recorder.store.database.close())
        stopped: Deferred[object] = self.recorder.stopService()
        self.successResultOf(stopped)
        self.assertIn("could not be saved", self.told[0])
