"""
The messages of Kad2 as frozen values, and all messages as one type.

A message knows its fields; :mod:`twisted_mule.kad.codec` knows its bytes.  Source: wire-format
section 9; the opcode numbers are iMule's own.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.expression import Expression
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.legacy import (
    Kad1Message,
    LegacyBootstrapRequest,
    LegacyBootstrapResponse,
    LegacyFindNodeRequest,
    LegacyFindNodeResponse,
    LegacyHelloRequest,
    LegacyHelloResponse,
    LegacyPublishNotesRequest,
    LegacyPublishRequest,
    LegacyPublishResponse,
    LegacySearchNotesRequest,
    LegacySearchRequest,
    LegacySearchResponse,
)
from twisted_mule.kad.parts import (
    MAX_BOOTSTRAP_CONTACTS,
    MAX_LEGACY_CONTACTS,
    MAX_RES_CONTACTS,
    VERSION,
    Entry,
    LegacyRecord,
    PeerRecord,
    Tags,
)

__all__ = [
    "MAX_BOOTSTRAP_CONTACTS",
    "MAX_LEGACY_CONTACTS",
    "MAX_RES_CONTACTS",
    "VERSION",
    "BootstrapRequest",
    "BootstrapResponse",
    "Entry",
    "FindNodeRequest",
    "FindNodeResponse",
    "HelloRequest",
    "HelloResponse",
    "HelloResponseAck",
    "Kad1Message",
    "Kad2Message",
    "LegacyBootstrapRequest",
    "LegacyBootstrapResponse",
    "LegacyFindNodeRequest",
    "LegacyFindNodeResponse",
    "LegacyHelloRequest",
    "LegacyHelloResponse",
    "LegacyPublishNotesRequest",
    "LegacyPublishRequest",
    "LegacyPublishResponse",
    "LegacyRecord",
    "LegacySearchNotesRequest",
    "LegacySearchRequest",
    "LegacySearchResponse",
    "Message",
    "PeerRecord",
    "Ping",
    "Pong",
    "PublishKeyRequest",
    "PublishNotesRequest",
    "PublishResponse",
    "PublishResponseAck",
    "PublishSourceRequest",
    "SearchKeyRequest",
    "SearchNotesRequest",
    "SearchResponse",
    "SearchSourceRequest",
    "Tags",
]


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
Message = Kad2Message | Kad1Message
