"""
Tags: named values, the small change of Kad (wire-format section 6).

A value is stored and passed on as it came; only integers and strings take their narrowest form.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Final

from attrs import frozen

from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.destination import SIZE as DESTINATION_SIZE
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError

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


@frozen
class Hash16:
    """16 hash bytes in natural order, as only tags carry them."""

    raw: bytes


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
