"""
Searches and publishes of others: what they are answered (node-behaviour 7.2, wire-format 9 and 10).

Kad2 searches are always answered, also with nothing; Kad1 ones only with results.  What is
malformed in its meaning (a source without a type or a stream destination, a note without tags) gets
silence, and what is refused because the index is full looks as if it were stored.
"""

from __future__ import annotations

from typing import Final, assert_never

from attrs import define

from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.answers import reply_seal
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import Me
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Heard, Plain, Reply
from twisted_mule.kad.filling import filled
from twisted_mule.kad.ids import SIZE as ID_SIZE
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.tags import SOURCETYPE

#: What a part of an answer has for its results: the target and a count come before them, in Kad2
#: our own identifier as well.
_LEGACY_ROOM: Final = contract.PAYLOAD_SIZE - ID_SIZE - 2
_ROOM: Final = _LEGACY_ROOM - ID_SIZE

Search = m.SearchKeyRequest | m.SearchSourceRequest | m.SearchNotesRequest
Publish = m.PublishKeyRequest | m.PublishSourceRequest | m.PublishNotesRequest
LegacySearch = m.LegacySearchRequest | m.LegacySearchNotesRequest
LegacyPublish = m.LegacyPublishRequest | m.LegacyPublishNotesRequest


@define(eq=False)
class Serving:
    """
    The index, as the network sees it.

    At most ``contract.SEARCH_PARTS`` replies come out, one for a Kad2 publish, each with a payload
    of at most ``contract.PAYLOAD_SIZE`` bytes.
    """

    me: Me
    index: Index

    def answer(self, heard: Heard, now: float, random: Draws) -> tuple[Reply, ...]:
        """The replies to a search or a publish; to any other message none."""
        message = heard.message
        if isinstance(message, Search):
            return self._found(heard, message, now, random)
        if isinstance(message, LegacySearch):
            return self._legacy_found(message, now, random)
        if isinstance(message, Publish):
            stored = self._stored(message, heard.source, now)
            return () if stored is None else (Reply(stored, reply_seal(heard.envelope)),)
        if isinstance(message, LegacyPublish):
            all_stored = self._legacy_stored(message, heard.source, now)
            return tuple([Reply(one, Plain()) for one in all_stored[: contract.SEARCH_PARTS]])
        return ()

    # --- searches --------------------------------------------------------------------------

    def _found(self, heard: Heard, asked: Search, now: float, random: Draws) -> tuple[Reply, ...]:
        results = self._results(asked, now, random)
        parts = filled(results, _ROOM, contract.SEARCH_PARTS, random) or [()]
        sender, seal = self.me.kad_id, reply_seal(heard.envelope)
        return tuple([Reply(m.SearchResponse(sender, asked.target, part), seal) for part in parts])

    def _legacy_found(self, asked: LegacySearch, now: float, random: Draws) -> tuple[Reply, ...]:
        results = self._results(asked, now, random)
        parts = filled(results, _LEGACY_ROOM, contract.SEARCH_PARTS, random)
        return tuple([Reply(m.LegacySearchResponse(asked.target, part), Plain()) for part in parts])

    def _results(
        self, asked: Search | LegacySearch, now: float, random: Draws
    ) -> tuple[Entry, ...]:
        match asked:
            case m.SearchKeyRequest(target, start, expression):
                return self.index.find_keyword(target, expression, start, now, random)
            case m.SearchSourceRequest(target, start, size):
                return self.index.find_sources(target, size, start, now)
            case m.SearchNotesRequest(target, size):
                return self.index.find_notes(target, size, now)
            case m.LegacySearchNotesRequest(target):
                return self.index.find_notes(target, 0, now)
            case m.LegacySearchRequest(target, restrictive, None) if restrictive:
                return self.index.find_sources(target, 0, 0, now)
            case m.LegacySearchRequest(target, _, expression):
                return self.index.find_keyword(target, expression, 0, now, random)
            case _:
                assert_never(asked)

    # --- publishes -------------------------------------------------------------------------

    def _stored(self, told: Publish, source: Destination, now: float) -> m.PublishResponse | None:
        match told:
            case m.PublishKeyRequest(target, entries):
                load = self.index.publish_keyword(target, entries, source, now)
                return m.PublishResponse(target, load)
            case m.PublishSourceRequest(target, source_id, tags):
                kept = self.index.publish_source(target, source_id, tags, source, now)
                if kept is None:
                    return None
                return m.PublishResponse(target, kept.load, kept.sources, kept.complete)
            case m.PublishNotesRequest(target, publisher, tags):
                met = self.index.publish_note(target, publisher, tags, source, now)
                return None if met is None else m.PublishResponse(target, met)
            case _:
                assert_never(told)

    def _legacy_stored(
        self, told: LegacyPublish, source: Destination, now: float
    ) -> list[m.LegacyPublishResponse]:
        match told:
            case m.LegacyPublishRequest(target, entries):
                all_stored = [self._legacy_one(target, one, source, now) for one in entries]
                return [stored for stored in all_stored if stored is not None]
            case m.LegacyPublishNotesRequest(target, publisher, tags):
                met = self.index.publish_note(target, publisher, tags, source, now)
                return [] if met is None else [m.LegacyPublishResponse(target, met)]
            case _:
                assert_never(told)

    def _legacy_one(
        self, target: KadID, entry: Entry, source: Destination, now: float
    ) -> m.LegacyPublishResponse | None:
        """One entry of a Kad1 publish: with a type it is a source, otherwise a file."""
        if all(tag.name != SOURCETYPE for tag in entry.tags):
            load = self.index.publish_keyword(target, (entry,), source, now)
            return m.LegacyPublishResponse(target, load)
        kept = self.index.publish_source(target, entry.kad_id, entry.tags, source, now, own=False)
        if kept is None:
            return None
        return m.LegacyPublishResponse(target, kept.load, kept.sources, kept.complete)
