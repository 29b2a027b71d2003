"""What the user searches for, from the wish to the last answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Final, assert_never

from attrs import define, field

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import Me
from twisted_mule.kad.errands import Errand, FindFiles, FindNotes, FindSources
from twisted_mule.kad.expression import Expression
from twisted_mule.kad.findings import Findings, files_of, note, sources_but
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import Busy, LookupWish
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.query import Query
from twisted_mule.kad.search import (
    Locate,
    NotesOn,
    Search,
    SearchLeg,
    SearchState,
    SearchView,
    SearchWish,
    SourcesOf,
)

__all__ = [
    "Locate",
    "NotesOn",
    "SearchError",
    "SearchState",
    "SearchView",
    "SearchWish",
    "Searching",
    "SourcesOf",
]

#: Searches that wait or walk, at the most.
OPEN: Final = 64
#: Finished searches that are remembered with their results.
KEPT: Final = 32

#: When, in seconds, lookups of these targets and sorts can expect their slots.
Outlook = Callable[[list[tuple[KadID, Aim]]], Sequence[float]]


class SearchError(ValueError):
    """A search that cannot be; its text tells the user why in one sentence."""


@define
class Searching:
    """
    All searches of the user, an origin of lookups: first come, first served.

    :ivar me: whose own streams are no result.
    """

    me: Me
    _searches: dict[int, Search] = field(factory=dict, init=False)
    _numbers: count[int] = field(factory=lambda: count(1), init=False)

    def want(self, wish: SearchWish) -> int:
        """
        The number of a new search.

        :raise SearchError: when too many wait.
        """
        if sum(search.state is not SearchState.DONE for search in self._searches.values()) >= OPEN:
            raise SearchError(f"{OPEN} searches wait already; stop one or wait until one is done.")
        number = next(self._numbers)
        self._searches[number] = Search(number, wish, *self._plan(wish))
        return number

    def again(self, number: int) -> bool:
        """
        Let a search that is done go on by another round of lookups; false if there is none.

        Where a node had more than it could send, the round asks for what follows.
        """
        search = self._searches.get(number)
        if search is None or search.state is not SearchState.DONE:
            return False
        search.begin_again()
        return True

    def stop(self, number: int) -> bool:
        """
        End a search; false if there is none.

        A lookup of it that walks goes on to its end, as all do, but brings nothing more.
        """
        search = self._searches.get(number)
        if search is None:
            return False
        search.stop()
        self._forget()
        return True

    def views(self, outlook: Outlook) -> tuple[SearchView, ...]:
        """All searches, the oldest first."""
        waiting = [s for s in self._searches.values() if s.state is SearchState.WAITING]
        first = [search.todo[0] for search in waiting]
        waits = outlook([(leg.target, leg.kind.aim) for leg in first])
        begins = {s.number: wait for s, wait in zip(waiting, waits, strict=True)}
        return tuple(s.view(begins.get(s.number)) for s in self._searches.values())

    # --- as an origin of lookups -----------------------------------------------------------

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """The next lookup of the search that has waited longest and can go on."""
        del now, random
        for search in self._searches.values():
            for leg in search.todo:
                if leg.kind.aim is aim and not busy(leg.target):
                    errand = leg.errand(search.start)
                    return LookupWish(leg.target, leg.kind, Rank.USER, errand, search.number)
        return None

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """A lookup of a search has a slot."""
        del now, random
        search = self._searches[lookup.owner]
        search.todo = [leg for leg in search.todo if leg.target != lookup.target]
        search.active.append(lookup)
        search.round.append(lookup)
        search.lookups += 1

    def brought(self, lookup: Lookup, entries: Iterable[Entry]) -> None:
        """Somebody whom ``lookup`` asked answered with these."""
        search = self._searches.get(lookup.owner)
        if search is not None and lookup in search.active:
            for entry in entries:
                search.findings.add(entry)

    def ended(self, lookup: Lookup) -> None:
        """``lookup`` has nothing more to wait for."""
        search = self._searches.get(lookup.owner)
        if search is not None and lookup in search.active:
            search.active.remove(lookup)
        self._forget()

    def _forget(self) -> None:
        done = [n for n, s in self._searches.items() if s.state is SearchState.DONE]
        for number in done[: max(len(done) - KEPT, 0)]:
            del self._searches[number]

    def _plan(self, wish: SearchWish) -> tuple[Findings, tuple[SearchLeg, ...]]:
        match wish:
            case Query(legs=legs):
                return Findings(files_of(wish)), tuple(
                    SearchLeg(LookupKind.KEYWORD, leg.target, _files(leg.expression))
                    for leg in legs
                )
            case SourcesOf(file, size):
                leg = SearchLeg(LookupKind.SOURCE, file, lambda start: FindSources(size, start))
                return Findings(sources_but(self.me.tcp)), (leg,)
            case NotesOn(file, size):
                leg = SearchLeg(LookupKind.NOTES, file, lambda _: FindNotes(size))
                return Findings(note), (leg,)
            case Locate(target):
                leg = SearchLeg(LookupKind.NODE, target, lambda _: None)
                return Findings(note), (leg,)
            case _:
                assert_never(wish)


def _files(expression: Expression | None) -> Callable[[int], Errand | None]:
    return lambda start: FindFiles(expression, start)
