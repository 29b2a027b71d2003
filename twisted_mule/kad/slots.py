"""Which lookups walk, which wait for a slot and which still listen (design.md section 5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

from attrs import define, field, frozen

from twisted_mule import contract
from twisted_mule.kad.deck import Deck
from twisted_mule.kad.exchange import RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup, LookupTrace
from twisted_mule.kad.origins import LookupWish, Origin, Upkeep
from twisted_mule.kad.requests import Candidate

#: Lookups of maintenance that wait for a slot, at the most.
WAITING: Final = 64
#: Traces of finished lookups that are kept for the local user.
TRACES: Final = 32
#: A lookup that knows nobody more to ask holds its slot so long for an answer to come.
PATIENCE: Final = 30.0
#: After the last request was answered, further parts of a search's answer may come so long.
FURTHER_PARTS: Final = 10.0
HOUR: Final = 3600.0
#: Slots that an outlook looks ahead; nobody may want more lookups at once.
_AHEAD: Final = 1000
#: Seconds that a request of a lookup takes: one a tick, shared by those that walk.
_SHARE: Final = (contract.TICK_BASE + contract.TICK_SPREAD / 2) * contract.LOOKUPS_AT_ONCE

#: Whom a lookup for a target starts with.
Start = Callable[[KadID], Iterable[Candidate]]


@frozen
class Began:
    """A lookup that began: when, and what for."""

    at: float
    kind: LookupKind
    rank: Rank


@define
class Slots:
    """
    At most ``contract.LOOKUPS_AT_ONCE`` lookups ask; others wait or have asked enough.

    Each slot is for the sort of lookup that the deck says.  No hour sees more than
    ``contract.LOOKUPS_PER_HOUR`` begin, nor more stores among them than
    ``contract.STORES_PER_HOUR``.  What maintenance wants waits here, all else with its origin.

    :ivar dealt: how many slots were given so far.
    :ivar upkeep: what maintenance wants.
    :ivar spare: the lookup that asks when no other one can, see :meth:`reserve`.
    """

    deck: Deck
    walking: list[Lookup] = field(factory=list, init=False)
    traces: deque[LookupTrace] = field(factory=lambda: deque(maxlen=TRACES), init=False)
    dealt: int = field(default=0, init=False)
    _reserves_from: float = field(default=-inf, init=False)
    spare: Lookup | None = field(default=None, init=False)
    upkeep: Upkeep = field(factory=Upkeep, init=False)
    _lookups: dict[KadID, Lookup] = field(factory=dict, init=False)
    _begun: deque[Began] = field(factory=deque, init=False)

    def wish(self, target: KadID, kind: LookupKind) -> bool:
        """Want a lookup for maintenance; false if its target has one or too many wait."""
        if target in self.upkeep or target in self._lookups or self.waiting >= WAITING:
            return False
        self.upkeep.wish(target, kind)
        return True

    @property
    def waiting(self) -> int:
        """How many wishes of maintenance wait for a slot."""
        return len(self.upkeep)

    def find(self, target: KadID) -> Lookup | None:
        """The lookup, walking or listening, for this target."""
        return self._lookups.get(target)

    @property
    def current(self) -> tuple[LookupTrace, ...]:
        """What the lookups that walk or listen did so far."""
        return tuple(lookup.trace for lookup in self._lookups.values())

    def begun(self, now: float) -> Sequence[Began]:
        """The lookups that began within the last hour, the oldest first."""
        while self._begun and self._begun[0].at <= now - HOUR:
            self._begun.popleft()
        return self._begun

    # --- who waits how long ----------------------------------------------------------------

    def outlook(self, wanted: Sequence[tuple[KadID, Aim]], now: float) -> tuple[float, ...]:
        """
        In how many seconds the next wishes of the user can expect to begin.

        :param wanted: target and sort of each, those that come first in front.
        """
        waits: list[float | None] = [None] * len(wanted)
        for aim in Aim:
            queue = [place for place, (_, sort) in enumerate(wanted) if sort is aim]
            for place, wait in zip(queue, self._turns(aim, len(queue), now), strict=True):
                waits[place] = max(wait, self._busy_for(wanted[place][0], now))
        return tuple(wait for wait in waits if wait is not None)

    def _turns(self, aim: Aim, count: int, now: float) -> list[float]:
        """When the next ``count`` slots for one sort of lookup come, in seconds."""
        free = [_SHARE * lookup.left for lookup in self.walking]
        free += [0.0] * (contract.LOOKUPS_AT_ONCE - len(free))
        heapify(free)
        begun = [one.at for one in self.begun(now)]
        turns: list[float] = []
        for ahead in range(_AHEAD if count else 0):
            wait = heappop(free)
            oldest = len(begun) + ahead - contract.LOOKUPS_PER_HOUR
            if 0 <= oldest < len(begun):
                wait = max(wait, begun[oldest] + HOUR - now)
            heappush(free, wait + _SHARE * contract.LOOKUP_REQUESTS)
            if self.deck.aim(self.dealt + ahead) is aim:
                turns.append(wait)
            if len(turns) == count:
                break
        return turns

    def _busy_for(self, target: KadID, now: float) -> float:
        """For how long the lookup that this target has, if any, can go on at the most."""
        lookup = self._lookups.get(target)
        if lookup is None:
            return 0.0
        if lookup in self.walking:
            return _SHARE * lookup.left + lookup.kind.life
        return max(lookup.touched + lookup.kind.life - now, 0.0)

    # --- who gets a slot -------------------------------------------------------------------

    def review(self, now: float) -> tuple[Lookup, ...]:
        """Take slots from those who need none; the lookups that wait for nothing more, let go."""
        self.walking = [lookup for lookup in self.walking if _needs_slot(lookup, now)]
        if self.spare is not None and self.spare.stuck:
            self.give_up_reserve()
        over = [
            lookup
            for lookup in self._lookups.values()
            if lookup not in self.walking and lookup is not self.spare and _is_over(lookup, now)
        ]
        for lookup in over:
            lookup.ended = now
            del self._lookups[lookup.target]
            self.traces.append(lookup.trace)
        return tuple(over)

    def fill(self, now: float, start: Start, origins: Iterable[Origin] = ()) -> None:
        """
        Give free slots to lookups that can go on, then to the wishes that fit the deck's cards.

        Of the origins the first that wants something gets it.  While nobody at all is known to
        start with, all wishes wait.
        """
        for lookup in self._lookups.values():
            if len(self.walking) >= contract.LOOKUPS_AT_ONCE:
                return
            rests = lookup not in self.walking and not lookup.spare
            if rests and not lookup.spent and not lookup.stuck:
                self.walking.append(lookup)
        turns = tuple(origins)
        while len(self.walking) < contract.LOOKUPS_AT_ONCE:
            if not self._begin_next(turns, now, start):
                return

    def _begin_next(self, turns: tuple[Origin, ...], now: float, start: Start) -> bool:
        aim = self._next_aim(now)
        if aim is None:
            return False
        for place, origin in enumerate(turns):
            # A stream for each: what one draws and does not want must not shift the next one's lot.
            draws = self.deck.draws(self.dealt, place)
            wish = origin.offer(aim, self._lookups.__contains__, now, draws)
            if wish is None:
                continue
            lookup = self._begin(wish, now, start)
            if lookup is None:
                return False  # nobody at all is known yet, whatever the target
            self.dealt += 1
            self.walking.append(lookup)
            origin.begun(lookup, now, draws)
            return True
        return False

    def _begin(self, wish: LookupWish, now: float, start: Start) -> Lookup | None:
        lookup = Lookup(wish.target, wish.kind, now, wish.errand, wish.rank, wish.owner)
        if not lookup.heard_of(start(wish.target)):
            return None
        self._lookups[wish.target] = lookup
        self._begun.append(Began(now, wish.kind, wish.rank))
        return lookup

    def _next_aim(self, now: float) -> Aim | None:
        """The sort of the next slot, ``None`` while the hour has seen enough lookups."""
        begun = self.begun(now)
        if len(begun) >= contract.LOOKUPS_PER_HOUR:
            return None
        if sum(one.kind.aim is Aim.STORE for one in begun) >= contract.STORES_PER_HOUR:
            while self.deck.aim(self.dealt) is Aim.STORE:
                self.dealt += 1  # the card is lost, for real stores as for cover
        return self.deck.aim(self.dealt)

    def reserve(self, target: KadID, now: float, start: Start) -> Lookup | None:
        """
        A lookup that holds no slot and asks only when none of the others can ask anybody.

        So the request place of a tick is used whatever the others wait for.  It spends as many
        requests as any, and counts as one that began.

        :param target: for a new one, where the old one has nobody more to ask.
        """
        if self.spare is not None and not self.spare.spent:
            return self.spare
        over = len(self.begun(now)) >= contract.LOOKUPS_PER_HOUR or now < self._reserves_from
        if over or target in self._lookups:
            return None
        self.spare = self._begin(LookupWish(target, LookupKind.NODE, Rank.COVER), now, start)
        if self.spare is not None:
            self.spare.spare = True
        return self.spare

    def give_up_reserve(self) -> None:
        """The lookup in reserve has nobody to ask either: another one may begin after a while."""
        if self.spare is not None:
            self._reserves_from = self.spare.began + contract.RESERVE_SPACING
            self.spare = None


def _needs_slot(lookup: Lookup, now: float) -> bool:
    if lookup.spent or not lookup.stuck:
        return not lookup.spent
    waiting = lookup.outstanding > 0 and now < lookup.touched + PATIENCE
    return waiting or now < lookup.began + contract.SLOT_LEAST


def _is_over(lookup: Lookup, now: float) -> bool:
    if now >= lookup.touched + lookup.kind.life:
        return True
    further = FURTHER_PARTS if lookup.final is RequestKind.SEARCH else 0.0
    done = lookup.outstanding == 0 and (lookup.spent or lookup.stuck)
    return done and now >= lookup.touched + further
