"""Tests for :mod:`twisted_mule.kad.newcomers`."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW, proven, seed
from twisted_mule import contract
from twisted_mule.kad.contact import NEW, SILENT, YOUNG, Contact
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.newcomers import Newcomers

#: By then those met at NOW may be greeted.
READY = NOW + contract.DELAY_BASE + contract.DELAY_JITTER


def anybody(_peer: Destination) -> bool:
    """Nobody is at a limit."""
    return True


class NewcomersTests(SynchronousTestCase):
    """Whom we never greeted gets two HELLOs, far enough apart to tell loss from silence."""

    def setUp(self) -> None:
        """Three newcomers."""
        self.random = Random(1)
        self.gone: set[Contact] = set()
        self.newcomers = Newcomers(lambda contact: contact not in self.gone)
        self.contacts = [Contact.met(seed(n), ME.kad_id, NOW) for n in range(3)]
        for contact in self.contacts:
            self.newcomers.met(contact, self.random)

    def greet(self, now: float) -> Contact | None:
        """Greet one of them, if it is time."""
        if not self.newcomers.due(now):
            return None
        self.newcomers.claimed(now, self.random)
        contact = self.newcomers.pick(self.random, anybody)
        if contact is not None:
            self.newcomers.greeted(contact, now, self.random)
        return contact

    def test_everybody_twice(self) -> None:
        """Everybody gets two greetings at least 60 s apart, then counts as silent."""
        times: dict[Contact, list[float]] = {contact: [] for contact in self.contacts}
        for second in range(300):
            contact = self.greet(NOW + second)
            if contact is not None:
                times[contact].append(NOW + second)
        for contact, (first, second_time) in times.items():
            self.assertGreaterEqual(second_time - first, contract.GREETING_SPACING)
            self.assertEqual(SILENT, contact.kind)
        self.assertFalse(self.newcomers.due(NOW + 300))

    def test_not_at_once(self) -> None:
        """Nobody is greeted sooner after it was met than an answer could leave."""
        early = NOW + contract.DELAY_BASE
        self.assertFalse(self.newcomers.due(early))
        self.assertIsNone(self.newcomers.pick(self.random, anybody))

    def test_spacing(self) -> None:
        """Any two greetings are at least four seconds apart."""
        times = [NOW + n / 10 for n in range(3000) if self.greet(NOW + n / 10)]
        self.assertEqual(6, len(times))
        gaps = [later - sooner for sooner, later in pairwise(times)]
        self.assertGreaterEqual(min(gaps), contract.GREETING_INTERVAL)

    def test_by_lot(self) -> None:
        """Who comes first is not who was met first."""
        firsts = set()
        for turn in range(30):
            newcomers = Newcomers(lambda _: True)
            for contact in self.contacts:
                newcomers.met(contact, self.random)
            self.assertTrue(newcomers.due(READY))
            firsts.add(newcomers.pick(Random(turn), anybody))
        self.assertEqual(set(self.contacts), firsts)

    def test_answered(self) -> None:
        """Who answered the first greeting gets no second one."""
        first = self.greet(READY)
        assert first is not None
        first.answered()
        others = {self.greet(NOW + second) for second in range(10, 300)}
        self.assertNotIn(first, others)

    def test_greeted_us(self) -> None:
        """Who only greets us still gets our greetings: it has not shown yet that it receives."""
        first = self.greet(READY)
        assert first is not None
        first.alive(NOW + 5, self.random)
        others = {self.greet(NOW + second) for second in range(10, 300)}
        self.assertIn(first, others)
        self.assertEqual(YOUNG, first.kind)

    def test_shook_hands(self) -> None:
        """Who proved to receive, by whatever way, needs no greeting."""
        for contact in self.contacts:
            contact.handshaken = True
        self.assertIsNone(self.greet(READY))

    def test_gone(self) -> None:
        """Who left the table is greeted no more."""
        self.gone.update(self.contacts)
        self.assertIsNone(self.greet(READY))

    def test_at_its_limit(self) -> None:
        """Nobody is greeted who may get no HELLO now, and nobody is forgotten for that."""
        self.assertTrue(self.newcomers.due(READY))
        self.assertIsNone(self.newcomers.pick(self.random, lambda _: False))
        self.assertTrue(self.newcomers.due(READY))

    def test_proven_contacts(self) -> None:
        """A contact that once answered is not greeted again, however low it sank."""
        saved = proven(seed(9), NEW)
        newcomers = Newcomers(lambda _: True)
        newcomers.met(Contact.restored(saved, ME.kad_id, NOW), self.random)
        self.assertFalse(newcomers.due(NOW + 900))

    def test_restart_between_greetings(self) -> None:
        """A contact whose first greeting was before a restart waits for its second as before."""
        contact = self.greet(READY)
        assert contact is not None
        again = Contact.restored(contact.saved(READY + 20), ME.kad_id, 20.0)
        newcomers = Newcomers(lambda _: True)
        newcomers.met(again, self.random)
        self.assertFalse(newcomers.due(59.0))
        self.assertTrue(newcomers.due(76.0))
