"""``nodes.dat``: the contact file that Kad nodes exchange, in all forms that iMule reads."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Any, Final

from attrs import evolve, frozen

from twisted_mule.kad.destination import SIZE as DESTINATION_SIZE
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.messages import VERSION

#: How many of a bootstrap-only file iMule asks.
BOOTSTRAP_CANDIDATES: Final = 50

_WORD: Final = Struct("<I")
_HEADER: Final = Struct("<III")
_LEGACY: Final = Struct("<16s387s387sB")
_SHORT: Final = Struct("<B16s387s")
_FULL: Final = Struct("<B16s387sIIB")

_WRITTEN_FORM: Final = 2
_BOOTSTRAP_EDITION: Final = 1
_NO_DESTINATION: Final = bytes(DESTINATION_SIZE)


@frozen
class StoredNode:
    """
    One contact of a file.

    :ivar version: 0 to 8; 0 in the Kad1 form, which has none.
    :ivar kad_id: never zero.
    :ivar destination: the datagram destination.
    :ivar tcp: the stream destination, only in the Kad1 form.
    :ivar udp_key: the key that this contact gave us, 0 for none.
    :ivar udp_key_hash: the hash of the own destination to which that key is bound.
    """

    version: int
    kad_id: KadID
    destination: Destination
    tcp: Destination | None = None
    udp_key: int = 0
    udp_key_hash: int = 0
    verified: bool = False


@frozen
class NodesFile:
    """
    What a file holds.

    :ivar form: 0 to 3.
    :ivar skipped: records that are there but not usable.
    :ivar missing: records that the file promises but, cut short, does not hold.
    :ivar bootstrap_only: whether the contacts are to be asked once and never taken over.
    """

    form: int
    contacts: tuple[StoredNode, ...]
    skipped: int = 0
    bootstrap_only: bool = False
    missing: int = 0

    def trusted(self) -> tuple[StoredNode, ...]:
        """The contacts as they enter the table: when none is verified, all are taken as such."""
        if any(node.verified for node in self.contacts):
            return self.contacts
        return tuple(evolve(node, verified=True) for node in self.contacts)

    def candidates(self, own_id: KadID) -> tuple[StoredNode, ...]:
        """Whom to ask for a bootstrap: the 50 Kad2 contacts nearest to ``own_id``, in order."""
        able = [node for node in self.contacts if node.version > 1]
        able.sort(key=lambda node: node.kad_id.distance(own_id))
        return tuple(able[:BOOTSTRAP_CANDIDATES])


def read(
    data: bytes, own_id: KadID | None = None, own_destination: Destination | None = None
) -> NodesFile:
    """
    The contacts in the bytes of a ``nodes.dat`` (wire-format section 16).

    A record with a zero identifier, a version above 8 or a bad destination is skipped and
    counted, and the next one read: records have a fixed size.  (iMule stops at the last two.)
    Records of our own, by identifier or destination, are left out without being counted.

    :raise DecodeError: when the form is unknown, or the file ends before its first record.
    """
    head = _head(data)
    layout = head.layout
    present = min(head.promised, (len(data) - head.size) // layout.size)
    if head.promised and not present:
        raise DecodeError("the file ends before its first contact")
    records = layout.iter_unpack(data[head.size : head.size + present * layout.size])
    nodes = [_node(head.form, fields) for fields in records]
    return NodesFile(
        form=head.form,
        contacts=tuple(
            node
            for node in nodes
            if node and node.kad_id != own_id and node.destination != own_destination
        ),
        skipped=nodes.count(None),
        bootstrap_only=head.bootstrap_only,
        missing=head.promised - present,
    )


def write(contacts: Iterable[StoredNode]) -> bytes:
    """
    The bytes of a ``nodes.dat`` of form 2, the one that iMule writes, in the given order.

    The stream destination has no place in that form and is dropped.  iMule writes at most 200.
    """
    records = [
        _FULL.pack(
            node.version,
            node.kad_id.wire,
            node.destination.raw,
            node.udp_key,
            node.udp_key_hash,
            node.verified,
        )
        for node in contacts
    ]
    return _HEADER.pack(0, _WRITTEN_FORM, len(records)) + b"".join(records)


@frozen
class _Head:
    form: int
    promised: int
    size: int
    bootstrap_only: bool = False

    @property
    def layout(self) -> Struct:
        if self.form == 0:
            return _LEGACY
        return _SHORT if self.form == 1 or self.bootstrap_only else _FULL


def _head(data: bytes) -> _Head:
    """The first words: a count, or else a zero, the form, the edition (form 3) and a count."""
    first = _word(data, 0)
    if first or len(data) == _WORD.size:
        return _Head(form=0, promised=first, size=4)
    match _word(data, 4):
        case 1 | 2 as form:
            return _Head(form, promised=_word(data, 8), size=12)
        case 3:
            bootstrap_only = _word(data, 8) == _BOOTSTRAP_EDITION
            return _Head(3, promised=_word(data, 12), size=16, bootstrap_only=bootstrap_only)
        case form:
            raise DecodeError(f"form {form} of nodes.dat is not known")


def _word(data: bytes, offset: int) -> int:
    if len(data) < offset + _WORD.size:
        raise DecodeError("the file ends within its first words")
    return int.from_bytes(data[offset : offset + _WORD.size], "little")


def _node(form: int, fields: tuple[Any, ...]) -> StoredNode | None:
    """The contact in the fields of a record, ``None`` when it is not usable."""
    try:
        node = _legacy_node(*fields) if form == 0 else _kad2_node(*fields)
    except DestinationError:
        return None
    return None if node.version > VERSION or node.kad_id == ZERO else node


def _legacy_node(wire: bytes, udp: bytes, tcp: bytes, _kind: int) -> StoredNode:
    stream = None if tcp == _NO_DESTINATION else Destination(tcp)
    return StoredNode(0, KadID.from_wire(wire), Destination(udp), stream)


def _kad2_node(version: int, wire: bytes, udp: bytes, *binding: int) -> StoredNode:
    udp_key, udp_key_hash, verified = binding or (0, 0, 0)
    return StoredNode(
        version=version,
        kad_id=KadID.from_wire(wire),
        destination=Destination(udp),
        udp_key=udp_key,
        udp_key_hash=udp_key_hash,
        verified=verified != 0,
    )
