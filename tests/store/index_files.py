"""A reader of the index files that iMule keeps; twisted_mule itself has no use for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from attrs import frozen

from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.tags import Tag, decode_tags

T = TypeVar("T")


@frozen
class StoredEntry:
    """
    One published entry.

    :ivar names: each name that publishers gave, with how many did (only keywords).
    :ivar publishers: destination hash and time of each publisher (only keywords).
    """

    expiry: int
    tags: tuple[Tag, ...]
    names: tuple[tuple[str, int], ...] = ()
    publishers: tuple[tuple[int, int], ...] = ()


Index = dict[KadID, dict[KadID, tuple[StoredEntry, ...]]]
"""Keyword or file, then file or source, then entries."""


@frozen
class IndexFile:
    """
    What an index file holds.

    :ivar clock: the time until which it counts, or for the load file, at which it was written.
    """

    version: int
    clock: int
    entries: Index
    owner: KadID | None = None
    loads: tuple[tuple[KadID, int], ...] = ()


def read_key_index(data: bytes) -> IndexFile:
    """The contents of ``key_index.dat``, version 3 (wire-format section 16)."""
    cursor = Cursor(data)
    version, clock, owner = cursor.u32(), cursor.u32(), cursor.kad_id()
    return _finished(cursor, IndexFile(version, clock, _index(cursor, _keyword_entry), owner))


def read_source_index(data: bytes) -> IndexFile:
    """The contents of ``src_index.dat``."""
    cursor = Cursor(data)
    version, clock = cursor.u32(), cursor.u32()
    return _finished(cursor, IndexFile(version, clock, _index(cursor, _source_entry)))


def read_load_index(data: bytes) -> IndexFile:
    """The contents of ``load_index.dat``."""
    cursor = Cursor(data)
    version, clock = cursor.u32(), cursor.u32()
    loads = _several(cursor, lambda at: (at.kad_id(), at.u32()))
    return _finished(cursor, IndexFile(version, clock, {}, loads=loads))


def _finished(cursor: Cursor, contents: IndexFile) -> IndexFile:
    assert cursor.left == 0, f"{cursor.left} bytes are left over"
    return contents


def _several(cursor: Cursor, one: Callable[[Cursor], T]) -> tuple[T, ...]:
    return tuple(one(cursor) for _ in range(cursor.u32()))


def _index(cursor: Cursor, entry: Callable[[Cursor], StoredEntry]) -> Index:
    def value(at: Cursor) -> tuple[KadID, tuple[StoredEntry, ...]]:
        return at.kad_id(), _several(at, entry)

    return dict(_several(cursor, lambda at: (at.kad_id(), dict(_several(at, value)))))


def _keyword_entry(cursor: Cursor) -> StoredEntry:
    expiry = cursor.u32()
    names = _several(cursor, lambda at: (at.text(), at.u32()))
    publishers = _several(cursor, lambda at: (at.u32(), at.u32()))
    return StoredEntry(expiry, decode_tags(cursor), names, publishers)


def _source_entry(cursor: Cursor) -> StoredEntry:
    return StoredEntry(cursor.u32(), decode_tags(cursor))
