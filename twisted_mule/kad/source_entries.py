"""A publish of a source as it is stored and answered (wire-format 9.6 and 9.8)."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from twisted_mule.kad import tags as names
from twisted_mule.kad.descriptions import written_entry
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.file_entries import FileEntry
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.parts import Tags
from twisted_mule.kad.tags import FILESIZE, FLAGS, SOURCEUDEST, Tag, integer
from twisted_mule.kad.trust import publisher_key

LIFETIME: Final = 5 * 3600.0
#: Sources of one file, and of one answer.
MOST_SOURCES: Final = 1000
RESULTS: Final = 300
#: What all sources may take: some 18,000 of them.
MOST_ROOM: Final = 16 * 1024 * 1024

#: The bit of FLAGS that says that a source has the whole file.
COMPLETE: Final = 1


@define
class _Reader:
    """
    Tags of a source, read from the end of the list as iMule does, so that they come out reversed.

    :ivar datagrams: where the publish came from, and what answers name as the datagram destination
        unless the publisher named one behind the type.
    :ivar own: whether the publisher may name one.
    """

    datagrams: Destination
    own: bool
    streams: Destination | None = None
    size: int = 0
    typed: bool = False
    named: bool = False
    tags: list[Tag] = field(factory=list)

    def read(self, tag: Tag) -> None:
        """Take the next tag."""
        match tag.name, tag.value:
            case (names.SOURCETYPE, _):
                self._type(tag)
            case (names.FILESIZE, int(size)):
                self.size = self.size or size
            case (names.SOURCEDEST, Destination() as streams):
                if self.streams is None:
                    self.streams = streams
                    self.tags.append(tag)
            case (names.SOURCEUDEST, Destination() as datagrams):
                if self.own and not self.named:
                    self.datagrams, self.named = datagrams, True
                    self.tags.append(tag)
            case (names.FILESIZE | names.SOURCEDEST | names.SOURCEUDEST, _):
                pass
            case _:
                self.tags.append(tag)

    def _type(self, tag: Tag) -> None:
        if self.typed:
            return
        self.typed = True
        self.tags.append(tag)
        if not self.named:
            self.named = True
            self.tags.append(Tag(SOURCEUDEST, self.datagrams))


def source_entry(
    source: KadID, tags: Tags, publisher: Destination, *, own: bool = True
) -> FileEntry | None:
    """
    What is stored of a publish, ``None`` for what is no source: no answer, then.

    A source needs SOURCETYPE and a valid SOURCEDEST.

    :param publisher: where it came from.
    :param own: whether a SOURCEUDEST in ``tags`` counts; in Kad1 it does not.
    """
    reader = _Reader(publisher, own)
    for tag in reversed(tags):
        reader.read(tag)
    if not reader.typed or reader.streams is None:
        return None
    complete = bool((integer(reader.tags, FLAGS) or 0) & COMPLETE)
    if reader.size:
        reader.tags.append(Tag(FILESIZE, reader.size))
    written = written_entry(source, reader.tags)
    if written is None:
        return None
    keys = publisher_key(reader.streams), publisher_key(reader.datagrams)
    return FileEntry(keys, reader.size, complete, written)
