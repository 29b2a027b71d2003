"""
Tags: named values, the small change of Kad (wire-format section 6).

A value is stored and passed on as it came; only integers and strings take their narrowest form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from struct import Struct
from typing import Final, assert_never

from attrs import frozen

from twisted_mule.kad.cursor import U8, U16, U32, U64, Cursor, encode_text
from twisted_mule.kad.destination import SIZE as DESTINATION_SIZE
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import SIZE as ID_SIZE

# --- names; the numbers are iMule's own ----------------------------------------------------
FILENAME: Final = 0x23
FILESIZE: Final = 0x24
FILETYPE: Final = 0x25
FILEFORMAT: Final = 0x26
DESCRIPTION: Final = 0x2D
SOURCES: Final = 0x35
FLAGS: Final = 0x3C
COMPLETE_SOURCES: Final = 0x42
MEDIA_ARTIST: Final = 0x4A
MEDIA_ALBUM: Final = 0x4B
MEDIA_TITLE: Final = 0x4C
MEDIA_LENGTH: Final = 0x4D
MEDIA_BITRATE: Final = 0x4E
MEDIA_CODEC: Final = 0x4F
FILERATING: Final = 0x50
SERVERDEST: Final = 0x51
SOURCEUDEST: Final = 0x52
SOURCEDEST: Final = 0x53
SOURCETYPE: Final = 0x54
PUBLISHINFO: Final = 0x55
KADMISCOPTIONS: Final = 0x58
ENCRYPTION: Final = 0x59
AGENT: Final = 0xFE
"""What rust-mule calls itself in; read, never written."""

KNOWN_NAMES: Final = frozenset(range(FILENAME, ENCRYPTION + 1)) | {AGENT}
"""Every name that an implementation of this network uses, in datagrams or in files."""

# --- types ---------------------------------------------------------------------------------
HASH16: Final = 0x01
STRING: Final = 0x02
UINT32: Final = 0x03
FLOAT32: Final = 0x04
BOOL: Final = 0x05
BOOLARRAY: Final = 0x06
BLOB: Final = 0x07
UINT16: Final = 0x08
UINT8: Final = 0x09
STR1: Final = 0x11
STR16: Final = 0x20
ADDRESS: Final = 0x27
UINT64UINT64: Final = 0x28
UINT64: Final = 0x29

_NUMBERED: Final = 0x80
_BYTE: Final = 0xFF
_SHORT: Final = STR16 - STR1 + 1
_SERIAL: Final = bytes(4)
_HEAD: Final = Struct("<BB")
_NO_CERTIFICATE: Final = bytes(3)


@frozen
class Hash16:
    """
    16 hash bytes in natural order, as only tags carry them.

    :raise ValueError: for any other number of bytes.
    """

    raw: bytes

    def __attrs_post_init__(self) -> None:
        if len(self.raw) != ID_SIZE:
            raise ValueError(f"a hash has {ID_SIZE} bytes, not {len(self.raw)}")


@frozen
class IntegerPair:
    """Two integer tags that travel as one value; Kad itself never uses it."""

    first: Tag
    second: Tag


@frozen
class Opaque:
    """
    A value that Kad does not use, carried unchanged.

    :ivar kind: FLOAT32, BOOL, BOOLARRAY, or ADDRESS when it is the "no destination" of zeros.
    :ivar raw: the bytes of the value.
    """

    kind: int
    raw: bytes


TagValue = int | str | bytes | Destination | Hash16 | IntegerPair | Opaque
"""``int`` stands for the four integer types, ``str`` for STRING and STR1-16, ``bytes`` for BLOB."""


@frozen
class Tag:
    """
    A named value.

    :ivar name: 0 to 255, one of the constants above as a rule.
    """

    name: int
    value: TagValue


def integer(tags: Iterable[Tag], name: int) -> int | None:
    """The first integer called ``name``, whatever width it came in."""
    return next((t.value for t in tags if t.name == name and isinstance(t.value, int)), None)


def text(tags: Iterable[Tag], name: int) -> str | None:
    """The first string called ``name``."""
    return next((t.value for t in tags if t.name == name and isinstance(t.value, str)), None)


def address(tags: Iterable[Tag], name: int) -> Destination | None:
    """The first valid destination called ``name``."""
    return next(
        (t.value for t in tags if t.name == name and isinstance(t.value, Destination)), None
    )


def decode_tags(cursor: Cursor) -> tuple[Tag, ...]:
    """
    A list of tags: a count byte and the tags, in the dialect that ``cursor`` expects.

    :raise DecodeError: when the bytes are no such list, hold a destination nobody can use, or
        have more tags than the cursor allows.
    """
    count = cursor.u8()
    cursor.tags_allowed -= count
    if cursor.tags_allowed < 0:
        raise DecodeError("there are more tags than any honest message holds")
    return tuple([decode_tag(cursor) for _ in range(count)])


def decode_tag(cursor: Cursor) -> Tag:
    """
    One tag, in iMule's form or in the old one whose name has a length.

    :raise DecodeError: as :func:`decode_tags`.
    """
    kind, name = _head(cursor)
    read = _VALUES.get(kind)
    if read is None:
        raise DecodeError(f"no tag has type 0x{kind:02x}")
    return Tag(name, read(cursor))


def encode_tags(tags: Iterable[Tag]) -> bytes:
    """
    The list as iMule writes it: serials (0 here) after the names, narrowest integers and strings.

    :raise ValueError: for more than 255 tags, or a name or value that the format cannot hold.
    """
    written = [encode_tag(tag) for tag in tags]
    if len(written) > _BYTE:
        raise ValueError(f"a list holds at most {_BYTE} tags, not {len(written)}")
    return bytes([len(written)]) + b"".join(written)


def encode_tag(tag: Tag) -> bytes:
    """
    One tag with its serial.

    :raise ValueError: as :func:`encode_tags`.
    """
    if not 0 <= tag.name <= _BYTE:
        raise ValueError(f"a tag name is a byte, not {tag.name}")
    kind, value = _written(tag.value)
    return bytes((kind | _NUMBERED, tag.name)) + _SERIAL + value


def _head(cursor: Cursor) -> tuple[int, int]:
    """The type and the name of the next tag; its serial, if the dialect has one, is skipped."""
    kind, name = cursor.unpack(_HEAD)
    if kind < _NUMBERED:
        # Old form: the byte just read is the low half of the name's length, and only 1 works.
        if name != 1 or cursor.u8() != 0:
            raise DecodeError("a tag is called by a text, not by a number")
        name = cursor.u8()
    if cursor.strict and name not in KNOWN_NAMES:
        raise DecodeError(f"no tag is called 0x{name:02x}")
    if cursor.serials:
        cursor.skip(len(_SERIAL))
    return kind & ~_NUMBERED, name


def _integer_tag(cursor: Cursor) -> Tag:
    kind, name = _head(cursor)
    if kind not in _INTEGERS:
        raise DecodeError("a pair of integers holds something else")
    return Tag(name, cursor.unpack(_INTEGERS[kind])[0])


def _address(cursor: Cursor) -> Destination | Opaque:
    raw = cursor.take(DESTINATION_SIZE)
    try:
        return Destination(raw)
    except DestinationError as reason:
        if raw.endswith(_NO_CERTIFICATE):
            return Opaque(ADDRESS, raw)
        raise DecodeError(str(reason)) from reason


def _bits(cursor: Cursor) -> Opaque:
    length = cursor.take(2)
    return Opaque(BOOLARRAY, length + cursor.take((int.from_bytes(length, "little") + 7) // 8))


_INTEGERS: Final = {UINT8: U8, UINT16: U16, UINT32: U32, UINT64: U64}

_VALUES: Final[dict[int, Callable[[Cursor], TagValue]]] = {
    UINT8: Cursor.u8,
    UINT16: Cursor.u16,
    UINT32: Cursor.u32,
    UINT64: Cursor.u64,
    STRING: Cursor.text,
    **{STR1 + more: partial(Cursor.text, size=1 + more) for more in range(_SHORT)},
    ADDRESS: _address,
    HASH16: lambda cursor: Hash16(cursor.take(ID_SIZE)),
    BLOB: lambda cursor: cursor.take(cursor.u32()),
    FLOAT32: lambda cursor: Opaque(FLOAT32, cursor.take(4)),
    BOOL: lambda cursor: Opaque(BOOL, cursor.take(1)),
    BOOLARRAY: _bits,
    UINT64UINT64: lambda cursor: IntegerPair(_integer_tag(cursor), _integer_tag(cursor)),
}


def _written(value: TagValue) -> tuple[int, bytes]:
    """The type and the bytes of a value."""
    match value:
        case int():
            written = _narrowest(value)
        case str():
            written = _shortest(value.encode())
        case Destination():  # before what it is made of
            written = ADDRESS, value.raw
        case bytes():
            written = BLOB, U32.pack(len(value)) + value
        case Hash16():
            written = HASH16, value.raw
        case IntegerPair():
            written = UINT64UINT64, _integer(value.first) + _integer(value.second)
        case Opaque():
            written = value.kind, _unchanged(value)
        case _:
            assert_never(value)
    return written


def _integer(tag: Tag) -> bytes:
    if not isinstance(tag.value, int):
        raise ValueError("a pair of integers holds integers")
    return encode_tag(tag)


def _unchanged(value: Opaque) -> bytes:
    read = _VALUES.get(value.kind)
    if read is None or read(Cursor(value.raw)) != value:
        raise ValueError(f"these are not the bytes of a value of type 0x{value.kind:02x}")
    return value.raw


def _narrowest(value: int) -> tuple[int, bytes]:
    for kind, layout in _INTEGERS.items():
        if 0 <= value < 1 << 8 * layout.size:
            return kind, layout.pack(value)
    raise ValueError(f"a tag holds integers of 64 bits, not {value}")


def _shortest(utf_8: bytes) -> tuple[int, bytes]:
    if 1 <= len(utf_8) <= _SHORT:
        return STR1 - 1 + len(utf_8), utf_8
    return STRING, encode_text(utf_8)
