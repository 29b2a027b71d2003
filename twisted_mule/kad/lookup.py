"""
The iterative lookup as a machine without I/O (node-behaviour 8, design.md section 5).

It spends a fixed number of requests, whatever comes back, so that neither success nor kind shows in
how many there are: a walk towards the target, each step to the nearest contact not asked yet, and
then for values and stores the finish, at the nearest of those who answered.  Steps that are left
over may go a second time to who was silent: routers lose the first datagram to a destination that
they have not looked up (docs/decisions/0008-second-asking.md).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errands import SEARCHES, Errand
from twisted_mule.kad.exchange import RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind, Rank
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.traces import Asked, LookupTrace

__all__ = ["AWAITED", "Asked", "Lookup", "LookupKind", "LookupTrace", "Permits", "Turn"]

#: For so long a step is awaited; whoever is silent longer counts as dead, but for a second asking.
AWAITED: Final = 12.0

#: While no more than one in so many has answered, the silent are worth a second asking.
FEW: Final = 3

#: Whether a peer may get one more request of a kind now.
Permits = Callable[[Destination, RequestKind], bool]


class Turn(NamedTuple):
    """Whom a lookup asks next, and whether for contacts or to finish."""

    candidate: Candidate
    finishing: bool = False


@define(eq=False)
class _Walked:
    """Somebody who was asked for contacts: ``place`` is that of the latest request."""

    candidate: Candidate
    place: int
    twice: bool = False


@define(eq=False)
class Lookup:
    """
    Converge on the nodes nearest to ``target``, and finish there.

    :ivar began: when it took its slot.
    :ivar errand: what its finishing requests say; none for node lookups.
    :ivar owner: what the one who wanted it knows it by.
    :ivar spare: whether it has no slot and asks only when no other lookup can.
    :ivar touched: when it last asked or was answered.
    :ivar loads: what the publishes that were acknowledged said of the load of the key.
    """

    target: KadID
    kind: LookupKind
    began: float
    errand: Errand | None = None
    rank: Rank = Rank.MAINTENANCE
    owner: int = 0
    spare: bool = field(default=False, init=False)
    touched: float = field(init=False)
    ended: float | None = field(default=None, init=False)
    loads: list[int] = field(factory=list, init=False)
    # The nearest to the target first.  A hundred wait in each: their distances are not kept.
    _frontier: list[Candidate] = field(factory=list, init=False)
    _responders: list[Candidate] = field(factory=list, init=False)
    _passed: set[KadID] = field(factory=set, init=False)  # who stood in the frontier once
    _asked: list[Asked] = field(factory=list, init=False)
    _walked: dict[Destination, _Walked] = field(factory=dict, init=False)
    _finished: dict[Destination, int] = field(factory=dict, init=False)
    _owed: set[int] = field(factory=set, init=False)  # places of requests without an answer

    def __attrs_post_init__(self) -> None:
        self.touched = self.began

    # --- where it stands -------------------------------------------------------------------

    @property
    def spent(self) -> bool:
        """Whether all its requests are made."""
        return len(self._asked) >= contract.LOOKUP_REQUESTS

    @property
    def left(self) -> int:
        """How many requests it has left."""
        return contract.LOOKUP_REQUESTS - len(self._asked)

    @property
    def stuck(self) -> bool:
        """Whether there is nobody whom it could ask anything, unless answers name somebody."""
        done = self._all_finished or not self._responders
        return done and not self._frontier and not self._silent

    @property
    def final(self) -> RequestKind | None:
        """
        The kind of its finishing requests, ``None`` if it makes none.

        Cover for a store may finish with searches, for want of anything true to publish.
        """
        return RequestKind.SEARCH if isinstance(self.errand, SEARCHES) else self.kind.final

    @property
    def outstanding(self) -> int:
        """How many of those it asked owe it an answer."""
        return len(self._owed)

    @property
    def trace(self) -> LookupTrace:
        """What it did so far."""
        ended = None if self.ended is None else self.ended - self.began
        asked = tuple(self._asked)
        return LookupTrace(self.kind, self.target, self.began, asked, self.rank, ended)

    @property
    def _all_finished(self) -> bool:
        return self.final is None or len(self._finished) >= contract.LOOKUP_FINISH

    @property
    def _silent(self) -> list[_Walked]:
        """Those who have not answered and may be asked once more, in time."""
        return [
            one
            for one in self._walked.values()
            if self._asked[one.place].answered is None and not one.twice
        ]

    def _awaited(self, now: float) -> list[int]:
        """The distances of those whose answer to a step may still come soon."""
        latest = [self._asked[one.place] for one in self._walked.values()]
        return [one.distance for one in latest if one.answered is None and self._is_fresh(one, now)]

    def _is_fresh(self, asked: Asked, now: float) -> bool:
        return asked.at > now - self.began - AWAITED

    # --- whom it asks ----------------------------------------------------------------------

    def heard_of(self, candidates: Iterable[Candidate]) -> int:
        """Learn whom to ask; how many of them are new to it, none once it has asked enough."""
        new = 0
        if self.spent:
            return new
        frontier, target = self._frontier, self.target
        for candidate in candidates:
            kad_id = candidate.kad_id
            if kad_id in self._passed or candidate.destination in self._walked:
                continue
            place = bisect_left(frontier, target ^ kad_id, key=self._distance)
            if place == len(frontier) or frontier[place].kad_id != kad_id:
                frontier.insert(place, candidate)  # no two distances are equal
                new += 1
        return new

    def _distance(self, candidate: Candidate) -> int:
        return self.target ^ candidate.kad_id

    def ask(self, permits: Permits, now: float) -> Turn | None:
        """
        The next request, which counts as made; ``None`` while nobody can be asked or is worth it.

        The walk goes on with what the finish cannot use, for want of responders or of permitted
        ones, unless the answers that are still awaited could use it up.
        """
        if self.spent:
            return None
        if not self._may_finish(now):
            return self._walk(permits, now)
        turn = self._finish(permits, now)
        if turn is not None or self._is_worth_waiting(now):
            return turn
        return self._walk(permits, now)

    def _may_finish(self, now: float) -> bool:
        if self._all_finished:
            return False
        return self._has_walked or (not self._frontier and not self._awaited(now))

    @property
    def _has_walked(self) -> bool:
        return len(self._asked) - len(self._finished) >= contract.LOOKUP_WALK

    def _is_worth_waiting(self, now: float) -> bool:
        awaited = len(self._awaited(now))
        return awaited > 0 and (bool(self._responders) or awaited >= self.left)

    def _walk(self, permits: Permits, now: float) -> Turn | None:
        """Ask the nearest contact for others: a new one, or late in the walk a silent one again."""
        near: list[Candidate] = []
        for one in self._frontier:
            if permits(one.destination, RequestKind.REQ):
                near.append(one)
                break
        if self._has_walked or not self._frontier:
            near += self._again(permits, now)
        if not near:
            return None
        candidate, place = min(near, key=self._distance), len(self._asked)
        self._pass(candidate.destination)
        earlier = self._walked.get(candidate.destination)
        twice = earlier is not None
        if earlier is not None:
            self._owed.discard(earlier.place)
        self._walked[candidate.destination] = _Walked(candidate, place, twice)
        self._note(candidate, now)
        return Turn(candidate)

    def _pass(self, peer: Destination) -> None:
        """Take ``peer`` out of the frontier, by all the identifiers that it goes by there."""
        rest = [one for one in self._frontier if one.destination != peer]
        if len(rest) < len(self._frontier):
            self._passed.update(one.kad_id for one in self._frontier if one.destination == peer)
            self._frontier = rest

    def _again(self, permits: Permits, now: float) -> list[Candidate]:
        """
        Who was silent for long and may be asked a second time.

        Where many answer, the silent are dead; where few do, their first datagrams were lost.
        Where there is nobody else, they are asked anyway.
        """
        silent = [one for one in self._silent if not self._is_fresh(self._asked[one.place], now)]
        answered = sum(self._asked[one.place].answered is not None for one in self._walked.values())
        if self._frontier and answered * FEW > answered + len(silent):
            return []
        return [
            one.candidate for one in silent if permits(one.candidate.destination, RequestKind.REQ)
        ]

    def _finish(self, permits: Permits, now: float) -> Turn | None:
        """Finish at the nearest responder that may be asked, if no nearer answer is awaited."""
        final = self.final
        horizon = min(self._awaited(now), default=None)
        for place, candidate in enumerate(self._responders):
            if final is None or (horizon is not None and horizon < self._distance(candidate)):
                return None
            if permits(candidate.destination, final):
                del self._responders[place]
                self._finished[candidate.destination] = len(self._asked)
                self._note(candidate, now, finishing=True)
                return Turn(candidate, finishing=True)
        return None

    def _note(self, candidate: Candidate, now: float, *, finishing: bool = False) -> None:
        distance = self._distance(candidate)
        self._owed.add(len(self._asked))
        self._asked.append(Asked(candidate.kad_id, distance, now - self.began, finishing))
        self.touched = now
        if self.spent:  # it listens for minutes yet, and asks nobody any more
            self._frontier, self._responders, self._passed = [], [], set()

    # --- who answers -----------------------------------------------------------------------

    def answered(self, source: Destination, candidates: Iterable[Candidate], now: float) -> bool:
        """``source`` named ``candidates``; false, and without effect, if it was not waited for."""
        walked = self._walked.get(source)
        if walked is None or self._asked[walked.place].answered is not None:
            return False
        named, asked = list(candidates), self._asked[walked.place]
        since = now - self.began
        what = asked.kad_id, asked.distance, asked.at, asked.finishing
        self._asked[walked.place] = Asked(*what, since, len(named))
        self._owed.discard(walked.place)
        if not self.spent:
            insort(self._responders, walked.candidate, key=self._distance)
        self.touched = now
        self.heard_of(named)
        return True

    def delivered(self, source: Destination, results: int, now: float) -> bool:
        """
        ``source`` answered the finish, perhaps in one of several parts; false if it was not asked.

        :param results: how many entries it brought.
        """
        place = self._finished.get(source)
        if place is None:
            return False
        asked = self._asked[place]
        first = now - self.began if asked.answered is None else asked.answered
        what = asked.kad_id, asked.distance, asked.at, asked.finishing
        self._asked[place] = Asked(*what, first, asked.contacts, asked.results + results)
        self._owed.discard(place)
        self.touched = now
        return True
