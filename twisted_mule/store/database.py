"""The SQLite file: opened, upgraded, used and closed off the reactor, one transaction at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from attrs import define, field, frozen
from twisted.internet.defer import Deferred

from twisted_mule.store.directory import DATABASE, PRIVATE_FILE, StateDirectory, StateError
from twisted_mule.store.worker import Run

T = TypeVar("T")

#: What each version of the schema adds to the one before; never edit an entry, append one.
UPGRADES: Final[tuple[tuple[str, ...], ...]] = (
    (
        """
        CREATE TABLE contact (
            position INTEGER PRIMARY KEY,
            saved_at REAL NOT NULL,
            kad_id BLOB NOT NULL UNIQUE CHECK (length(kad_id) = 16),
            destination BLOB NOT NULL CHECK (length(destination) = 387),
            tcp BLOB CHECK (length(tcp) = 387),
            version INTEGER NOT NULL,
            udp_key INTEGER NOT NULL,
            udp_key_owner INTEGER NOT NULL,
            verified INTEGER NOT NULL,
            kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 4),
            created REAL NOT NULL,
            heard REAL,
            changed REAL NOT NULL,
            expires REAL,
            handshaken INTEGER NOT NULL,
            hello_seen INTEGER NOT NULL,
            probe_allowed INTEGER NOT NULL,
            greeted INTEGER NOT NULL,
            greeted_ago REAL
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE shared_root (
            position INTEGER PRIMARY KEY,
            path BLOB NOT NULL UNIQUE
        ) STRICT
        """,
        """
        CREATE TABLE shared_file (
            path BLOB PRIMARY KEY,
            root BLOB NOT NULL,
            size INTEGER NOT NULL CHECK (size > 0),
            modified INTEGER NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 16)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE due (
            kind TEXT NOT NULL,
            key BLOB NOT NULL CHECK (length(key) = 16),
            saved_at REAL NOT NULL,
            remaining REAL NOT NULL,
            PRIMARY KEY (kind, key)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE index_entry (
            kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
            key BLOB NOT NULL,
            expires REAL NOT NULL,
            record BLOB NOT NULL,
            PRIMARY KEY (kind, key)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE comment (
            position INTEGER PRIMARY KEY,
            hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 16),
            name TEXT NOT NULL,
            size INTEGER NOT NULL CHECK (size > 0),
            rating INTEGER NOT NULL CHECK (rating BETWEEN 0 AND 5),
            text TEXT NOT NULL
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE timeline (
            step INTEGER NOT NULL CHECK (step > 0),
            slot INTEGER NOT NULL,
            figure TEXT NOT NULL,
            mean REAL NOT NULL,
            samples INTEGER NOT NULL CHECK (samples > 0),
            PRIMARY KEY (step, slot, figure)
        ) STRICT, WITHOUT ROWID
        """,
    ),
)
#: The write-ahead log and its index lie beside the file and share its fate.
_SIBLINGS: Final = ("-wal", "-shm")
_MAGIC: Final = b"SQLite format 3\0"
_WAIT: Final = 5.0
#: KiB of the file that SQLite keeps in memory (a negative number means KiB): nothing is read twice.
_CACHE: Final = -256


class DamagedError(Exception):
    """The file is not a whole SQLite database of ours; the text says how."""


@frozen
class Opened:
    """What opening did: plain sentences for the local user."""

    notices: tuple[str, ...] = ()


@define
class Database:
    """
    All that the node keeps besides its identity and ``nodes.dat``.

    :ivar run: runs blocking work; it must keep the order of the calls.
    """

    directory: StateDirectory
    run: Run
    _connection: sqlite3.Connection | None = field(default=None, init=False)

    def open(self) -> Deferred[Opened]:
        """
        Open the file, made or upgraded as needed; a damaged one is set aside first.

        Fires with :class:`StateError` when a later version of this program wrote it, or when the
        disk refuses.
        """
        return self.run(self._open)

    def transact(self, work: Callable[[sqlite3.Connection], T]) -> Deferred[T]:
        """
        The result of ``work`` in one transaction: all of it is kept, or nothing.

        Fires with :class:`StateError` when the disk refuses, or when the database is not open.
        """
        return self.run(lambda: self._transact(work))

    def close(self) -> Deferred[None]:
        """Close the file, after the work that was asked for before; closing twice is no fault."""
        return self.run(self._close)

    def _open(self) -> Opened:
        if self._connection is not None:
            return Opened()
        try:
            self._connection = self._connect()
            return Opened()
        except DamagedError as damage:
            notice = self.directory.set_aside(DATABASE, str(damage))
            for sibling in _SIBLINGS:
                if self.directory.path(DATABASE + sibling).exists():
                    self.directory.set_aside(DATABASE + sibling, str(damage))
        self._connection = self._connect()
        return Opened((notice,))

    def _connect(self) -> sqlite3.Connection:
        path = self.directory.path(DATABASE)
        try:
            path.touch(PRIVATE_FILE)
            _check_header(path)
            connection = sqlite3.connect(
                path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.OperationalError) as reason:
            raise StateError(f"{path} cannot be opened ({reason}).") from reason
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            raise StateError(f"{self.directory.path(DATABASE)} is not open.")
        try:
            return _within(self._connection, work)
        except sqlite3.DatabaseError as reason:
            raise StateError(
                f"{self.directory.path(DATABASE)} cannot be used ({reason});"
                " check the free space of its disk."
            ) from reason

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _within(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _prepare(connection: sqlite3.Connection) -> None:
    """Check the file, set how it is used, bring its schema up to date."""
    try:
        version = _version(connection)
        connection.execute(f"PRAGMA cache_size = {_CACHE}")
        _check(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        for number in range(version, len(UPGRADES)):
            _within(connection, _step(number))
    except sqlite3.OperationalError as reason:
        if reason.sqlite_errorcode in _DAMAGE:
            raise DamagedError(str(reason)) from reason
        raise StateError(f"The database cannot be used ({reason}).") from reason
    except sqlite3.DatabaseError as reason:
        raise DamagedError(str(reason)) from reason


#: An operational error with another code is about the disk or a lock, not about the content;
#: a missing or strange table shows as SQLITE_ERROR.
_DAMAGE: Final = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _check_header(path: Path) -> None:
    """Find junk before SQLite does, which would remove the log of what it cannot read."""
    with path.open("rb") as file:
        header = file.read(len(_MAGIC))
    if header and header != _MAGIC:
        raise DamagedError("it is not a database")


def _check(connection: sqlite3.Connection) -> None:
    with closing(connection.execute("PRAGMA quick_check(1)")) as cursor:
        (verdict,) = cursor.fetchone()
    if verdict != "ok":
        raise DamagedError(verdict.splitlines()[-1])


def _version(connection: sqlite3.Connection) -> int:
    with closing(connection.execute("PRAGMA user_version")) as cursor:
        (version,) = cursor.fetchone()
    if version > len(UPGRADES):
        raise StateError(
            f"The database was written by a later version of this program (schema {version});"
            " update this one, or name another directory with --data."
        )
    return int(version)


def _step(number: int) -> Callable[[sqlite3.Connection], None]:
    def upgrade(connection: sqlite3.Connection) -> None:
        for statement in UPGRADES[number]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number + 1}")

    return upgrade
