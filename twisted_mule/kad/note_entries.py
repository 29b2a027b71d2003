"""A publish of a note as it is stored and answered; iMule means to and fails (design.md D8)."""

from __future__ import annotations

from typing import Final

from twisted_mule.kad.descriptions import described, written_entry
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.file_entries import FileEntry
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.parts import Tags
from twisted_mule.kad.trust import publisher_key

LIFETIME: Final = 24 * 3600.0
#: Notes on one file, and in one answer.
MOST_NOTES: Final = 150
RESULTS: Final = 150
#: What all notes may take: some 20,000 of them.
MOST_ROOM: Final = 4 * 1024 * 1024

_KEY_BITS: Final = 64


def note_entry(publisher_id: KadID, tags: Tags, publisher: Destination) -> FileEntry | None:
    """
    What is stored of a publish, ``None`` for what is no note: no answer, then.

    One publisher has one note on a file; it is known by its datagram destination, for which the
    router vouches, and by the identifier that it gives.

    :param publisher: where it came from.
    """
    description = described(tags)
    written = written_entry(publisher_id, description.tags)
    if written is None:
        return None
    keys = publisher_key(publisher), publisher_id.value >> _KEY_BITS
    return FileEntry(keys, description.size, False, written)
