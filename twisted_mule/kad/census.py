"""What is held for others, by age: a sample of bounded size, for those who look at it."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from twisted_mule.kad import note_entries as notes
from twisted_mule.kad import source_entries as sources
from twisted_mule.kad.index import Index, Kind, expiry
from twisted_mule.kad.keyword_entries import LIFETIME, MOST_ENTRIES
from twisted_mule.kad.keyword_entries import MOST_ROOM as KEYWORD_ROOM

#: Entries of one sort that are looked at, at the most.
SAMPLE: Final = 600


@frozen
class Census:
    """
    One sort of entries.

    :ivar most: how many there may be, ``None`` where only their bytes are bounded.
    :ivar room: bytes of all, at most ``most_room``.
    :ivar ages: seconds since they came, of a sample all over the shelf.
    :ivar life: seconds that they are kept.
    """

    kind: Kind
    entries: int
    most: int | None
    room: int
    most_room: int
    life: float
    ages: tuple[float, ...]


_BOUNDS: Final = {
    Kind.KEYWORD: (MOST_ENTRIES, KEYWORD_ROOM, LIFETIME),
    Kind.SOURCE: (None, sources.MOST_ROOM, sources.LIFETIME),
    Kind.NOTE: (None, notes.MOST_ROOM, notes.LIFETIME),
}


def census(index: Index, now: float) -> tuple[Census, ...]:
    """Look over the index; the work does not grow with what it holds."""
    return tuple(_of(index, kind, now) for kind in Kind)


def _of(index: Index, kind: Kind, now: float) -> Census:
    shelf = index.shelf(kind)
    most, most_room, life = _BOUNDS[kind]
    ages = [life - (expiry(kind, record) - now) for record in shelf.sample(SAMPLE)]
    held = len(shelf)
    return Census(kind, held, most, shelf.size, most_room, life, tuple(ages))
