"""A node that publishes whenever it may, with nobody around it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from random import Random

from attrs import evolve

from tests.kad.cards import offered
from tests.kad.people import ME as NOBODY
from tests.kad.people import NOW
from twisted_mule import contract
from twisted_mule.kad.contact import Me
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import LookupWish
from twisted_mule.kad.published import DueRow, Published
from twisted_mule.kad.publishing import Publishing

ME: Me = evolve(NOBODY, source_id=KadID(0xFEED))
HOUR = 3600.0
SOURCE, KEYWORD, NOTES = (
    LookupKind.STORE_SOURCE,
    LookupKind.STORE_KEYWORD,
    LookupKind.STORE_NOTES,
)


def file(number: int, name: str | None = None, **more: object) -> Published:
    """A file of three words, two of which no other file has."""
    text = name or f"common word{number} also{number}.iso"
    return Published(KadID(number + 1), text, 1000 + number, **more)  # type: ignore[arg-type]


#: How a publish fares: the loads that are acknowledged.
Fate = Callable[[Lookup], Iterable[int]]


def well(_lookup: Lookup) -> list[int]:
    """Everybody acknowledges."""
    return [1, 1]


class World:
    """Publishing by a node that starts a store whenever it may."""

    def __init__(self, *files: Published, me: Me = ME, rows: Iterable[DueRow] = ()) -> None:
        self.random = Random(5)
        self.publishing = Publishing(me, NOW)
        self.publishing.restore(rows, NOW)
        self.now = NOW
        self.fate: Fate = well
        self.log: list[tuple[float, Lookup]] = []
        self.busy: set[KadID] = set()
        self.publishing.share(files, NOW, self.random)

    def offer(self, *aims: Aim) -> LookupWish | None:
        """What a free slot is offered."""
        busy = self.busy.__contains__
        return offered(self.publishing, aims, busy, self.now, self.random)

    def publish(self) -> Lookup | None:
        """One store from its begin to its end."""
        wish = self.offer()
        if wish is None:
            return None
        lookup = Lookup(wish.target, wish.kind, self.now, wish.errand, wish.rank)
        self.publishing.begun(lookup, self.now, self.random)
        self.log.append((self.now, lookup))
        lookup.loads += self.fate(lookup)
        self.publishing.ended(lookup, self.now + 100, self.random)
        return lookup

    def live(self, seconds: float, pace: float = HOUR / contract.STORES_STEADY) -> None:
        """Let time pass; one store may begin every ``pace`` seconds."""
        end = self.now + seconds
        while self.now < end:
            self.publish()
            self.now += pace

    def kinds(self) -> Counter[LookupKind]:
        """How many stores of each kind there were."""
        return Counter(lookup.kind for _, lookup in self.log)

    def times(self) -> dict[tuple[LookupKind, KadID], list[float]]:
        """When each record was published."""
        times = defaultdict(list)
        for when, lookup in self.log:
            times[lookup.kind, lookup.target].append(when)
        return times
