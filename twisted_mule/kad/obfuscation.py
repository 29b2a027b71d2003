"""Obfuscation: the RC4 cover of Kad datagrams and the two keys that it carries."""

from __future__ import annotations

from hashlib import md5
from struct import Struct
from typing import Final, NamedTuple, assert_never

from Crypto.Cipher import ARC4

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.exchange import Cover, ForKey, ForNode, Plain, Seal
from twisted_mule.kad.ids import KadID

#: Marker, salt, magic, padding length and the two keys.
OVERHEAD: Final = 16

_MAGIC: Final = b"\xc1\x2e\x5f\x39"
_NO_PADDING: Final = b"\0"
_SALT_SIZE: Final = 2
_MAGIC_AT: Final = 1 + _SALT_SIZE
_PADDING_AT: Final = _MAGIC_AT + len(_MAGIC)
_KEY: Final = Struct("<I")
_KEYS: Final = Struct("<II")

_KIND_BITS: Final = 0b11
_NODE_ID_KIND: Final = 0b00
_RECEIVER_KEY_KIND: Final = 0b10

#: First bytes that a reader takes for a plain datagram.
_PLAIN_MARKERS: Final = frozenset(b"\x03\x04\x05\x06\xa3\xb2")
#: First bytes that we never send: those, and two that other readers take for plain as well.
_AVOIDED_MARKERS: Final = _PLAIN_MARKERS | frozenset(b"\x01\x02")


class Revealed(NamedTuple):
    """
    A datagram without its cover.

    :ivar content: protocol, opcode and payload; never empty unless the datagram was.
    :ivar cover: which key opened it; ``PLAIN`` when none was needed or none did.
    :ivar receiver_key: what the sender believes to be our key for it, 0 when plain.
    :ivar sender_key: its own key for us, 0 when plain.
    """

    content: bytes
    cover: Cover = Cover.PLAIN
    receiver_key: int = 0
    sender_key: int = 0


def obfuscate(datagram: bytes, seal: Seal, sender_key: int, random: Draws) -> bytes:
    """
    ``datagram`` under ``seal``, 16 bytes longer unless it stays plain (wire-format section 7).

    A zero identifier falls back to the receiver key, and a zero receiver key to no cover.

    :param datagram: one byte at least.
    :param sender_key: our key for the receiver; never 0 in what we send.
    :param random: gives the salt (2 bytes), then candidates for the marker (1 byte each).
    """
    lock = _lock(seal)
    if lock is None:
        return datagram
    secret, kind, receiver_key = lock
    salt = random.randbytes(_SALT_SIZE)
    clear = bytes((_marker(kind, random),)) + salt
    head = _MAGIC + _NO_PADDING + _KEYS.pack(receiver_key, sender_key)
    return clear + _stream(secret, salt).encrypt(head + datagram)


def reveal(datagram: bytes, own_id: KadID, own_key: int) -> Revealed:
    """
    What is under the cover of ``datagram``; never raises.

    What no key of ours opens comes back unchanged, as plain, whatever it may be.

    :param own_key: our verify key for the source of the datagram.
    """
    # iMule begins at 9 bytes, but up to 16 nothing is left once the cover is off.
    if len(datagram) <= OVERHEAD or datagram[0] in _PLAIN_MARKERS:
        return Revealed(datagram)
    salt = datagram[1:_MAGIC_AT]
    for by_id in _attempts(datagram[0] & _KIND_BITS):
        secret = own_id.wire if by_id else _KEY.pack(own_key)
        stream = _stream(secret, salt)
        # A wrong key costs four bytes of deciphering, however long the datagram.
        if stream.decrypt(datagram[_MAGIC_AT:_PADDING_AT]) == _MAGIC:
            cover = Cover.NODE_ID if by_id else Cover.RECEIVER_KEY
            return _opened(datagram, stream.decrypt(datagram[_PADDING_AT:]), cover)
    return Revealed(datagram)


def _lock(seal: Seal) -> tuple[bytes, int, int] | None:
    """The secret, the kind of key that the marker tells, and the receiver key."""
    match seal:
        case ForNode() if seal.kad_id:
            return seal.kad_id.wire, _NODE_ID_KIND, seal.receiver_key
        case ForNode() | ForKey() if seal.receiver_key:
            return _KEY.pack(seal.receiver_key), _RECEIVER_KEY_KIND, seal.receiver_key
        case Plain() | ForNode() | ForKey():
            return None
        case _:
            assert_never(seal)


def _opened(datagram: bytes, rest: bytes, cover: Cover) -> Revealed:
    keys_at = 1 + rest[0]
    content_at = keys_at + _KEYS.size
    if len(rest) <= content_at:
        return Revealed(datagram)
    receiver_key, sender_key = _KEYS.unpack_from(rest, keys_at)
    return Revealed(rest[content_at:], cover, receiver_key, sender_key)


def _attempts(kind: int) -> tuple[bool, bool]:
    """Which of our keys to try, one after the other: our identifier, or what we gave the source."""
    # iMule's cycle is node id, ed2k user hash, receiver key, from the kind in the marker on (3
    # counts as 1).  We have no ed2k user hash, so its turn passes and two orders remain.
    return (True, False) if kind == _NODE_ID_KIND else (False, True)


def _stream(secret: bytes, salt: bytes) -> ARC4.ARC4Cipher:
    """The RC4 stream of ``secret`` and ``salt``, from its first byte; both directions are one."""
    key = md5(secret + salt, usedforsecurity=False).digest()
    return ARC4.new(key)


def _marker(kind: int, random: Draws) -> int:
    while True:
        marker = random.randbytes(1)[0] & ~_KIND_BITS | kind
        if marker not in _AVOIDED_MARKERS:
            return marker
