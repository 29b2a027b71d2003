"""
Nodes without parts of the contract, to measure what those parts cost.

They exist here only: no option and no row of the architecture leads from a node to this module.
"""

from __future__ import annotations

from math import inf
from typing import Any, Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.core import Kad
from twisted_mule.kad.cover import CoverTraffic
from twisted_mule.kad.deck import Deck
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.origins import Busy, LookupWish
from twisted_mule.node import MuleNode
from twisted_mule.places import Outgoing, Place, Places
from twisted_mule.simulation.breeds import Breed


class NoCover(CoverTraffic):
    """Wants nothing."""

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """Nothing, whatever the slot is for."""
        del aim, busy, now, random
        return None


@define
class WantedDeck(Deck):
    """Cards that fit what is wanted: the user's wishes first, then maintenance, then publishing."""

    agenda: Agenda = field(kw_only=True)

    def aim(self, slot: int) -> Aim:
        """The sort of what is wanted most; stores when nothing is, unless the hour is full."""
        del slot
        for search in self.agenda.searching._searches.values():
            if search.todo:
                return search.todo[0].kind.aim
        begun = self.agenda.slots._begun
        stores = sum(one.kind.aim is Aim.STORE for one in begun)
        if self.agenda.slots.waiting or stores >= contract.STORES_PER_HOUR:
            return Aim.NODE
        return Aim.STORE


class UncoveredKad(Kad):
    """The real core without clause 3: only what somebody wants is looked up, as soon as it may."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        slots = self._agenda.slots
        self._agenda.cover = NoCover(slots.deck.chance, self._overheard)
        slots.deck = WantedDeck(slots.deck.chance, agenda=self._agenda)
        slots._reserves_from = inf  # nor does a lookup in reserve take what others leave


@define(eq=False)
class AtOnce(Places):
    """No places: what is committed leaves in the same turn."""

    node: MuleNode = field(kw_only=True)
    _serial: int = field(default=0, init=False)

    def book(self, arrived: float, peer: bytes, arrival: int, parts: int = 1) -> tuple[Place, ...]:
        """As many as are wanted; their numbers only tell streams of chance apart."""
        del arrived, peer, arrival
        self._serial += parts
        return tuple([Place(self._serial - part, 0) for part in range(parts)])

    def commit(self, place: Place, outgoing: Outgoing, now: float) -> bool:
        """Send it."""
        del place
        self.node.link.send(outgoing.destination, outgoing.datagram)
        self.node.departed(outgoing, now)
        return True


class PromptNode(MuleNode):
    """The real node but for clause 1: an answer leaves in the turn in which it was made."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        at_once = AtOnce(self.places.schedule, self.chance, node=self)
        self.places = self.intake.places = self.sender.places = at_once

    def requested(self, number: int, now: float) -> Outgoing | None:
        """The next request of the core, ready to leave."""
        request = self.core.next_request(now, self.chance.stream("lot", number))
        return None if request is None else self._addressed(request, number)


#: The same core with answers at once and no cover: what the contract is compared with.
UNCOVERED: Final = Breed(UncoveredKad)
PROMPT: Final = Breed(UncoveredKad, PromptNode)
