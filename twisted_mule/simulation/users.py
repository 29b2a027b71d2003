"""What people do with their nodes: nothing, search, share; and the files that there are."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from enum import Enum
from itertools import accumulate
from typing import Final

from attrs import define, field, frozen

from twisted_mule.kad.chance import Chance, Draws, redrawn
from twisted_mule.kad.core import Kad
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.published import Published
from twisted_mule.kad.query import Query, parse
from twisted_mule.kad.search import SearchState
from twisted_mule.kad.searching import SearchError

#: Seconds between two looks at what became of a search.
LOOK: Final = 10.0
_WORDS: Final = 3


class Habit(Enum):
    """What somebody does with a node."""

    RESTING = "resting"
    SEARCHING = "searching"
    SHARING = "sharing"
    BOTH = "both"


@frozen
class Catalogue:
    """
    The files that there are; the popularity of both words and files falls as 1/rank.

    :ivar count: of files; ``vocabulary`` of words.
    """

    count: int
    vocabulary: int
    chance: Chance
    _reached: list[float] = field(init=False)
    _known: list[float] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_reached", list(accumulate(1 / k for k in _ranks(self.count))))
        words = list(accumulate(1 / k for k in _ranks(self.vocabulary)))
        object.__setattr__(self, "_known", words)

    def pick(self, draws: Draws) -> Published:
        """A file, the popular ones more often."""
        return self.file(_rank(self._reached, draws))

    def words(self, number: int) -> list[str]:
        """The words of a file's name: two that others have too, and one that nobody has."""
        draws = self.chance.stream("file", number)
        common = [f"word{_rank(self._known, draws):05d}" for _ in range(_WORDS - 1)]
        return [*common, f"title{number:05d}"]

    def file(self, number: int) -> Published:
        """File ``number``."""
        draws = self.chance.stream("hash", number)
        name = " ".join(self.words(number)) + ".mkv"
        size = 1_000_000 + draws.randrange(1_000_000_000)
        return Published(KadID.from_natural(draws.randbytes(16)), name, size, "Video")

    def query(self, draws: Draws) -> tuple[Query, KadID]:
        """What somebody types who looks for a file: its own word and one of the others."""
        number = _rank(self._reached, draws)
        first, _, own = self.words(number)
        return parse(f"{own} {first}"), self.file(number).hash


def _ranks(count: int) -> range:
    return range(1, count + 1)


def _rank(reached: list[float], draws: Draws) -> int:
    return min(bisect(reached, draws.random() * reached[-1]), len(reached) - 1)


@frozen
class Sought:
    """
    One search that is over.

    :ivar wanted: when, in seconds of the simulation; ``waited`` until it was done.
    :ivar found: whether the file was among the results; ``results`` is how many there were.
    :ivar shared: whether anybody who was there shared it.
    """

    wanted: float
    waited: float
    found: bool
    results: int
    shared: bool


@define(eq=False)
class User:
    """
    Whoever sits at one node.

    :ivar every: seconds between two searches, about.
    :ivar files: what is shared.
    :ivar sought: searches that are over.
    """

    habit: Habit
    catalogue: Catalogue
    draws: Draws
    every: float
    files: tuple[Published, ...]
    is_shared: Callable[[KadID], bool]
    sought: list[Sought] = field(factory=list, init=False)
    _open: dict[int, tuple[KadID, float]] = field(factory=dict, init=False)
    _next: float | None = field(default=None, init=False)

    @property
    def busy(self) -> bool:
        """Whether there is ever anything to do after the start."""
        return self.habit in (Habit.SEARCHING, Habit.BOTH)

    def begin(self, core: Kad, now: float) -> None:
        """The node has started."""
        self._open.clear()
        if self.habit in (Habit.SHARING, Habit.BOTH):
            core.share(self.files, now, self.draws)
        if self.busy:
            self._next = now + self.every * self.draws.random()

    def look(self, core: Kad, now: float) -> None:
        """Every ten seconds: see what was found, and search if it is time."""
        if self._open:
            self._collect(core, now)
        if self._next is not None and now >= self._next:
            self._next = now + redrawn(self.every, self.draws)
            self._search(core, now)

    def _search(self, core: Kad, now: float) -> None:
        query, wanted = self.catalogue.query(self.draws)
        try:
            self._open[core.search(query)] = (wanted, now)
        except SearchError:
            return

    def _collect(self, core: Kad, now: float) -> None:
        for view in core.searches():
            if view.state is SearchState.DONE and view.number in self._open:
                wanted, since = self._open.pop(view.number)
                found = any(getattr(one, "hash", None) == wanted for one in view.results)
                shared = self.is_shared(wanted)
                self.sought.append(Sought(since, now - since, found, len(view.results), shared))
