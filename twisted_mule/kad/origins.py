"""Who wants lookups, and how a wish for one looks to whoever has slots to give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import define, field, frozen

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.errands import Errand
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup

#: Whether a target has a lookup already: it cannot have a second one.
Busy = Callable[[KadID], bool]


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

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """
        What it wants most of the sort that the slot is for, ``None`` if nothing.

        :param random: the stream of the slot.
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

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """The oldest wish that may begin."""
        del now, random
        return next(
            (w for w in self._wishes.values() if w.kind.aim is aim and not busy(w.target)), None
        )

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """A wish has a slot."""
        del now, random
        del self._wishes[lookup.target]
