"""One search of the user: what it is for, where it stands, what it has brought."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from attrs import define, field, frozen

from twisted_mule.kad.errands import Errand
from twisted_mule.kad.findings import Findings, Found
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.limits import MAX_START
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.query import Query
from twisted_mule.kad.traces import LookupTrace

#: Whoever brings so many results at once may have more, behind them.
PAGES: Final = {LookupKind.KEYWORD: 200, LookupKind.SOURCE: 40}


@frozen
class SourcesOf:
    """Wish for the sources of a file; its size, if known, keeps others of the same hash out."""

    file: KadID
    size: int = 0


@frozen
class NotesOn:
    """Wish for the notes on a file."""

    file: KadID
    size: int = 0


@frozen
class Locate:
    """Wish for the nodes nearest to a point; its trace is its result."""

    target: KadID


SearchWish = Query | SourcesOf | NotesOn | Locate


class SearchState(Enum):
    """Where a search stands."""

    WAITING = "waiting"  # for a slot
    WALKING = "walking"  # asks, or waits for the last answers
    DONE = "done"


@frozen
class SearchView:
    """
    One search, for the user.

    :ivar begins_in: seconds until it can expect a slot, while it waits.
    :ivar results: in the order of their arrival; later news of one replaces it in place.
    :ivar dropped: results beyond the bound.
    :ivar lookups: how many lookups it has had.
    :ivar more: whether some node may have more than it could send.
    :ivar stopped: whether the user ended it.
    :ivar traces: of its lookups since it began, or began again.
    """

    number: int
    wish: SearchWish
    state: SearchState
    begins_in: float | None
    results: tuple[Found, ...]
    dropped: int
    lookups: int
    more: bool
    stopped: bool
    traces: tuple[LookupTrace, ...]


@frozen
class SearchLeg:
    """One lookup that a search takes; ``errand`` makes its finish of how many results to skip."""

    kind: LookupKind
    target: KadID
    errand: Callable[[int], Errand | None]


@define(eq=False)
class Search:
    """
    One search.

    :ivar todo: the lookups that it still wants.
    :ivar active: those that have a slot or wait for the last answers.
    :ivar round: all lookups since it began, or began again.
    :ivar start: how many results the nodes are to skip.
    """

    number: int
    wish: SearchWish
    findings: Findings
    legs: tuple[SearchLeg, ...]
    todo: list[SearchLeg] = field(init=False)
    active: list[Lookup] = field(factory=list, init=False)
    round: list[Lookup] = field(factory=list, init=False)
    lookups: int = field(default=0, init=False)
    start: int = field(default=0, init=False)
    stopped: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.todo = list(self.legs)

    @property
    def state(self) -> SearchState:
        """Where it stands."""
        if self.active:
            return SearchState.WALKING
        return SearchState.WAITING if self.todo else SearchState.DONE

    @property
    def page(self) -> int:
        """How many results the most generous node of this round brought if it was full, or 0."""
        return max((_page(lookup) for lookup in self.round), default=0)

    def begin_again(self) -> None:
        """Want all its lookups once more, behind what was full, from the start otherwise."""
        page = self.page
        self.start = min(self.start + page, MAX_START) if page else 0
        self.todo = list(self.legs)
        self.round.clear()
        self.stopped = False

    def stop(self) -> None:
        """Want nothing more, hear nothing more."""
        self.stopped = self.stopped or self.state is not SearchState.DONE
        self.todo.clear()
        self.active.clear()

    def view(self, begins_in: float | None) -> SearchView:
        """How the user sees it."""
        return SearchView(
            self.number,
            self.wish,
            self.state,
            begins_in,
            self.findings.all,
            self.findings.dropped,
            self.lookups,
            self.page > 0,
            self.stopped,
            tuple(lookup.trace for lookup in self.round),
        )


def _page(lookup: Lookup) -> int:
    most = max((one.results for one in lookup.trace.asked), default=0)
    return most if most >= PAGES.get(lookup.kind, most + 1) else 0
