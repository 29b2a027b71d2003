"""Tests of what is learnt from others: :mod:`twisted_mule.kad.hearsay` behind the core."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import deal
from tests.kad.greetings import answer, request_of
from tests.kad.people import ME, NOW, ask, covered, kad_of, known, record, seed
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.exchange import Envelope
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim

TARGET = KadID(1 << 60)


class FoundTests(SynchronousTestCase):
    """The contacts of an answer enter the table, and the lookup that asked."""

    def setUp(self) -> None:
        """A node that has asked its one contact for others."""
        self.peer = seed(1)
        self.kad = deal(kad_of(self.peer), Aim.NODE)
        self.kad.look_up(TARGET)
        self.request = request_of(self.kad, m.FindNodeRequest, topic=TARGET)

    def named(self, *seeds: Seed, skipped: int = 0) -> m.FindNodeResponse:
        """An answer that names these."""
        return m.FindNodeResponse(TARGET, tuple(map(record, seeds)), skipped)

    def test_our_request(self) -> None:
        """A node lookup asks for 11 contacts, with the peer's identifier and ours."""
        self.assertEqual(
            m.FindNodeRequest(11, TARGET, self.peer.kad_id, ME.kad_id), self.request.message
        )

    def test_into_the_table(self) -> None:
        """Contacts of every version enter as unverified newcomers."""
        named = [seed(10 + version, version=version) for version in range(9)]
        answer(self.kad, self.peer, self.named(*named), Envelope())
        for one in named:
            contact = known(self.kad.table, one)
            self.assertEqual(
                (one.version, 3, False), (contact.version, contact.kind, contact.verified)
            )

    def test_into_the_lookup(self) -> None:
        """Whoever is named is asked next, nearest first, verified or not."""
        named = [seed(10), seed(11)]
        answer(self.kad, self.peer, self.named(*named), Envelope(), NOW + 9)
        request = request_of(self.kad, m.FindNodeRequest, start=10, topic=TARGET)
        nearest = min(named, key=lambda one: TARGET.distance(one.kad_id))
        self.assertEqual(nearest.destination, request.destination)
        (trace,) = (one for one in self.kad.lookups() if one.target == TARGET)
        self.assertEqual((2, 1), (len(trace.asked), trace.answered))

    def test_too_many(self) -> None:
        """Who names more than were asked for is not listened to at all."""
        answer(self.kad, self.peer, self.named(seed(10), skipped=11), Envelope())
        self.assertIsNone(self.kad.table.get(seed(10).kad_id))

    def test_as_many_as_asked(self) -> None:
        """Unusable ones count, but do not spoil the rest."""
        answer(self.kad, self.peer, self.named(seed(10), skipped=10), Envelope())
        self.assertIsNotNone(self.kad.table.get(seed(10).kad_id))

    def test_nobody_asked(self) -> None:
        """An answer out of the blue, or about something else, teaches nothing."""
        ask(self.kad, self.peer, self.named(seed(10)))
        answer(self.kad, self.peer, m.FindNodeResponse(KadID(3), (record(seed(10)),)), Envelope())
        self.assertIsNone(self.kad.table.get(seed(10).kad_id))

    def test_poison(self) -> None:
        """Neither ourselves, nor the responder again, nor a verified contact moved is asked."""
        good = seed(2)
        kad = deal(kad_of(self.peer, good), Aim.NODE)
        kad.look_up(TARGET)
        first = request_of(kad, m.FindNodeRequest, topic=TARGET)
        source = self.peer if first.destination == self.peer.destination else good
        other = good if source is self.peer else self.peer
        bad = (
            m.PeerRecord(8, ME.kad_id, destination(7)),
            m.PeerRecord(8, KadID(7), ME.destination),
            m.PeerRecord(8, KadID(8), source.destination),
            m.PeerRecord(8, other.kad_id, destination(8)),
            m.PeerRecord(8, KadID(9), destination(9)),
            m.PeerRecord(8, KadID(10), destination(9)),
        )
        answer(kad, source, m.FindNodeResponse(TARGET, bad), Envelope(), NOW + 30)
        asked = set()
        for second in range(30, 130):
            kad.beat(NOW + second, Random(second))
            request = kad.next_request(NOW + second, Random(second))
            if request is not None and request.topic == TARGET:
                asked.add(request.destination)
        self.assertEqual({other.destination, destination(9)}, asked)

    def test_legacy(self) -> None:
        """A Kad1 contact is asked in Kad1, and what it names enters as version 0."""
        old = seed(3, version=1)
        kad = deal(kad_of(old), Aim.NODE)
        kad.look_up(TARGET)
        request = request_of(kad, m.LegacyFindNodeRequest, topic=TARGET)
        self.assertEqual(
            m.LegacyFindNodeRequest(11, TARGET, old.kad_id, ME.kad_id), request.message
        )
        named = m.LegacyRecord(KadID(9), destination(9), destination(10), 2)
        answer(kad, old, m.LegacyFindNodeResponse(TARGET, (named,)), Envelope())
        contact = kad.table.get(KadID(9))
        assert contact is not None
        self.assertEqual((0, 3, destination(10)), (contact.version, contact.kind, contact.tcp))


class BootstrappedTests(SynchronousTestCase):
    """The first answer of a seed fills the table."""

    def setUp(self) -> None:
        """A node that knows nobody but two seeds, and has asked one."""
        self.seeds = {one.destination: one for one in (seed(1), seed(2))}
        self.kad = Kad(ME, 1, now=NOW, random=Random(1), seeds=self.seeds.values())
        request = request_of(self.kad, m.BootstrapRequest)
        self.asked = self.seeds[request.destination]
        self.message = m.BootstrapResponse(
            self.asked.kad_id, 8, destination(5), (record(seed(10)), record(seed(11)))
        )

    def test_first(self) -> None:
        """What comes while the table is empty is taken as verified, but not as handshaken."""
        answer(self.kad, self.asked, self.message, covered(0x44))
        for one in (seed(10), seed(11)):
            contact = known(self.kad.table, one)
            self.assertEqual((True, False), (contact.verified, contact.handshaken))

    def test_seed_itself(self) -> None:
        """While nobody is known, the seed that answers is taken in, with its key and address."""
        answer(self.kad, self.asked, self.message, covered(0x44))
        contact = known(self.kad.table, self.asked)
        self.assertEqual(
            (0x44, destination(5), False),
            (contact.udp_key, contact.tcp, contact.hello_seen),
        )

    def test_later(self) -> None:
        """Once there are contacts, further ones are not verified, nor is a seed taken in early."""
        self.kad.table.add(seed(20), NOW)
        answer(self.kad, self.asked, self.message, covered(0x44))
        self.assertFalse(known(self.kad.table, seed(10)).verified)
        self.assertIsNone(self.kad.table.get(self.asked.kad_id))

    def test_after_all_seeds(self) -> None:
        """When every seed had its turn, the one that answers is taken in."""
        self.kad.table.add(seed(20), NOW)
        other = request_of(self.kad, m.BootstrapRequest, start=30)
        self.assertNotEqual(self.asked.destination, other.destination)
        answer(self.kad, self.asked, self.message, covered(0x44))
        self.assertIsNotNone(self.kad.table.get(self.asked.kad_id))

    def test_nobody_asked(self) -> None:
        """A bootstrap answer out of the blue teaches nothing."""
        ask(self.kad, seed(9), self.message)
        self.assertEqual(0, len(self.kad.table))
