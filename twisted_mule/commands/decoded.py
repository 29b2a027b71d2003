"""A message as plain JSON, with the field names of the wire format (sections 9 and 10)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any, Final, assert_never

from twisted_mule.commands.names import tag_name
from twisted_mule.kad import messages as m
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.expression import (
    And,
    AndNot,
    Expression,
    NumberTag,
    Or,
    StringTag,
    Words,
)
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.tags import Hash16, IntegerPair, Opaque, Tag, TagValue, encode_tag

Fields = dict[str, Any]

_TYPE_BITS: Final = 0x7F


@singledispatch
def fields_of(message: m.Message) -> Fields:
    """
    The fields in the order in which they travel; optional ones only when they are there.

    ``skipped`` is none of them: it counts listed contacts that nobody could use.
    """
    raise TypeError(f"{type(message).__name__} is no message")


@fields_of.register
def _empty(message: m.BootstrapRequest | m.PublishResponseAck | m.Ping | m.Pong) -> Fields:
    del message
    return {}


@fields_of.register
def _bootstrap_response(message: m.BootstrapResponse) -> Fields:
    return {
        "sender_id": message.sender.hex,
        "version": message.version,
        "tcp_dest": _destination(message.tcp),
        **_listed(message.contacts, message.skipped),
    }


@fields_of.register
def _legacy_bootstrap_response(message: m.LegacyBootstrapResponse) -> Fields:
    return _listed(message.contacts, message.skipped)


@fields_of.register
def _find_node_response(message: m.FindNodeResponse | m.LegacyFindNodeResponse) -> Fields:
    return {"target": message.target.hex, **_listed(message.contacts, message.skipped)}


@fields_of.register
def _hello(message: m.HelloRequest | m.HelloResponse) -> Fields:
    return {**_contact(message.contact), "tags": _tags(message.tags)}


@fields_of.register
def _hello_response_ack(message: m.HelloResponseAck) -> Fields:
    return {"sender_id": message.sender.hex, "tags": _tags(message.tags)}


@fields_of.register
def _legacy_self(
    message: m.LegacyHelloRequest | m.LegacyHelloResponse | m.LegacyBootstrapRequest,
) -> Fields:
    return _contact(message.contact)


@fields_of.register
def _find_node_request(message: m.FindNodeRequest | m.LegacyFindNodeRequest) -> Fields:
    return {
        "count": message.count,
        "target": message.target.hex,
        "receiver_id": message.receiver.hex,
        **_optional(sender_id=message.sender and message.sender.hex),
    }


@fields_of.register
def _search_key_request(message: m.SearchKeyRequest) -> Fields:
    return {
        "keyword": message.target.hex,
        "start": message.start,
        "restrictive": message.expression is not None,
        **_optional(expression=message.expression and _expression(message.expression)),
    }


@fields_of.register
def _search_source_request(message: m.SearchSourceRequest) -> Fields:
    return {"file": message.target.hex, "start": message.start, "size": message.size}


@fields_of.register
def _search_notes_request(message: m.SearchNotesRequest) -> Fields:
    return {"file": message.target.hex, "size": message.size}


@fields_of.register
def _search_response(message: m.SearchResponse) -> Fields:
    return {"sender_id": message.sender.hex, **_results(message.target, message.results)}


@fields_of.register
def _legacy_search_request(message: m.LegacySearchRequest) -> Fields:
    return {
        "key": message.target.hex,
        "restrictive": message.restrictive,
        **_optional(expression=message.expression and _expression(message.expression)),
    }


@fields_of.register
def _legacy_search_notes_request(message: m.LegacySearchNotesRequest) -> Fields:
    return {"file": message.target.hex, "searcher": message.searcher.hex}


@fields_of.register
def _legacy_search_response(message: m.LegacySearchResponse) -> Fields:
    return _results(message.target, message.results)


@fields_of.register
def _publish_key_request(message: m.PublishKeyRequest | m.LegacyPublishRequest) -> Fields:
    entries = [{"id": entry.kad_id.hex, "tags": _tags(entry.tags)} for entry in message.entries]
    return {"key": message.target.hex, "entries": entries}


@fields_of.register
def _publish_source_request(message: m.PublishSourceRequest) -> Fields:
    return {
        "file": message.target.hex,
        "source": message.source.hex,
        "tags": _tags(message.tags),
    }


@fields_of.register
def _publish_notes_request(message: m.PublishNotesRequest | m.LegacyPublishNotesRequest) -> Fields:
    return {
        "file": message.target.hex,
        "source": message.publisher.hex,
        "tags": _tags(message.tags),
    }


@fields_of.register
def _publish_response(message: m.PublishResponse) -> Fields:
    return {**_load(message), **_optional(options=message.options)}


@fields_of.register
def _legacy_publish_response(message: m.LegacyPublishResponse) -> Fields:
    return _load(message)


def _load(message: m.PublishResponse | m.LegacyPublishResponse) -> Fields:
    counts = _optional(sources=message.sources, complete=message.complete)
    return {"key": message.target.hex, **counts, "load": message.load}


def _listed(contacts: Sequence[m.PeerRecord | m.LegacyRecord], skipped: int) -> Fields:
    return {
        "contacts": [_contact(contact) for contact in contacts],
        **_optional(skipped=skipped or None),
    }


def _optional(**values: object) -> Fields:
    return {name: value for name, value in values.items() if value is not None}


def _contact(contact: m.PeerRecord | m.LegacyRecord) -> Fields:
    identity = {"id": contact.kad_id.hex, "udp_dest": _destination(contact.destination)}
    match contact:
        case m.PeerRecord():
            return {"version": contact.version, **identity}
        case m.LegacyRecord():
            return {**identity, "tcp_dest": _destination(contact.tcp), "type": contact.kind}
        case _:
            assert_never(contact)


def _destination(destination: Destination | None) -> Fields | None:
    if destination is None:
        return None
    return {
        "hash": destination.dest_hash,
        "first16": destination.raw[:16].hex(),
        "cert": destination.raw[-3:].hex(),
        "base64": destination.base64,
    }


def _results(target: KadID, entries: tuple[m.Entry, ...]) -> Fields:
    results = [{"answer": entry.kad_id.hex, "tags": _tags(entry.tags)} for entry in entries]
    return {"key": target.hex, "results": results}


def _tags(tags: tuple[Tag, ...]) -> list[Fields]:
    return [_tag(tag) for tag in tags]


def _tag(tag: Tag) -> Fields:
    """``type`` is the one in which we would write the value: the narrowest, as iMule does."""
    return {
        "id": tag.name,
        "name": tag_name(tag.name),
        "type": encode_tag(tag)[0] & _TYPE_BITS,
        "value": _value(tag.value),
    }


def _value(value: TagValue) -> object:
    match value:
        case int() | str():
            return value
        case Destination():  # before what it is made of
            return _destination(value)
        case bytes():
            return value.hex()
        case Hash16(raw) | Opaque(_, raw):
            return raw.hex()
        case IntegerPair(first, second):
            return [_tag(first), _tag(second)]
        case _:
            assert_never(value)


def _expression(expression: Expression) -> list[object]:
    """Prefix notation, as it travels; at most 24 levels deep."""
    match expression:
        case And(left, right):
            return ["AND", _expression(left), _expression(right)]
        case Or(left, right):
            return ["OR", _expression(left), _expression(right)]
        case AndNot(left, right):
            return ["NOT", _expression(left), _expression(right)]
        case Words(text):
            return ["STRING", text]
        case StringTag(value, name):
            return ["TAG", tag_name(name), value]
        case NumberTag(op, tag):
            return ["COMPARE", op.name, _tag(tag)]
        case _:
            assert_never(expression)
