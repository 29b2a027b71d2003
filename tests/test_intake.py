"""Tests for :mod:`twisted_mule.intake`: everything is let in by one rule, before it is read."""

from __future__ import annotations

from random import Random

from attrs import define, field
from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule import contract
from twisted_mule.admission import Admission
from twisted_mule.intake import Arrival, Intake
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import ForKey, ForNode, Plain, Request, RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import HelloResponse, Ping, Pong, SearchSourceRequest
from twisted_mule.places import Places
from twisted_mule.ticks import TickSchedule

ME = KadID(0x1234 << 100)
OWN_KEY = 77


@define
class Tracked:
    """Knows the requests that a test has put into it."""

    requests: dict[tuple[Destination, int], Request] = field(factory=dict)

    def match(self, source: Destination, opcode: int, now: float) -> Request | None:
        """The request that was put there."""
        return self.requests.get((source, opcode))


class IntakeTests(SynchronousTestCase):
    """What came is stamped, admitted and given its places, whatever it is."""

    def setUp(self) -> None:
        """An intake that hands over to a list."""
        self.chance = Chance(b"boot")
        self.tracked = Tracked()
        self.delivered: list[Arrival] = []
        self.intake = self.make()

    def make(self) -> Intake:
        """A fresh intake of the same boot."""
        return Intake(
            ME,
            lambda _: OWN_KEY,
            Admission(0.0, self.chance),
            Places(TickSchedule(self.chance, 0.0), self.chance),
            self.tracked,
            self.delivered.append,
        )

    def track(self, seed: int, *opcodes: int) -> Request:
        """Pretend that a request to ``seed`` awaits an answer."""
        request = Request(destination(seed), Ping(), Plain(), RequestKind.PING, frozenset(opcodes))
        for opcode in opcodes:
            self.tracked.requests[destination(seed), opcode] = request
        return request

    def test_places_are_blind_to_the_content(self) -> None:
        """Valid, malformed, unknown and undecipherable datagrams get the very same place."""
        random = Random(1)
        kinds = [
            to_wire(Ping(), Plain(), 0, random),
            to_wire(Ping(), ForNode(ME), 5, random),
            to_wire(Ping(), ForKey(OWN_KEY), 5, random),
            b"\x05\x10",  # a truncated answer that nobody asked for
            b"\x05\x1b\0",
            b"\x05\xff",
            b"\x06\x1ethis is no zlib stream",
            b"\xe4" + random.randbytes(60),
            b"",
        ]
        for datagram in kinds:
            self.make().accept(destination(1), datagram, 3.0)
        self.assertEqual(len(kinds), len(self.delivered))
        self.assertEqual(1, len({arrival.places for arrival in self.delivered}))
        self.assertEqual(1, len(self.delivered[0].places))

    def test_search_books_four(self) -> None:
        """A search may be answered in four parts."""
        search = to_wire(SearchSourceRequest(ME, 0, 0), ForNode(ME), 0, Random(1))
        self.intake.accept(destination(1), search, 0.0)
        self.assertEqual(contract.SEARCH_PARTS, len(self.delivered[0].places))

    def test_garbage_books_one(self) -> None:
        """What is not Kad takes one place, even if its second byte is the opcode of a search."""
        self.intake.accept(destination(1), bytes([0xE3, SearchSourceRequest.opcode]) * 9, 0.0)
        self.assertEqual(1, len(self.delivered[0].places))

    def test_over_the_limit(self) -> None:
        """The fifth datagram of a burst is dropped, be it valid or not."""
        for datagram in (b"", b"\x05\x1e", b"\x05\x1e", b"\xff" * 50, b"\x05\x1e", b"\x05\x1e"):
            self.intake.accept(destination(1), datagram, 0.0)
        self.assertEqual(contract.PEER_BURST, len(self.delivered))
        self.assertEqual(2, self.intake.refused)

    def test_answers_have_their_own_allowance(self) -> None:
        """An answer to our request costs its sender no token and books no place."""
        request = self.track(1, Pong.opcode)
        for _ in range(10):
            self.intake.accept(destination(1), to_wire(Pong(), Plain(), 0, Random(1)), 0.0)
        self.assertEqual(10, len(self.delivered))
        self.assertEqual({()}, {arrival.places for arrival in self.delivered})
        self.assertEqual({id(request)}, {id(arrival.answers) for arrival in self.delivered})

    def test_acknowledgement_books_a_place(self) -> None:
        """A HELLO_RES of ours may ask for an acknowledgement, which waits like every answer."""
        self.track(1, HelloResponse.opcode)
        self.intake.accept(destination(1), b"\x05\x10", 0.0)
        self.assertEqual(1, len(self.delivered[0].places))

    def test_other_protocols_answer_nothing(self) -> None:
        """The opcode byte of a datagram that is not Kad matches no request."""
        self.track(1, Pong.opcode)
        self.intake.accept(destination(1), b"\xe4\x1f", 0.0)
        self.assertIsNone(self.delivered[0].answers)

    def test_no_place_no_entry(self) -> None:
        """When the ticks are full a datagram is dropped silently, whatever it is."""
        now = 10.0
        while self.intake.places.book(now, b"crowd", self.intake.places.booked):
            pass
        self.intake.accept(destination(1), b"\x05\x1e", now)
        self.assertEqual([], self.delivered)
        self.assertEqual(1, self.intake.refused)
