"""Runs of a node, one after the other, with one database for their index."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection

from twisted.internet.defer import execute
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.published import FILE, PETER, WORD, a_file, a_note, a_source, found
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.index_store import IndexStore

WALL = 1_700_000_000.0


def count(connection: Connection) -> int:
    """How many entries the database has."""
    (number,) = connection.execute("SELECT count(*) FROM index_entry").fetchone()
    return int(number)


class Run:
    """One run of a node: a clock that begins anywhere, and the time of the world."""

    def __init__(self, database: Database, wall: float, begins: float) -> None:
        self.database = database
        self.clock = Clock()
        self.clock.rightNow = begins
        self.ahead = wall - begins
        self.index = Index(logged=True)
        self.store = IndexStore(database, self.index, self.wall, self.clock.seconds)

    def wall(self) -> float:
        """Unix time."""
        return self.clock.seconds() + self.ahead

    @property
    def now(self) -> float:
        """The clock of the index."""
        return self.clock.seconds()

    def served(self) -> tuple[int, int, int]:
        """How many entries of each sort are served now."""
        return (
            len(found(self.index, now=self.now)),
            len(self.index.find_sources(FILE, 0, 0, self.now)),
            len(self.index.find_notes(FILE, 0, self.now)),
        )


class StoreTestCase(SynchronousTestCase):
    """A database whose work is done at once."""

    def setUp(self) -> None:
        """Open it."""
        directory = StateDirectory(Path(self.mktemp()), lambda: 0.0)
        directory.prepare()
        self.database = Database(directory, execute)
        self.successResultOf(self.database.open())
        self.addCleanup(lambda: self.successResultOf(self.database.close()))
        self.first = Run(self.database, WALL, 5000.0)

    def fill(self, run: Run) -> None:
        """One entry of each sort."""
        run.index.publish_keyword(WORD, [a_file(1)], PETER, run.now)
        run.index.publish_source(FILE, KadID(9), a_source(1), PETER, run.now)
        run.index.publish_note(FILE, KadID(9), a_note(), PETER, run.now)

    def later(self, wall: float, begins: float = 77.0) -> Run:
        """The next run, begun at this time of the world."""
        run = Run(self.database, wall, begins)
        self.successResultOf(run.store.load())
        return run

    def rows(self) -> int:
        """How many entries the database has."""
        return self.successResultOf(self.database.transact(count))
