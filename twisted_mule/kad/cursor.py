"""A bounded little-endian reader over one datagram (wire-format section 1)."""

from __future__ import annotations

from struct import Struct, error
from typing import Final

from attrs import define, field

from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import KadID

U8: Final = Struct("<B")
U16: Final = Struct("<H")
U32: Final = Struct("<I")
U64: Final = Struct("<Q")
ID: Final = Struct("<4I")

MAX_TAGS: Final = 4096
"""Twice what the fullest honest message holds; it bounds the work of reading one."""

_made: Final = int.__new__
_LONGEST_TEXT: Final = 0xFFFF
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@define
class Cursor:
    """
    A place in some bytes that moves forward as values are read, and never past the end.

    :ivar data: the bytes.
    :ivar at: where the next value starts.
    :ivar serials: whether every tag carries the u32 serial of iMule's dialect (section 6).
    :ivar strict: whether a tag whose name nobody uses counts as a sign of misreading.
    :ivar tags_allowed: how many more tags may be read.

    Every method raises :class:`DecodeError` when the bytes end too early.
    """

    data: bytes
    at: int = 0
    serials: bool = field(default=True, kw_only=True)
    strict: bool = field(default=False, kw_only=True)
    tags_allowed: int = field(default=MAX_TAGS, kw_only=True)

    @property
    def left(self) -> int:
        """How many bytes are not read yet."""
        return len(self.data) - self.at

    def unpack(self, layout: Struct) -> tuple[int, ...]:
        """The numbers of ``layout``."""
        try:
            values = layout.unpack_from(self.data, self.at)
        except error:
            raise DecodeError(f"the bytes end inside a field at {self.at}") from None
        self.at += layout.size
        return values

    def u8(self) -> int:
        """One byte."""
        try:
            value = self.data[self.at]
        except IndexError:
            raise DecodeError(f"the bytes end before a field at {self.at}") from None
        self.at += 1
        return value

    def u16(self) -> int:
        """Two bytes as a number."""
        return self.unpack(U16)[0]

    def u32(self) -> int:
        """Four bytes as a number."""
        return self.unpack(U32)[0]

    def u64(self) -> int:
        """Eight bytes as a number."""
        return self.unpack(U64)[0]

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self.at + size
        if end > len(self.data):
            raise DecodeError(f"the bytes end inside a field at {self.at}")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def skip(self, size: int) -> None:
        """Pass over ``size`` bytes."""
        if self.at + size > len(self.data):
            raise DecodeError(f"the bytes end inside a field at {self.at}")
        self.at += size

    def peek(self, size: int) -> bytes:
        """The next bytes without moving on, fewer than ``size`` at the end."""
        return self.data[self.at : self.at + size]

    def kad_id(self) -> KadID:
        """Sixteen bytes as an identifier, its chunks swapped back."""
        first, second, third, fourth = self.unpack(ID)
        # Four words cannot be too large, so that KadID need not look.
        return _made(KadID, first << 96 | second << 64 | third << 32 | fourth)

    def text(self, size: int | None = None) -> str:
        """
        A string of ``size`` bytes, or of as many as the u16 before it says.

        Byte order marks in front are dropped; what is not UTF-8 is read as Latin-1.
        """
        raw = self.take(self.u16() if size is None else size)
        try:
            return raw.decode().lstrip("\ufeff")
        except UnicodeDecodeError:
            return raw.removeprefix(_BYTE_ORDER_MARK).decode("latin-1")


def encode_text(utf_8: bytes) -> bytes:
    """
    A string as it travels: its length in two bytes, then its UTF-8 bytes.

    :raise ValueError: above 65,535 bytes.
    """
    if len(utf_8) > _LONGEST_TEXT:
        raise ValueError(f"a string has at most {_LONGEST_TEXT} bytes, not {len(utf_8)}")
    return U16.pack(len(utf_8)) + utf_8
