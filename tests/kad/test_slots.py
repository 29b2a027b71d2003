"""Tests for :mod:`twisted_mule.kad.slots`."""

from __future__ import annotations

from itertools import count

from attrs import define, field
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import Marked, slots_for
from tests.kad.model import anybody
from tests.kad.people import NOW
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.errands import FindNotes
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import AWAITED, Lookup
from twisted_mule.kad.origins import Busy, LookupWish
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.slots import FURTHER_PARTS, PATIENCE, WAITING, Slots

HOUR = 3600


def crowd(count: int) -> list[Candidate]:
    """So many contacts."""
    return [Candidate(KadID(n), destination(n), 8) for n in range(1, count + 1)]


def others(count: int) -> list[KadID]:
    """So many targets that no lookup has."""
    return [KadID(n) for n in range(9000, 9000 + count)]


def wanted(targets: list[KadID]) -> list[tuple[KadID, Aim]]:
    """Searches for these."""
    return [(target, Aim.VALUE) for target in targets]


def spend(lookup: Lookup) -> None:
    """Let a lookup make all its requests, unanswered, as if it had done so long ago."""
    for step in range(2 * contract.LOOKUP_REQUESTS):
        lookup.ask(anybody, lookup.began + (step - 100) * AWAITED)


@define
class Insatiable:
    """An origin that always wants one more lookup."""

    kind: LookupKind
    rank: Rank = Rank.PUBLISHING
    started: list[Lookup] = field(factory=list)
    first: int = 1000
    numbers: count[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.numbers = count(self.first)

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """A new target each time."""
        del now, random
        if self.kind.aim is not aim:
            return None
        target = KadID(next(self.numbers))
        assert not busy(target)
        errand = None if aim is Aim.NODE else FindNotes()
        return LookupWish(target, self.kind, self.rank, errand)

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """Note it."""
        del now, random
        self.started.append(lookup)


class SlotsTests(SynchronousTestCase):
    """Two lookups walk; the others wait their turn or only listen."""

    def setUp(self) -> None:
        """Nothing is wished for."""
        self.deck = Marked()
        self.slots = Slots(self.deck)

    def wish(self, target: int) -> bool:
        """Wish for a lookup of maintenance."""
        return self.slots.wish(KadID(target), LookupKind.NODE)

    def fill(self, now: float = NOW, count: int = 40, *origins: Insatiable) -> list[int]:
        """Fill the slots; the targets of the lookups that walk then."""
        self.slots.fill(now, lambda _: crowd(count), (*origins, self.slots.upkeep))
        return [lookup.target.value for lookup in self.slots.walking]

    def test_two_walk(self) -> None:
        """No more than two lookups walk at once."""
        for target in range(5):
            self.wish(target)
        self.assertEqual([0, 1], self.fill())
        self.assertEqual([0, 1], self.fill())

    def test_ranks(self) -> None:
        """The first origin comes first, then the second; maintenance when neither wants one."""
        self.wish(1)
        users = Insatiable(LookupKind.SOURCE, Rank.USER)
        none = Insatiable(LookupKind.NOTES, first=5000)
        self.deck.sorts = (Aim.VALUE,)
        self.assertEqual([1000, 1001], self.fill(NOW, 40, users, none))
        self.assertEqual([], none.started)
        for lookup in self.slots.walking:
            spend(lookup)
        self.slots.review(NOW)
        self.deck.sorts = (Aim.NODE,)
        self.assertEqual([1], self.fill())

    def test_one_per_target(self) -> None:
        """A target has at most one lookup at a time, waiting or walking."""
        self.assertTrue(self.wish(1))
        self.assertFalse(self.wish(1))
        self.fill()
        self.assertFalse(self.wish(1))

    def test_bounded(self) -> None:
        """Wishes are bounded in number."""
        taken = [self.wish(target) for target in range(WAITING + 3)]
        self.assertEqual(WAITING, sum(taken))
        self.assertEqual(WAITING, self.slots.waiting)

    def test_nobody_to_ask(self) -> None:
        """While nobody is known, wishes wait."""
        self.wish(1)
        self.assertEqual([], self.fill(count=0))
        self.assertEqual([1], self.fill())

    def test_spent_lookups_listen(self) -> None:
        """A lookup that spent its requests frees its slot and still hears answers."""
        self.wish(1)
        self.fill()
        lookup = self.slots.walking[0]
        while lookup.ask(anybody, NOW) is not None:
            pass
        self.assertEqual((), self.slots.review(NOW + 1))
        self.assertEqual([], self.slots.walking)
        self.assertIs(lookup, self.slots.find(KadID(1)))
        self.assertEqual((lookup,), self.slots.review(NOW + 120))
        self.assertIsNone(self.slots.find(KadID(1)))
        (trace,) = self.slots.traces
        self.assertEqual((24, 120.0, Rank.MAINTENANCE), (len(trace.asked), trace.ended, trace.rank))

    def test_further_parts(self) -> None:
        """A search that heard from all it asked still waits a while for further parts."""
        self.deck.sorts = (Aim.VALUE,)
        self.fill(NOW, 1, Insatiable(LookupKind.NOTES))
        for lookup in self.slots.walking:
            lookup.ask(anybody, NOW)
            lookup.answered(destination(1), [], NOW)
            lookup.ask(anybody, NOW)
            lookup.delivered(destination(1), 0, NOW + 2)
        self.slots.walking.clear()
        self.assertEqual((), self.slots.review(NOW + 2 + FURTHER_PARTS - 0.1))
        self.assertEqual(2, len(self.slots.review(NOW + 2 + FURTHER_PARTS)))

    def test_stuck_lookups_wait(self) -> None:
        """A lookup that knows nobody more keeps its slot as long as answers may come soon."""
        self.wish(1)
        self.fill(count=1)
        for now in (NOW, NOW + AWAITED):  # whoever is silent is asked once more
            self.slots.walking[0].ask(anybody, now)
        end = NOW + max(AWAITED + PATIENCE, contract.SLOT_LEAST)
        self.slots.review(end - 1)
        self.assertEqual(1, len(self.slots.walking))
        self.slots.review(end)
        self.assertEqual([], self.slots.walking)

    def test_all_answered(self) -> None:
        """A lookup that asked everybody and heard from all is over when others would be."""
        self.wish(1)
        self.fill(count=1)
        lookup = self.slots.walking[0]
        lookup.ask(anybody, NOW)
        lookup.answered(destination(1), [], NOW + 3)
        self.assertEqual((), self.slots.review(NOW + contract.SLOT_LEAST - 1))
        self.assertEqual((lookup,), self.slots.review(NOW + contract.SLOT_LEAST))
        self.assertTrue(self.wish(1))

    def test_revived(self) -> None:
        """A late answer that names somebody new brings a lookup back, before all wishes."""
        self.wish(1)
        self.fill(count=1)
        lookup = self.slots.walking[0]
        lookup.ask(anybody, NOW)
        self.slots.review(NOW + PATIENCE)
        lookup.answered(destination(1), crowd(3), NOW + 40)
        self.slots.review(NOW + 41)
        self.deck.sorts = (Aim.VALUE,)
        self.assertEqual([1, 1000], self.fill(NOW + 42, 40, Insatiable(LookupKind.SOURCE)))

    def test_current(self) -> None:
        """Lookups under way can be looked at."""
        self.wish(1)
        self.fill()
        self.assertEqual([KadID(1)], [trace.target for trace in self.slots.current])


class CapsTests(SynchronousTestCase):
    """What no hour exceeds, however much is wanted and however fast it goes."""

    def run_hours(self, *origins: Insatiable, hours: int = 3, pace: int = 7) -> Slots:
        """Lookups that end after ``pace`` seconds, for some hours."""
        slots = slots_for(*(origin.kind.aim for origin in origins))
        for second in range(0, hours * HOUR, pace):
            for lookup in slots.walking:
                spend(lookup)
            slots.review(NOW + second)
            slots.fill(NOW + second, lambda _: crowd(40), origins)
        return slots

    def most(self, begun: list[float]) -> int:
        """The most that began within any hour."""
        return max(sum(0 <= later - sooner < HOUR for later in begun) for sooner in begun)

    def test_lookups(self) -> None:
        """At most 150 lookups begin in any hour."""
        origin = Insatiable(LookupKind.SOURCE)
        self.run_hours(origin)
        begun = [lookup.began for lookup in origin.started]
        self.assertEqual(contract.LOOKUPS_PER_HOUR, self.most(begun))
        self.assertEqual(3 * contract.LOOKUPS_PER_HOUR, len(begun))

    def test_stores(self) -> None:
        """At most 70 of them are stores; the others go to who comes after."""
        stores = Insatiable(LookupKind.STORE_SOURCE)
        others = Insatiable(LookupKind.NODE, first=5000)
        self.run_hours(stores, others)
        self.assertEqual(contract.STORES_PER_HOUR, self.most([one.began for one in stores.started]))
        everything = [one.began for one in (*stores.started, *others.started)]
        self.assertEqual(contract.LOOKUPS_PER_HOUR, self.most(everything))

    def test_next_hour(self) -> None:
        """A wish that the cap holds back begins when the oldest lookup is an hour ago."""
        slots = self.run_hours(Insatiable(LookupKind.SOURCE), hours=1)
        wait, *_ = slots.outlook(wanted(others(1)), NOW + HOUR - 100)
        self.assertEqual(100.0, wait)


class OutlookTests(SynchronousTestCase):
    """What the user is told about waiting is what it takes, about."""

    def test_free_slots(self) -> None:
        """With both slots free two wishes begin at once, the next two after a whole lookup."""
        waits = slots_for(Aim.VALUE).outlook(wanted(others(5)), NOW)
        self.assertEqual((0.0, 0.0, 48.0, 48.0, 96.0), waits)

    def test_busy_slots(self) -> None:
        """With both slots taken it depends on how much their lookups have left."""
        deck = Marked()
        slots = Slots(deck)
        slots.fill(NOW, lambda _: crowd(40), (Insatiable(LookupKind.NODE),))
        deck.sorts = (Aim.VALUE,)
        for _ in range(20):
            slots.walking[0].ask(anybody, NOW)
        self.assertEqual((8.0, 48.0, 56.0), slots.outlook(wanted(others(3)), NOW))

    def test_busy_target(self) -> None:
        """A target whose lookup still walks or listens has to wait for its end."""
        slots = slots_for(Aim.VALUE)
        slots.fill(NOW, lambda _: crowd(40), (Insatiable(LookupKind.SOURCE),))
        busy = slots.walking[0]
        self.assertEqual((48.0 + 60.0,), slots.outlook(wanted([busy.target]), NOW))
        spend(busy)
        busy.touched = NOW
        slots.review(NOW + 1)
        self.assertEqual((50.0, 48.0), slots.outlook(wanted([busy.target, KadID(1)]), NOW + 10))
