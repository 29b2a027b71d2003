"""What we tell the network of our own files: the records and their tags (node-behaviour 10.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from twisted_mule import contract
from twisted_mule.kad.contact import Me
from twisted_mule.kad.errands import PublishFiles, PublishNote, PublishSource
from twisted_mule.kad.ids import SIZE as ID_SIZE
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.parts import Entry, Tags
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
    encode_tags,
)

#: A comment is cut to so many characters.
COMMENT: Final = 128
#: A name is cut to so many characters; no file system has longer ones.
NAME: Final = 255
#: The type of a source that everybody can reach.
OPEN_SOURCE: Final = 1
#: The bit of FLAGS that says that we have all of the file.
HAS_ALL: Final = 1
#: What ENCRYPTION says: we understand obfuscated streams, and do not insist.
UNDERSTANDS: Final = 1
#: The target of a PUBLISH_KEY and the number of its entries.
_HEAD: Final = ID_SIZE + 2


@frozen
class Published:
    """
    One file of the user, as the network may know it.

    :ivar file_type: such as ``Video``; empty when unknown.
    :ivar complete: whether we have all of it; only complete files are found by their words.
    :ivar comment: what the user thinks of it; empty for nothing.
    :ivar rating: 1 (fake) to 5 (excellent); 0 for none.
    :ivar held: whether we have any of it; a mere comment makes no source.
    """

    hash: KadID
    name: str
    size: int
    file_type: str = ""
    complete: bool = True
    comment: str = ""
    rating: int = 0
    held: bool = True

    @property
    def has_note(self) -> bool:
        """Whether there is anything to say of it."""
        return bool(self.comment or self.rating)


@frozen
class DueRow:
    """
    When a record that the network knows is due again; it outlives the program.

    :ivar kind: which sort of record, one of the store kinds.
    :ivar key: the keyword's identifier or the file's.
    :ivar due: seconds from the moment of writing; negative when overdue.
    """

    kind: LookupKind
    key: KadID
    due: float

    def aged(self, seconds: float) -> DueRow:
        """The same row after ``seconds`` during which the program did not run."""
        return DueRow(self.kind, self.key, self.due - seconds)


def keyword_entry(file: Published, sources: int, complete: int) -> Entry:
    """
    A file as it is filed under its words.

    :param sources: how many the network knows of; we are one.
    """
    tags = [
        Tag(FILENAME, _clean(file.name, NAME)),
        Tag(FILESIZE, file.size),
        Tag(COMPLETE_SOURCES, max(complete, 1)),
        Tag(SOURCES, max(sources, 1)),
    ]
    if file.file_type:
        tags.append(Tag(FILETYPE, file.file_type))
    return Entry(file.hash, tuple(tags))


def packed(entries: Iterable[Entry]) -> PublishFiles:
    """As many of the entries, from the first on, as one message holds; at least one."""
    chosen: list[Entry] = []
    room = contract.PAYLOAD_SIZE - _HEAD
    for entry in entries:
        room -= ID_SIZE + len(encode_tags(entry.tags))
        if chosen and (room < 0 or len(chosen) >= contract.FILES_PER_PUBLISH):
            break
        chosen.append(entry)
    return PublishFiles(tuple(chosen))


def source_record(me: Me, file: Published) -> PublishSource | None:
    """Ourselves as a source; ``None`` while we have no streams or no identifier for it."""
    if me.tcp is None or me.source_id is None:
        return None
    tags: Tags = (
        Tag(SOURCETYPE, OPEN_SOURCE),
        Tag(SOURCEDEST, me.tcp),
        Tag(FLAGS, HAS_ALL if file.complete else 0),
        Tag(FILESIZE, file.size),
        Tag(ENCRYPTION, UNDERSTANDS),
    )
    return PublishSource(me.source_id, tags)


def note_record(file: Published) -> PublishNote:
    """What the user thinks of a file."""
    tags = [Tag(FILENAME, _clean(file.name, NAME))]
    if file.rating:
        tags.append(Tag(FILERATING, file.rating))
    if file.comment:
        tags.append(Tag(DESCRIPTION, _clean(file.comment, COMMENT)))
    return PublishNote((*tags, Tag(FILESIZE, file.size)))


def _clean(text: str, length: int) -> str:
    """Text that can be written: a name that is no UTF-8 on disk has lone surrogates."""
    return text[:length].encode("utf-8", "replace").decode()
