"""
What the node stores for others: keyword entries, sources and notes (node-behaviour section 9).

Nothing of our own ever comes in here by itself, and nothing that our own searches learn is served
(design.md D7).  All times are seconds on one clock of the caller's that never goes back and stays
below 2**31.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from attrs import frozen

from twisted_mule.kad import note_entries as notes
from twisted_mule.kad import source_entries as sources
from twisted_mule.kad.chance import Draws, redrawn
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.expression import Expression
from twisted_mule.kad.file_entries import KEY_SIZE as FILE_KEY_SIZE
from twisted_mule.kad.file_entries import FileEntries
from twisted_mule.kad.file_entries import expires as file_expires
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keyword_entries import KeywordEntries
from twisted_mule.kad.keyword_record import KEY_SIZE
from twisted_mule.kad.keyword_record import expires as keyword_expires
from twisted_mule.kad.matching import matcher
from twisted_mule.kad.parts import Entry, Tags, WrittenEntry
from twisted_mule.kad.shelf import Shelf
from twisted_mule.kad.trust import publisher_key

#: What has expired is never served, but stays in memory until the next sweep.
SWEEP_EVERY: Final = 1800.0


class Kind(IntEnum):
    """The three sorts of entries; the numbers are in the database."""

    KEYWORD = 0
    SOURCE = 1
    NOTE = 2


@frozen
class Stored:
    """
    What the answer to a published source tells.

    :ivar load: 0 to 100.
    :ivar sources: how many the file has.
    :ivar complete: how many of them have the whole file.
    """

    load: int
    sources: int
    complete: int


@frozen
class IndexSize:
    """
    How much is stored, for those who want to look.

    :ivar publishers: who stand behind the keyword entries.
    :ivar room: the bytes of all entries.
    """

    keywords: int
    sources: int
    notes: int
    publishers: int
    room: int


Changes = dict[Kind, dict[bytes, bytes | None]]
"""What is stored now under a key; ``None`` for what is gone."""


class Index:
    """
    Entries of all three sorts, in memory.

    Tens of thousands cost about 200 bytes each, none at all less than 2 KiB; an insertion takes
    microseconds, and a search looks at a bounded number of entries whatever there is.

    :param logged: whether :meth:`changes` is going to be called.
    """

    __slots__ = ("_due", "_keywords", "_notes", "_sources", "_sweeping")

    def __init__(self, *, logged: bool = False) -> None:
        self._keywords = KeywordEntries(Shelf(KEY_SIZE, logged=logged))
        self._sources = FileEntries(
            Shelf(FILE_KEY_SIZE, logged=logged),
            sources.LIFETIME,
            sources.MOST_SOURCES,
            sources.MOST_ROOM,
        )
        self._notes = FileEntries(
            Shelf(FILE_KEY_SIZE, logged=logged), notes.LIFETIME, notes.MOST_NOTES, notes.MOST_ROOM
        )
        self._due: float | None = None
        self._sweeping: tuple[Kind, bytes] | None = None

    def _entries(self, kind: Kind) -> KeywordEntries | FileEntries:
        return (self._keywords, self._sources, self._notes)[kind]

    # --- publishes -------------------------------------------------------------------------

    def publish_keyword(
        self, target: KadID, entries: Iterable[Entry], publisher: Destination, now: float
    ) -> int:
        """
        Store files under a keyword.

        Entries that are full or frozen out are answered as if they were stored, so that a hot key
        does not spread (node-behaviour 9.1).

        :return: the load that the last entry met, 0 if nothing was one.
        """
        load, key, keyword = 0, publisher_key(publisher), target.natural
        for entry in entries:
            met = self._keywords.publish(keyword, entry, key, now)
            load = load if met is None else met
        return load

    def publish_source(
        self,
        target: KadID,
        source: KadID,
        tags: Tags,
        publisher: Destination,
        now: float,
        *,
        own: bool = True,
    ) -> Stored | None:
        """
        Store a source of a file; ``None``, and so no answer, for what is no source.

        :param own: whether the publisher may name its datagram destination; in Kad1 it may not.
        """
        entry = sources.source_entry(source, tags, publisher, own=own)
        if entry is None:
            return None
        load = self._sources.publish(target.natural, entry, now)
        known, complete = self._sources.counts(target.natural)
        return Stored(load, max(known, 1), complete)  # a refused one looks as if it were stored

    def publish_note(
        self, target: KadID, publisher_id: KadID, tags: Tags, publisher: Destination, now: float
    ) -> int | None:
        """Store a note on a file and return the load; ``None``, no answer, for what is no note."""
        entry = notes.note_entry(publisher_id, tags, publisher)
        return None if entry is None else self._notes.publish(target.natural, entry, now)

    def holds(self, target: KadID, file: KadID) -> bool:
        """Whether there is such a file under this keyword."""
        return self._keywords.holds(target.natural, file.natural)

    # --- searches --------------------------------------------------------------------------

    def find_keyword(
        self, target: KadID, expression: Expression | None, start: int, now: float, random: Draws
    ) -> tuple[Entry, ...]:
        """
        At most 300 files, as iMule selects and orders them; the answer has to be shuffled.

        :param random: drawn from only where a keyword has more entries than one search looks at.
        """
        wanted = None if expression is None else matcher(expression)
        found = self._keywords.find(target.natural, wanted, start, now, random)
        return tuple(map(WrittenEntry, found))

    def find_sources(self, target: KadID, size: int, start: int, now: float) -> tuple[Entry, ...]:
        """At most 300 sources, the newest first; a size of 0 on either side fits every other."""
        found = self._sources.find(target.natural, size, start, sources.RESULTS, now)
        return tuple(map(WrittenEntry, found))

    def find_notes(self, target: KadID, size: int, now: float) -> tuple[Entry, ...]:
        """At most 150 notes, the newest first; sizes as for sources."""
        found = self._notes.find(target.natural, size, 0, notes.RESULTS, now)
        return tuple(map(WrittenEntry, found))

    # --- time ------------------------------------------------------------------------------

    def beat(self, now: float, random: Draws) -> None:
        """
        Once a tick: every 30 minutes, drawn anew, a sweep begins; each beat does one page of it.

        So the moment of a sweep depends on no request, and its work on nothing that is stored.
        """
        if self._sweeping is not None:
            kind, after = self._sweeping
            reached = self._entries(kind).sweep(after, now)
            if reached is not None:
                self._sweeping = kind, reached
            else:
                self._sweeping = None if kind is Kind.NOTE else (Kind(kind + 1), b"")
        elif self._due is None or self._due <= now:
            if self._due is not None:
                self._sweeping = Kind.KEYWORD, b""
            self._due = now + redrawn(SWEEP_EVERY, random)

    def expire(self, now: float) -> None:
        """Sweep everything at once: for whoever has the time, such as a start."""
        for kind in Kind:
            after: bytes | None = b""
            while after is not None:
                after = self._entries(kind).sweep(after, now)

    # --- keeping ---------------------------------------------------------------------------

    def changes(self) -> Changes:
        """
        What changed since the last call, for a disk.

        Records hold times of the caller's clock; :func:`expiry` reads the one that matters.
        """
        return {kind: self._entries(kind).shelf.changes() for kind in Kind}

    def restore(self, kind: Kind, rows: Iterable[tuple[bytes, float]], now: float) -> int:
        """
        Take back records of :meth:`changes`, each with the seconds that it has left.

        More than a whole life counts as one; what has expired or cannot be read is left out.

        :return: how many there are now that were not there before.
        """
        return self._entries(kind).restore(rows, now)

    def shelf(self, kind: Kind) -> Shelf:
        """Where entries of one sort are, to look at."""
        return self._entries(kind).shelf

    def size(self) -> IndexSize:
        """How much is stored, what has expired since the last sweep included."""
        held, known, noted = (self._entries(kind).shelf for kind in Kind)
        publishers = len(self._keywords.publishers)
        room = held.size + known.size + noted.size
        return IndexSize(len(held), len(known), len(noted), publishers, room)


def expiry(kind: Kind, record: bytes) -> float:
    """When a record of :meth:`Index.changes` is gone, on the clock of its index."""
    return keyword_expires(record) if kind is Kind.KEYWORD else file_expires(record)
