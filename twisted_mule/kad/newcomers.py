"""Contacts that we have never greeted: each gets two HELLOs before it counts as silent."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.chance import Draws, beta_2_2
from twisted_mule.kad.contact import NEW, SILENT, Contact
from twisted_mule.kad.destination import Destination

#: Picks that may fail in a row before the place is handed on.
TRIES = 8


def wants_greeting(contact: Contact) -> bool:
    """
    Whether it still has a first or a second greeting to come.

    Whoever greeted us has not proven yet that it receives; neither has one that a file calls
    verified.  Both are greeted, until they shake hands or have had all greetings.
    """
    all_given = contact.greeted >= contract.GREETINGS_PER_CONTACT
    return contact.kind < SILENT and not contact.handshaken and not all_given


@define
class Newcomers:
    """
    Who is to be greeted, and when the next one may claim a place.

    The first datagrams to a destination that the router has not met are lost, so one unanswered
    HELLO says nothing; the second comes ``contract.GREETING_SPACING`` later at the soonest.
    """

    known: Callable[[Contact], bool]
    _ready: list[Contact] = field(factory=list, init=False)
    _later: list[tuple[float, int, Contact]] = field(factory=list, init=False)
    _numbers: count[int] = field(factory=count, init=False)
    _next: float = field(default=float("-inf"), init=False)

    def met(self, contact: Contact, random: Draws) -> None:
        """A contact entered the table."""
        if not wants_greeting(contact):
            return
        if contact.greeted_at is None:
            # The claim that draws it may have waited long: it waits by the same law by itself.
            wait = contract.DELAY_BASE + contract.DELAY_JITTER * beta_2_2(random)
            heappush(self._later, (contact.created + wait, next(self._numbers), contact))
        else:
            self._postpone(contact, contact.greeted_at, random)

    def due(self, now: float) -> bool:
        """Whether somebody may claim a place for a greeting."""
        while self._later and self._later[0][0] <= now:
            self._ready.append(heappop(self._later)[2])
        return bool(self._ready) and now >= self._next

    def claimed(self, now: float, random: Draws) -> None:
        """A greeting claims a place: the next claim comes four seconds later at the soonest."""
        self._next = now + contract.GREETING_INTERVAL * random.uniform(1.0, 1.25)

    def pick(self, random: Draws, permitted: Callable[[Destination], bool]) -> Contact | None:
        """One of them by lot, out of the waiting; ``None`` when nobody can be greeted now."""
        for _ in range(TRIES):
            if not self._ready:
                return None
            seat = random.randrange(len(self._ready))
            contact = self._ready[seat]
            if self.known(contact) and wants_greeting(contact):
                if not permitted(contact.destination):
                    continue
                self._drop(seat)
                return contact
            self._drop(seat)
        return None

    def greeted(self, contact: Contact, now: float, random: Draws) -> None:
        """``contact`` gets a HELLO now; who has had all of them and is silent steps down."""
        contact.greeted += 1
        contact.greeted_at = now
        if wants_greeting(contact):
            self._postpone(contact, now, random)
        elif contact.kind == NEW:
            contact.doubted(now, random)

    def _postpone(self, contact: Contact, since: float, random: Draws) -> None:
        due = since + contract.GREETING_SPACING * random.uniform(1.0, 1.25)
        heappush(self._later, (due, next(self._numbers), contact))

    def _drop(self, seat: int) -> None:
        self._ready[seat] = self._ready[-1]
        self._ready.pop()
