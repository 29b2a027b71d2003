"""Which lookups walk, which wait for a slot and which still listen (design.md section 5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Final, Protocol

from attrs import define, field, frozen

from twisted_mule import contract
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.errands import Errand
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import ALL_AIMS, Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup, LookupTrace
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
#: Seconds that a request of a lookup takes: one a tick, shared by those that walk.
_SHARE: Final = (contract.TICK_BASE + contract.TICK_SPREAD / 2) * contract.LOOKUPS_AT_ONCE

#: Whom a lookup for a target starts with.
Start = Callable[[KadID], Iterable[Candidate]]


@frozen
class LookupWish:
    """
    A lookup that may take the next free slot.

    :ivar owner: what the one who wants it knows it by.
    """

    target: KadID
    kind: LookupKind
    rank: Rank
    errand: Errand | None = None
    owner: int = 0


class Origin(Protocol):
    """Whoever wants lookups: asked when a slot is free, told what became of its wish."""

    def offer(
        self, aims: frozenset[Aim], busy: Callable[[KadID], bool], now: float, random: Draws
    ) -> LookupWish | None:
        """
        What it wants most, ``None`` if nothing; it goes on wanting it.

        :param aims: the sorts of lookup that may begin now.
        :param busy: whether a target has a lookup already: it cannot have a second one.
        """

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """Its wish has a slot."""


@define
class Upkeep:
    """The lookups that maintenance wants, one for a target, first come, first served."""

    _wishes: dict[KadID, LookupWish] = field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._wishes)

    def __contains__(self, target: KadID) -> bool:
        return target in self._wishes

    def wish(self, target: KadID, kind: LookupKind) -> None:
        """Want a lookup."""
        self._wishes[target] = LookupWish(target, kind, Rank.MAINTENANCE)

    def offer(
        self, aims: frozenset[Aim], busy: Callable[[KadID], bool], now: float, random: Draws
    ) -> LookupWish | None:
        """The oldest wish that may begin."""
        del now, random
        return next(
            (w for w in self._wishes.values() if w.kind.aim in aims and not busy(w.target)), None
        )

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """A wish has a slot."""
        del now, random
        del self._wishes[lookup.target]


@define
class Slots:
    """
    At most ``contract.LOOKUPS_AT_ONCE`` lookups ask; others wait or have asked enough.

    No hour sees more than ``contract.LOOKUPS_PER_HOUR`` begin, nor more stores among them than
    ``contract.STORES_PER_HOUR``.  What maintenance wants waits here, all else with its origin.
    """

    walking: list[Lookup] = field(factory=list, init=False)
    traces: deque[LookupTrace] = field(factory=lambda: deque(maxlen=TRACES), init=False)
    _upkeep: Upkeep = field(factory=Upkeep, init=False)
    _lookups: dict[KadID, Lookup] = field(factory=dict, init=False)
    _begun: deque[tuple[float, Aim]] = field(factory=deque, init=False)

    def wish(self, target: KadID, kind: LookupKind) -> bool:
        """Want a lookup for maintenance; false if its target has one or too many wait."""
        if target in self._upkeep or target in self._lookups or self.waiting >= WAITING:
            return False
        self._upkeep.wish(target, kind)
        return True

    @property
    def waiting(self) -> int:
        """How many wishes of maintenance wait for a slot."""
        return len(self._upkeep)

    def find(self, target: KadID) -> Lookup | None:
        """The lookup, walking or listening, for this target."""
        return self._lookups.get(target)

    @property
    def current(self) -> tuple[LookupTrace, ...]:
        """What the lookups that walk or listen did so far."""
        return tuple(lookup.trace for lookup in self._lookups.values())

    def begun(self, aims: frozenset[Aim], now: float) -> int:
        """How many lookups of these sorts began within the last hour."""
        while self._begun and self._begun[0][0] <= now - HOUR:
            self._begun.popleft()
        return sum(aim in aims for _, aim in self._begun)

    def outlook(self, targets: Sequence[KadID], now: float) -> tuple[float, ...]:
        """In how many seconds the next wishes of the user, for these, can expect to begin."""
        free = [_SHARE * lookup.left for lookup in self.walking]
        free += [0.0] * (contract.LOOKUPS_AT_ONCE - len(free))
        heapify(free)
        over = self.begun(ALL_AIMS, now) - contract.LOOKUPS_PER_HOUR
        waits = []
        for number, target in enumerate(targets, over):
            wait = heappop(free)
            heappush(free, wait + _SHARE * contract.LOOKUP_REQUESTS)
            if 0 <= number < len(self._begun):
                wait = max(wait, self._begun[number][0] + HOUR - now)
            waits.append(max(wait, self._busy_for(target, now)))
        return tuple(waits)

    def _busy_for(self, target: KadID, now: float) -> float:
        """For how long the lookup that this target has, if any, can go on at the most."""
        lookup = self._lookups.get(target)
        if lookup is None:
            return 0.0
        if lookup in self.walking:
            return _SHARE * lookup.left + lookup.kind.life
        return max(lookup.touched + lookup.kind.life - now, 0.0)

    def review(self, now: float) -> tuple[Lookup, ...]:
        """Take slots from those who need none; the lookups that wait for nothing more, let go."""
        self.walking = [lookup for lookup in self.walking if _needs_slot(lookup, now)]
        over = [
            lookup
            for lookup in self._lookups.values()
            if lookup not in self.walking and _is_over(lookup, now)
        ]
        for lookup in over:
            lookup.ended = now
            del self._lookups[lookup.target]
            self.traces.append(lookup.trace)
        return tuple(over)

    def fill(self, now: float, random: Draws, start: Start, origins: Iterable[Origin] = ()) -> None:
        """
        Give free slots to lookups that can go on, then to the origins in turn, then to maintenance.

        While nobody at all is known to start with, all wishes wait.
        """
        for lookup in self._lookups.values():
            if len(self.walking) >= contract.LOOKUPS_AT_ONCE:
                return
            if lookup not in self.walking and not lookup.spent and not lookup.stuck:
                self.walking.append(lookup)
        turns = (*origins, self._upkeep)
        while len(self.walking) < contract.LOOKUPS_AT_ONCE:
            if not self._begin_next(turns, now, random, start):
                return

    def _begin_next(
        self, turns: tuple[Origin, ...], now: float, random: Draws, start: Start
    ) -> bool:
        aims = self._aims(now)
        for origin in turns:
            wish = origin.offer(aims, self._lookups.__contains__, now, random)
            if wish is None:
                continue
            lookup = Lookup(wish.target, wish.kind, now, wish.errand, wish.rank, wish.owner)
            if not lookup.heard_of(start(wish.target)):
                return False  # nobody at all is known yet, whatever the target
            self._lookups[wish.target] = lookup
            self.walking.append(lookup)
            self._begun.append((now, wish.kind.aim))
            origin.begun(lookup, now, random)
            return True
        return False

    def _aims(self, now: float) -> frozenset[Aim]:
        """The sorts of lookup that may begin now: here a slot asks for its kind."""
        if self.begun(ALL_AIMS, now) >= contract.LOOKUPS_PER_HOUR:
            return frozenset()
        if self.begun(frozenset({Aim.STORE}), now) >= contract.STORES_PER_HOUR:
            return ALL_AIMS - {Aim.STORE}
        return ALL_AIMS


def _needs_slot(lookup: Lookup, now: float) -> bool:
    if lookup.spent:
        return False
    waiting = lookup.outstanding > 0 and now < lookup.touched + PATIENCE
    return not lookup.stuck or waiting


def _is_over(lookup: Lookup, now: float) -> bool:
    if now >= lookup.touched + lookup.kind.life:
        return True
    further = FURTHER_PARTS if lookup.kind.aim is Aim.VALUE else 0.0
    done = lookup.outstanding == 0 and (lookup.spent or lookup.stuck)
    return done and now >= lookup.touched + further
