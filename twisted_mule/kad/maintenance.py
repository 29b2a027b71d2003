"""The timers that keep the table honest; every period is drawn anew (node-behaviour 4.8)."""

from __future__ import annotations

from enum import Enum
from heapq import heappop, heappush
from itertools import count
from typing import Final, assert_never

from attrs import define, field

from twisted_mule.kad.chance import Draws, redrawn
from twisted_mule.kad.claims import Claims, Ground
from twisted_mule.kad.contact import SILENT, Contact
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.newcomers import wants_greeting
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.slots import Slots
from twisted_mule.kad.wishes import Check, Wish
from twisted_mule.kad.zones import Zone

SMALL: Final = 60.0
BIG: Final = 3600.0
FIRST_BIG: Final = 10.0
#: Between the big timers of any two leaves.
BIG_SPACING: Final = 10.0
#: No leaf asks for a lookup while so many wait for a slot.
BACKLOG: Final = 2
#: After so long without a message the leaves no longer wait for their hour.
SILENCE: Final = 900.0
FIRST_SELF: Final = 60.0
SELF: Final = 4 * 3600.0
CONSOLIDATE: Final = 45 * 60.0


class _Task(Enum):
    SMALL = "small"
    SELF = "self"
    CONSOLIDATE = "consolidate"


@define
class Maintenance:
    """
    What is due when: checks and lookups are only wished for here, never sent.

    :ivar now: when the node began.
    """

    table: RoutingTable
    slots: Slots
    claims: Claims[Wish]
    now: float
    _tasks: list[tuple[float, int, _Task, Zone | None, float]] = field(factory=list, init=False)
    _visits: list[tuple[float, int, Zone, float]] = field(factory=list, init=False)
    _next_visit: float = field(default=float("-inf"), init=False)
    _numbers: count[int] = field(factory=count, init=False)
    _began: bool = field(default=False, init=False)

    def beat(self, now: float, random: Draws, silence: float) -> None:
        """
        Run what is due.

        :param silence: seconds since anything was heard.
        """
        if not self._began:
            self._began = True
            self._schedule(self.now + redrawn(FIRST_SELF, random), _Task.SELF)
            self._schedule(self.now + redrawn(CONSOLIDATE, random), _Task.CONSOLIDATE)
        self._adopt(random)
        while self._tasks and self._tasks[0][0] <= now:
            _, _, task, zone, born = heappop(self._tasks)
            self._run(task, zone, born, now, random)
        self._visit(now, random, silence)
        self._adopt(random)

    def _schedule(self, when: float, task: _Task, zone: Zone | None = None) -> None:
        born = zone.born if zone is not None else 0.0
        heappush(self._tasks, (when, next(self._numbers), task, zone, born))

    def _schedule_visit(self, when: float, zone: Zone) -> None:
        heappush(self._visits, (when, next(self._numbers), zone, zone.born))

    def _adopt(self, random: Draws) -> None:
        """Give every new leaf its two timers."""
        for leaf in self.table.new_leaves:
            self._schedule(leaf.born + redrawn(leaf.index, random), _Task.SMALL, leaf)
            self._schedule_visit(leaf.born + redrawn(FIRST_BIG, random), leaf)
        self.table.new_leaves.clear()

    def _run(self, task: _Task, zone: Zone | None, born: float, now: float, random: Draws) -> None:
        match task:
            case _Task.SMALL:
                if zone is not None and _lives(zone, born):
                    self._look_after(zone, now, random)
                    self._schedule(now + redrawn(SMALL, random), task, zone)
            case _Task.SELF:
                self.slots.wish(self.table.me.kad_id, LookupKind.NODECOMPLETE)
                self._schedule(now + redrawn(SELF, random), task)
            case _Task.CONSOLIDATE:
                self.table.consolidate(now)
                self._schedule(now + redrawn(CONSOLIDATE, random), task)
            case _ as never:
                assert_never(never)

    def _look_after(self, leaf: Zone, now: float, random: Draws) -> None:
        """The small timer: let go of the silent, check on the one that was unheard longest."""
        for contact in [one for one in leaf.bin if _is_gone(one, now)]:
            self.table.remove(contact)
        for contact in leaf.bin:
            if contact.expires is None:
                contact.expires = now  # due at the next pass, not in this one
        if not leaf.bin:
            return
        oldest = leaf.bin[0]
        valid = oldest.expires is not None and oldest.expires >= now
        if valid or oldest.kind >= SILENT or wants_greeting(oldest):
            self.table.refresh(oldest)
        else:
            self.claims.make(Check(oldest), Ground.MAINTENANCE, now, random)

    def _visit(self, now: float, random: Draws, silence: float) -> None:
        """The big timer: at most one leaf at a time gets a lookup for a random point in it."""
        while self._visits and not _lives(self._visits[0][2], self._visits[0][3]):
            heappop(self._visits)
        if not self._visits or now < self._next_visit or self.slots.waiting >= BACKLOG:
            return
        due, _, leaf, _ = self._visits[0]
        if due > now and silence < SILENCE:
            return
        heappop(self._visits)
        self._schedule_visit(now + redrawn(BIG, random), leaf)
        self._next_visit = now + redrawn(BIG_SPACING, random)
        if leaf.wants_lookup:
            point = self.table.me.kad_id.value ^ leaf.random_distance(random)
            self.slots.wish(KadID(point), LookupKind.NODE)


def _lives(zone: Zone, born: float) -> bool:
    return zone.is_leaf and not zone.merged and zone.born == born


def _is_gone(contact: Contact, now: float) -> bool:
    return contact.kind >= SILENT and contact.expires is not None and contact.expires <= now
