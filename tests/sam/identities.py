"""Keys as routers write them, for tests."""

from __future__ import annotations

from tests.samples import destination
from twisted_mule.kad.destination import i2p_base64
from twisted_mule.sam.keys import SessionKeys

#: The end of a destination with an Ed25519 key: certificate type 5, 4 bytes, types 7 and 0.
ED25519_CERTIFICATE = bytes((5, 0, 4, 0, 7, 0, 0))


def private_text(seed: int) -> str:
    """884 characters: test destination number ``seed``, and as private keys what is no secret."""
    return i2p_base64(destination(seed).raw + bytes(range(256)) + bytes(20))


def keys(seed: int) -> SessionKeys:
    """The keys of test destination number ``seed``."""
    return SessionKeys(private_text(seed))


def ed25519_destination(seed: int) -> str:
    """The text of a destination of 391 bytes."""
    return i2p_base64(destination(seed).raw[:-3] + ED25519_CERTIFICATE)


def ed25519_private_text(seed: int) -> str:
    """908 characters: what a router makes when nobody says DSA_SHA1."""
    return i2p_base64(destination(seed).raw[:-3] + ED25519_CERTIFICATE + bytes(256 + 32))
