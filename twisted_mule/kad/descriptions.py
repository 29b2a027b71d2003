"""What the tags of a publish say of a file, in the order in which answers give it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from twisted_mule.kad.ids import KadID
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.tags import FILENAME, FILESIZE, Tag

#: Bytes of an entry in an answer, identifier and tags: what takes more is not stored.
MOST_BYTES: Final = 2048
#: A list counts its tags in one byte.
MOST_TAGS: Final = 255


@frozen
class Description:
    """
    A file as somebody published it.

    :ivar name: empty when none was given.
    :ivar size: 0 when none was given.
    :ivar others: all other tags.
    """

    name: str
    size: int
    others: tuple[Tag, ...]

    @property
    def tags(self) -> tuple[Tag, ...]:
        """All of them in the order of an answer: the others, the name, the size."""
        name = (Tag(FILENAME, self.name),) if self.name else ()
        size = (Tag(FILESIZE, self.size),) if self.size else ()
        return (*self.others, *name, *size)


def described(tags: Iterable[Tag]) -> Description:
    """
    Read a list of tags as iMule does: from its end (wire-format 9.6).

    So the others come out reversed, and of several names or sizes the last one counts.
    """
    name, size, others = "", 0, []
    for tag in reversed(tuple(tags)):
        if tag.name == FILENAME:
            if not name and isinstance(tag.value, str):
                name = tag.value
        elif tag.name == FILESIZE:
            if not size and isinstance(tag.value, int):
                size = tag.value
        else:
            others.append(tag)
    return Description(name, size, tuple(others))


def written_entry(kad_id: KadID, tags: Sequence[Tag]) -> bytes | None:
    """A result as it travels; ``None`` without tags, with too many, or when it is too large."""
    if not 1 <= len(tags) <= MOST_TAGS:
        return None
    written = Entry(kad_id, tuple(tags)).written
    return written if len(written) <= MOST_BYTES else None
