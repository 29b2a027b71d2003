"""Attackers who close in on a few victims: they greet them often, and name only each other."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest
from typing import Final

from attrs import define, field

from twisted_mule.kad import messages as m
from twisted_mule.kad import requests
from twisted_mule.kad.chance import Draws, redrawn
from twisted_mule.kad.contact import Contact, Me, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Reply, Request
from twisted_mule.simulation.hostile import Malice

#: Bits that every second attacker shares with a victim, so as to be in the zones next to it.
CLOSE_BITS: Final = 8
#: Seconds, about, between two greetings of one attacker to one victim.
GREET: Final = 60.0


@define(eq=False)
class Encircler:
    """
    The hands of one attacker; to all but the victims it is honest, and never names those.

    :ivar gang: how all attackers stand in lists; ``victims`` are those whom they encircle.
    """

    gang: Sequence[m.PeerRecord]
    victims: Sequence[Seed]
    malice: Malice = field(default=Malice.ENCIRCLING, init=False)
    _next: float = field(default=0.0, init=False)
    _turn: int = field(default=0, init=False)

    def __call__(self, reply: Reply, source: Destination, draws: Draws) -> Reply | None:
        """What leaves for ``source`` instead of ``reply``."""
        if any(victim.destination == source for victim in self.victims):
            return self._deceived(reply, draws)
        message = reply.message
        match message:
            case m.FindNodeResponse(target, contacts):
                return reply._replace(message=m.FindNodeResponse(target, self._hidden(contacts)))
            case m.BootstrapResponse(sender, version, tcp, contacts):
                hidden = self._hidden(contacts)
                return reply._replace(message=m.BootstrapResponse(sender, version, tcp, hidden))
            case _:
                return reply

    def _deceived(self, reply: Reply, draws: Draws) -> Reply:
        """To a victim: as many as it asked for, of the gang, and no file at all."""
        match reply.message:
            case m.FindNodeResponse(target, contacts):
                near = nsmallest(
                    len(contacts), self.gang, key=lambda one: target.distance(one.kad_id)
                )
                draws.shuffle(near)
                return reply._replace(message=m.FindNodeResponse(target, tuple(near)))
            case m.BootstrapResponse(sender, version, tcp, contacts):
                fellows = list(self.gang)
                draws.shuffle(fellows)
                named = tuple(fellows[: len(contacts)])
                return reply._replace(message=m.BootstrapResponse(sender, version, tcp, named))
            case m.SearchResponse(sender, target, _):
                return reply._replace(message=m.SearchResponse(sender, target, ()))
            case _:
                return reply

    def _hidden(self, contacts: Sequence[m.PeerRecord]) -> tuple[m.PeerRecord, ...]:
        victims = [victim.destination for victim in self.victims]
        return tuple(one for one in contacts if one.destination not in victims)

    def urge(self, me: Me, now: float, draws: Draws) -> Request | None:
        """A greeting for the next victim, when it is time for one."""
        if now < self._next or not self.victims:
            return None
        self._next = now + redrawn(GREET, draws) / len(self.victims)
        victim = self.victims[self._turn % len(self.victims)]
        self._turn += 1
        return requests.hello(me, Contact.met(victim, me.kad_id, now))
