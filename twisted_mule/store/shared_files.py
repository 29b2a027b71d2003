"""The list of shared paths and the hashes of their files, as rows of the database."""

from __future__ import annotations

import os
from collections.abc import Iterable
from sqlite3 import Connection
from typing import Final

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_mule.kad.ids import KadID
from twisted_mule.store.database import Database

_PUT: Final = "INSERT OR REPLACE INTO shared_file VALUES (?, ?, ?, ?, ?)"
_GET: Final = "SELECT path, root, size, modified, hash FROM shared_file ORDER BY path"
_MOVE: Final = "UPDATE shared_file SET root = ? WHERE root = ?"


@frozen
class HashedFile:
    """
    A file whose hash is known as long as size and time stay the same.

    :ivar path: as :func:`os.fsdecode` gives it, like ``root``, the shared path it belongs to.
    :ivar size: bytes.
    :ivar modified: time of its modification, nanoseconds of Unix time.
    """

    path: str
    root: str
    size: int
    modified: int
    hash: KadID


@frozen
class SharedList:
    """What is shared: the paths in the order in which they were added, the files by path."""

    roots: tuple[str, ...]
    files: tuple[HashedFile, ...]


@frozen
class SharedFileStore:
    """
    Where the list is kept.

    Paths are stored as the bytes that the file system knows them by.
    """

    database: Database

    def load(self) -> Deferred[SharedList]:
        """The list as it was kept."""

        def read(connection: Connection) -> SharedList:
            roots = connection.execute("SELECT path FROM shared_root ORDER BY position")
            return SharedList(
                tuple(os.fsdecode(path) for (path,) in roots),
                tuple(_file(*row) for row in connection.execute(_GET)),
            )

        return self.database.transact(read)

    def add_root(self, root: str, absorbed: Iterable[str] = ()) -> Deferred[None]:
        """Keep one more shared path; the files of those that it absorbs become its own."""
        inner = [os.fsencode(path) for path in absorbed]
        path = os.fsencode(root)

        def add(connection: Connection) -> None:
            connection.execute("INSERT OR IGNORE INTO shared_root (path) VALUES (?)", (path,))
            connection.executemany(_MOVE, [(path, old) for old in inner])
            connection.executemany(
                "DELETE FROM shared_root WHERE path = ?", [(old,) for old in inner]
            )

        return self.database.transact(add)

    def remove_root(self, root: str) -> Deferred[None]:
        """Forget a shared path and all that is known of its files."""
        path = os.fsencode(root)

        def remove(connection: Connection) -> None:
            connection.execute("DELETE FROM shared_root WHERE path = ?", (path,))
            connection.execute("DELETE FROM shared_file WHERE root = ?", (path,))

        return self.database.transact(remove)

    def update(self, hashed: Iterable[HashedFile], gone: Iterable[str]) -> Deferred[None]:
        """
        Forget the files at the paths ``gone``, then keep ``hashed``.

        Both are gone through in the thread of the database, once: they may be generators.
        """

        def change(connection: Connection) -> None:
            old = ((os.fsencode(path),) for path in gone)
            connection.executemany("DELETE FROM shared_file WHERE path = ?", old)
            connection.executemany(_PUT, map(_row, hashed))

        return self.database.transact(change)


def _row(file: HashedFile) -> tuple[object, ...]:
    path, root = os.fsencode(file.path), os.fsencode(file.root)
    return path, root, file.size, file.modified, file.hash.natural


def _file(path: bytes, root: bytes, size: int, modified: int, natural: bytes) -> HashedFile:
    return HashedFile(
        os.fsdecode(path), os.fsdecode(root), size, modified, KadID.from_natural(natural)
    )
