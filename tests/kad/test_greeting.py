"""Tests for greetings and proof: wire-format 8 and 9.2, node-behaviour 4.6 and 6.1."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.greetings import PEER, answer, greet, request_of
from tests.kad.people import ME, NOW, ask, covered, kad_of, known, record, seed
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.exchange import Envelope, ForKey, ForNode, Plain, Reply, Request
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.tags import KADMISCOPTIONS, Tag

WANTS_ACK = (Tag(KADMISCOPTIONS, 4),)


class HelloRequestTests(SynchronousTestCase):
    """Every valid HELLO_REQ is answered; the acknowledgement is asked by iMule's rule."""

    def setUp(self) -> None:
        """A node that knows nobody."""
        self.kad = kad_of()

    def test_newcomer(self) -> None:
        """A version 8 newcomer is admitted, answered under its identifier, asked for the ACK."""
        (reply,) = greet(self.kad, PEER, covered(0x77))
        own = m.PeerRecord(8, ME.kad_id, ME.destination)
        self.assertEqual(m.HelloResponse(own, WANTS_ACK), reply.message)
        self.assertEqual(ForNode(PEER.kad_id, 0x77), reply.seal)
        self.assertEqual(frozenset({m.HelloResponseAck.opcode}), reply.expects)
        contact = known(self.kad.table, PEER)
        self.assertEqual((False, 0x77), (contact.verified, contact.udp_key))

    def test_covered_even_when_it_came_plain(self) -> None:
        """A plain HELLO_REQ of version 6 or more is answered obfuscated, one below plain."""
        for version in range(1, 9):
            (reply,) = greet(self.kad, seed(20 + version), Envelope(), version)
            expected = ForNode(seed(20 + version).kad_id, 0) if version >= 6 else Plain()
            self.assertEqual(expected, reply.seal)

    def test_our_key(self) -> None:
        """Who returns our key is verified at once, and is not asked for an acknowledgement."""
        (reply,) = greet(self.kad, PEER, covered(proves=True))
        self.assertEqual(((), frozenset()), (getattr(reply.message, "tags"), reply.expects))  # noqa: B009
        contact = known(self.kad.table, PEER)
        self.assertEqual((True, True), (contact.verified, contact.handshaken))

    def test_known_unverified(self) -> None:
        """A known contact is asked again until it is verified."""
        for _ in range(2):
            (reply,) = greet(self.kad, PEER, covered())
            self.assertEqual(frozenset({m.HelloResponseAck.opcode}), reply.expects)

    def test_verified(self) -> None:
        """A verified contact is not asked any more."""
        kad = kad_of(seed(1))
        (reply,) = greet(kad, seed(1), covered())
        self.assertEqual(frozenset(), reply.expects)

    def test_below_version_8(self) -> None:
        """Below version 8 nobody is asked for an acknowledgement."""
        for version in range(1, 8):
            (reply,) = greet(self.kad, seed(30 + version), covered(), version)
            self.assertEqual(frozenset(), reply.expects)

    def test_not_admitted(self) -> None:
        """Who is not admitted is answered all the same, without a wish for an ACK."""
        twin = Seed(KadID(77), seed(2).destination, 8)
        kad = kad_of(seed(2))
        (reply,) = greet(kad, twin, covered())
        self.assertEqual(frozenset(), reply.expects)
        self.assertIsInstance(reply.message, m.HelloResponse)
        self.assertIsNone(kad.table.get(KadID(77)))

    def test_refused_update(self) -> None:
        """Another key does not change a contact, and the answer asks for nothing."""
        greet(self.kad, PEER, covered(0x77))
        (reply,) = greet(self.kad, PEER, covered(0x78))
        self.assertEqual(frozenset(), reply.expects)
        self.assertEqual(0x77, known(self.kad.table, PEER).udp_key)

    def test_false_destination(self) -> None:
        """Who claims a destination other than its own gets silence and no entry."""
        message = m.HelloRequest(m.PeerRecord(8, PEER.kad_id, destination(9)))
        self.assertEqual((), ask(self.kad, PEER, message))
        self.assertEqual(0, len(self.kad.table))

    def test_version_0(self) -> None:
        """Version 0 has no Kad2 HELLO: silence."""
        self.assertEqual((), greet(self.kad, PEER, covered(), 0))

    def test_our_own_identifier(self) -> None:
        """A stranger with our identifier is answered and not admitted."""
        twin = Seed(ME.kad_id, PEER.destination, 8)
        self.assertEqual(1, len(greet(self.kad, twin, covered())))
        self.assertEqual(0, len(self.kad.table))


class AcknowledgementTests(SynchronousTestCase):
    """The third step of the handshake proves whoever sent the first."""

    def setUp(self) -> None:
        """A peer has greeted us, and our answer has left."""
        self.kad = kad_of()
        (reply,) = greet(self.kad, PEER, covered())
        self.kad.replied(PEER.destination, reply, NOW + 2)
        self.contact = known(self.kad.table, PEER)

    def test_proves(self) -> None:
        """With our key the acknowledgement verifies."""
        answer(self.kad, PEER, m.HelloResponseAck(PEER.kad_id), covered(proves=True), NOW + 9)
        self.assertEqual((True, True), (self.contact.verified, self.contact.handshaken))

    def test_without_our_key(self) -> None:
        """Without our key it proves nothing."""
        answer(self.kad, PEER, m.HelloResponseAck(PEER.kad_id), covered(), NOW + 9)
        self.assertFalse(self.contact.verified)

    def test_for_another(self) -> None:
        """It proves only who sent it."""
        other = seed(2, verified=False)
        self.kad.table.add(other, NOW)
        answer(self.kad, PEER, m.HelloResponseAck(other.kad_id), covered(proves=True), NOW + 9)
        self.assertFalse(known(self.kad.table, other).verified)

    def test_not_awaited(self) -> None:
        """Out of the blue, or too late, it is no answer at all."""
        self.assertIsNone(self.kad.match(destination(9), m.HelloResponseAck.opcode, NOW + 9))
        self.assertIsNone(self.kad.match(PEER.destination, m.HelloResponseAck.opcode, NOW + 200))
        message = m.HelloResponseAck(PEER.kad_id)
        self.assertEqual((), ask(self.kad, PEER, message, covered(proves=True)))
        self.assertFalse(self.contact.verified)


class HelloResponseTests(SynchronousTestCase):
    """An answer to our HELLO_REQ makes a contact alive, and is acknowledged if it asks."""

    def setUp(self) -> None:
        """A node that has greeted its only contact."""
        self.kad = kad_of()
        self.kad.learn([PEER], NOW, Random(1))
        contact = known(self.kad.table, PEER)
        contact.verified = False
        self.request = request_of(self.kad, m.HelloRequest)
        self.contact = contact

    def test_our_hello(self) -> None:
        """Our HELLO_REQ says version 8, carries no tags and is obfuscated for the contact."""
        own = m.PeerRecord(8, ME.kad_id, ME.destination)
        self.assertEqual(m.HelloRequest(own), self.request.message)
        self.assertEqual(ForNode(PEER.kad_id, 0), self.request.seal)

    def test_acknowledged(self) -> None:
        """Who asks for the acknowledgement and gave a key gets it under that key."""
        message = m.HelloResponse(record(PEER), WANTS_ACK)
        (reply,) = answer(self.kad, PEER, message, covered(0x99, proves=True))
        self.assertEqual(Reply(m.HelloResponseAck(ME.kad_id), ForKey(0x99)), reply)
        self.assertEqual(
            (True, True, 2), (self.contact.verified, self.contact.handshaken, self.contact.kind)
        )

    def test_no_key_no_acknowledgement(self) -> None:
        """Without a key there is nothing to acknowledge with."""
        message = m.HelloResponse(record(PEER), WANTS_ACK)
        self.assertEqual((), answer(self.kad, PEER, message, Envelope()))

    def test_not_asked(self) -> None:
        """Who does not ask is not acknowledged, whatever else its tags say."""
        for tags in ((), (Tag(KADMISCOPTIONS, 3),), (Tag(KADMISCOPTIONS, "4"),), (Tag(1, 4),)):
            self.setUp()
            message = m.HelloResponse(record(PEER), tags)
            self.assertEqual((), answer(self.kad, PEER, message, covered()))

    def test_once(self) -> None:
        """The same answer a second time is nobody's answer."""
        message = m.HelloResponse(record(PEER), WANTS_ACK)
        answer(self.kad, PEER, message, covered(0x99))
        self.assertIsNone(self.kad.match(PEER.destination, message.opcode, NOW + 121))
        self.assertEqual((), ask(self.kad, PEER, message, covered(0x99)))

    def test_false_destination(self) -> None:
        """An answer that names another destination changes nothing."""
        message = m.HelloResponse(m.PeerRecord(8, PEER.kad_id, destination(9)), WANTS_ACK)
        self.assertEqual((), answer(self.kad, PEER, message, covered(0x99, proves=True)))
        self.assertFalse(self.contact.verified)


class ChallengeTests(SynchronousTestCase):
    """Below version 8 a contact proves itself by answering something only it was asked."""

    def setUp(self) -> None:
        """A node that knows nobody."""
        self.kad = kad_of()

    def challenged(self, version: int) -> tuple[Seed, Request]:
        """A peer of this version that greeted us, and what it is asked."""
        one = seed(40 + version, version=version, verified=False)
        greet(self.kad, one, Envelope(), version)
        return one, request_of(self.kad, m.FindNodeRequest, m.Ping)

    def test_kad2(self) -> None:
        """Versions 1 to 6 get a plain REQ for 2 contacts near a random point, without our id."""
        for version in range(1, 7):
            self.setUp()
            one, request = self.challenged(version)
            assert isinstance(request.message, m.FindNodeRequest)
            self.assertEqual(Plain(), request.seal)
            self.assertEqual(2, request.message.count)
            self.assertIsNone(request.message.sender)
            self.assertEqual(one.kad_id, request.message.receiver)
            self.assertNotEqual(ZERO, request.message.target)

    def test_met(self) -> None:
        """An answer that names the point verifies; the contacts in it are ignored."""
        one, request = self.challenged(4)
        assert request.topic is not None
        found = m.FindNodeResponse(request.topic, (record(seed(50)),))
        answer(self.kad, one, found, Envelope())
        contact = known(self.kad.table, one)
        self.assertEqual((True, True), (contact.verified, contact.handshaken))
        self.assertIsNone(self.kad.table.get(seed(50).kad_id))

    def test_another_point(self) -> None:
        """An answer about another point verifies nobody."""
        one, _ = self.challenged(4)
        answer(self.kad, one, m.FindNodeResponse(KadID(5), ()), Envelope())
        self.assertFalse(known(self.kad.table, one).verified)

    def test_one_at_a_time(self) -> None:
        """Whoever has a challenge open gets no second one."""
        one, _ = self.challenged(4)
        greet(self.kad, one, Envelope(), 4)
        self.assertRaises(AssertionError, request_of, self.kad, m.FindNodeRequest, start=50)

    def test_version_7(self) -> None:
        """Version 7 gets a PING under its key instead, and its PONG verifies."""
        one = seed(47, version=7, verified=False)
        greet(self.kad, one, covered(0x55), 7)
        request = request_of(self.kad, m.FindNodeRequest, m.Ping)
        self.assertEqual((m.Ping(), ForKey(0x55)), (request.message, request.seal))
        answer(self.kad, one, m.Pong(), covered(0x55))
        self.assertTrue(known(self.kad.table, one).verified)
