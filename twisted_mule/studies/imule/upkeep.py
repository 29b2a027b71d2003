"""iMule's maintenance (node-behaviour 4.5, 4.8): fixed periods, and one HELLO a leaf and minute."""

from __future__ import annotations

from collections import deque
from typing import Final

from attrs import define, field

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import SILENT, Contact
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.slots import Slots
from twisted_mule.kad.zones import Zone

SMALL: Final = 60.0
BIG: Final = 3600.0
FIRST_BIG: Final = 10.0
SPACING: Final = 10.0
SILENCE: Final = 900.0
FIRST_SELF: Final = 60.0
SELF: Final = 4 * 3600.0
CONSOLIDATE: Final = 45 * 60.0


@define
class _Timers:
    """A leaf and when its two timers are due."""

    leaf: Zone
    small: float
    big: float

    @property
    def lives(self) -> bool:
        return self.leaf.is_leaf and not self.leaf.merged


@define
class ImuleUpkeep:
    """
    Look after the table.

    :ivar now: when the node began.
    :ivar greet: contacts that are to get a HELLO at once.
    """

    table: RoutingTable
    slots: Slots
    now: float
    greet: deque[Contact] = field(factory=deque, init=False)
    _timers: list[_Timers] = field(factory=list, init=False)
    _self: float = field(init=False)
    _consolidate: float = field(init=False)
    _visit: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self._self = self.now + FIRST_SELF
        self._consolidate = self.now + CONSOLIDATE

    def beat(self, now: float, random: Draws, silence: float) -> None:
        """Run what is due."""
        self.table.newcomers.clear()
        self._adopt(now)
        if now >= self._self:
            self._self += SELF
            self.slots.wish(self.table.me.kad_id, LookupKind.NODECOMPLETE)
        if now >= self._consolidate:
            self._consolidate += CONSOLIDATE
            self.table.consolidate(now)
        for timers in self._timers:
            if now >= timers.small:
                timers.small = now + SMALL
                self._look_after(timers.leaf, now, random)
        self._look_around(now, random, silence)

    def _adopt(self, now: float) -> None:
        fresh = [one for one in self.table.new_leaves if one.is_leaf]
        self.table.new_leaves.clear()
        self._timers = [one for one in self._timers if one.lives]
        known = {id(one.leaf) for one in self._timers}
        for leaf in fresh:
            if id(leaf) not in known:
                # The first small timer comes as many seconds later as the zone has for a number.
                first = now + min(leaf.index, SMALL)
                self._timers.append(_Timers(leaf, first, now + FIRST_BIG))

    def _look_after(self, leaf: Zone, now: float, random: Draws) -> None:
        for contact in list(leaf.bin):
            if contact.expires is None:
                contact.expires = now
            elif contact.kind >= SILENT and contact.expires <= now:
                self.table.remove(contact)
        if not leaf.bin:
            return
        oldest = leaf.bin[0]
        if oldest.expires is None or oldest.expires >= now or oldest.kind >= SILENT:
            self.table.refresh(oldest)
            return
        oldest.doubted(now, random)
        self.greet.append(oldest)

    def _look_around(self, now: float, random: Draws, silence: float) -> None:
        """At most one leaf in ten seconds has a random point of its own looked for."""
        if now < self._visit or not self._timers:
            return
        timers = min(self._timers, key=lambda one: one.big)
        if now < timers.big and silence < SILENCE:
            return
        timers.big, self._visit = now + BIG, now + SPACING
        if timers.leaf.wants_lookup:
            point = self.table.me.kad_id.value ^ timers.leaf.random_distance(random)
            self.slots.wish(KadID(point), LookupKind.NODE)
