"""What every opcode's payload means (wire-format sections 9 and 10)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from struct import Struct
from typing import Final

from twisted_mule.kad import messages as m
from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.expression import decode_expression
from twisted_mule.kad.ids import SIZE as ID_SIZE
from twisted_mule.kad.limits import (
    EXPRESSION_FOLLOWS,
    MAX_COUNT,
    MAX_LEGACY_NOTE_TAGS,
    MAX_START,
    MIN_LEGACY_PUBLISH,
)
from twisted_mule.kad.records import (
    CONTACT_SIZE,
    LEGACY_CONTACT_SIZE,
    read_contact,
    read_contacts,
    read_entries,
    read_identity,
    read_legacy_contact,
    read_legacy_contacts,
    read_tcp,
    read_version,
)
from twisted_mule.kad.tags import decode_tags

_COUNTS: Final = Struct("<II")
_SOURCE_FORM: Final = 9


def _exactly(cursor: Cursor, size: int) -> None:
    if cursor.left != size:
        raise DecodeError(f"the message has {cursor.left} bytes left and should have {size}")


def _at_least(size: int, needed: int) -> None:
    if size < needed:
        raise DecodeError(f"the message has {size} bytes and needs {needed}")


def _no_more_than(count: int, most: int) -> None:
    if count > most:
        raise DecodeError(f"a list claims {count} and can have {most}")


# --- Kad2 ----------------------------------------------------------------------------------


def _bootstrap_response(cursor: Cursor) -> m.BootstrapResponse:
    sender, version, tcp = read_identity(cursor), read_version(cursor), read_tcp(cursor)
    contacts, skipped = read_contacts(cursor, cursor.u16())
    return m.BootstrapResponse(sender, version, tcp, contacts, skipped)


def _hello_request(cursor: Cursor) -> m.HelloRequest:
    return m.HelloRequest(read_contact(cursor), decode_tags(cursor))


def _hello_response(cursor: Cursor) -> m.HelloResponse:
    return m.HelloResponse(read_contact(cursor), decode_tags(cursor))


def _hello_response_ack(cursor: Cursor) -> m.HelloResponseAck:
    return m.HelloResponseAck(read_identity(cursor), decode_tags(cursor))


def _count(cursor: Cursor) -> int:
    count = cursor.u8() & MAX_COUNT
    if count == 0:
        raise DecodeError("a request asks for no contacts")
    return count


def _find_node_request(cursor: Cursor) -> m.FindNodeRequest:
    count, target, receiver = _count(cursor), cursor.kad_id(), cursor.kad_id()
    sender = read_identity(cursor) if cursor.left >= ID_SIZE else None
    return m.FindNodeRequest(count, target, receiver, sender)


def _find_node_response(cursor: Cursor) -> m.FindNodeResponse:
    target, count = cursor.kad_id(), cursor.u8()
    _exactly(cursor, count * CONTACT_SIZE)
    return m.FindNodeResponse(target, *read_contacts(cursor, count))


def _search_key_request(cursor: Cursor) -> m.SearchKeyRequest:
    target, start = cursor.kad_id(), cursor.u16()
    expression = decode_expression(cursor) if start & EXPRESSION_FOLLOWS else None
    return m.SearchKeyRequest(target, start & MAX_START, expression)


def _search_source_request(cursor: Cursor) -> m.SearchSourceRequest:
    return m.SearchSourceRequest(cursor.kad_id(), cursor.u16() & MAX_START, cursor.u64())


def _search_notes_request(cursor: Cursor) -> m.SearchNotesRequest:
    return m.SearchNotesRequest(cursor.kad_id(), cursor.u64())


def _search_response(cursor: Cursor) -> m.SearchResponse:
    return m.SearchResponse(read_identity(cursor), cursor.kad_id(), read_entries(cursor))


def _publish_key_request(cursor: Cursor) -> m.PublishKeyRequest:
    return m.PublishKeyRequest(cursor.kad_id(), read_entries(cursor))


def _publish_source_request(cursor: Cursor) -> m.PublishSourceRequest:
    return m.PublishSourceRequest(cursor.kad_id(), cursor.kad_id(), decode_tags(cursor))


def _publish_notes_request(cursor: Cursor) -> m.PublishNotesRequest:
    return m.PublishNotesRequest(cursor.kad_id(), cursor.kad_id(), decode_tags(cursor))


def _load(cursor: Cursor) -> tuple[int, int | None, int | None]:
    """The load, and the two counts of the source form; only the length tells the forms apart."""
    sources, complete = cursor.unpack(_COUNTS) if cursor.left >= _SOURCE_FORM else (None, None)
    return cursor.u8(), sources, complete


def _publish_response(cursor: Cursor) -> m.PublishResponse:
    target = cursor.kad_id()
    load, sources, complete = _load(cursor)
    options = cursor.u8() if cursor.left else None
    return m.PublishResponse(target, load, sources, complete, options)


# --- Kad1 ----------------------------------------------------------------------------------


def _legacy_self(make: Callable[[m.LegacyRecord], m.Message], cursor: Cursor) -> m.Message:
    _exactly(cursor, LEGACY_CONTACT_SIZE)
    return make(read_legacy_contact(cursor))


def _legacy_bootstrap_response(cursor: Cursor) -> m.LegacyBootstrapResponse:
    count = cursor.u16()
    _no_more_than(count, m.MAX_LEGACY_CONTACTS)
    _exactly(cursor, count * LEGACY_CONTACT_SIZE)
    return m.LegacyBootstrapResponse(*read_legacy_contacts(cursor, count))


def _legacy_find_node_request(cursor: Cursor) -> m.LegacyFindNodeRequest:
    _exactly(cursor, 1 + 3 * ID_SIZE)
    count, target, receiver = _count(cursor), cursor.kad_id(), cursor.kad_id()
    return m.LegacyFindNodeRequest(count, target, receiver, read_identity(cursor))


def _legacy_find_node_response(cursor: Cursor) -> m.LegacyFindNodeResponse:
    target, count = cursor.kad_id(), cursor.u8()
    _no_more_than(count, m.MAX_LEGACY_CONTACTS)
    _exactly(cursor, count * LEGACY_CONTACT_SIZE)
    return m.LegacyFindNodeResponse(target, *read_legacy_contacts(cursor, count))


def _legacy_search_request(cursor: Cursor) -> m.LegacySearchRequest:
    target, restrictive = cursor.kad_id(), cursor.u8()
    expression = decode_expression(cursor) if restrictive and cursor.left else None
    return m.LegacySearchRequest(target, restrictive, expression)


def _legacy_search_response(cursor: Cursor) -> m.LegacySearchResponse:
    return m.LegacySearchResponse(cursor.kad_id(), read_entries(cursor))


def _legacy_search_notes_request(cursor: Cursor) -> m.LegacySearchNotesRequest:
    return m.LegacySearchNotesRequest(cursor.kad_id(), read_identity(cursor))


def _legacy_publish_request(cursor: Cursor) -> m.LegacyPublishRequest:
    began = cursor.at
    target, entries = cursor.kad_id(), read_entries(cursor)
    _at_least(cursor.at - began, MIN_LEGACY_PUBLISH)
    return m.LegacyPublishRequest(target, entries)


def _legacy_publish_response(cursor: Cursor) -> m.LegacyPublishResponse:
    return m.LegacyPublishResponse(cursor.kad_id(), *_load(cursor))


def _legacy_publish_notes_request(cursor: Cursor) -> m.LegacyPublishNotesRequest:
    _at_least(cursor.left, MIN_LEGACY_PUBLISH)
    target, publisher, tags = cursor.kad_id(), cursor.kad_id(), decode_tags(cursor)
    if not tags:
        raise DecodeError("a note without tags")
    _no_more_than(len(tags), MAX_LEGACY_NOTE_TAGS)
    return m.LegacyPublishNotesRequest(target, publisher, tags)


READERS: Final[dict[int, Callable[[Cursor], m.Message]]] = {
    m.BootstrapRequest.opcode: lambda _: m.BootstrapRequest(),
    m.BootstrapResponse.opcode: _bootstrap_response,
    m.HelloRequest.opcode: _hello_request,
    m.HelloResponse.opcode: _hello_response,
    m.FindNodeRequest.opcode: _find_node_request,
    m.HelloResponseAck.opcode: _hello_response_ack,
    m.FindNodeResponse.opcode: _find_node_response,
    m.SearchKeyRequest.opcode: _search_key_request,
    m.SearchSourceRequest.opcode: _search_source_request,
    m.SearchNotesRequest.opcode: _search_notes_request,
    m.SearchResponse.opcode: _search_response,
    m.PublishKeyRequest.opcode: _publish_key_request,
    m.PublishSourceRequest.opcode: _publish_source_request,
    m.PublishNotesRequest.opcode: _publish_notes_request,
    m.PublishResponse.opcode: _publish_response,
    m.PublishResponseAck.opcode: lambda _: m.PublishResponseAck(),
    m.Ping.opcode: lambda _: m.Ping(),
    m.Pong.opcode: lambda _: m.Pong(),
    m.LegacyBootstrapRequest.opcode: partial(_legacy_self, m.LegacyBootstrapRequest),
    m.LegacyBootstrapResponse.opcode: _legacy_bootstrap_response,
    m.LegacyHelloRequest.opcode: partial(_legacy_self, m.LegacyHelloRequest),
    m.LegacyHelloResponse.opcode: partial(_legacy_self, m.LegacyHelloResponse),
    m.LegacyFindNodeRequest.opcode: _legacy_find_node_request,
    m.LegacyFindNodeResponse.opcode: _legacy_find_node_response,
    m.LegacySearchRequest.opcode: _legacy_search_request,
    m.LegacySearchResponse.opcode: _legacy_search_response,
    m.LegacySearchNotesRequest.opcode: _legacy_search_notes_request,
    m.LegacyPublishRequest.opcode: _legacy_publish_request,
    m.LegacyPublishResponse.opcode: _legacy_publish_response,
    m.LegacyPublishNotesRequest.opcode: _legacy_publish_notes_request,
}
"""The reader of every opcode; each is given a cursor behind the header."""

TAGGED: Final = frozenset(
    message.opcode
    for message in (
        m.HelloRequest,
        m.HelloResponse,
        m.HelloResponseAck,
        m.SearchKeyRequest,
        m.SearchResponse,
        m.PublishKeyRequest,
        m.PublishSourceRequest,
        m.PublishNotesRequest,
        m.LegacySearchRequest,
        m.LegacySearchResponse,
        m.LegacyPublishRequest,
        m.LegacyPublishNotesRequest,
    )
)
"""The opcodes whose payload holds tags, with or without serials."""
