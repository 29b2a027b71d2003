"""What a user wants of a file besides its name: asked of others, and checked again here."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from twisted_mule.kad.expression import Comparison, Expression, NumberTag, StringTag
from twisted_mule.kad.tags import FILEFORMAT, FILESIZE, FILETYPE, SOURCES, Tag

#: What people call the types of files, and what files of the network carry.
FILE_TYPES: Final = {
    "audio": "Audio",
    "video": "Video",
    "image": "Image",
    "document": "Doc",
    "program": "Pro",
    "archive": "Pro",
}

_LARGEST: Final = (1 << 64) - 1


class QueryError(ValueError):
    """A query that cannot be searched for; its text tells the user why in one sentence."""


@frozen
class Filters:
    """
    What a file must be like besides its name.

    :ivar file_type: as files carry it, one of the values of ``FILE_TYPES``; empty for any.
    :ivar min_size: bytes, itself included.
    :ivar max_size: bytes, itself included; ``None`` for no limit.
    :ivar extension: without the dot; empty for any.
    :ivar min_sources: known sources at least.
    :raise QueryError: when nothing can pass.
    """

    file_type: str = ""
    min_size: int = 0
    max_size: int | None = None
    extension: str = ""
    min_sources: int = 0

    def __attrs_post_init__(self) -> None:
        if self.max_size is not None and self.max_size < self.min_size:
            raise QueryError("No file can be larger than the largest size; swap the two sizes.")
        if max(self.min_size, self.max_size or 0, self.min_sources) > _LARGEST:
            raise QueryError("No file has a size of that many digits; give a smaller number.")
        if not self.extension.replace("_", "").isalnum() and self.extension:
            raise QueryError("An extension has letters and digits only; write it without a dot.")

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What other nodes are asked, in iMule's order; its comparisons exclude the bound."""
        found: list[Expression] = []
        if self.file_type:
            found.append(StringTag(self.file_type, FILETYPE))
        if self.min_size > 0:
            found.append(NumberTag(Comparison.GREATER, Tag(FILESIZE, self.min_size - 1)))
        if self.max_size is not None:
            found.append(NumberTag(Comparison.LESS, Tag(FILESIZE, self.max_size + 1)))
        if self.min_sources > 0:
            found.append(NumberTag(Comparison.GREATER, Tag(SOURCES, self.min_sources - 1)))
        if self.extension:
            found.append(StringTag(self.extension, FILEFORMAT))
        return tuple(found)

    def allow(self, name: str, size: int, file_type: str, sources: int) -> bool:
        """Whether such a file is wanted."""
        extension = name.rpartition(".")[2]
        return (
            (not self.file_type or file_type.lower() == self.file_type.lower())
            and self.min_size <= size
            and (self.max_size is None or size <= self.max_size)
            and (not self.extension or extension.lower() == self.extension.lower())
            and sources >= self.min_sources
        )
