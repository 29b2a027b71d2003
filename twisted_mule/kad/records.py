"""The parts that several messages share: contacts and entries (wire-format sections 9 and 10)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct
from typing import Final

from twisted_mule.kad.cursor import U16, Cursor
from twisted_mule.kad.destination import SIZE as DESTINATION_SIZE
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.limits import MAX_ENTRIES
from twisted_mule.kad.messages import VERSION, Entry, LegacyRecord, PeerRecord
from twisted_mule.kad.tags import decode_tags

_CONTACT: Final = Struct(f"<B4I{DESTINATION_SIZE}s")
_LEGACY_CONTACT: Final = Struct(f"<4I{DESTINATION_SIZE}s{DESTINATION_SIZE}sB")
CONTACT_SIZE: Final = _CONTACT.size
LEGACY_CONTACT_SIZE: Final = _LEGACY_CONTACT.size

#: Contacts that need not be made anew when they are read once more: about a kilobyte each.
CONTACTS_KNOWN: Final = 2_048

_NO_DESTINATION: Final = bytes(DESTINATION_SIZE)
_NO_CERTIFICATE: Final = bytes(3)


def read_identity(cursor: Cursor) -> KadID:
    """
    The identifier of a node.

    :raise DecodeError: for zero, which no node has.
    """
    kad_id = cursor.kad_id()
    if kad_id == ZERO:
        raise DecodeError("a node has the identifier zero")
    return kad_id


def read_version(cursor: Cursor) -> int:
    """
    What a node says of its own version.

    :raise DecodeError: unless it is 1 to 8.
    """
    version = cursor.u8()
    if not 1 <= version <= VERSION:
        raise DecodeError(f"a node has version {version}")
    return version


def read_tcp(cursor: Cursor) -> Destination | None:
    """
    A stream destination, ``None`` when it begins with four zeros, as "no destination" does.

    :raise DecodeError: when its certificate is not the null one.
    """
    return _tcp(cursor.take(DESTINATION_SIZE))


def read_contact(cursor: Cursor) -> PeerRecord:
    """
    What a node says of itself.

    :raise DecodeError: for version 0 or above 8, identifier zero or an unusable destination.
    """
    contact = _contact(cursor.take(CONTACT_SIZE))
    if contact is None or contact.version == 0:
        raise DecodeError("a node says of itself what cannot be")
    return contact


def read_contacts(cursor: Cursor, count: int) -> tuple[tuple[PeerRecord, ...], int]:
    """
    The usable ones of ``count`` contacts, and how many are not.

    :raise DecodeError: when the bytes end before the list does.
    """
    written = cursor.take(count * CONTACT_SIZE)
    each = range(0, len(written), CONTACT_SIZE)
    found = [_contact(written[at : at + CONTACT_SIZE]) for at in each]
    contacts = tuple([contact for contact in found if contact is not None])
    return contacts, count - len(contacts)


def read_legacy_contact(cursor: Cursor) -> LegacyRecord:
    """
    What a Kad1 node says of itself.

    :raise DecodeError: for identifier zero or an unusable destination.
    """
    contact = _legacy_contact(_LEGACY_CONTACT.unpack(cursor.take(LEGACY_CONTACT_SIZE)))
    if contact is None:
        raise DecodeError("a node says of itself what cannot be")
    return contact


def read_legacy_contacts(cursor: Cursor, count: int) -> tuple[tuple[LegacyRecord, ...], int]:
    """
    The usable ones of ``count`` Kad1 contacts, and how many are not.

    :raise DecodeError: when the bytes end before the list does.
    """
    rows = _LEGACY_CONTACT.iter_unpack(cursor.take(count * LEGACY_CONTACT_SIZE))
    contacts = tuple([contact for row in rows if (contact := _legacy_contact(row))])
    return contacts, count - len(contacts)


def read_entries(cursor: Cursor) -> tuple[Entry, ...]:
    """
    A count of two bytes and as many identifiers with their tags.

    :raise DecodeError: when one of them cannot be read, or above 1,000.
    """
    count = cursor.u16()
    if count > MAX_ENTRIES:
        raise DecodeError(f"a list claims {count} entries, more than any honest message holds")
    return tuple([Entry(cursor.kad_id(), decode_tags(cursor)) for _ in range(count)])


def write_identity(kad_id: KadID) -> bytes:
    """
    The identifier of a node.

    :raise ValueError: for zero.
    """
    if kad_id == ZERO:
        raise ValueError("a node must not say that its identifier is zero")
    return kad_id.wire


def write_version(version: int, least: int = 0) -> bytes:
    """
    A node's version, from ``least`` to 8.

    :raise ValueError: outside that; iMule drops a whole message for one such version.
    """
    if not least <= version <= VERSION:
        raise ValueError(f"a node must not say that a version is {version}")
    return bytes([version])


def write_tcp(destination: Destination | None) -> bytes:
    """A stream destination, zeros for none."""
    return _NO_DESTINATION if destination is None else destination.raw


def write_contact(contact: PeerRecord) -> bytes:
    """
    The 404 bytes of a contact.

    :raise ValueError: for a version above 8 or identifier zero.
    """
    identity = write_identity(contact.kad_id)
    return write_version(contact.version) + identity + contact.destination.raw


def write_self(contact: PeerRecord) -> bytes:
    """
    The 404 bytes of what a node says of itself.

    :raise ValueError: for a version of 0 or above 8 or identifier zero.
    """
    write_version(contact.version, least=1)
    return write_contact(contact)


def write_contacts(contacts: Iterable[PeerRecord]) -> bytes:
    """The contacts one after the other."""
    return b"".join(map(write_contact, contacts))


def write_legacy_contact(contact: LegacyRecord) -> bytes:
    """
    The 791 bytes of a Kad1 contact.

    :raise ValueError: for identifier zero or a type that is no byte.
    """
    identity = write_identity(contact.kad_id)
    tcp = write_tcp(contact.tcp)
    return identity + contact.destination.raw + tcp + bytes([contact.kind])


def write_legacy_contacts(contacts: Iterable[LegacyRecord]) -> bytes:
    """The contacts one after the other."""
    return b"".join(map(write_legacy_contact, contacts))


def write_entries(entries: tuple[Entry, ...]) -> bytes:
    """
    A count of two bytes and the entries.

    :raise ValueError: for a tag that the format cannot hold, or above 1,000 entries.
    """
    if len(entries) > MAX_ENTRIES:
        raise ValueError(f"a message holds at most {MAX_ENTRIES} entries, not {len(entries)}")
    return U16.pack(len(entries)) + b"".join([entry.written for entry in entries])


@lru_cache(maxsize=CONTACTS_KNOWN)
def _contact(written: bytes) -> PeerRecord | None:
    """
    The contact that 404 bytes write, ``None`` for an unusable one.

    Most are read again and again, and all that keep one then share its destination.
    """
    version, first, second, third, fourth, raw = _CONTACT.unpack(written)
    number = first << 96 | second << 64 | third << 32 | fourth
    if version > VERSION or not number:
        return None
    try:
        return PeerRecord(version, KadID(number), Destination(raw))
    except DestinationError:
        return None


def _legacy_contact(row: tuple[int, int, int, int, bytes, bytes, int]) -> LegacyRecord | None:
    first, second, third, fourth, udp, tcp, kind = row
    number = first << 96 | second << 64 | third << 32 | fourth
    if not number:
        return None
    try:
        return LegacyRecord(KadID(number), Destination(udp), _tcp(tcp), kind)
    except (DestinationError, DecodeError):
        return None


def _tcp(raw: bytes) -> Destination | None:
    try:
        return Destination(raw)
    except DestinationError as reason:
        if raw.endswith(_NO_CERTIFICATE):
            return None
        raise DecodeError(str(reason)) from reason
