"""The index between two runs, also when the first one is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from sqlite3 import Connection
from textwrap import dedent

from twisted.internet.defer import Deferred, execute
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.published import FILE, HOUR, PAULA, PETER, WORD, a_file, a_source, found, names
from tests.samples import destination
from tests.store.index_runs import WALL, Run, StoreTestCase, count
from twisted_mule.kad.ids import KadID
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory, StateError
from twisted_mule.store.index_store import WRITE_EVERY, IndexKeeping

ROOT = Path(__file__).parents[2]


class IndexStoreTests(StoreTestCase):
    """What was there is there again, and no longer than it should be."""

    def test_round_trip(self) -> None:
        """Everything comes back as it was, and nothing is written again."""
        for number in range(1, 40):
            who = destination(number)
            self.first.index.publish_keyword(WORD, [a_file(number)], who, self.first.now)
            self.first.index.publish_source(
                FILE, KadID(number), a_source(50 + number), who, self.first.now
            )
        self.successResultOf(self.first.store.save())
        again = self.later(WALL)
        self.assertEqual(
            found(self.first.index, now=self.first.now), found(again.index, now=again.now)
        )
        self.assertEqual(
            self.first.index.find_sources(FILE, 0, 0, self.first.now),
            again.index.find_sources(FILE, 0, 0, again.now),
        )
        self.assertEqual(self.first.index.size(), again.index.size())
        self.assertFalse(any(again.index.changes().values()))

    def test_how_many(self) -> None:
        """Loading tells how many entries there are."""
        self.fill(self.first)
        self.successResultOf(self.first.store.save())
        run = Run(self.database, WALL, 0.0)
        self.assertEqual(3, self.successResultOf(run.store.load()))

    def test_true_expiry(self) -> None:
        """While the node is off its entries go on ageing, whatever its clock shows."""
        self.fill(self.first)
        self.first.clock.advance(HOUR)
        self.successResultOf(self.first.store.save())
        for begins in (0.0, 77.0, 1e8):
            again = self.later(WALL + 5 * HOUR - 60, begins)
            self.assertEqual((1, 1, 1), again.served())
            again.clock.advance(61)
            self.assertEqual((1, 0, 1), again.served())
            again.clock.advance(19 * HOUR - 2)
            self.assertEqual((1, 0, 1), again.served())
            again.clock.advance(2)
            self.assertEqual((0, 0, 0), again.served())

    def test_expired(self) -> None:
        """What has expired meanwhile is not loaded and leaves the file."""
        self.fill(self.first)
        self.successResultOf(self.first.store.save())
        self.assertEqual((1, 0, 1), self.later(WALL + 5 * HOUR).served())
        self.assertEqual(2, self.rows())
        self.assertEqual((0, 0, 0), self.later(WALL + 24 * HOUR).served())
        self.assertEqual(0, self.rows())

    def test_a_clock_set_back(self) -> None:
        """An entry from the future gets one whole life and not more."""
        self.fill(self.first)
        self.successResultOf(self.first.store.save())
        again = self.later(WALL - 1e6)
        self.assertEqual((1, 1, 1), again.served())
        again.clock.advance(5 * HOUR)
        self.assertEqual((1, 0, 1), again.served())
        again.clock.advance(19 * HOUR)
        self.assertEqual((0, 0, 0), again.served())

    def test_publishers(self) -> None:
        """Publishers and names are remembered: a fast refresh is one after a restart, too."""
        for who, name in ((1, "ubuntu one"), (2, "ubuntu two")):
            self.first.index.publish_keyword(
                WORD, [a_file(1, name, 7)], destination(who), self.first.now
            )
        self.successResultOf(self.first.store.save())
        again = self.later(WALL + HOUR)
        for hours, expected in ((0, "ubuntu one"), (4, "ubuntu two")):
            again.clock.advance(hours * HOUR)
            again.index.publish_keyword(
                WORD, [a_file(1, "ubuntu two", 7)], destination(2), again.now
            )
            self.assertEqual([expected], names(again.index, now=again.now))

    def test_newest_first(self) -> None:
        """A source that comes after the restart is newer than all before it."""
        for number in (1, 2):
            self.first.index.publish_source(
                FILE, KadID(number), a_source(50 + number), destination(number), self.first.now
            )
        self.successResultOf(self.first.store.save())
        again = self.later(WALL)
        again.index.publish_source(FILE, KadID(3), a_source(53), destination(3), again.now)
        sources = again.index.find_sources(FILE, 0, 0, again.now)
        self.assertEqual([3, 2, 1], [source.kad_id.value for source in sources])

    def test_gone(self) -> None:
        """What the index forgets leaves the file with the next write."""
        self.fill(self.first)
        self.successResultOf(self.first.store.save())
        self.assertEqual(3, self.rows())
        self.first.index.expire(self.first.now + 5 * HOUR)
        self.successResultOf(self.first.store.save())
        self.assertEqual(2, self.rows())

    def test_damaged_rows(self) -> None:
        """A row that cannot be an entry is left out, and the others are served."""
        self.fill(self.first)
        for number in range(2, 9):
            self.first.index.publish_keyword(WORD, [a_file(number)], PAULA, self.first.now)
        self.successResultOf(self.first.store.save())

        def spoil(connection: Connection) -> None:
            connection.execute("UPDATE index_entry SET record = x'0102' WHERE kind = 2")
            connection.execute(
                "UPDATE index_entry SET record = substr(record, 1, length(record) - 1)"
                " WHERE kind = 1"
            )
            connection.execute(
                "UPDATE index_entry SET record = zeroblob(90)"
                " WHERE key = (SELECT min(key) FROM index_entry WHERE kind = 0)"
            )

        self.successResultOf(self.database.transact(spoil))
        self.assertEqual((7, 0, 0), self.later(WALL).served())

    def test_refused_by_the_disk(self) -> None:
        """What could not be written is written by the next save, newer news winning."""
        self.fill(self.first)
        self.successResultOf(self.database.close())
        self.failureResultOf(self.first.store.save(), StateError)
        self.first.index.publish_keyword(WORD, [a_file(2)], PAULA, self.first.now)
        self.first.index.expire(self.first.now + 5 * HOUR)
        self.failureResultOf(self.first.store.save(), StateError)
        self.successResultOf(self.database.open())
        self.successResultOf(self.first.store.save())
        self.assertEqual((2, 0, 1), self.later(WALL).served())

    def test_nothing_to_write(self) -> None:
        """Without changes the database is left alone."""
        self.successResultOf(self.database.close())
        self.assertIsNone(self.successResultOf(self.first.store.save()))


class IndexKeepingTests(StoreTestCase):
    """Writes at their times."""

    def setUp(self) -> None:
        """A service that has begun."""
        super().setUp()
        self.told: list[str] = []
        self.keeping = IndexKeeping(self.first.store, self.first.clock, self.told.append)
        self.keeping.startService()

    def test_every_eight_seconds(self) -> None:
        """Changes are on the disk less than ten seconds after they came."""
        for _ in range(5):
            self.fill(self.first)
            self.first.index.publish_keyword(
                WORD, [a_file(int(self.first.now))], PETER, self.first.now
            )
            before = self.rows()
            self.first.clock.pump([1.0] * 9)
            self.assertGreater(self.rows(), before)
        self.assertLess(WRITE_EVERY, 10.0)

    def test_last_write(self) -> None:
        """Stopping writes what is left, and nothing runs any more."""
        self.fill(self.first)
        self.assertIsNone(self.successResultOf(self.keeping.stopService()))
        self.assertEqual(3, self.rows())
        self.assertEqual([], self.first.clock.getDelayedCalls())

    def test_told_once(self) -> None:
        """A full disk is told once, not every eight seconds; the next trouble again."""
        self.successResultOf(self.database.close())
        for _ in range(3):
            self.fill(self.first)
            self.first.clock.pump([1.0] * 9)
        self.assertEqual(1, len(self.told))
        self.assertIn("could not be saved", self.told[0])
        self.successResultOf(self.database.open())
        self.first.clock.pump([1.0] * 9)
        self.assertEqual(3, self.rows())
        self.successResultOf(self.database.close())
        self.fill(self.first)
        self.first.clock.pump([1.0] * 9)
        self.assertEqual(2, len(self.told))

    def test_one_write_at_a_time(self) -> None:
        """While a write takes long, no other begins."""
        waiting: list[Deferred[object]] = []

        def slowly(work: object) -> Deferred[object]:
            waiting.append(Deferred())
            return waiting[-1]

        self.database.run = slowly  # type: ignore[assignment]
        for _ in range(4):
            self.fill(self.first)
            self.first.clock.pump([1.0] * 9)
        self.assertEqual(1, len(waiting))
        waiting.pop().callback(None)
        self.first.clock.pump([1.0] * 9)
        self.assertEqual(1, len(waiting))
        self.database.run = execute


class KilledTests(SynchronousTestCase):
    """A process that ends from one moment to the next."""

    PROGRAM = dedent(
        """
        import sys, time
        from pathlib import Path
        from twisted.internet.defer import execute
        from tests.kad.published import PETER, WORD, a_file
        from twisted_mule.kad.index import Index
        from twisted_mule.store.database import Database
        from twisted_mule.store.directory import StateDirectory
        from twisted_mule.store.index_store import IndexStore

        directory = StateDirectory(Path(sys.argv[1]), time.time)
        database = Database(directory, execute)
        database.open()
        index = Index(logged=True)
        store = IndexStore(database, index, time.time, time.monotonic)
        for number in range(10**6):
            index.publish_keyword(WORD, [a_file(number)], PETER, time.monotonic())
            if number % 100 == 99:
                store.save()
                print(number + 1, flush=True)
        """
    )

    def test_sigkill(self) -> None:
        """Killed in the middle of its writes, a node has all that it had written."""
        directory = StateDirectory(Path(self.mktemp()), lambda: 0.0)
        directory.prepare()
        arguments = [sys.executable, "-c", self.PROGRAM, str(directory.root.resolve())]
        with subprocess.Popen(  # noqa: S603 - our own program
            arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            told = [int(child.stdout.readline()) for _ in range(3 + Random().randrange(4))]
            child.send_signal(signal.SIGKILL)
            told += [int(line) for line in child.stdout.read().split()]
            self.assertEqual(-signal.SIGKILL, child.wait())
        database = Database(directory, execute)
        self.assertEqual((), self.successResultOf(database.open()).notices)
        self.addCleanup(lambda: self.successResultOf(database.close()))
        kept = self.successResultOf(database.transact(count))
        self.assertGreaterEqual(kept, told[-1])
        self.assertEqual(0, kept % 100)
