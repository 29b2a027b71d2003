"""Which lookups walk, which wait for a slot and which still listen (design.md section 5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Final

from attrs import define, field, frozen

from twisted_mule import contract
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.lookup import Lookup, LookupKind, LookupTrace
from twisted_mule.kad.requests import Candidate

#: Wishes that wait for a slot, at the most.
WAITING: Final = 64
#: Traces of finished lookups that are kept for the local user.
TRACES: Final = 32
#: A lookup that knows nobody more to ask holds its slot so long for an answer to come.
PATIENCE: Final = 30.0


class Rank(IntEnum):
    """Who is served first when a slot is free."""

    USER = 0
    PUBLISHING = 1
    MAINTENANCE = 2


@frozen
class LookupWish:
    """A lookup that waits for its first slot."""

    target: KadID
    kind: LookupKind
    rank: Rank


@define
class Slots:
    """At most ``contract.LOOKUPS_AT_ONCE`` lookups ask; others wait or have asked enough."""

    walking: list[Lookup] = field(factory=list, init=False)
    traces: deque[LookupTrace] = field(factory=lambda: deque(maxlen=TRACES), init=False)
    _wishes: dict[KadID, LookupWish] = field(factory=dict, init=False)
    _lookups: dict[KadID, Lookup] = field(factory=dict, init=False)

    def __contains__(self, target: KadID) -> bool:
        return target in self._wishes or target in self._lookups

    def wish(self, target: KadID, kind: LookupKind, rank: Rank) -> bool:
        """Want a lookup; false if there is one for this target or too many wait."""
        if target in self or len(self._wishes) >= WAITING:
            return False
        self._wishes[target] = LookupWish(target, kind, rank)
        return True

    @property
    def waiting(self) -> int:
        """How many wishes wait for a slot."""
        return len(self._wishes)

    def find(self, target: KadID) -> Lookup | None:
        """The lookup, walking or listening, for this target."""
        return self._lookups.get(target)

    @property
    def current(self) -> tuple[LookupTrace, ...]:
        """What the lookups that walk or listen did so far."""
        return tuple(lookup.trace for lookup in self._lookups.values())

    def review(self, now: float) -> None:
        """Take slots from those who need none, and let go of those who wait for nothing."""
        self.walking = [lookup for lookup in self.walking if _needs_slot(lookup, now)]
        for lookup in list(self._lookups.values()):
            if lookup not in self.walking and _is_over(lookup, now):
                del self._lookups[lookup.target]
                self.traces.append(lookup.trace)

    def fill(self, now: float, start: Callable[[KadID], Iterable[Candidate]]) -> None:
        """
        Give free slots to lookups that can go on, then to wishes, the highest rank first.

        :param start: whom a lookup for a target starts with; while it is nobody, wishes wait.
        """
        for lookup in self._lookups.values():
            if len(self.walking) >= contract.LOOKUPS_AT_ONCE:
                return
            if lookup not in self.walking and not lookup.spent and not lookup.dry:
                self.walking.append(lookup)
        for wish in sorted(self._wishes.values(), key=lambda waiting: waiting.rank):
            if len(self.walking) >= contract.LOOKUPS_AT_ONCE:
                return
            lookup = Lookup(wish.target, wish.kind, now)
            if not lookup.heard_of(start(wish.target)):
                return  # nobody at all is known yet, whatever the target
            del self._wishes[wish.target]
            self._lookups[wish.target] = lookup
            self.walking.append(lookup)


def _needs_slot(lookup: Lookup, now: float) -> bool:
    if lookup.spent:
        return False
    waiting = lookup.outstanding > 0 and now < lookup.touched + PATIENCE
    return not lookup.dry or waiting


def _is_over(lookup: Lookup, now: float) -> bool:
    served = lookup.outstanding == 0 and (lookup.spent or lookup.dry)
    return served or now >= lookup.touched + lookup.kind.life
