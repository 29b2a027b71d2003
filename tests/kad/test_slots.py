"""Tests for :mod:`twisted_mule.kad.slots`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.lookup import LookupKind
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.slots import PATIENCE, WAITING, Rank, Slots


def crowd(count: int) -> list[Candidate]:
    """So many contacts."""
    return [Candidate(KadID(n), destination(n), 8) for n in range(1, count + 1)]


def anybody(_peer: Destination) -> bool:
    """Nobody is at a limit."""
    return True


class SlotsTests(SynchronousTestCase):
    """Two lookups walk; the others wait their turn or only listen."""

    def setUp(self) -> None:
        """Nothing is wished for."""
        self.slots = Slots()

    def wish(self, target: int, rank: Rank = Rank.MAINTENANCE) -> bool:
        """Wish for a lookup."""
        return self.slots.wish(KadID(target), LookupKind.NODE, rank)

    def fill(self, now: float = NOW, count: int = 40) -> list[int]:
        """Fill the slots; the targets of the lookups that walk then."""
        self.slots.fill(now, lambda _: crowd(count))
        return [lookup.target.value for lookup in self.slots.walking]

    def test_two_walk(self) -> None:
        """No more than two lookups walk at once."""
        for target in range(5):
            self.wish(target)
        self.assertEqual(contract.LOOKUPS_AT_ONCE, len(self.fill()))
        self.assertEqual(2, len(self.fill()))

    def test_ranks(self) -> None:
        """The user comes first, then publishing, then maintenance; within a rank who was first."""
        self.wish(1)
        self.wish(2)
        self.wish(3, Rank.PUBLISHING)
        self.wish(4, Rank.USER)
        self.assertEqual([4, 3], self.fill())

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
        self.slots.review(NOW + 1)
        self.assertEqual([], self.slots.walking)
        self.assertIs(lookup, self.slots.find(KadID(1)))
        self.slots.review(NOW + 120)
        self.assertIsNone(self.slots.find(KadID(1)))
        self.assertEqual([24], [len(trace.asked) for trace in self.slots.traces])

    def test_dry_lookups_wait(self) -> None:
        """A lookup that knows nobody more keeps its slot as long as answers may come soon."""
        self.wish(1)
        self.fill(count=1)
        self.slots.walking[0].ask(anybody, NOW)
        self.slots.review(NOW + PATIENCE - 1)
        self.assertEqual(1, len(self.slots.walking))
        self.slots.review(NOW + PATIENCE)
        self.assertEqual([], self.slots.walking)

    def test_all_answered(self) -> None:
        """A lookup that asked everybody and heard from all is over at once."""
        self.wish(1)
        self.fill(count=1)
        lookup = self.slots.walking[0]
        lookup.ask(anybody, NOW)
        lookup.answered(destination(1), [], NOW + 3)
        self.slots.review(NOW + 3)
        self.assertNotIn(KadID(1), self.slots)

    def test_revived(self) -> None:
        """A late answer that names somebody new brings a lookup back, before all wishes."""
        self.wish(1)
        self.fill(count=1)
        lookup = self.slots.walking[0]
        lookup.ask(anybody, NOW)
        self.slots.review(NOW + PATIENCE)
        lookup.answered(destination(1), crowd(3), NOW + 40)
        self.slots.review(NOW + 41)
        self.wish(2, Rank.USER)
        self.wish(3, Rank.USER)
        self.assertEqual([1, 2], self.fill(NOW + 42))

    def test_current(self) -> None:
        """Lookups under way can be looked at."""
        self.wish(1)
        self.fill()
        self.assertEqual([KadID(1)], [trace.target for trace in self.slots.current])
