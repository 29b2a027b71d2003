"""The keys of an I2P identity as SAM writes them: one line of text, and the destination in it."""

from __future__ import annotations

from typing import Final

from attrs import field, frozen

from twisted_mule.kad.destination import (
    KEY_CERTIFICATE_SIZE,
    SIZE,
    Destination,
    DestinationError,
    from_i2p_base64,
)

#: Bytes of private keys behind a DSA_SHA1 destination: ElGamal (256) and DSA (20).
PRIVATE_SIZE: Final = 276
#: Characters of the whole text: destination and private keys in I2P base64.
TEXT_SIZE: Final = 884

_KEY_CERTIFICATE: Final = b"\x05\x00\x04"


class KeysError(ValueError):
    """The text does not hold the keys of an identity that the KAD network can carry."""


def _read(text: str) -> Destination:
    """The destination that begins the private key text; :exc:`KeysError` when there is none."""
    try:
        raw = from_i2p_base64(text)
    except DestinationError as reason:
        raise KeysError("these keys are not I2P base64 text") from reason
    # The certificate says what kind of identity it is, whatever the length of the text.
    if raw[SIZE - 3 : SIZE] == _KEY_CERTIFICATE:
        raw = raw[:KEY_CERTIFICATE_SIZE]
    elif len(raw) == SIZE + PRIVATE_SIZE:
        raw = raw[:SIZE]
    else:
        raise KeysError(f"the keys of an identity have {TEXT_SIZE} characters, not {len(text)}")
    try:
        return Destination(raw)
    except DestinationError as reason:
        raise KeysError(f"cannot use these keys: {reason}") from reason


def _stripped(text: str) -> str:
    return text.strip()


@frozen
class SessionKeys:
    """
    The keys of one DSA_SHA1 identity (design.md D12).

    :ivar private: destination and private keys, 884 characters of I2P base64; never shown.
    :ivar destination: its public part, which others know us by.
    :raise KeysError: for any other text; an identity of 391 bytes gets a sentence of its own.
    """

    private: str = field(repr=False, converter=_stripped)
    destination: Destination = field(init=False, eq=False)

    @destination.default
    def _destination(self) -> Destination:
        return _read(self.private)
