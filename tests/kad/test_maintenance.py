"""Tests for :mod:`twisted_mule.kad.maintenance`: the timers of node-behaviour 4.8."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import slots_for
from tests.kad.people import ME, NOW, known, proven, seed
from twisted_mule.kad.claims import Claims
from twisted_mule.kad.contact import NEW, SILENT, YOUNG, Contact, SavedContact
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.maintenance import BACKLOG, BIG, SILENCE, Maintenance
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.wishes import Check, Wish

EXPIRED = -1.0


class MaintenanceTests(SynchronousTestCase):
    """Timers only wish: for checks of contacts, for lookups; nothing is sent from here."""

    def setUp(self) -> None:
        """Maintenance of a table that is filled later."""
        self.random = Random(1)
        self.table = RoutingTable(ME, NOW)
        self.slots = slots_for(Aim.NODE)
        self.claims: Claims[Wish] = Claims()
        self.maintenance = Maintenance(self.table, self.slots, self.claims, NOW)
        self.now = NOW

    def hold(self, *saved: SavedContact) -> list[Contact]:
        """Fill the table."""
        self.table.restore(saved, self.now)
        return [known(self.table, one.seed) for one in saved]

    def live(self, seconds: float, *, silence: float = 0.0) -> None:
        """Let time pass, a second a beat."""
        for _ in range(int(seconds)):
            self.now += 1.0
            self.maintenance.beat(self.now, self.random, silence)

    def lookups(self) -> list[int]:
        """The distances of the targets of the lookups wished for, which are dropped."""
        wished: list[int] = []
        while self.slots.waiting:
            self.slots.fill(
                self.now,
                lambda target: [Candidate(target, ME.destination, 8)],
                [self.slots.upkeep],
            )
            for lookup in self.slots.walking:
                for ago in (500, 400):  # who is silent is asked twice
                    lookup.ask(lambda *_: True, self.now - ago)
                wished.append(lookup.target.value)
            self.slots.walking.clear()  # as if each had asked enough
            self.slots.review(self.now)
        return [target ^ ME.kad_id.value for target in dict.fromkeys(wished)]

    def test_first_pass_only_stamps(self) -> None:
        """A contact without expiry is due at the second pass, not at the first."""
        (contact,) = self.hold(SavedContact(seed(1), kind=YOUNG, greeted=2))
        self.live(2)
        self.assertIsNotNone(contact.expires)
        self.assertNotIn(Check(contact), self.claims)
        self.live(76)
        self.assertIn(Check(contact), self.claims)

    def test_oldest_only(self) -> None:
        """Each pass looks at the contact in front only."""
        first, second = self.hold(
            *(SavedContact(seed(n), YOUNG, expires=EXPIRED, greeted=2) for n in (1, 2))
        )
        self.live(2)
        self.assertIn(Check(first), self.claims)
        self.assertNotIn(Check(second), self.claims)

    def test_valid_ones_rotate(self) -> None:
        """A contact that is still valid goes to the back unasked."""
        first, second = self.hold(proven(seed(1)), proven(seed(2)))
        self.live(2)
        self.assertEqual([second, first], self.table.root.bin)
        self.assertEqual(0, len(self.claims))

    def test_silent_ones_go(self) -> None:
        """A type 4 contact leaves when its time is up, and gets no HELLO before."""
        gone = SavedContact(seed(1), SILENT, expires=EXPIRED, greeted=2)
        waiting = SavedContact(seed(2), SILENT, expires=100.0, greeted=2)
        self.hold(gone, waiting)
        self.live(2)
        self.assertEqual([waiting.seed.kad_id], [one.kad_id for one in self.table])
        self.assertEqual(0, len(self.claims))
        self.live(200)
        self.assertEqual(0, len(self.table))

    def test_not_greeted_yet(self) -> None:
        """Who still has first greetings to come is not checked besides."""
        (contact,) = self.hold(SavedContact(seed(1), NEW, expires=EXPIRED))
        self.live(200)
        self.assertNotIn(Check(contact), self.claims)

    def test_period(self) -> None:
        """Passes of one leaf are 45 to 75 s apart and never the same."""
        first, second = self.hold(proven(seed(1)), proven(seed(2)))
        turns = []
        front = first
        for tenth in range(20_000):
            self.now = NOW + tenth / 10
            first.expires = second.expires = self.now + 999
            self.maintenance.beat(self.now, self.random, 0.0)
            if self.table.root.bin[0] is not front:
                front = self.table.root.bin[0]
                turns.append(self.now)
        gaps = [round(b - a, 1) for a, b in pairwise(turns)]
        self.assertTrue(all(44.9 <= gap <= 75.1 for gap in gaps))
        self.assertGreater(len(set(gaps)), len(gaps) // 2)

    def test_self_lookup(self) -> None:
        """We look for ourselves after a minute and then every four hours, never to the second."""
        times = []
        for minute in range(20 * 60):
            self.now = NOW + 60 * minute
            self.maintenance.beat(self.now, self.random, 0.0)
            if 0 in self.lookups():
                times.append(self.now - NOW)
        self.assertLessEqual(times[0], 120)
        gaps = [b - a for a, b in pairwise(times)]
        self.assertGreaterEqual(len(gaps), 3)
        self.assertTrue(all(0.75 * 14400 - 60 <= gap <= 1.25 * 14400 + 60 for gap in gaps))

    def test_lookup_in_a_leaf(self) -> None:
        """The big timer of a leaf looks for a random point inside that leaf."""
        self.hold(*(proven(seed(n)) for n in range(12)))
        leaves = list(self.table.root.leaves())
        self.assertGreater(len(leaves), 1)
        wished = []
        for _ in range(60):
            self.live(2)
            wished += [distance for distance in self.lookups() if distance]
        reached = [self.table.root.leaf_for(distance) for distance in wished]
        self.assertEqual(len(leaves), len(reached))
        self.assertEqual(set(leaves), set(reached))

    def test_spacing_of_big_timers(self) -> None:
        """Two leaves never look within 7.5 seconds of each other, and each only once an hour."""
        self.hold(*(proven(seed(n)) for n in range(40)))
        leaves = len(list(self.table.root.leaves()))
        times = []
        for _ in range(1200):
            self.live(1)
            times += [self.now] * len([d for d in self.lookups() if d])
        gaps = [b - a for a, b in pairwise(times)]
        self.assertGreaterEqual(min(gaps), 7.0)
        self.assertEqual(leaves, len(times))
        self.assertLess(1200, 0.75 * BIG)

    def test_silence(self) -> None:
        """When nothing was heard for 15 minutes, leaves do not wait for their hour."""
        times = []
        for _ in range(300):
            self.live(1, silence=SILENCE)
            times += [d for d in self.lookups() if d]
        self.assertGreater(len(times), 20)

    def test_no_backlog(self) -> None:
        """While nobody can be asked, lookups do not pile up."""
        self.live(600, silence=SILENCE)
        self.assertLessEqual(self.slots.waiting, BACKLOG + 1)

    def test_deep_full_leaf(self) -> None:
        """A full leaf far away is not looked into."""
        self.hold(*(proven(seed(n, (1 << 127) + n)) for n in range(10)))
        far = 0b1000
        self.table.add(seed(11, (1 << 127) + 11), self.now)
        wished = []
        for _ in range(300):
            self.live(1)
            wished += self.lookups()
        levels = {self.table.root.leaf_for(distance).level for distance in wished if distance}
        self.assertNotIn(far, {d >> 124 for d in wished})
        self.assertTrue(levels)

    def test_consolidation(self) -> None:
        """Leaves that lost their contacts merge within the hour, and go on with fresh timers."""
        contacts = self.hold(*(proven(seed(n)) for n in range(12)))
        self.live(5)
        for contact in contacts[:10]:
            self.table.remove(contact)
        self.live(60 * 60)
        self.assertTrue(self.table.root.is_leaf)
        for contact in contacts[10:]:
            contact.kind, contact.expires = SILENT, self.now
        self.live(80)
        self.assertEqual(0, len(self.table))
