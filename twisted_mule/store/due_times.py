"""When things are due again: rows of the database that outlive restarts and set clocks."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_mule.kad.ids import KadID
from twisted_mule.store.database import Database


@frozen
class Due:
    """
    Something that is to be done again.

    :ivar kind: a word for what is done, such as ``keyword``, ``source`` or ``notes``.
    :ivar key: the hash of the file, or the identifier of the keyword.
    :ivar remaining: seconds until then; 0 when it is due.
    """

    kind: str
    key: KadID
    remaining: float


@frozen
class DueStore:
    """
    Where those times are kept.

    As with contacts, what remains stands in the file with the wall-clock time of its saving; what
    passed since is taken off on reading, and a clock that was set back takes off nothing.
    """

    database: Database

    def load(self, now: float) -> Deferred[tuple[Due, ...]]:
        """
        All of them as they are ``now``, the most urgent first.

        :param now: wall-clock Unix time.
        """

        def read(connection: Connection) -> tuple[Due, ...]:
            rows = connection.execute("SELECT kind, key, saved_at, remaining FROM due")
            found = [
                Due(kind, KadID.from_natural(key), _left(remaining, now - saved_at))
                for kind, key, saved_at, remaining in rows
            ]
            return tuple(sorted(found, key=lambda due: (due.remaining, due.kind, due.key)))

        return self.database.transact(read)

    def put(self, dues: Iterable[Due], now: float) -> Deferred[None]:
        """Keep these, each in place of an earlier one of its kind and key."""
        rows = [(due.kind, due.key.natural, now, due.remaining) for due in dues]

        def write(connection: Connection) -> None:
            connection.executemany("INSERT OR REPLACE INTO due VALUES (?, ?, ?, ?)", rows)

        return self.database.transact(write)

    def replace(self, dues: Iterable[Due], now: float) -> Deferred[None]:
        """Keep these and nothing else."""
        rows = [(due.kind, due.key.natural, now, due.remaining) for due in dues]

        def write(connection: Connection) -> None:
            connection.execute("DELETE FROM due")
            connection.executemany("INSERT OR REPLACE INTO due VALUES (?, ?, ?, ?)", rows)

        return self.database.transact(write)

    def forget(self, keys: Iterable[tuple[str, KadID]]) -> Deferred[None]:
        """Forget these pairs of kind and key; unknown ones are no fault."""
        rows = [(kind, key.natural) for kind, key in keys]

        def delete(connection: Connection) -> None:
            connection.executemany("DELETE FROM due WHERE kind = ? AND key = ?", rows)

        return self.database.transact(delete)


def _left(remaining: float, passed: float) -> float:
    return max(0.0, remaining - max(0.0, passed))
