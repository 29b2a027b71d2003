"""
The index between two runs: what changed goes to the database every few seconds.

A row says when its entry expires in Unix time, so that it ages while the node is off; the record
itself keeps the clock of the run that wrote it, and is moved to the new one when it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from sqlite3 import Connection
from typing import Final

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from twisted_mule.kad.index import Changes, Index, Kind, expiry
from twisted_mule.store.database import Database

#: Seconds between two writes: with the time that one takes, a sudden end costs less than ten.
WRITE_EVERY: Final = 8.0

_FORGET: Final = "DELETE FROM index_entry WHERE kind = ? AND key = ?"
_KEEP: Final = "INSERT OR REPLACE INTO index_entry (kind, key, expires, record) VALUES (?, ?, ?, ?)"
_EXPIRED: Final = "DELETE FROM index_entry WHERE expires <= ?"
_ALL: Final = "SELECT record, expires FROM index_entry WHERE kind = ? ORDER BY key"


@define
class IndexStore:
    """
    The place of an index in the database.

    :ivar index: made with ``logged=True``.
    :ivar wall: Unix time.
    :ivar now: the clock of the index.
    """

    database: Database
    index: Index
    wall: Callable[[], float]
    now: Callable[[], float]
    _unwritten: Changes = field(factory=lambda: {kind: {} for kind in Kind}, init=False)

    def load(self) -> Deferred[int]:
        """
        Fill the index, which nobody else may use until this fires, with what has not expired.

        It is filled where the database works, off the reactor.  An entry that claims to live for
        longer than a whole life (the clock was set back) gets one whole life.  What is damaged is
        left out.

        :return: how many entries there are.
        """
        wall, now = self.wall(), self.now()

        def read(connection: Connection) -> int:
            connection.execute(_EXPIRED, (wall,))
            return sum(
                self.index.restore(kind, _remaining(connection, kind, wall), now) for kind in Kind
            )

        return self.database.transact(read)

    def save(self) -> Deferred[None]:
        """
        Write what changed since the last call; what cannot be written is tried again by the next.

        The reactor only hands over the records; all other work is done where the database works.
        """
        batch = self._taken()
        if not any(batch.values()):
            return succeed(None)
        ahead = self.wall() - self.now()
        saved = self.database.transact(lambda connection: _write(connection, batch, ahead))
        return saved.addErrback(self._put_back, batch)

    def _taken(self) -> Changes:
        changed = self.index.changes()
        batch = {kind: {**self._unwritten[kind], **changed[kind]} for kind in Kind}
        self._unwritten = {kind: {} for kind in Kind}
        return batch

    def _put_back(self, failure: Failure, batch: Changes) -> Failure:
        for kind, rows in self._unwritten.items():
            self._unwritten[kind] = {**batch[kind], **rows}
        return failure


def _remaining(connection: Connection, kind: Kind, wall: float) -> Iterator[tuple[bytes, float]]:
    for record, expires in connection.execute(_ALL, (kind,)):
        yield record, expires - wall


def _write(connection: Connection, batch: Changes, ahead: float) -> None:
    """
    Make the rows agree with ``batch``.

    :param ahead: what has to be added to the clock of the index for Unix time.
    """
    for kind, rows in batch.items():
        gone = [(kind, key) for key, record in rows.items() if record is None]
        kept = [
            (kind, key, expiry(kind, record) + ahead, record)
            for key, record in rows.items()
            if record is not None
        ]
        connection.executemany(_FORGET, gone)
        connection.executemany(_KEEP, kept)


@define(eq=False)
class IndexKeeping(Service):
    """
    Writes the changes of an index every eight seconds, and once more at the end.

    :ivar clock: never jumps.
    :ivar tell: called with one sentence for the user, at the first write of several that fails.
    """

    store: IndexStore
    clock: IReactorTime
    tell: Callable[[str], None]
    _loop: LoopingCall = field(init=False)
    _failing: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._loop = LoopingCall(self._write)
        self._loop.clock = self.clock

    def startService(self) -> None:
        """Begin to write."""
        super().startService()
        self._loop.start(WRITE_EVERY, now=False)

    def stopService(self) -> Deferred[None]:
        """Write what is left; fires when it is on the disk."""
        super().stopService()
        self._loop.stop()
        return self._write()

    def _write(self) -> Deferred[None]:
        return self.store.save().addCallbacks(self._written, self._not_written)

    def _written(self, result: None) -> None:
        self._failing = False

    def _not_written(self, failure: Failure) -> None:
        if not self._failing:
            self.tell(f"The index could not be saved. {failure.getErrorMessage()}")
        self._failing = True
