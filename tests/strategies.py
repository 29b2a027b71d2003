"""Hypothesis strategies for everything that a KAD datagram can hold."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from twisted_mule.kad import messages as m
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.expression import (
    And,
    AndNot,
    Comparison,
    Expression,
    NumberTag,
    Or,
    StringTag,
    Words,
)
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.tags import (
    ADDRESS,
    BOOL,
    BOOLARRAY,
    FLOAT32,
    KNOWN_NAMES,
    Hash16,
    IntegerPair,
    Opaque,
    Tag,
)


def _destination(dest_hash: int) -> Destination:
    return Destination(dest_hash.to_bytes(4, "little") * 96 + bytes(3))


def _bits(count: int) -> st.SearchStrategy[Opaque]:
    size = (count + 7) // 8
    return st.binary(min_size=size, max_size=size).map(
        lambda raw: Opaque(BOOLARRAY, count.to_bytes(2, "little") + raw)
    )


u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
u64 = st.integers(0, 2**64 - 1)

kad_ids = st.integers(0, 2**128 - 1).map(KadID)
node_ids = st.integers(1, 2**128 - 1).map(KadID)
destinations = st.integers(1, 0xFFFFFFFF).map(_destination)

#: Strings as readers give them back: no byte order mark in front.
texts = st.text(max_size=40).map(lambda text: text.lstrip("\ufeff"))

#: Integers of all four widths alike.
numbers = u8 | u16 | u32 | u64

opaque_values = (
    st.binary(min_size=4, max_size=4).map(lambda raw: Opaque(FLOAT32, raw))
    | st.binary(min_size=1, max_size=1).map(lambda raw: Opaque(BOOL, raw))
    | st.integers(0, 40).flatmap(_bits)
    | st.just(Opaque(ADDRESS, bytes(387)))
)
tag_names = st.sampled_from(sorted(KNOWN_NAMES))
number_tags = st.builds(Tag, tag_names | u8, numbers)
tag_values = (
    numbers
    | texts
    | st.binary(max_size=40)
    | destinations
    | st.binary(min_size=16, max_size=16).map(Hash16)
    | st.builds(IntegerPair, number_tags, number_tags)
    | opaque_values
)
tags = st.builds(Tag, tag_names | u8, tag_values)
tag_lists = st.lists(tags, max_size=5).map(tuple)

expressions: st.SearchStrategy[Expression] = st.recursive(
    st.builds(Words, texts)
    | st.builds(StringTag, texts, u8)
    | st.builds(NumberTag, st.sampled_from(Comparison), number_tags),
    lambda sides: (
        st.builds(And, sides, sides) | st.builds(Or, sides, sides) | st.builds(AndNot, sides, sides)
    ),
    max_leaves=10,
)

contacts = st.builds(m.PeerRecord, st.integers(0, m.VERSION), node_ids, destinations)
selves = st.builds(m.PeerRecord, st.integers(1, m.VERSION), node_ids, destinations)
contact_lists = st.lists(contacts, max_size=4).map(tuple)
legacy_contacts = st.builds(
    m.LegacyRecord, node_ids, destinations, st.none() | destinations, st.integers(0, 4)
)
legacy_contact_lists = st.lists(legacy_contacts, max_size=3).map(tuple)
entries = st.builds(m.Entry, kad_ids, tag_lists)
entry_lists = st.lists(entries, max_size=3).map(tuple)

#: Without counts (keyword, notes), and with them (source).
load_forms = st.fixed_dictionaries({"target": kad_ids, "load": u8}) | st.fixed_dictionaries(
    {"target": kad_ids, "load": u8, "sources": u32, "complete": u32}
)


def _loads(kind: type[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda form, rest: kind(**form, **rest), load_forms, st.fixed_dictionaries(more)
    )


starts = st.integers(0, 0x7FFF)
counts = st.integers(1, 0x1F)

BY_TYPE: dict[type[m.Message], st.SearchStrategy[m.Message]] = {
    m.BootstrapRequest: st.builds(m.BootstrapRequest),
    m.BootstrapResponse: st.builds(
        m.BootstrapResponse,
        node_ids,
        st.integers(1, m.VERSION),
        st.none() | destinations,
        contact_lists,
    ),
    m.HelloRequest: st.builds(m.HelloRequest, selves, tag_lists),
    m.HelloResponse: st.builds(m.HelloResponse, selves, tag_lists),
    m.FindNodeRequest: st.builds(m.FindNodeRequest, counts, kad_ids, kad_ids, st.none() | node_ids),
    m.HelloResponseAck: st.builds(m.HelloResponseAck, node_ids, tag_lists),
    m.FindNodeResponse: st.builds(m.FindNodeResponse, kad_ids, contact_lists),
    m.SearchKeyRequest: st.builds(m.SearchKeyRequest, kad_ids, starts, st.none() | expressions),
    m.SearchSourceRequest: st.builds(m.SearchSourceRequest, kad_ids, starts, u64),
    m.SearchNotesRequest: st.builds(m.SearchNotesRequest, kad_ids, u64),
    m.SearchResponse: st.builds(m.SearchResponse, node_ids, kad_ids, entry_lists),
    m.PublishKeyRequest: st.builds(m.PublishKeyRequest, kad_ids, entry_lists),
    m.PublishSourceRequest: st.builds(m.PublishSourceRequest, kad_ids, kad_ids, tag_lists),
    m.PublishNotesRequest: st.builds(m.PublishNotesRequest, kad_ids, kad_ids, tag_lists),
    m.PublishResponse: _loads(m.PublishResponse, options=st.none() | u8),
    m.PublishResponseAck: st.builds(m.PublishResponseAck),
    m.Ping: st.builds(m.Ping),
    m.Pong: st.builds(m.Pong),
    m.LegacyBootstrapRequest: st.builds(m.LegacyBootstrapRequest, legacy_contacts),
    m.LegacyBootstrapResponse: st.builds(m.LegacyBootstrapResponse, legacy_contact_lists),
    m.LegacyHelloRequest: st.builds(m.LegacyHelloRequest, legacy_contacts),
    m.LegacyHelloResponse: st.builds(m.LegacyHelloResponse, legacy_contacts),
    m.LegacyFindNodeRequest: st.builds(m.LegacyFindNodeRequest, counts, kad_ids, kad_ids, node_ids),
    m.LegacyFindNodeResponse: st.builds(m.LegacyFindNodeResponse, kad_ids, legacy_contact_lists),
    m.LegacySearchRequest: st.builds(m.LegacySearchRequest, kad_ids, u8)
    | st.builds(m.LegacySearchRequest, kad_ids, st.just(1), expressions),
    m.LegacySearchResponse: st.builds(m.LegacySearchResponse, kad_ids, entry_lists),
    m.LegacySearchNotesRequest: st.builds(m.LegacySearchNotesRequest, kad_ids, node_ids),
    m.LegacyPublishRequest: st.builds(
        m.LegacyPublishRequest,
        kad_ids,
        st.lists(
            st.builds(m.Entry, kad_ids, st.lists(tags, min_size=1, max_size=5).map(tuple)),
            min_size=1,
            max_size=3,
        ).map(tuple),
    ),
    m.LegacyPublishResponse: _loads(m.LegacyPublishResponse),
    m.LegacyPublishNotesRequest: st.builds(
        m.LegacyPublishNotesRequest,
        kad_ids,
        kad_ids,
        st.lists(tags, min_size=1, max_size=5).map(tuple),
    ),
}
"""A strategy for every type of message."""

messages: st.SearchStrategy[m.Message] = st.one_of(*BY_TYPE.values())
