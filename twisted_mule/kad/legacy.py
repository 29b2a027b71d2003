"""
The messages of Kad1 as frozen values (wire-format section 10).

iMule still answers all of them, and so do we.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from twisted_mule.kad.expression import Expression
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.parts import Entry, LegacyRecord, Tags


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
