"""Times that outlive restarts and set clocks."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import execute
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.due_times import Due, DueStore

NOW = 1_700_000_000.0
ONE, TWO = KadID(1), KadID(2)


class DueStoreTests(SynchronousTestCase):
    """A store whose work is done at once."""

    def setUp(self) -> None:
        """An empty database."""
        directory = StateDirectory(Path(self.mktemp()), lambda: 0.0)
        directory.prepare()
        self.database = Database(directory, execute)
        self.successResultOf(self.database.open())
        self.addCleanup(lambda: self.successResultOf(self.database.close()))
        self.store = DueStore(self.database)

    def put(self, *dues: Due, now: float = NOW) -> None:
        """Keep these."""
        self.successResultOf(self.store.put(dues, now))

    def load(self, now: float = NOW) -> tuple[Due, ...]:
        """What is kept, as it is at ``now``."""
        return self.successResultOf(self.store.load(now))

    def test_time_passes(self) -> None:
        """What remains grows less while the node is off, down to nothing."""
        self.put(Due("source", ONE, 100.0), Due("keyword", TWO, 30.0))
        self.assertEqual(
            (Due("keyword", TWO, 0.0), Due("source", ONE, 60.0)), self.load(NOW + 40.0)
        )

    def test_clock_set_back(self) -> None:
        """A clock that was set back makes nothing wait longer than it would have."""
        self.put(Due("source", ONE, 100.0))
        self.assertEqual((Due("source", ONE, 100.0),), self.load(NOW - 1e6))

    def test_put_again(self) -> None:
        """Each kind and key is kept once, with its newest time."""
        self.put(Due("source", ONE, 100.0), Due("notes", ONE, 5.0))
        self.put(Due("source", ONE, 500.0), now=NOW + 10.0)
        self.assertEqual((Due("notes", ONE, 0.0), Due("source", ONE, 500.0)), self.load(NOW + 10.0))

    def test_forgotten(self) -> None:
        """What is forgotten does not come back; the same key of another kind stays."""
        self.put(Due("source", ONE, 1.0), Due("notes", ONE, 1.0), Due("source", TWO, 1.0))
        self.successResultOf(self.store.forget([("source", ONE), ("source", KadID(9))]))
        self.assertEqual((Due("notes", ONE, 1.0), Due("source", TWO, 1.0)), self.load())

    def test_replaced(self) -> None:
        """All can be replaced at once."""
        self.put(Due("source", ONE, 1.0), Due("notes", ONE, 1.0))
        self.successResultOf(self.store.replace([Due("source", TWO, 2.0)], NOW))
        self.assertEqual((Due("source", TWO, 2.0),), self.load())

    def test_restart(self) -> None:
        """The times are there after a restart."""
        self.put(Due("source", ONE, 1.0))
        self.successResultOf(self.database.close())
        self.successResultOf(self.database.open())
        self.assertEqual((Due("source", ONE, 1.0),), self.load())
