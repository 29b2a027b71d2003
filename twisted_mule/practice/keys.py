"""
Destination key pairs of the same form and size as a real router's.

Nothing is signed on the practice network, so the keys are random bytes in the right places: they
need to be unique and of the right length, not valid (I2P common structures: KeysAndCert,
PrivateKeyFile).
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from attrs import field, frozen

from twisted_mule.kad.destination import DestinationError, from_i2p_base64, i2p_base64

_KEYS: Final = 384  # 256 bytes for the encryption key, 128 for the signing key and its padding
_CERTIFICATE_HEADER: Final = 3  # type: u8, length: u16
_PRIVATE_ENCRYPTION: Final = 256
_NULL: Final = 0
_KEY_CERTIFICATE: Final = 5
_SIGNING_FIELD: Final = 128


class KeyTextError(ValueError):
    """The text is not a destination, or not a private key, of any kind known here."""


@frozen
class Signature:
    """
    A kind of signing key.

    :ivar number: its number in key certificates.
    :ivar name: the word that SAM's ``SIGNATURE_TYPE`` uses for it.
    :ivar public: bytes of the public key.
    :ivar private: bytes of the private key.
    """

    number: int
    name: str
    public: int
    private: int

    @property
    def certificate(self) -> bytes:
        """The certificate at the end of a destination with such a key."""
        if self.number == _NULL:
            return bytes(_CERTIFICATE_HEADER)
        surplus = max(0, self.public - _SIGNING_FIELD)
        content = self.number.to_bytes(2, "big") + bytes(2 + surplus)
        return bytes([_KEY_CERTIFICATE]) + len(content).to_bytes(2, "big") + content


DSA_SHA1: Final = Signature(0, "DSA_SHA1", 128, 20)
ED25519: Final = Signature(7, "EdDSA_SHA512_Ed25519", 32, 32)

_SIGNATURES: Final = (
    DSA_SHA1,
    Signature(1, "ECDSA_SHA256_P256", 64, 32),
    Signature(2, "ECDSA_SHA384_P384", 96, 48),
    Signature(3, "ECDSA_SHA512_P521", 132, 66),
    ED25519,
    Signature(11, "RedDSA_SHA512_Ed25519", 32, 32),
)
_BY_WORD: Final = {word: s for s in _SIGNATURES for word in (s.name.lower(), str(s.number))}


def signature_named(word: str) -> Signature | None:
    """The kind that ``SIGNATURE_TYPE=word`` means, by name or number, or ``None``."""
    return _BY_WORD.get(word.lower())


@frozen
class KeyPair:
    """
    A destination and what proves to be its owner.

    :ivar destination: base64 of 387 bytes or more (516 characters for DSA_SHA1).
    :ivar private: base64 of the destination and its private keys (884 characters for DSA_SHA1).
    """

    destination: str
    private: str = field(repr=False)


def generate(signature: Signature, entropy: Callable[[int], bytes]) -> KeyPair:
    """A fresh pair; ``entropy`` gives as many random bytes as it is asked for."""
    keys = entropy(_KEYS)
    if not any(keys[:4]):
        keys = b"\1" + keys[1:]  # four leading zeros mean "no destination" to Kad
    destination = keys + signature.certificate
    private = destination + entropy(_PRIVATE_ENCRYPTION + signature.private)
    return KeyPair(i2p_base64(destination), i2p_base64(private))


def read_private(text: str) -> KeyPair:
    """
    The pair of a private key text.

    :raise KeyTextError: when ``text`` is not one.
    """
    raw = _bytes(text)
    size, signature = _shape(raw)
    if signature is None or len(raw) != size + _PRIVATE_ENCRYPTION + signature.private:
        raise KeyTextError("this is not a private key of a known kind")
    return KeyPair(i2p_base64(raw[:size]), text)


def read_destination(text: str) -> bytes:
    """
    The bytes of a destination text.

    :raise KeyTextError: when ``text`` is not one.
    """
    raw = _bytes(text)
    size, _ = _shape(raw)
    if len(raw) != size:
        raise KeyTextError("this is not a destination")
    return raw


def b32(destination: str) -> str:
    """The ``….b32.i2p`` name of a destination that is known to be one."""
    digest = sha256(from_i2p_base64(destination)).digest()
    return b32encode(digest).decode("ascii").rstrip("=").lower() + ".b32.i2p"


def _bytes(text: str) -> bytes:
    try:
        return from_i2p_base64(text)
    except DestinationError as reason:
        raise KeyTextError(str(reason)) from reason


def _shape(raw: bytes) -> tuple[int, Signature | None]:
    """How many bytes of ``raw`` are the destination, and the kind of its signing key if known."""
    if len(raw) < _KEYS + _CERTIFICATE_HEADER:
        raise KeyTextError("this is too short for a destination")
    kind = raw[_KEYS]
    length = int.from_bytes(raw[_KEYS + 1 : _KEYS + 3], "big")
    size = _KEYS + _CERTIFICATE_HEADER + length
    if kind == _NULL:
        return size, DSA_SHA1
    number = int.from_bytes(raw[_KEYS + 3 : _KEYS + 5], "big")
    return size, signature_named(str(number)) if kind == _KEY_CERTIFICATE else None
