"""What the node asks of others by itself: wishes arise with time, the lot makes them requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, assert_never

from attrs import define, field

from twisted_mule.kad import requests
from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.claims import Claims, Ground, Verdict
from twisted_mule.kad.contact import Contact, Me
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errands import finish
from twisted_mule.kad.exchange import Request, RequestKind
from twisted_mule.kad.greeting import Greetings
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.maintenance import Maintenance
from twisted_mule.kad.newcomers import Newcomers
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.seeding import Seeding
from twisted_mule.kad.tracking import Quota
from twisted_mule.kad.wishes import (
    AskSeed,
    Challenge,
    Check,
    Greeting,
    Probe,
    Reserve,
    Step,
    Wish,
)

#: Claims that one lookup may have at once: Kademlia's alpha.
LANES: Final = 3
#: Those of the lookup in reserve: with so many one of them is ready at every tick.
RESERVES: Final = 8
_RESERVES: Final = tuple(Reserve(lane) for lane in range(RESERVES))


@define
class Initiative:
    """Everything of ours that competes for the request place of a tick."""

    me: Me
    table: RoutingTable
    agenda: Agenda
    claims: Claims[Wish]
    greetings: Greetings
    seeding: Seeding
    now: float
    quota: Quota = field(factory=Quota, init=False)
    newcomers: Newcomers = field(init=False)
    maintenance: Maintenance = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.newcomers = Newcomers(self.table.__contains__)
        self.maintenance = Maintenance(self.table, self.agenda.slots, self.claims, self.now)

    def beat(self, now: float, random: Draws, silence: float) -> None:
        """Let the wishes arise that are due; ``silence`` is the time since anything was heard."""
        for contact in self.table.newcomers:
            self.newcomers.met(contact, random)
        self.table.newcomers.clear()
        self.maintenance.beat(now, random, silence)
        self.agenda.review(now, random)
        if self.newcomers.due(now):
            self.claims.make(Greeting(), Ground.GREETING, now, random)
            self.newcomers.claimed(now, random)
        if self.seeding.wanted(len(self.table), silence, now):
            self.claims.make(AskSeed(), Ground.MAINTENANCE, now, random)

    def walk(self, now: float, random: Draws) -> None:
        """Claim places for the lookups that walk, and for the one in reserve."""
        self.agenda.fill(now, self._lookup_start)
        self.claims.make_each(_RESERVES, Ground.LOOKUP, now, random, last=True)
        for lookup in self.agenda.slots.walking:
            steps = [Step(lookup, lane) for lane in range(LANES)]
            self.claims.make_each(steps, Ground.LOOKUP, now, random, last=False)

    def draw(self, now: float, random: Draws) -> Request | None:
        """The request that takes the place of this tick; it counts as sent."""
        request = self.claims.draw(now, random, lambda wish: self._realise(wish, now, random))
        if request is not None:
            self.quota.spend(request.destination, request.kind, now)
        return request

    def _lookup_start(self, target: KadID) -> list[Candidate]:
        return [_candidate(contact) for contact in self.table.lookup_start(target)]

    def _realise(self, wish: Wish, now: float, random: Draws) -> Request | Verdict:
        match wish:
            case Step() | Reserve():
                return self._advance(wish, now)
            case Greeting():
                return self._greet(now, random)
            case Check(contact):
                return self._check(contact, now, random)
            case Probe(contact):
                return self._probe(contact, now)
            case Challenge(contact):
                return self._challenge(contact, now, random)
            case AskSeed():
                return self._ask_seed(now, random)
            case _ as never:
                assert_never(never)

    def _permits(self, kind: RequestKind, now: float) -> Callable[[Destination], bool]:
        return lambda peer: self.quota.allows(peer, kind, now)

    def _advance(self, wish: Step | Reserve, now: float) -> Request | Verdict:
        if isinstance(wish, Reserve):
            return self._reserve(now)
        if wish.lookup not in self.agenda.slots.walking or wish.lookup.spent:
            return Verdict.VOID
        return self._turn(wish.lookup, now) or Verdict.STAYS

    def _reserve(self, now: float) -> Request | Verdict:
        lookup = self.agenda.reserve(now, self._lookup_start)
        request = None if lookup is None else self._turn(lookup, now)
        if lookup is not None and lookup.stuck:
            self.agenda.slots.give_up_reserve()
        return request or Verdict.STAYS

    def _turn(self, lookup: Lookup, now: float) -> Request | None:
        turn = lookup.ask(lambda peer, kind: self.quota.allows(peer, kind, now), now)
        if turn is None:
            return None
        chosen, key = turn.candidate, 0
        contact = self.table.at(chosen.destination)
        if contact is not None and contact.kad_id == chosen.kad_id:
            chosen = _candidate(contact)  # we know better than hearsay which version it speaks
            key = contact.key_for(self.me.destination.dest_hash)
        if turn.finishing and lookup.errand is not None:
            return finish(self.me, chosen, key, lookup.target, lookup.errand)
        return requests.find_node(self.me, chosen, key, lookup.target, lookup.kind.contacts_wanted)

    def _greet(self, now: float, random: Draws) -> Request | Verdict:
        contact = self.newcomers.pick(random, self._permits(RequestKind.HELLO, now))
        if contact is None:
            return Verdict.STAYS if self.newcomers.due(now) else Verdict.VOID
        self.newcomers.greeted(contact, now, random)
        return self._hello(contact, now, random)

    def _check(self, contact: Contact, now: float, random: Draws) -> Request | Verdict:
        if contact not in self.table or contact.expires is None or contact.expires >= now:
            return Verdict.VOID
        if not self.quota.allows(contact.destination, RequestKind.HELLO, now):
            return Verdict.STAYS
        contact.doubted(now, random)
        return self._hello(contact, now, random)

    def _hello(self, contact: Contact, now: float, random: Draws) -> Request:
        if contact.version < requests.KAD2_ROUTING and contact.probe_allowed:
            self.claims.make(Probe(contact), Ground.MAINTENANCE, now, random)
        return requests.hello(self.me, contact)

    def _probe(self, contact: Contact, now: float) -> Request | Verdict:
        if contact not in self.table or contact.version >= requests.KAD2_ROUTING:
            return Verdict.VOID
        if not self.quota.allows(contact.destination, RequestKind.HELLO, now):
            return Verdict.STAYS
        contact.probe_allowed = False
        return requests.kad2_hello(self.me, contact)

    def _challenge(self, contact: Contact, now: float, random: Draws) -> Request | Verdict:
        if not all(
            self.quota.allows(contact.destination, kind, now)
            for kind in (RequestKind.REQ, RequestKind.PING)
        ):
            return Verdict.STAYS
        return self.greetings.challenge(contact, now, random) or Verdict.VOID

    def _ask_seed(self, now: float, random: Draws) -> Request | Verdict:
        seed = self.seeding.pick(random, self._permits(RequestKind.BOOTSTRAP, now))
        if seed is None:
            return Verdict.STAYS
        self.seeding.asked(seed, now, random)
        return requests.bootstrap(seed)


def _candidate(contact: Contact) -> Candidate:
    return requests.candidate(contact.kad_id, contact.destination, contact.version)
