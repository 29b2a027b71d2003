"""
The iterative lookup as a machine without I/O (node-behaviour 8, design.md section 5).

It spends a fixed number of requests, whatever comes back, so that neither success nor kind shows in
how many there are; each goes to the nearest contact that it has not asked yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from heapq import heappop, heappush
from typing import Final

from attrs import define, field, frozen

from twisted_mule import contract
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.requests import Candidate


class LookupKind(Enum):
    """What a lookup is for."""

    NODE = "node"
    SELF = "self"  # a node lookup for our own identifier
    VALUE = "value"
    STORE = "store"

    @property
    def contacts_wanted(self) -> int:
        """The count that its requests ask for; every hop sees it (node-behaviour 8.1)."""
        return _WANTED[self]

    @property
    def life(self) -> float:
        """How many seconds after its last sign of life it still waits for answers."""
        return 60.0 if self is LookupKind.SELF else 120.0


_WANTED: Final = {
    LookupKind.NODE: 11,
    LookupKind.SELF: 11,
    LookupKind.VALUE: 2,
    LookupKind.STORE: 4,
}


@frozen
class Asked:
    """
    One request of a lookup.

    :ivar distance: of the contact asked, to the target.
    :ivar at: when it was asked, in seconds since the lookup began.
    :ivar answered: when it answered, ``None`` while it has not.
    :ivar contacts: how many usable contacts it named.
    """

    kad_id: KadID
    distance: int
    at: float
    answered: float | None = None
    contacts: int = 0


@frozen
class LookupTrace:
    """What a lookup did, for the local user only."""

    kind: LookupKind
    target: KadID
    began: float
    asked: tuple[Asked, ...]

    @property
    def answered(self) -> int:
        """How many of those asked have answered."""
        return sum(one.answered is not None for one in self.asked)

    @property
    def progress(self) -> tuple[tuple[float, int], ...]:
        """The least distance of an answering contact over time: (seconds, distance), falling."""
        answers = sorted((a.answered, a.distance) for a in self.asked if a.answered is not None)
        steps: list[tuple[float, int]] = []
        for when, distance in answers:
            if not steps or distance < steps[-1][1]:
                steps.append((when, distance))
        return tuple(steps)


@define(eq=False)
class Lookup:
    """
    Converge on the nodes nearest to ``target``.

    :ivar began: when it took its slot.
    :ivar touched: when it last asked or was answered.
    """

    target: KadID
    kind: LookupKind
    began: float
    touched: float = field(init=False)
    _frontier: list[tuple[int, Candidate]] = field(factory=list, init=False)
    _known: set[KadID] = field(factory=set, init=False)
    _asked: dict[Destination, Asked] = field(factory=dict, init=False)
    _answers: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.touched = self.began

    @property
    def spent(self) -> bool:
        """Whether all its requests are made."""
        return len(self._asked) >= contract.LOOKUP_REQUESTS

    @property
    def dry(self) -> bool:
        """Whether it knows nobody whom it has not asked."""
        return not self._frontier

    @property
    def outstanding(self) -> int:
        """How many of those asked have not answered."""
        return len(self._asked) - self._answers

    def heard_of(self, candidates: Iterable[Candidate]) -> int:
        """Learn whom to ask; how many of them are new to it."""
        new = 0
        for candidate in candidates:
            if candidate.kad_id not in self._known and candidate.destination not in self._asked:
                self._known.add(candidate.kad_id)
                distance = self.target.distance(candidate.kad_id)
                # Distances of different identifiers differ: candidates are never compared.
                heappush(self._frontier, (distance, candidate))
                new += 1
        return new

    def ask(self, permitted: Callable[[Destination], bool], now: float) -> Candidate | None:
        """The nearest contact not asked yet that may be asked now, which counts as asked."""
        passed: list[tuple[int, Candidate]] = []
        chosen = None
        while self._frontier and chosen is None and not self.spent:
            distance, candidate = heappop(self._frontier)
            if candidate.destination in self._asked:
                continue
            if permitted(candidate.destination):
                chosen = candidate
                since = now - self.began
                self._asked[candidate.destination] = Asked(candidate.kad_id, distance, since)
                self.touched = now
            else:
                passed.append((distance, candidate))
        for skipped in passed:
            heappush(self._frontier, skipped)
        return chosen

    def answered(self, source: Destination, candidates: Iterable[Candidate], now: float) -> bool:
        """``source`` named ``candidates``; false, and without effect, if it was not waited for."""
        asked = self._asked.get(source)
        if asked is None or asked.answered is not None:
            return False
        named = list(candidates)
        since = now - self.began
        self._asked[source] = Asked(asked.kad_id, asked.distance, asked.at, since, len(named))
        self._answers += 1
        self.touched = now
        self.heard_of(named)
        return True

    @property
    def trace(self) -> LookupTrace:
        """What it did so far."""
        return LookupTrace(self.kind, self.target, self.began, tuple(self._asked.values()))
