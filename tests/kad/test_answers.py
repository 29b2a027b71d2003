"""Tests for :mod:`twisted_mule.kad.answers`: what others get when they ask."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW, ask, at_distance, covered, kad_of, proven, record, seed
from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import NEW, SILENT
from twisted_mule.kad.core import Kad
from twisted_mule.kad.exchange import Cover, Envelope, ForKey, Heard, Plain
from twisted_mule.kad.ids import KadID

PEER = seed(500)


def find(count: int, target: KadID, receiver: KadID = ME.kad_id) -> m.FindNodeRequest:
    """A routing request."""
    return m.FindNodeRequest(count, target, receiver, PEER.kad_id)


class FindNodeTests(SynchronousTestCase):
    """A routing request is answered with the nearest proven contacts, in no order."""

    def setUp(self) -> None:
        """A node with forty good contacts."""
        self.seeds = [seed(n) for n in range(40)]
        self.kad = kad_of(*self.seeds)
        self.target = KadID(1 << 90)

    def found(self, count: int, kad: Kad | None = None) -> tuple[m.PeerRecord, ...]:
        """The contacts that are named."""
        (answer,) = ask(kad or self.kad, PEER, find(count, self.target))
        assert isinstance(answer, m.FindNodeResponse)
        self.assertEqual(self.target, answer.target)
        return answer.contacts

    def test_nearest(self) -> None:
        """As many as asked for, and the nearest there are."""
        nearest = sorted(self.seeds, key=lambda one: self.target.distance(one.kad_id))
        for count in (2, 4, 11):
            self.assertEqual(set(map(record, nearest[:count])), set(self.found(count)))

    def test_at_most_25(self) -> None:
        """Never more than 25, whatever is asked; only five bits of the count count."""
        self.assertEqual(25, len(self.found(31)))
        self.assertEqual(1, len(self.found(0xE1)))

    def test_shuffled(self) -> None:
        """The order says nothing about distance (D1)."""
        orders = set()
        for turn in range(20):
            heard = Heard(PEER.destination, find(11, self.target))
            (reply,) = self.kad.handle(heard, NOW, Random(turn))
            assert isinstance(reply.message, m.FindNodeResponse)
            orders.add(reply.message.contacts)
        self.assertEqual(20, len(orders))

    def test_only_proven(self) -> None:
        """Unverified contacts and those of type 3 and 4 are not handed out."""
        bad = [
            proven(seed(1, verified=False)),
            proven(seed(2), NEW),
            proven(seed(3), SILENT),
        ]
        kad = Kad(ME, 1, [*bad, proven(seed(4))], now=NOW, random=Random(1))
        self.assertEqual((record(seed(4)),), self.found(11, kad))

    def test_even_if_empty(self) -> None:
        """Who knows nobody says so."""
        self.assertEqual((), self.found(11, kad_of()))

    def test_asker_is_not_left_out(self) -> None:
        """The asker is named like anybody else."""
        self.assertEqual((record(PEER),), self.found(2, kad_of(PEER)))

    def test_not_for_us(self) -> None:
        """A request for another identifier gets silence."""
        self.assertEqual((), ask(self.kad, PEER, find(2, self.target, KadID(5))))

    def test_nothing_wanted(self) -> None:
        """A request for no contacts gets silence."""
        self.assertEqual((), ask(self.kad, PEER, find(0x20, self.target)))

    def test_asker_is_not_admitted(self) -> None:
        """Asking does not get anybody into the table."""
        self.found(2)
        self.assertIsNone(self.kad.table.get(PEER.kad_id))

    def test_challenge(self) -> None:
        """A request without a sender, a legacy challenge, is answered like any other."""
        challenge = m.FindNodeRequest(2, self.target, ME.kad_id, None)
        (answer,) = ask(self.kad, PEER, challenge)
        assert isinstance(answer, m.FindNodeResponse)
        self.assertEqual(2, len(answer.contacts))

    def test_legacy(self) -> None:
        """Kad1 gets at most 12 contacts, with their types."""
        request = m.LegacyFindNodeRequest(31, self.target, ME.kad_id, PEER.kad_id)
        (answer,) = ask(self.kad, PEER, request)
        assert isinstance(answer, m.LegacyFindNodeResponse)
        self.assertEqual(12, len(answer.contacts))
        self.assertEqual({2}, {one.kind for one in answer.contacts})

    def test_legacy_silence(self) -> None:
        """In Kad1 too, what is not for us or asks for nothing gets silence."""
        for count, receiver in ((2, KadID(5)), (0, ME.kad_id)):
            request = m.LegacyFindNodeRequest(count, self.target, receiver, PEER.kad_id)
            self.assertEqual((), ask(self.kad, PEER, request))


class BootstrapTests(SynchronousTestCase):
    """A bootstrap request is answered with contacts from all over the table."""

    def test_all_sorts(self) -> None:
        """24 contacts, verified or not, with our version and stream destination."""
        kad = kad_of(*(seed(n, verified=False) for n in range(60)), kind=NEW)
        (answer,) = ask(kad, PEER, m.BootstrapRequest())
        assert isinstance(answer, m.BootstrapResponse)
        self.assertEqual((ME.kad_id, 8, ME.tcp), (answer.sender, answer.version, answer.tcp))
        self.assertEqual(24, len(set(answer.contacts)))

    def test_empty(self) -> None:
        """Who knows nobody answers all the same."""
        (answer,) = ask(kad_of(), PEER, m.BootstrapRequest())
        assert isinstance(answer, m.BootstrapResponse)
        self.assertEqual((), answer.contacts)

    def test_shuffled(self) -> None:
        """The order says nothing about the tree."""
        kad = kad_of(*(seed(n) for n in range(30)))
        orders = set()
        for turn in range(20):
            (reply,) = kad.handle(Heard(PEER.destination, m.BootstrapRequest()), NOW, Random(turn))
            assert isinstance(reply.message, m.BootstrapResponse)
            orders.add(reply.message.contacts)
        self.assertEqual(20, len(orders))

    def test_legacy(self) -> None:
        """Kad1 gets twelve, ourselves last; its sender enters the table as version 0."""
        kad = kad_of(*(seed(n) for n in range(30)))
        here = m.LegacyRecord(PEER.kad_id, PEER.destination, None)
        (answer,) = ask(kad, PEER, m.LegacyBootstrapRequest(here))
        assert isinstance(answer, m.LegacyBootstrapResponse)
        self.assertEqual(12, len(answer.contacts))
        self.assertEqual(m.LegacyRecord(ME.kad_id, ME.destination, ME.tcp, 0), answer.contacts[-1])
        contact = kad.table.get(PEER.kad_id)
        assert contact is not None
        self.assertEqual(0, contact.version)


class SealTests(SynchronousTestCase):
    """Answers go under the key that came with the question."""

    def seal(self, envelope: Envelope) -> object:
        """How a ping that came so is answered."""
        heard = Heard(PEER.destination, m.Ping(), envelope)
        (reply,) = kad_of().handle(heard, NOW, Random(1))
        self.assertEqual(m.Pong(), reply.message)
        return reply.seal

    def test_seals(self) -> None:
        """With a key under that key, without one, or to a plain question, plain."""
        self.assertEqual(ForKey(0x55), self.seal(covered(0x55)))
        self.assertEqual(Plain(), self.seal(covered(0)))
        self.assertEqual(Plain(), self.seal(Envelope(Cover.PLAIN, 0, 0x55)))

    def test_legacy_is_plain(self) -> None:
        """Kad1 is always answered plain."""
        request = m.LegacyFindNodeRequest(2, at_distance(1), ME.kad_id, PEER.kad_id)
        heard = Heard(PEER.destination, request, covered())
        (reply,) = kad_of().handle(heard, NOW, Random(1))
        self.assertEqual(Plain(), reply.seal)
