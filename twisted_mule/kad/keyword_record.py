"""A file under a keyword as one bytes object: how it is packed, and what can be read out of it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from struct import Struct, error
from typing import Final

from twisted_mule.kad.cursor import U8, U16, U32, U64, Cursor
from twisted_mule.kad.descriptions import MOST_TAGS
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.keywords import lower
from twisted_mule.kad.tag_bytes import first_integer, first_text
from twisted_mule.kad.tags import (
    FILENAME,
    FILESIZE,
    STR1,
    STR16,
    STRING,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    decode_tags,
)
from twisted_mule.kad.trust import SIZE as PUBLISHER_SIZE
from twisted_mule.kad.trust import moved

#: Keyword and file, natural bytes, so that files lie in the order of their numbers; size of it.
_KEY: Final = Struct(">16s16sQ")
KEY_SIZE: Final = _KEY.size
_FILE: Final = 16

#: When it expires; where the common name begins and its bytes; bytes of that name in lower case
#: (none when ASCII lower case does) and of all names; how many publishers.
_HEAD: Final = Struct(">dHHHHB")
_BODY: Final = KEY_SIZE + _HEAD.size
_EXPIRES: Final = Struct(">d")
_SIZE: Final = Struct(">Q")
#: A file's identifier as it is stored and as it travels: every group of four bytes reversed.
_BIG: Final = Struct(">4I")
_LITTLE: Final = Struct("<4I")
#: Before each name: how popular it is, and its bytes.
_NAME: Final = Struct(">HH")

#: Names that an entry remembers, and their bytes: beyond, the least popular ones are forgotten.
MOST_NAMES: Final = 20
MOST_NAME_BYTES: Final = 4096
_MOST_POPULAR: Final = 0xFFFF
_POPULARITY: Final = itemgetter(0)

_NUMBERED: Final = 0x80
_SERIAL: Final = bytes(4)
_LONG_NAME: Final = bytes((_NUMBERED | STRING, FILENAME)) + _SERIAL
#: By how many bytes a size needs, how its tag begins and is written: narrowest, as everywhere.
_SIZE_TAGS: Final = tuple(
    (bytes((_NUMBERED | kind, FILESIZE)) + _SERIAL, layout)
    for kind, layout, times in (
        (UINT8, U8, 2),
        (UINT16, U16, 1),
        (UINT32, U32, 2),
        (UINT64, U64, 4),
    )
    for _ in range(times)
)

#: A name and how many publishers gave it.
Name = tuple[int, bytes]


def key(keyword: bytes, file: bytes, size: int) -> bytes:
    """What a record begins with: natural bytes of keyword and file, and the size of the file."""
    return _KEY.pack(keyword, file, size)


def pack(
    key: bytes, expires: float, names: Sequence[Name], publishers: bytes, tags: bytes
) -> bytes:
    """
    The record.

    :param expires: on the caller's clock.
    :param names: in the order in which they came; the first of the most popular is served.
    :param publishers: see :mod:`twisted_mule.kad.trust`.
    :param tags: all others, as a written list.
    """
    common = max(names, key=_POPULARITY)  # the first of them
    at = sum(_NAME.size + len(name) for _, name in names[: names.index(common)])
    written = b"".join([_NAME.pack(popularity, len(name)) + name for popularity, name in names])
    folded = _folded(common[1])
    head = _HEAD.pack(
        expires,
        _BODY + at + _NAME.size,
        len(common[1]),
        len(folded),
        len(written),
        len(publishers) // PUBLISHER_SIZE,
    )
    return b"".join((key, head, written, folded, publishers, tags))


def merged(names: Sequence[Name], new: bytes, *, counts: bool) -> list[Name]:
    """
    ``names`` after somebody gave ``new``: one point for the same name in any case of letters.

    :param counts: false for a fast refresh, which gives no point (but may bring a name).
    """
    found = False
    lowered = new.decode().lower()
    after = []
    for popularity, name in names:
        if name == new or name.decode().lower() == lowered:
            found = True
            popularity = min(popularity + counts, _MOST_POPULAR)  # noqa: PLW2901 - the new value
        after.append((popularity, name))
    if not found:
        after.append((1, new))
    while len(after) > 1 and (
        len(after) > MOST_NAMES or sum(len(name) for _, name in after) > MOST_NAME_BYTES
    ):
        _forget_one(after)
    return after


def _forget_one(names: list[Name]) -> None:
    """Of the least popular names before the newest, the newest goes."""
    least = min(popularity for popularity, _ in names[:-1])
    del names[max(at for at, (popularity, _) in enumerate(names[:-1]) if popularity == least)]


def _folded(name: bytes) -> bytes:
    """The lower case of ``name`` where ASCII's is not enough."""
    if name.isascii():
        return b""
    lowered = lower(name.decode()).encode()
    return b"" if lowered == name.lower() else lowered


def expires(record: bytes) -> float:
    """When the entry is gone."""
    (when,) = _EXPIRES.unpack_from(record, KEY_SIZE)
    return float(when)


def is_whole(record: bytes) -> bool:
    """Whether these bytes, which a disk had, are a record that can be served."""
    try:
        entry = KeywordRecord(record)
        cursor = Cursor(entry.tags)
        decode_tags(cursor)
        names = [name for _, name in entry.names]
        [name.decode() for name in (*names, entry.lower_name)]
    except (error, DecodeError, UnicodeDecodeError):
        return False
    return not cursor.left and entry.name in names and entry.tags[0] <= MOST_TAGS - 2


class KeywordRecord:
    """A record, read: one is made for every file that a search looks at closely."""

    __slots__ = (
        "_folded",
        "_name_at",
        "_name_size",
        "_names",
        "_publishers",
        "expires",
        "record",
    )

    def __init__(self, record: bytes) -> None:
        self.record = record
        (
            self.expires,
            self._name_at,
            self._name_size,
            self._folded,
            self._names,
            self._publishers,
        ) = _HEAD.unpack_from(record, KEY_SIZE)

    @property
    def size(self) -> int:
        """The bytes of the file."""
        (size,) = _SIZE.unpack_from(self.record, KEY_SIZE - _SIZE.size)
        return int(size)

    @property
    def name(self) -> bytes:
        """The most popular name, as UTF-8."""
        return self.record[self._name_at : self._name_at + self._name_size]

    @property
    def lower_name(self) -> bytes:
        """The same in lower case."""
        if not self._folded:
            return self.name.lower()
        at = _BODY + self._names
        return self.record[at : at + self._folded]

    @property
    def names(self) -> list[Name]:
        """All names with their popularity, in the order in which they came."""
        at, end, names = _BODY, _BODY + self._names, []
        while at < end:
            popularity, size = _NAME.unpack_from(self.record, at)
            at += _NAME.size + size
            names.append((popularity, self.record[at - size : at]))
        return names

    @property
    def publishers(self) -> bytes:
        """Who published it; see :mod:`twisted_mule.kad.trust`."""
        at = _BODY + self._names + self._folded
        return self.record[at : at + self._publishers * PUBLISHER_SIZE]

    @property
    def tags(self) -> bytes:
        """The other tags, as a written list."""
        at = _BODY + self._names + self._folded + self._publishers * PUBLISHER_SIZE
        return self.record[at:]

    def integer(self, name: int) -> int | None:
        """The first integer tag called ``name``; the size counts as one."""
        return self.size if name == FILESIZE else first_integer(self.tags, name)

    def text(self, name: int) -> str | None:
        """The first string tag called ``name`` besides the file name."""
        return first_text(self.tags, name)

    def answer(self) -> bytes:
        """The entry as results give it: the other tags, then FILENAME and FILESIZE."""
        tags = self.tags
        return b"".join(
            (
                _LITTLE.pack(*_BIG.unpack_from(self.record, _FILE)),
                U8.pack(tags[0] + 2),
                tags[1:],
                _name_tag(self.name),
                _size_tag(self.size),
            )
        )

    def with_publishers(self, publishers: bytes) -> bytes:
        """The record with these publishers."""
        return pack(self.record[:KEY_SIZE], self.expires, self.names, publishers, self.tags)

    def moved(self, seconds: float) -> bytes:
        """The record on a clock that shows ``seconds`` more."""
        # Times only: a start does this tens of thousands of times, and names take long.
        record, at = self.record, _BODY + self._names + self._folded
        names = record[KEY_SIZE + _EXPIRES.size : at]
        expires = _EXPIRES.pack(self.expires + seconds)
        return b"".join(
            (record[:KEY_SIZE], expires, names, moved(self.publishers, seconds), self.tags)
        )


def _name_tag(name: bytes) -> bytes:
    if 1 <= len(name) <= STR16 - STR1 + 1:
        return bytes((_NUMBERED | (STR1 - 1 + len(name)), FILENAME)) + _SERIAL + name
    return _LONG_NAME + U16.pack(len(name)) + name


def _size_tag(size: int) -> bytes:
    head, layout = _SIZE_TAGS[(size.bit_length() + 7) // 8]
    return head + layout.pack(size)
