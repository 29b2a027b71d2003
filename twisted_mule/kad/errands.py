"""
The finish of a lookup: what it asks or leaves at the nodes nearest to its target.

Every request is made to measure for the version of the peer (node-behaviour 3, wire-format 13).
"""

from __future__ import annotations

from typing import Final, assert_never

from attrs import evolve, frozen

from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import Me
from twisted_mule.kad.exchange import Plain, Request, RequestKind
from twisted_mule.kad.expression import Expression
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.requests import KAD2_ROUTING, Candidate, seal_for
from twisted_mule.kad.tags import FILESIZE

#: From this version on a peer understands Kad2 publishes of keywords and notes ...
KAD2_PUBLISH: Final = KAD2_ROUTING
#: ... Kad2 searches ...
KAD2_SEARCH: Final = 3
#: ... and Kad2 publishes of sources.
KAD2_SOURCE: Final = 4


@frozen
class FindFiles:
    """Ask for the files under a keyword that satisfy ``expression``, from ``start`` on."""

    expression: Expression | None = None
    start: int = 0


@frozen
class FindSources:
    """Ask for the sources of a file of ``size`` bytes (0: of any size), from ``start`` on."""

    size: int = 0
    start: int = 0


@frozen
class FindNotes:
    """Ask for the notes on a file of ``size`` bytes (0: of any size)."""

    size: int = 0


@frozen
class PublishFiles:
    """Leave these files under a keyword; all fit into one message."""

    entries: tuple[m.Entry, ...]


@frozen
class PublishSource:
    """Leave a source of a file."""

    source: KadID
    tags: m.Tags


@frozen
class PublishNote:
    """Leave a note on a file; its publisher is our Kad identifier."""

    tags: m.Tags


SEARCHES: Final = (FindFiles, FindSources, FindNotes)
Errand = FindFiles | FindSources | FindNotes | PublishFiles | PublishSource | PublishNote

_KAD1_SEARCHED: Final = frozenset({m.LegacySearchResponse.opcode})
_KAD1_PUBLISHED: Final = frozenset({m.LegacyPublishResponse.opcode})
_SEARCHED: Final = frozenset({m.SearchResponse.opcode})
_PUBLISHED: Final = frozenset({m.PublishResponse.opcode})


def finish(me: Me, peer: Candidate, key: int, target: KadID, errand: Errand) -> Request:
    """
    The finishing request of a lookup for ``target`` at ``peer``.

    :param key: the key that ``peer`` gave us, or 0.
    """
    match errand:
        case FindFiles() | FindSources() | FindNotes():
            kind, least = RequestKind.SEARCH, KAD2_SEARCH
            opcodes = _SEARCHED, _KAD1_SEARCHED
        case PublishFiles() | PublishNote():
            kind, least = RequestKind.PUBLISH, KAD2_PUBLISH
            opcodes = _PUBLISHED, _KAD1_PUBLISHED
        case PublishSource():
            kind, least = RequestKind.PUBLISH, KAD2_SOURCE
            opcodes = _PUBLISHED, _KAD1_PUBLISHED
        case _:
            assert_never(errand)
    if peer.version < least:
        message = _kad1(me, peer, target, errand)
        return Request(peer.destination, message, Plain(), kind, opcodes[1], topic=target)
    seal = seal_for(peer.kad_id, peer.version, key)
    return Request(
        peer.destination, _kad2(me, target, errand), seal, kind, opcodes[0], topic=target
    )


def _kad2(me: Me, target: KadID, errand: Errand) -> m.Message:
    match errand:
        case FindFiles(expression, start):
            return m.SearchKeyRequest(target, start, expression)
        case FindSources(size, start):
            return m.SearchSourceRequest(target, start, size)
        case FindNotes(size):
            return m.SearchNotesRequest(target, size)
        case PublishFiles(entries):
            return m.PublishKeyRequest(target, entries)
        case PublishSource(source, tags):
            return m.PublishSourceRequest(target, source, tags)
        case PublishNote(tags):
            return m.PublishNotesRequest(target, me.kad_id, tags)
        case _:
            assert_never(errand)


def _kad1(me: Me, peer: Candidate, target: KadID, errand: Errand) -> m.Message:
    match errand:
        case FindFiles(expression):
            return m.LegacySearchRequest(target, 0 if expression is None else 1, expression)
        case FindSources():
            return m.LegacySearchRequest(target, 1)
        case FindNotes():
            return m.LegacySearchNotesRequest(target, me.kad_id)
        case PublishFiles(entries):
            return m.LegacyPublishRequest(target, entries)
        case PublishSource(source, tags):
            return m.LegacyPublishRequest(target, (_kad1_source(peer, source, tags),))
        case PublishNote(tags):
            return m.LegacyPublishNotesRequest(target, me.kad_id, tags)
        case _:
            assert_never(errand)


def _kad1_source(peer: Candidate, source: KadID, tags: m.Tags) -> m.Entry:
    """The oldest peers are not told the size (node-behaviour 10.1)."""
    entry = m.Entry(source, tags)
    if peer.version >= KAD2_PUBLISH:
        return entry
    return evolve(entry, tags=tuple(tag for tag in tags if tag.name != FILESIZE))
