"""A network in a nutshell: real tables and real lookups, everything between them simplified."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count
from random import Random

from attrs import define, field

from tests.samples import destination
from twisted_mule.kad.contact import YOUNG, Contact, Me, SavedContact, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.lookup import Lookup, Turn
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.routing import RoutingTable

#: Whom somebody names when asked; ``None`` when silent.
Naming = Callable[[Candidate], Iterable[Candidate] | None]
#: A lookup is asked for its next request this often, as if two walked at once.
STEP = 2.0


def anybody(_peer: Destination, _kind: RequestKind) -> bool:
    """Nobody is at a limit."""
    return True


def walk(
    lookup: Lookup, names: Naming, random: Random, longest: float = 8.0
) -> list[tuple[float, Turn]]:
    """Let a lookup run to its end; what it asked when."""
    asked: list[tuple[float, Turn]] = []
    answers: list[tuple[float, int, Turn, list[Candidate]]] = []
    numbers, now = count(), lookup.began
    while answers or not (lookup.spent or lookup.stuck):
        while answers and answers[0][0] <= now:
            when, _, turn, named = heappop(answers)
            _answer(lookup, turn, named, when)
        turned = lookup.ask(anybody, now)
        if turned is not None:
            asked.append((now, turned))
            said = names(turned.candidate)
            if said is not None:
                when = now + random.uniform(1.0, longest)
                heappush(answers, (when, next(numbers), turned, list(said)))
        now += STEP
    return asked


def _answer(lookup: Lookup, turn: Turn, named: list[Candidate], now: float) -> None:
    source = turn.candidate.destination
    if turn.finishing:
        lookup.delivered(source, 1, now)
    else:
        lookup.answered(source, named, now)


@define
class Network:
    """
    Many nodes with tables that know each other as well as bins allow.

    :ivar dead: those who answer nobody.
    :ivar cold: whether a router loses the first datagram to whoever it has not looked up.
    """

    size: int
    random: Random
    cold: bool = False
    people: list[Me] = field(init=False)
    tables: dict[Destination, RoutingTable] = field(factory=dict, init=False)
    dead: set[Destination] = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        ids = [KadID(self.random.getrandbits(128)) for _ in range(self.size)]
        self.people = [Me(kad_id, destination(n)) for n, kad_id in enumerate(ids)]
        for me in self.people:
            self.tables[me.destination] = self.table_of(me, self.people)

    def table_of(self, me: Me, others: list[Me]) -> RoutingTable:
        """The table of ``me``, who met the others in some order."""
        table = RoutingTable(me, 0.0)
        met = self.random.sample(others, len(others))
        seeds = [Seed(one.kad_id, one.destination, 8, verified=True) for one in met]
        table.restore([SavedContact(one, kind=YOUNG, expires=9e9) for one in seeds], 0.0)
        return table

    def die(self, share: float) -> None:
        """So many fall silent; the others go on naming them."""
        gone = self.random.sample(self.people, int(share * self.size))
        self.dead = {one.destination for one in gone}

    def living(self) -> list[Me]:
        """Who answers."""
        return [me for me in self.people if me.destination not in self.dead]

    def look_up(self, me: Me, target: KadID, kind: LookupKind) -> Lookup:
        """A whole lookup of ``me``."""
        lookup = Lookup(target, kind, 0.0)
        met: set[Destination] = set()

        def names(peer: Candidate) -> list[Candidate] | None:
            lost = self.cold and peer.destination not in met
            met.add(peer.destination)
            if lost or peer.destination in self.dead or peer.destination not in self.tables:
                return None
            table = self.tables[peer.destination]
            named = _candidates(table.closest(target, kind.contacts_wanted))
            return [one for one in named if one.destination != me.destination]

        lookup.heard_of(_candidates(self.tables[me.destination].lookup_start(target)))
        walk(lookup, names, self.random)
        return lookup

    def nearest(self, me: Me, target: KadID, count: int = 10) -> set[KadID]:
        """The living nodes nearest to a target, as nobody in the network knows them."""
        others = [one.kad_id for one in self.living() if one is not me]
        return set(sorted(others, key=target.distance)[:count])


def _candidates(contacts: Iterable[Contact]) -> list[Candidate]:
    return [Candidate(one.kad_id, one.destination, one.version) for one in contacts]
