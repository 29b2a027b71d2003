"""Figures over time in the database, the old ones forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from sqlite3 import Connection

from attrs import define
from twisted.internet.defer import Deferred

from twisted_mule.store.database import Database

#: Step in seconds, slot, name of the figure, mean, samples.
TimelineRow = tuple[int, int, str, float, int]


@define
class TimelineStore:
    """The table ``timeline``."""

    database: Database

    def load(self) -> Deferred[tuple[TimelineRow, ...]]:
        """All rows."""

        def select(connection: Connection) -> tuple[TimelineRow, ...]:
            with closing(
                connection.execute("SELECT step, slot, figure, mean, samples FROM timeline")
            ) as cursor:
                return tuple(cursor.fetchall())

        return self.database.transact(select)

    def save(self, rows: Iterable[TimelineRow], keep: Iterable[tuple[int, int]]) -> Deferred[None]:
        """
        Put rows in, and forget what is too old.

        :param keep: for each step its oldest slot that is still wanted.
        """
        new, bounds = tuple(rows), tuple(keep)

        def put(connection: Connection) -> None:
            connection.executemany("INSERT OR REPLACE INTO timeline VALUES (?, ?, ?, ?, ?)", new)
            connection.executemany("DELETE FROM timeline WHERE step = ? AND slot < ?", bounds)

        return self.database.transact(put)
