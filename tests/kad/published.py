"""Publishes for tests: files, sources and notes as others send them."""

from __future__ import annotations

from random import Random

from tests.samples import destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.messages import Entry, Tags
from twisted_mule.kad.tags import (
    COMPLETE_SOURCES,
    DESCRIPTION,
    ENCRYPTION,
    FILENAME,
    FILERATING,
    FILESIZE,
    FILETYPE,
    FLAGS,
    SOURCEDEST,
    SOURCES,
    SOURCETYPE,
    Tag,
    text,
)

NOW = 5000.0
HOUR = 3600.0
#: Who publishes when nobody is named.
PETER = destination(23)
PAULA = destination(24)
WORD = KadID(0xA5 << 120)
FILE = KadID(0x31 << 120)


def a_file(
    number: int, name: str | None = None, size: int | None = None, kind: str = "Pro"
) -> Entry:
    """File ``number`` as its publisher describes it; files are in the order of their numbers."""
    tags = (
        Tag(FILENAME, f"ubuntu {number}.iso" if name is None else name),
        Tag(FILESIZE, 1000 + number if size is None else size),
        Tag(COMPLETE_SOURCES, 3),
        Tag(SOURCES, 5),
        Tag(FILETYPE, kind),
    )
    return Entry(KadID(number), tags)


def a_source(number: int, *, size: int = 1000, complete: bool = True) -> Tags:
    """The tags of a source whose stream destination has this number."""
    return (
        Tag(SOURCETYPE, 1),
        Tag(SOURCEDEST, destination(number)),
        Tag(FLAGS, int(complete)),
        Tag(FILESIZE, size),
        Tag(ENCRYPTION, 1),
    )


def a_note(comment: str = "good", *, size: int = 1000) -> Tags:
    """The tags of a note."""
    return (
        Tag(FILENAME, "ubuntu.iso"),
        Tag(FILERATING, 4),
        Tag(DESCRIPTION, comment),
        Tag(FILESIZE, size),
    )


def found(index: Index, word: KadID = WORD, *, start: int = 0, now: float = NOW) -> list[int]:
    """The numbers of the files under a word, in the order of the index."""
    entries = index.find_keyword(word, None, start, now, Random(1))
    return [entry.kad_id.value for entry in entries]


def names(index: Index, word: KadID = WORD, *, now: float = NOW) -> list[str | None]:
    """The names under which the files of a word are served."""
    entries = index.find_keyword(word, None, 0, now, Random(1))
    return [text(entry.tags, FILENAME) for entry in entries]
