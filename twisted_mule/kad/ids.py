"""Kad identifiers: 128-bit points of the XOR metric, in their natural and their wire form."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import Final, Self

BITS: Final = 128
SIZE: Final = 16
_END: Final = 1 << BITS
#: Our own identifier and those near to us are written all the time.
_REMEMBERED: Final = 512

_LITTLE: Final = Struct("<4I")
_BIG: Final = Struct(">4I")


class KadID(int):
    """
    A point of the identifier space (wire-format section 2).

    It is its number: every table has it for a key, so that hashing and comparing must be quick.

    :ivar value: the natural big-endian number, 0 to 2**128 - 1.
    :raise ValueError: for a number outside that range.
    """

    __slots__ = ()

    def __new__(cls, value: int) -> Self:
        """Only points of the space are made."""
        if not 0 <= value < _END:
            raise ValueError("a Kad identifier has 128 bits")
        return super().__new__(cls, value)

    @property
    def value(self) -> int:
        """The number."""
        return int(self)

    @classmethod
    def from_natural(cls, natural: bytes) -> Self:
        """The identifier whose natural bytes (an MD4 or ed2k hash) are these 16."""
        if len(natural) != SIZE:
            raise ValueError(f"a Kad identifier has {SIZE} bytes, not {len(natural)}")
        return cls(int.from_bytes(natural, "big"))

    @classmethod
    def from_wire(cls, wire: bytes) -> Self:
        """The identifier that travels as these 16 bytes: every group of four reversed."""
        if len(wire) != SIZE:
            raise ValueError(f"a Kad identifier has {SIZE} bytes, not {len(wire)}")
        return cls(int.from_bytes(_BIG.pack(*_LITTLE.unpack(wire)), "big"))

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """The identifier whose natural bytes these 32 hexadecimal digits write."""
        return cls.from_natural(bytes.fromhex(text))

    @property
    def natural(self) -> bytes:
        """The 16 natural bytes, most significant first."""
        return self.to_bytes(SIZE, "big")

    @property
    def wire(self) -> bytes:
        """The 16 bytes as they travel, are filed and key the obfuscation."""
        return _wire(self)

    @property
    def hex(self) -> str:
        """The natural bytes as 32 lower-case hexadecimal digits."""
        return f"{int(self):032x}"

    def distance(self, other: KadID) -> int:
        """The XOR distance to ``other``."""
        return self ^ other

    def __repr__(self) -> str:
        return f"KadID({int(self)})"

    def __str__(self) -> str:
        return self.hex


@lru_cache(_REMEMBERED)
def _wire(kad_id: KadID) -> bytes:
    return _LITTLE.pack(*_BIG.unpack(kad_id.to_bytes(SIZE, "big")))


def bit(number: int, index: int) -> int:
    """Bit ``index`` of a 128-bit number, counted from the most significant."""
    return (number >> (BITS - 1 - index)) & 1


ZERO: Final = KadID(0)
