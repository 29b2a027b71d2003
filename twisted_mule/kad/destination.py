"""I2P destinations of the one kind that this network carries: 387 bytes, null certificate."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Final, Self

SIZE: Final = 387
TEXT_SIZE: Final = 516
KEY_CERTIFICATE_SIZE: Final = 391

_NULL_CERTIFICATE: Final = b"\0\0\0"
_ZEROS: Final = bytes(4)
_STANDARD: Final = b"+/"
_I2P: Final = b"-~"
# Swapped, not replaced: what is left of the standard alphabet must not pass for I2P's.
_SWAPPED: Final = bytes.maketrans(_I2P + _STANDARD, _STANDARD + _I2P)


class DestinationError(ValueError):
    """The bytes or the text are not a destination that the KAD network can carry."""


def i2p_base64(raw: bytes) -> str:
    """``raw`` in I2P's base64 alphabet (``-~`` for ``+/``), padded as usual."""
    return b64encode(raw, altchars=_I2P).decode("ascii")


def from_i2p_base64(text: str) -> bytes:
    """
    The bytes behind I2P base64.

    :raise DestinationError: for anything that :func:`i2p_base64` does not write.
    """
    try:
        raw = b64decode(text.encode("ascii").translate(_SWAPPED), validate=True)
    except (Base64Error, ValueError) as reason:
        raise DestinationError("this is not I2P base64") from reason
    # The decoder lets surplus padding and stray bits pass.
    if i2p_base64(raw) != text:
        raise DestinationError("this is not I2P base64")
    return raw


class Destination(bytes):
    """
    A valid datagram address (wire-format section 4).

    It is its bytes: every table has it for a key, so that hashing and comparing must be quick.

    :ivar raw: 387 bytes that end in the null certificate and do not start with four zeros.
    :raise DestinationError: for any other bytes; 391 bytes get a sentence of their own.
    """

    __slots__ = ()

    def __new__(cls, raw: bytes) -> Self:
        """Only valid ones are made."""
        if len(raw) == KEY_CERTIFICATE_SIZE:
            raise DestinationError(
                "this destination has 391 bytes (a key certificate, such as Ed25519);"
                " the KAD network carries only DSA_SHA1 destinations of 387 bytes"
            )
        if len(raw) != SIZE:
            raise DestinationError(f"a destination has {SIZE} bytes, not {len(raw)}")
        if raw[-3:] != _NULL_CERTIFICATE:
            raise DestinationError("this destination does not end in the null certificate")
        if raw[:4] == _ZEROS:
            raise DestinationError("this destination begins with four zero bytes")
        return super().__new__(cls, raw)

    @property
    def raw(self) -> bytes:
        """The bytes."""
        return self

    @classmethod
    def from_base64(cls, text: str) -> Self:
        """
        The destination that 516 characters of I2P base64 write.

        :raise DestinationError: when they do not.
        """
        return cls(from_i2p_base64(text))

    @property
    def base64(self) -> str:
        """The 516 characters of its I2P base64."""
        return i2p_base64(self)

    @property
    def dest_hash(self) -> int:
        """The first four bytes, little-endian: what stands for an IPv4 address in Kad."""
        return int.from_bytes(self[:4], "little")

    @property
    def short(self) -> str:
        """Eight characters to tell destinations apart in logs and pages."""
        return self.base64[:8]

    def __repr__(self) -> str:
        return f"Destination({self.short}…)"
