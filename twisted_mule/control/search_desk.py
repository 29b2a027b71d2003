"""The desk for searches: wishes in, how they stand and what they found out."""

from __future__ import annotations

from typing import Any

from twisted_mule.control.commands import (
    GetSearch,
    ListSearches,
    LookUp,
    RefusedError,
    SearchAgain,
    SearchFiles,
    SearchNotes,
    SearchSources,
    StopSearch,
)
from twisted_mule.control.desk import Desk, identifier, refusals
from twisted_mule.control.found import results_document, search_document
from twisted_mule.kad.filters import Filters
from twisted_mule.kad.query import parse
from twisted_mule.kad.search import Locate, NotesOn, SearchState, SearchWish, SourcesOf


class SearchDesk(Desk):
    """Search for the user; nothing of it moves a datagram by itself, slots and ticks do."""

    @SearchFiles.responder
    def _search_files(self, words: str, **filters: Any) -> dict[str, int]:
        with refusals():
            return self._search(parse(words, Filters(**filters)))

    @SearchSources.responder
    def _search_sources(self, file_hash: str, size: int) -> dict[str, int]:
        return self._search(SourcesOf(identifier(file_hash), _size(size)))

    @SearchNotes.responder
    def _search_notes(self, file_hash: str, size: int) -> dict[str, int]:
        return self._search(NotesOn(identifier(file_hash), _size(size)))

    @LookUp.responder
    def _look_up(self, target: str) -> dict[str, int]:
        return self._search(Locate(identifier(target)))

    def _search(self, wish: SearchWish) -> dict[str, int]:
        with refusals():
            return {"number": self.node.actions.search(wish)}

    @GetSearch.responder
    def _get_search(self, number: int, since: int, traces: bool) -> dict[str, int]:
        view = self.node.actions.search_view(number)
        if view is None:
            raise _unknown(number)
        document = search_document(view, traces=traces)
        document |= results_document(view, max(since, 0))
        return self.offer_json(document | {"network": self._network()})

    def _network(self) -> dict[str, Any]:
        """Whether anything can be found at all at present."""
        status = self.node.source.status()
        return {"ready": status.ready, "headline": status.headline}

    @ListSearches.responder
    def _list_searches(self) -> dict[str, int]:
        return self.offer_json([search_document(view) for view in self.node.actions.searches()])

    @StopSearch.responder
    def _stop_search(self, number: int) -> dict[str, object]:
        if not self.node.actions.stop_search(number):
            raise _unknown(number)
        return {}

    @SearchAgain.responder
    def _search_again(self, number: int) -> dict[str, object]:
        view = self.node.actions.search_view(number)
        if view is None:
            raise _unknown(number)
        if view.state is not SearchState.DONE or not self.node.actions.search_again(number):
            raise RefusedError(f"Search {number} is still under way; wait until it is done.")
        return {}


def _size(size: int) -> int:
    if size < 0:
        raise RefusedError("The size of a file is not negative.")
    return size


def _unknown(number: int) -> RefusedError:
    return RefusedError(f"There is no search {number}; `mule searches` lists those there are.")
