"""Tests for greetings of Kad1 nodes."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.greetings import answer, request_of
from tests.kad.people import ME, NOW, ask, covered, kad_of, known, seed
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.exchange import Envelope, Plain


class LegacyHelloTests(SynchronousTestCase):
    """Kad1 greetings are answered in Kad1, with the source that they really came from."""

    def setUp(self) -> None:
        """A Kad1 node has greeted us."""
        self.kad = kad_of()
        self.one = seed(1, version=0, verified=False)
        greeting = m.LegacyHelloRequest(
            m.LegacyRecord(self.one.kad_id, destination(9), destination(10), 3)
        )
        self.answers = ask(self.kad, self.one, greeting)
        self.contact = known(self.kad.table, self.one)

    def test_answer(self) -> None:
        """The answer is ourselves, of type 0, with our stream destination."""
        own = m.LegacyRecord(ME.kad_id, ME.destination, ME.tcp, 0)
        self.assertEqual((m.LegacyHelloResponse(own),), self.answers)

    def test_admitted(self) -> None:
        """The sender enters as a version 0 contact at its real destination."""
        self.assertEqual(
            (0, self.one.destination, destination(10)),
            (self.contact.version, self.contact.destination, self.contact.tcp),
        )

    def test_challenge(self) -> None:
        """It is challenged in Kad1, and an answer verifies it."""
        request = request_of(self.kad, m.LegacyFindNodeRequest)
        assert isinstance(request.message, m.LegacyFindNodeRequest)
        self.assertEqual(ME.kad_id, request.message.sender)
        found = m.LegacyFindNodeResponse(request.message.target, ())
        answer(self.kad, self.one, found, Envelope())
        self.assertTrue(self.contact.handshaken)

    def test_greeted_back_in_both(self) -> None:
        """It is greeted in Kad1, and once in Kad2 to see whether it speaks that."""
        sent = []
        for second in range(600):
            self.kad.beat(NOW + second, Random(second))
            request = self.kad.next_request(NOW + second, Random(second))
            if request is not None:
                sent.append(type(request.message))
                self.assertEqual(Plain(), request.seal)
        self.assertEqual(2, sent.count(m.LegacyHelloRequest))
        self.assertEqual(1, sent.count(m.HelloRequest))

    def test_it_spoke_kad2(self) -> None:
        """If the Kad2 greeting is answered, it is a Kad2 contact from then on."""
        request_of(self.kad, m.HelloRequest)
        peer = m.PeerRecord(8, self.one.kad_id, self.one.destination)
        answer(self.kad, self.one, m.HelloResponse(peer), covered())
        self.assertEqual(8, self.contact.version)

    def test_legacy_response(self) -> None:
        """An answer in Kad1 keeps it alive."""
        request_of(self.kad, m.LegacyHelloRequest)
        here = m.LegacyRecord(self.one.kad_id, self.one.destination, None)
        answer(self.kad, self.one, m.LegacyHelloResponse(here), Envelope())
        self.assertEqual((2, 2), (self.contact.kind, self.contact.greeted))
        self.assertEqual(destination(10), self.contact.tcp)
