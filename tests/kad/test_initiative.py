"""Tests for :mod:`twisted_mule.kad.initiative`: claims whose reason is gone or not yet there."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import slots_for
from tests.kad.people import ME, NOW, known, record, seed, table_of
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.claims import Claims, Ground
from twisted_mule.kad.contact import Contact
from twisted_mule.kad.cover import CoverTraffic
from twisted_mule.kad.exchange import Request, RequestKind
from twisted_mule.kad.greeting import Greetings
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.initiative import Initiative
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.lookup import Lookup, LookupKind
from twisted_mule.kad.overheard import Overheard
from twisted_mule.kad.publishing import Publishing
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.searching import Searching
from twisted_mule.kad.seeding import Seeding
from twisted_mule.kad.wishes import AskSeed, Challenge, Check, Greeting, Probe, Step, Wish

PEER = seed(1, version=0, verified=False)
READY = NOW + contract.DELAY_BASE + contract.DELAY_JITTER
LATER = READY + contract.REQUEST_WINDOW + contract.TICK_LATE + contract.BATCH_SPAN


class InitiativeTests(SynchronousTestCase):
    """A claim is looked at again when it wins: the world may have changed since."""

    def setUp(self) -> None:
        """A node with one unverified Kad1 contact whose time is up."""
        self.random = Random(1)
        self.table = table_of(PEER)
        self.contact = known(self.table, PEER)
        self.contact.changed = NOW - 99
        self.contact.expires = NOW - 1
        self.slots = slots_for(*Aim)
        self.claims: Claims[Wish] = Claims()
        greetings = Greetings(ME, self.table, self.claims)
        self.seeding = Seeding(ME)
        cover = CoverTraffic(Chance(b"cover"), Overheard(Index().holds))
        agenda = Agenda(Searching(ME), Publishing(ME, NOW), cover, self.slots)
        self.initiative = Initiative(
            ME, self.table, agenda, self.claims, greetings, self.seeding, NOW
        )

    def draw(self, wish: Wish, now: float = READY) -> Request | None:
        """Claim a place for this wish and draw it."""
        self.claims.make(wish, Ground.MAINTENANCE, NOW, self.random)
        return self.initiative.draw(now, self.random)

    def exhaust(self, *kinds: RequestKind, peer: Contact | None = None) -> None:
        """Bring a contact to its limits."""
        for kind in kinds:
            for _ in range(8):
                self.initiative.quota.spend((peer or self.contact).destination, kind, READY)

    def assert_void(self, wish: Wish) -> None:
        """The wish makes no request, and does not stay."""
        self.assertIsNone(self.draw(wish))
        self.assertNotIn(wish, self.claims)

    def assert_stays(self, wish: Wish) -> None:
        """The wish makes no request now, and one when the limit allows it."""
        self.assertIsNone(self.draw(wish))
        self.assertIn(wish, self.claims)
        self.assertIsNotNone(self.initiative.draw(LATER, self.random))

    def test_check(self) -> None:
        """A check is a HELLO, and brings a Kad1 contact one type down."""
        request = self.draw(Check(self.contact))
        assert request is not None
        self.assertEqual((RequestKind.HELLO, 3), (request.kind, self.contact.kind))
        self.assertIsInstance(request.message, m.LegacyHelloRequest)

    def test_check_of_one_heard_meanwhile(self) -> None:
        """Who was heard while its check waited is not checked."""
        self.contact.alive(READY, self.random)
        self.assert_void(Check(self.contact))

    def test_gone(self) -> None:
        """Who left the table meanwhile is neither checked, probed nor challenged."""
        self.table.remove(self.contact)
        for wish in (Check(self.contact), Probe(self.contact), Challenge(self.contact)):
            self.assert_void(wish)

    def test_at_the_limit(self) -> None:
        """Whoever had enough HELLOs waits for the next, and is not forgotten."""
        self.exhaust(RequestKind.HELLO)
        self.assert_stays(Check(self.contact))

    def test_probe_at_the_limit(self) -> None:
        """A probe waits like any other HELLO."""
        self.exhaust(RequestKind.HELLO)
        self.assert_stays(Probe(self.contact))

    def test_challenge_at_the_limit(self) -> None:
        """A challenge waits until its contact may get a routing request."""
        self.exhaust(RequestKind.REQ)
        self.assert_stays(Challenge(self.contact))

    def test_proven_meanwhile(self) -> None:
        """Who proved itself while its challenge waited is not challenged."""
        self.contact.verified = True
        self.assert_void(Challenge(self.contact))

    def test_probe_of_kad2(self) -> None:
        """Who turned out to speak Kad2 is not probed for it."""
        self.contact.version = 8
        self.assert_void(Probe(self.contact))

    def test_probe_once(self) -> None:
        """The probe is a plain Kad2 HELLO, and made once."""
        request = self.draw(Probe(self.contact))
        assert request is not None
        self.assertIsInstance(request.message, m.HelloRequest)
        self.assertFalse(self.contact.probe_allowed)

    def test_nobody_to_greet(self) -> None:
        """A greeting for which nobody is left goes."""
        self.assert_void(Greeting())

    def test_greeting_at_the_limit(self) -> None:
        """A greeting whose every contact is at its limit stays."""
        self.contact.greeted = 0
        self.initiative.newcomers.met(self.contact, self.random)
        self.exhaust(RequestKind.HELLO)
        self.assert_stays(Greeting())

    def test_seed_at_the_limit(self) -> None:
        """A seed that was just asked is asked again a minute later at the soonest."""
        self.seeding.offer([seed(5)])
        self.assertIsNotNone(self.draw(AskSeed()))
        self.assertIsNone(self.draw(AskSeed(), READY + 30))
        self.assertIn(AskSeed(), self.claims)
        self.assertIsNotNone(self.initiative.draw(LATER, self.random))

    def test_step_of_a_finished_lookup(self) -> None:
        """A lookup that lost its slot makes no more steps."""
        self.assert_void(Step(Lookup(KadID(1), LookupKind.NODE, NOW), 0))

    def test_dry_step(self) -> None:
        """A lookup that waits for an answer keeps its claim."""
        lookup = Lookup(KadID(1), LookupKind.NODE, NOW)
        self.slots.walking.append(lookup)
        self.assertIsNone(self.draw(Step(lookup, 0)))
        self.assertIn(Step(lookup, 0), self.claims)

    def test_we_know_better(self) -> None:
        """A step believes our own table about version and key, not what others said."""
        peer = seed(3)
        self.table.add(peer, NOW)
        contact = known(self.table, peer)
        contact.udp_key, contact.udp_key_owner = 0x42, ME.destination.dest_hash
        lookup = Lookup(KadID(1), LookupKind.NODE, NOW)
        lookup.heard_of([Candidate(peer.kad_id, peer.destination, 0)])
        self.slots.walking.append(lookup)
        request = self.draw(Step(lookup, 0))
        assert request is not None
        self.assertEqual(record(peer), contact.record)
        self.assertIsInstance(request.message, m.FindNodeRequest)
        self.assertEqual(0x42, getattr(request.seal, "receiver_key", None))

    def test_hearsay_only(self) -> None:
        """Somebody at a destination of somebody else is asked as the others said."""
        lookup = Lookup(KadID(1), LookupKind.NODE, NOW)
        lookup.heard_of([Candidate(KadID(9), destination(9), 8)])
        self.slots.walking.append(lookup)
        request = self.draw(Step(lookup, 0))
        assert request is not None
        self.assertEqual(0, getattr(request.seal, "receiver_key", None))
