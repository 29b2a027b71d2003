"""What others publish about a file, newest first: its sources, or the notes on it (9.1)."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct, error
from typing import Final

from attrs import define, field, frozen

from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import SIZE as ID_SIZE
from twisted_mule.kad.shelf import Shelf
from twisted_mule.kad.tags import decode_tags

#: File (natural bytes) and order, the newest entry lowest.
_KEY: Final = Struct(">16sQ")
KEY_SIZE: Final = _KEY.size
#: When it expires, the two keys of its publisher, the size of the file, and a mark.
_HEAD: Final = Struct(">dQQQB")
_BODY: Final = KEY_SIZE + _HEAD.size
_EXPIRES: Final = Struct(">d")
_NEWEST: Final = 1 << 63

FULL: Final = 100


@frozen
class FileEntry:
    """
    One publish about a file.

    :ivar keys: two numbers below 2**64 by which its publisher is known: an entry that has either
        of them, in the same place, is the same publisher's.
    :ivar size: of the file, 0 when unknown.
    :ivar mark: a source's: whether it has the whole file.
    :ivar written: the result that answers give: identifier and tags.
    """

    keys: tuple[int, int]
    size: int
    mark: bool
    written: bytes


@define(eq=False)
class FileEntries:
    """
    Entries by file and publisher.

    :ivar lifetime: seconds from receipt.
    :ivar most: entries of one file; one more takes the place of the oldest.
    :ivar room: bytes of all entries; what does not fit is refused.
    """

    shelf: Shelf
    lifetime: float
    most: int
    room: int
    _next: int = field(default=_NEWEST, init=False)

    def publish(self, file: bytes, entry: FileEntry, now: float) -> int:
        """
        Store an entry, in place of what the same publisher said before.

        :param file: natural bytes.
        :return: the load to answer; a refused entry is answered as if it were stored, with 100.
        """
        held = self._live(file, now)
        count = len(held)
        load = count * FULL // self.most if count else 1
        known = _of_same(held, entry.keys)
        if known is None and self.shelf.size >= self.room:
            return FULL
        if known is not None:
            key = self.shelf.key(known)
        else:
            if count >= self.most:
                self.shelf.remove(held[-1])
                load = FULL
            self._next -= 1
            key = _KEY.pack(file, self._next)
        head = _HEAD.pack(now + self.lifetime, *entry.keys, entry.size, entry.mark)
        self.shelf.put(key + head + entry.written)
        return load

    def find(self, file: bytes, size: int, start: int, most: int, now: float) -> list[bytes]:
        """At most ``most`` written results from number ``start`` on; sizes of 0 fit all others."""
        found = [
            record[_BODY:]
            for record in self.shelf.records(file)
            if expires(record) > now and (not size or _size(record) in (0, size))
        ]
        return found[start : start + most]

    def counts(self, file: bytes) -> tuple[int, int]:
        """How many entries the file has, and how many of them are marked."""
        marks = [record[_BODY - 1] for record in self.shelf.records(file)]
        return len(marks), sum(marks)

    def sweep(self, after: bytes, now: float) -> bytes | None:
        """
        Forget what has expired on one page of the shelf.

        :param after: what the last call returned; no bytes at first.
        :return: where to go on, ``None`` at the end.
        """
        rows = self.shelf.page_after(after)
        for record in rows:
            if expires(record) <= now:
                self.shelf.remove(record)
        return self.shelf.key(rows[-1]) if rows else None

    def restore(self, rows: Iterable[tuple[bytes, float]], now: float) -> int:
        """
        Take back records that :meth:`Shelf.changes` gave to a disk; how many were good.

        :param rows: each with the seconds that it has left.
        """
        before = len(self.shelf)
        for record, left in rows:
            if left <= 0.0 or self.shelf.size >= self.room or not _is_whole(record):
                continue
            when = _EXPIRES.pack(now + min(left, self.lifetime))
            self.shelf.put(
                record[:KEY_SIZE] + when + record[KEY_SIZE + _EXPIRES.size :], restored=True
            )
            (_, order) = _KEY.unpack_from(record)
            self._next = min(self._next, order)
        return len(self.shelf) - before

    def _live(self, file: bytes, now: float) -> list[bytes]:
        """The entries of a file, after those that have expired are forgotten."""
        held = list(self.shelf.records(file))
        live = [record for record in held if expires(record) > now]
        if len(live) < len(held):
            for record in held:
                if expires(record) <= now:
                    self.shelf.remove(record)
        return live


def _of_same(held: Iterable[bytes], keys: tuple[int, int]) -> bytes | None:
    """The entry whose publisher has one of these keys."""
    first, second = (key.to_bytes(8, "big") for key in keys)
    for record in held:
        if record[32:40] == first or record[40:48] == second:
            return record
    return None


def expires(record: bytes) -> float:
    """When the entry is gone."""
    (when,) = _EXPIRES.unpack_from(record, KEY_SIZE)
    return float(when)


def _size(record: bytes) -> int:
    return int.from_bytes(record[48:56], "big")


def _is_whole(record: bytes) -> bool:
    """Whether these bytes, which a disk had, are a record that can be served."""
    try:
        _HEAD.unpack_from(record, KEY_SIZE)
        cursor = Cursor(record, _BODY + ID_SIZE)
        decode_tags(cursor)
    except (error, DecodeError):
        return False
    return not cursor.left
