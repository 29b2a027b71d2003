"""
What searches bring: files, sources and notes, checked, each once, and never too many.

It is shown to the user and never served to anybody (design.md, D7).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, evolve, field, frozen

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.parts import Entry, Tags
from twisted_mule.kad.query import Query
from twisted_mule.kad.tags import (
    COMPLETE_SOURCES,
    DESCRIPTION,
    FILENAME,
    FILERATING,
    FILESIZE,
    FILETYPE,
    FLAGS,
    SOURCEDEST,
    SOURCES,
    SOURCETYPE,
    SOURCEUDEST,
    address,
    integer,
    text,
)

#: Results of one search, at the most; what comes beyond is counted only.
RESULTS: Final = 2000
#: The types of sources that can be reached (wire-format 6).
REACHABLE: Final = frozenset({1, 3})
#: The bit of FLAGS that says that the source has all of the file.
COMPLETE: Final = 1
#: What notes say of a file, from fake to excellent; 0 for nothing.
BEST_RATING: Final = 5


@frozen
class FoundFile:
    """
    A file of some name.

    :ivar sources: the greatest number that anybody knows of.
    :ivar answers: how many answers named it.
    """

    hash: KadID
    name: str
    size: int
    file_type: str = ""
    sources: int = 0
    complete: int = 0
    answers: int = 1


@frozen
class FoundSource:
    """
    Somebody who has a file, or parts of it.

    :ivar source: its identifier as a client, not as a node.
    :ivar destination: of its streams.
    :ivar datagrams: its other destination, if told.
    :ivar complete: whether it has all of the file.
    """

    source: KadID
    destination: Destination
    datagrams: Destination | None = None
    size: int = 0
    complete: bool = False
    answers: int = 1


@frozen
class FoundNote:
    """What somebody thinks of a file."""

    publisher: KadID
    name: str
    rating: int = 0
    comment: str = ""
    size: int = 0
    answers: int = 1


Found = FoundFile | FoundSource | FoundNote
#: Reads one entry; ``None`` when it is of no use.
Reader = Callable[[Entry], Found | None]


def files_of(query: Query) -> Reader:
    """Read what the nodes of a keyword answer: only what the query wants."""

    def read(entry: Entry) -> FoundFile | None:
        tags = entry.tags
        name, size = text(tags, FILENAME), integer(tags, FILESIZE)
        file_type = text(tags, FILETYPE) or ""
        sources = integer(tags, SOURCES) or 0
        if not name or not size or not query.wants(name, size, file_type, sources):
            return None
        complete = integer(tags, COMPLETE_SOURCES) or 0
        return FoundFile(entry.kad_id, name, size, file_type, sources, complete)

    return read


def sources_but(own: Destination | None) -> Reader:
    """Read what the nodes of a file answer; ``own`` streams are no news."""

    def read(entry: Entry) -> FoundSource | None:
        tags = entry.tags
        destination = address(tags, SOURCEDEST)
        if destination is None or destination == own:
            return None
        if integer(tags, SOURCETYPE) not in REACHABLE:
            return None
        return FoundSource(
            entry.kad_id,
            destination,
            address(tags, SOURCEUDEST),
            integer(tags, FILESIZE) or 0,
            complete=bool((integer(tags, FLAGS) or 0) & COMPLETE),
        )

    return read


def note(entry: Entry) -> FoundNote | None:
    """Read a note; one that says nothing is of no use."""
    tags: Tags = entry.tags
    rating, comment = integer(tags, FILERATING) or 0, text(tags, DESCRIPTION) or ""
    if not 0 <= rating <= BEST_RATING or not (rating or comment):
        return None
    size = integer(tags, FILESIZE) or 0
    return FoundNote(entry.kad_id, text(tags, FILENAME) or "", rating, comment, size)


@define
class Findings:
    """
    The results of one search, in the order of their arrival; better news replaces in place.

    :ivar dropped: results beyond the bound.
    :ivar useless: entries that were not asked for or could not be used.
    """

    read: Reader
    dropped: int = field(default=0, init=False)
    useless: int = field(default=0, init=False)
    _found: dict[KadID | Destination, Found] = field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def all(self) -> tuple[Found, ...]:
        """Every result; one keeps its position for ever."""
        return tuple(self._found.values())

    def add(self, entry: Entry) -> None:
        """One entry of an answer."""
        found = self.read(entry)
        if found is None:
            self.useless += 1
            return
        key = _key(found)
        known = self._found.get(key)
        if known is not None:
            self._found[key] = _merged(known, found)
        elif len(self._found) >= RESULTS:
            self.dropped += 1
        else:
            self._found[key] = found


def _key(found: Found) -> KadID | Destination:
    match found:
        case FoundFile():
            return found.hash
        case FoundSource():
            return found.destination  # its identifier plays no part (wire-format 9.8)
        case FoundNote():
            return found.publisher


def _merged(known: Found, news: Found) -> Found:
    """What is known, with what the news adds: whoever spoke first has named it."""
    answers = known.answers + 1
    if isinstance(known, FoundFile) and isinstance(news, FoundFile):
        return evolve(
            known,
            answers=answers,
            file_type=known.file_type or news.file_type,
            sources=max(known.sources, news.sources),
            complete=max(known.complete, news.complete),
        )
    if isinstance(known, FoundSource) and isinstance(news, FoundSource):
        datagrams = known.datagrams or news.datagrams
        complete = known.complete or news.complete
        return evolve(known, answers=answers, datagrams=datagrams, complete=complete)
    return evolve(known, answers=answers)
