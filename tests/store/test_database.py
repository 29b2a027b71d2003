"""The database: made, upgraded, set aside when damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from unittest.mock import patch

from twisted.internet.defer import execute
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.store import database as module
from twisted_mule.store.database import UPGRADES, Database
from twisted_mule.store.directory import DATABASE, StateDirectory, StateError


def count(connection: sqlite3.Connection) -> int:
    """How many contacts there are."""
    (number,) = connection.execute("SELECT count(*) FROM contact").fetchone()
    return int(number)


def fill(connection: sqlite3.Connection) -> None:
    """Add a table of our own with one row."""
    connection.execute("CREATE TABLE extra (value TEXT) STRICT")
    connection.execute("INSERT INTO extra VALUES ('kept')")


def extra(connection: sqlite3.Connection) -> list[str]:
    """What that table holds."""
    return [value for (value,) in connection.execute("SELECT value FROM extra")]


class DatabaseTests(SynchronousTestCase):
    """A database whose work is done at once."""

    def setUp(self) -> None:
        """An empty state directory."""
        self.directory = StateDirectory(Path(self.mktemp()), lambda: 0.0)
        self.directory.prepare()
        self.path = self.directory.path(DATABASE)
        self.database = Database(self.directory, execute)
        self.addCleanup(lambda: self.successResultOf(self.database.close()))

    def reopened(self) -> tuple[str, ...]:
        """Close and open again, as a restart does; the notices."""
        self.successResultOf(self.database.close())
        return self.successResultOf(self.database.open()).notices

    def test_new(self) -> None:
        """A new file has today's schema, a write-ahead log, and is for its owner only."""
        self.assertEqual((), self.successResultOf(self.database.open()).notices)
        self.assertEqual(0, self.successResultOf(self.database.transact(count)))
        self.assertEqual(0o600, self.path.stat().st_mode & 0o777)

        def facts(connection: sqlite3.Connection) -> tuple[object, object]:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
            return version, journal

        self.assertEqual(
            (len(UPGRADES), "wal"), self.successResultOf(self.database.transact(facts))
        )

    def test_open_twice(self) -> None:
        """Opening what is open does nothing."""
        self.successResultOf(self.database.open())
        self.assertEqual((), self.successResultOf(self.database.open()).notices)

    def test_survives(self) -> None:
        """What was committed is there after a restart."""
        self.successResultOf(self.database.open())
        self.successResultOf(self.database.transact(fill))
        self.assertEqual((), self.reopened())
        self.assertEqual(["kept"], self.successResultOf(self.database.transact(extra)))

    def test_all_or_nothing(self) -> None:
        """Work that fails half-way leaves nothing behind."""
        self.successResultOf(self.database.open())
        self.successResultOf(self.database.transact(fill))

        def broken(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM extra")
            raise RuntimeError("half-way")

        self.failureResultOf(self.database.transact(broken), RuntimeError)
        self.assertEqual(["kept"], self.successResultOf(self.database.transact(extra)))

    def test_not_open(self) -> None:
        """Work on a closed database fails with a sentence."""
        failure = self.failureResultOf(self.database.transact(count), StateError)
        self.assertIn("is not open", str(failure.value))

    def test_bad_statement(self) -> None:
        """What SQLite refuses comes back as a sentence."""
        self.successResultOf(self.database.open())
        refused = self.database.transact(lambda connection: connection.execute("SELECT nothing"))
        self.failureResultOf(refused, StateError)

    def test_junk_is_set_aside(self) -> None:
        """A file that is no database is kept under another name, and a new one begun."""
        self.path.write_bytes(b"no database at all" * 100)
        (notice,) = self.successResultOf(self.database.open()).notices
        self.assertIn("set aside as mule.sqlite.damaged-", notice)
        (kept,) = self.path.parent.glob(f"{DATABASE}.damaged-*")
        self.assertEqual(b"no database at all" * 100, kept.read_bytes())
        self.assertEqual(0, self.successResultOf(self.database.transact(count)))

    def test_a_torn_file_is_set_aside(self) -> None:
        """A database whose pages were overwritten is found out when it is opened."""
        self.successResultOf(self.database.open())
        self.successResultOf(self.database.transact(fill))
        self.successResultOf(self.database.close())
        content = bytearray(self.path.read_bytes())
        content[4096:8192] = b"\xff" * 4096
        self.path.write_bytes(content)
        (notice,) = self.reopened()
        self.assertIn("is damaged", notice)
        self.assertEqual(0, self.successResultOf(self.database.transact(count)))

    def test_the_log_goes_along(self) -> None:
        """The write-ahead log of a damaged file is set aside with it, not replayed."""
        self.path.write_bytes(b"junk" * 500)
        Path(f"{self.path}-wal").write_bytes(b"log")
        self.successResultOf(self.database.open())
        kept = [path for path in self.path.parent.iterdir() if path.read_bytes() == b"log"]
        self.assertEqual(1, len(kept))
        self.assertIn("damaged", kept[0].name)

    def test_later_schema_stays(self) -> None:
        """A database of a later version is refused and left as it is."""
        with sqlite3.connect(self.path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        before = self.path.read_bytes()
        failure = self.failureResultOf(self.database.open(), StateError)
        self.assertIn("later version", str(failure.value))
        self.assertEqual(before, self.path.read_bytes())

    def test_upgrade(self) -> None:
        """An older schema gets what later versions added, and keeps what it has."""
        self.successResultOf(self.database.open())
        self.successResultOf(self.database.transact(fill))
        added = (*UPGRADES, ("ALTER TABLE extra ADD COLUMN more TEXT",))
        with patch.object(module, "UPGRADES", added):
            self.assertEqual((), self.reopened())
        self.assertEqual(["kept"], self.successResultOf(self.database.transact(extra)))

    def test_locked_by_another(self) -> None:
        """A database that another program holds is not taken for a damaged one."""
        self.successResultOf(self.database.open())
        self.successResultOf(self.database.close())
        holder = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        with patch.object(module, "_WAIT", 0.01):
            self.failureResultOf(self.database.open(), StateError)
        self.assertEqual([], list(self.path.parent.glob("*damaged*")))
