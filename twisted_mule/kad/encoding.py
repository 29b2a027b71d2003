"""How every message's payload is written (wire-format sections 9 and 10)."""

from __future__ import annotations

from functools import singledispatch

from twisted_mule.kad import messages as m
from twisted_mule.kad.cursor import U8, U16, U32, U64
from twisted_mule.kad.expression import encode_expression
from twisted_mule.kad.limits import (
    EXPRESSION_FOLLOWS,
    MAX_COUNT,
    MAX_LEGACY_NOTE_TAGS,
    MAX_START,
    MIN_LEGACY_PUBLISH,
)
from twisted_mule.kad.records import (
    write_contacts,
    write_entries,
    write_identity,
    write_legacy_contact,
    write_legacy_contacts,
    write_self,
    write_tcp,
    write_version,
)
from twisted_mule.kad.tags import encode_tags


@singledispatch
def payload(message: m.Message) -> bytes:
    """
    The bytes that follow protocol and opcode.

    :raise ValueError: for what must never be sent (a version above 8, a node with the identifier
        zero) or what its readers would refuse.
    :raise struct.error: for a number that does not fit its field.
    """
    raise TypeError(f"{type(message).__name__} is no message")


# --- Kad2 ----------------------------------------------------------------------------------


@payload.register
def _empty(message: m.BootstrapRequest | m.PublishResponseAck | m.Ping | m.Pong) -> bytes:
    del message
    return b""


@payload.register
def _bootstrap_response(message: m.BootstrapResponse) -> bytes:
    return b"".join(
        (
            write_identity(message.sender),
            write_version(message.version, least=1),
            write_tcp(message.tcp),
            U16.pack(len(message.contacts)),
            write_contacts(message.contacts),
        )
    )


@payload.register
def _hello(message: m.HelloRequest | m.HelloResponse) -> bytes:
    return write_self(message.contact) + encode_tags(message.tags)


@payload.register
def _hello_response_ack(message: m.HelloResponseAck) -> bytes:
    return write_identity(message.sender) + encode_tags(message.tags)


@payload.register
def _find_node_request(message: m.FindNodeRequest | m.LegacyFindNodeRequest) -> bytes:
    if not 1 <= message.count <= MAX_COUNT:
        raise ValueError(f"a request asks for 1 to {MAX_COUNT} contacts, not {message.count}")
    sender = write_identity(message.sender) if message.sender is not None else b""
    return U8.pack(message.count) + message.target.wire + message.receiver.wire + sender


@payload.register
def _find_node_response(message: m.FindNodeResponse) -> bytes:
    count = U8.pack(len(message.contacts))
    return message.target.wire + count + write_contacts(message.contacts)


def _start(start: int) -> int:
    if not 0 <= start <= MAX_START:
        raise ValueError(f"a search skips at most {MAX_START} results, not {start}")
    return start


@payload.register
def _search_key_request(message: m.SearchKeyRequest) -> bytes:
    start = _start(message.start)
    if message.expression is None:
        return message.target.wire + U16.pack(start)
    expression = encode_expression(message.expression)
    return message.target.wire + U16.pack(start | EXPRESSION_FOLLOWS) + expression


@payload.register
def _search_source_request(message: m.SearchSourceRequest) -> bytes:
    return message.target.wire + U16.pack(_start(message.start)) + U64.pack(message.size)


@payload.register
def _search_notes_request(message: m.SearchNotesRequest) -> bytes:
    return message.target.wire + U64.pack(message.size)


@payload.register
def _search_response(message: m.SearchResponse) -> bytes:
    entries = write_entries(message.results)
    return write_identity(message.sender) + message.target.wire + entries


@payload.register
def _publish_key_request(message: m.PublishKeyRequest) -> bytes:
    return message.target.wire + write_entries(message.entries)


@payload.register
def _publish_source_request(message: m.PublishSourceRequest) -> bytes:
    return message.target.wire + message.source.wire + encode_tags(message.tags)


@payload.register
def _publish_notes_request(message: m.PublishNotesRequest) -> bytes:
    return message.target.wire + message.publisher.wire + encode_tags(message.tags)


def _load(message: m.PublishResponse | m.LegacyPublishResponse) -> bytes:
    if message.sources is None and message.complete is None:
        return U8.pack(message.load)
    if message.sources is None or message.complete is None:
        raise ValueError("the counts of sources and of complete ones go together")
    return U32.pack(message.sources) + U32.pack(message.complete) + U8.pack(message.load)


@payload.register
def _publish_response(message: m.PublishResponse) -> bytes:
    options = b"" if message.options is None else U8.pack(message.options)
    return message.target.wire + _load(message) + options


# --- Kad1 ----------------------------------------------------------------------------------


@payload.register
def _legacy_self(
    message: m.LegacyBootstrapRequest | m.LegacyHelloRequest | m.LegacyHelloResponse,
) -> bytes:
    return write_legacy_contact(message.contact)


@payload.register
def _legacy_bootstrap_response(message: m.LegacyBootstrapResponse) -> bytes:
    return U16.pack(len(message.contacts)) + write_legacy_contacts(message.contacts)


@payload.register
def _legacy_find_node_response(message: m.LegacyFindNodeResponse) -> bytes:
    count = U8.pack(len(message.contacts))
    return message.target.wire + count + write_legacy_contacts(message.contacts)


@payload.register
def _legacy_search_request(message: m.LegacySearchRequest) -> bytes:
    written = message.target.wire + U8.pack(message.restrictive)
    if message.expression is None:
        return written
    if not message.restrictive:
        raise ValueError("a Kad1 search with an expression is restrictive")
    return written + encode_expression(message.expression)


@payload.register
def _legacy_search_response(message: m.LegacySearchResponse) -> bytes:
    return message.target.wire + write_entries(message.results)


@payload.register
def _legacy_search_notes_request(message: m.LegacySearchNotesRequest) -> bytes:
    return message.target.wire + write_identity(message.searcher)


@payload.register
def _legacy_publish_request(message: m.LegacyPublishRequest) -> bytes:
    written = message.target.wire + write_entries(message.entries)
    if len(written) < MIN_LEGACY_PUBLISH:
        raise ValueError("a Kad1 publish needs at least one entry with a tag")
    return written


@payload.register
def _legacy_publish_response(message: m.LegacyPublishResponse) -> bytes:
    return message.target.wire + _load(message)


@payload.register
def _legacy_publish_notes_request(message: m.LegacyPublishNotesRequest) -> bytes:
    if not 1 <= len(message.tags) <= MAX_LEGACY_NOTE_TAGS:
        raise ValueError(f"a Kad1 note has 1 to {MAX_LEGACY_NOTE_TAGS} tags")
    return message.target.wire + message.publisher.wire + encode_tags(message.tags)
