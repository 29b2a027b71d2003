"""
The messages of Kad2 and Kad1 as frozen values.

A message knows its fields; :mod:`twisted_mule.kad.codec` knows its bytes.  Source: wire-format
sections 9 and 10; the opcode numbers are iMule's own.
"""

from __future__ import annotations

from typing import ClassVar, Final

from attrs import field, frozen

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.expression import Expression
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.tags import Tag

VERSION: Final = 8
MAX_RES_CONTACTS: Final = 25
MAX_BOOTSTRAP_CONTACTS: Final = 24
MAX_LEGACY_CONTACTS: Final = 12

Tags = tuple[Tag, ...]


@frozen
class PeerRecord:
    """
    ``contact2``: how Kad2 writes a contact (404 bytes).

    :ivar version: 0 to 8; 0 only inside lists.
    :ivar kad_id: never zero.
    :ivar destination: the datagram destination.
    """

    version: int
    kad_id: KadID
    destination: Destination


@frozen
class LegacyRecord:
    """
    ``contact1``: how Kad1 writes a contact (791 bytes).

    :ivar tcp: the stream destination, ``None`` for the 387 zero bytes of "none".
    :ivar kind: the type byte, 0 to 4; ignored by readers, 0 for oneself.
    """

    kad_id: KadID
    destination: Destination
    tcp: Destination | None
    kind: int = 0


@frozen
class Entry:
    """One answer of a search or one file of a publish: an identifier and its tags, in order."""

    kad_id: KadID
    tags: Tags


# --- Kad2, wire-format section 9 -----------------------------------------------------------


@frozen
class BootstrapRequest:
    """``KADEMLIA2_BOOTSTRAP_REQ``: ask for contacts from all over the table."""

    opcode: ClassVar[int] = 0x0D


@frozen
class BootstrapResponse:
    """``KADEMLIA2_BOOTSTRAP_RES``; ``skipped`` counts listed contacts that were not usable."""

    opcode: ClassVar[int] = 0x0E
    sender: KadID
    version: int
    tcp: Destination | None
    contacts: tuple[PeerRecord, ...]
    skipped: int = field(default=0, eq=False)


@frozen
class HelloRequest:
    """``KADEMLIA2_HELLO_REQ``: who I am."""

    opcode: ClassVar[int] = 0x0F
    contact: PeerRecord
    tags: Tags = ()


@frozen
class HelloResponse:
    """``KADEMLIA2_HELLO_RES``: who I am, in return; tag 0x58 bit 2 asks for the acknowledgement."""

    opcode: ClassVar[int] = 0x10
    contact: PeerRecord
    tags: Tags = ()


@frozen
class FindNodeRequest:
    """
    ``KADEMLIA2_REQ``: ask for the contacts nearest to a target.

    :ivar count: how many are wanted; the low five bits count, 1 to 31.
    :ivar receiver: the identity we believe the receiver has.
    :ivar sender: our own; ``None`` in a legacy challenge.
    """

    opcode: ClassVar[int] = 0x11
    count: int
    target: KadID
    receiver: KadID
    sender: KadID | None


@frozen
class HelloResponseAck:
    """``KADEMLIA2_HELLO_RES_ACK``: the third step of the handshake."""

    opcode: ClassVar[int] = 0x12
    sender: KadID
    tags: Tags = ()


@frozen
class FindNodeResponse:
    """``KADEMLIA2_RES``; ``skipped`` counts listed contacts that were not usable."""

    opcode: ClassVar[int] = 0x13
    target: KadID
    contacts: tuple[PeerRecord, ...]
    skipped: int = field(default=0, eq=False)


@frozen
class SearchKeyRequest:
    """``KADEMLIA2_SEARCH_KEY_REQ``; ``start`` (15 bits) is how many results to skip."""

    opcode: ClassVar[int] = 0x14
    target: KadID
    start: int = 0
    expression: Expression | None = None


@frozen
class SearchSourceRequest:
    """``KADEMLIA2_SEARCH_SOURCE_REQ``; ``size`` 0 means unknown."""

    opcode: ClassVar[int] = 0x15
    target: KadID
    start: int
    size: int


@frozen
class SearchNotesRequest:
    """``KADEMLIA2_SEARCH_NOTES_REQ``."""

    opcode: ClassVar[int] = 0x16
    target: KadID
    size: int


@frozen
class SearchResponse:
    """``KADEMLIA2_SEARCH_RES``: one part of the answer to a search."""

    opcode: ClassVar[int] = 0x17
    sender: KadID
    target: KadID
    results: tuple[Entry, ...]


@frozen
class PublishKeyRequest:
    """``KADEMLIA2_PUBLISH_KEY_REQ``: files under a keyword."""

    opcode: ClassVar[int] = 0x18
    target: KadID
    entries: tuple[Entry, ...]


@frozen
class PublishSourceRequest:
    """``KADEMLIA2_PUBLISH_SOURCE_REQ``: a source of a file."""

    opcode: ClassVar[int] = 0x19
    target: KadID
    source: KadID
    tags: Tags


@frozen
class PublishNotesRequest:
    """``KADEMLIA2_PUBLISH_NOTES_REQ``: a comment on a file."""

    opcode: ClassVar[int] = 0x1A
    target: KadID
    publisher: KadID
    tags: Tags


@frozen
class PublishResponse:
    """
    ``KADEMLIA2_PUBLISH_RES``: how loaded the key is.

    :ivar sources: known sources, in the source form only (with ``complete``), else ``None``.
    :ivar options: the optional byte; bit 0 asks for an acknowledgement.
    """

    opcode: ClassVar[int] = 0x1B
    target: KadID
    load: int
    sources: int | None = None
    complete: int | None = None
    options: int | None = None


@frozen
class PublishResponseAck:
    """``KADEMLIA2_PUBLISH_RES_ACK``."""

    opcode: ClassVar[int] = 0x1C


@frozen
class Ping:
    """``KADEMLIA2_PING``."""

    opcode: ClassVar[int] = 0x1E


@frozen
class Pong:
    """``KADEMLIA2_PONG``."""

    opcode: ClassVar[int] = 0x1F


# --- Kad1, wire-format section 10 ----------------------------------------------------------


@frozen
class LegacyBootstrapRequest:
    """``KADEMLIA_BOOTSTRAP_REQ``."""

    opcode: ClassVar[int] = 0x01
    contact: LegacyRecord


@frozen
class LegacyBootstrapResponse:
    """``KADEMLIA_BOOTSTRAP_RES``: at most 12 contacts, the sender itself last."""

    opcode: ClassVar[int] = 0x02
    contacts: tuple[LegacyRecord, ...]
    skipped: int = field(default=0, eq=False)


@frozen
class LegacyHelloRequest:
    """``KADEMLIA_HELLO_REQ``."""

    opcode: ClassVar[int] = 0x03
    contact: LegacyRecord


@frozen
class LegacyHelloResponse:
    """``KADEMLIA_HELLO_RES``."""

    opcode: ClassVar[int] = 0x04
    contact: LegacyRecord


@frozen
class LegacyFindNodeRequest:
    """``KADEMLIA_REQ``: exactly 49 bytes, with the sender."""

    opcode: ClassVar[int] = 0x05
    count: int
    target: KadID
    receiver: KadID
    sender: KadID


@frozen
class LegacyFindNodeResponse:
    """``KADEMLIA_RES``: at most 12 contacts."""

    opcode: ClassVar[int] = 0x06
    target: KadID
    contacts: tuple[LegacyRecord, ...]
    skipped: int = field(default=0, eq=False)


@frozen
class LegacySearchRequest:
    """
    ``KADEMLIA_SEARCH_REQ``.

    :ivar restrictive: the byte after the target: 1 without an expression asks for sources, 0 for a
        keyword, 1 with an expression for a keyword with it.
    """

    opcode: ClassVar[int] = 0x07
    target: KadID
    restrictive: int
    expression: Expression | None = None


@frozen
class LegacySearchResponse:
    """``KADEMLIA_SEARCH_RES``: like the Kad2 one without the sender."""

    opcode: ClassVar[int] = 0x08
    target: KadID
    results: tuple[Entry, ...]


@frozen
class LegacySearchNotesRequest:
    """``KADEMLIA_SEARCH_NOTES_REQ``."""

    opcode: ClassVar[int] = 0x09
    target: KadID
    searcher: KadID


@frozen
class LegacyPublishRequest:
    """``KADEMLIA_PUBLISH_REQ``: keyword entries and sources in one list."""

    opcode: ClassVar[int] = 0x0A
    target: KadID
    entries: tuple[Entry, ...]


@frozen
class LegacyPublishResponse:
    """``KADEMLIA_PUBLISH_RES``: the forms of :class:`PublishResponse` without options."""

    opcode: ClassVar[int] = 0x0B
    target: KadID
    load: int
    sources: int | None = None
    complete: int | None = None


@frozen
class LegacyPublishNotesRequest:
    """``KADEMLIA_PUBLISH_NOTES_REQ``: one to five tags."""

    opcode: ClassVar[int] = 0x0C
    target: KadID
    publisher: KadID
    tags: Tags


Kad2Message = (
    BootstrapRequest
    | BootstrapResponse
    | HelloRequest
    | HelloResponse
    | FindNodeRequest
    | HelloResponseAck
    | FindNodeResponse
    | SearchKeyRequest
    | SearchSourceRequest
    | SearchNotesRequest
    | SearchResponse
    | PublishKeyRequest
    | PublishSourceRequest
    | PublishNotesRequest
    | PublishResponse
    | PublishResponseAck
    | Ping
    | Pong
)
Kad1Message = (
    LegacyBootstrapRequest
    | LegacyBootstrapResponse
    | LegacyHelloRequest
    | LegacyHelloResponse
    | LegacyFindNodeRequest
    | LegacyFindNodeResponse
    | LegacySearchRequest
    | LegacySearchResponse
    | LegacySearchNotesRequest
    | LegacyPublishRequest
    | LegacyPublishResponse
    | LegacyPublishNotesRequest
)
Message = Kad2Message | Kad1Message
