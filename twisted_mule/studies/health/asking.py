"""Searches that a study has people do, and what came of them when."""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen

from twisted_mule.kad.ids import KadID
from twisted_mule.kad.query import Query
from twisted_mule.kad.search import SearchState, SearchView
from twisted_mule.kad.searching import SearchError
from twisted_mule.simulation.person import Person
from twisted_mule.simulation.world import World
from twisted_mule.studies.health.figures import share, spread


@frozen
class Outcome:
    """
    One search that is over; times in seconds since it was wished for.

    :ivar group: what the study files it under.
    :ivar began: when its lookup began, ``first`` when the first answer with results came.
    """

    group: str
    found: bool
    began: float
    first: float | None
    done: float


@frozen
class _Open:
    person: Person
    starts: int
    number: int
    wanted: KadID
    group: str
    wished: float


@define(eq=False)
class Asking:
    """
    Have people search.

    :ivar gone: searches whose person left before they were over; they count nowhere.
    """

    world: World
    outcomes: list[Outcome] = field(factory=list, init=False)
    gone: int = field(default=0, init=False)
    _open: list[_Open] = field(factory=list, init=False)

    def ask(self, person: Person, query: Query, wanted: KadID, group: str) -> None:
        """``person`` looks for the file ``wanted``."""
        if person.node is None:
            return
        try:
            number = person.node.core.search(query)
        except SearchError:
            return
        now = self.world.clock.seconds()
        self._open.append(_Open(person, person.starts, number, wanted, group, now))

    def look(self) -> None:
        """See which searches are over."""
        views: dict[int, dict[int, SearchView]] = {}
        still = []
        for one in self._open:
            node = one.person.node
            if node is None or one.person.starts != one.starts:
                self.gone += 1
                continue
            if one.person.number not in views:
                views[one.person.number] = {view.number: view for view in node.core.searches()}
            view = views[one.person.number].get(one.number)
            if view is None:
                self.gone += 1
            elif view.state is SearchState.DONE:
                self.outcomes.append(self._outcome(one, view))
            else:
                still.append(one)
        self._open = still

    def _outcome(self, one: _Open, view: SearchView) -> Outcome:
        found = any(getattr(result, "hash", None) == one.wanted for result in view.results)
        began = min((trace.began for trace in view.traces), default=one.wished) - one.wished
        firsts = [
            trace.began + asked.answered - one.wished
            for trace in view.traces
            for asked in trace.asked
            if asked.finishing and asked.results and asked.answered is not None
        ]
        done = self.world.clock.seconds() - one.wished
        return Outcome(one.group, found, began, min(firsts, default=None), done)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON, by group."""
        groups = sorted({one.group for one in self.outcomes})
        return {group: self._group(group) for group in groups}

    def _group(self, group: str) -> dict[str, Any]:
        those = [one for one in self.outcomes if one.group == group]
        return {
            **share(sum(one.found for one in those), len(those)),
            "began": spread([one.began for one in those]),
            "first": spread([one.first for one in those if one.first is not None]),
            "done": spread([one.done for one in those]),
        }
