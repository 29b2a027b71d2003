"""Tests for :mod:`twisted_mule.kad.tracking`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW, at_distance
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.exchange import Plain, Request, RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import FindNodeRequest, FindNodeResponse, Ping, Pong
from twisted_mule.kad.tracking import LIMITS, Quota, Tracking

ASKED = destination(1)


def find_node(target: int, number: int = 1) -> Request:
    """A routing request to node ``number``."""
    message = FindNodeRequest(11, KadID(target), at_distance(number), None)
    return Request(
        destination(number),
        message,
        Plain(),
        RequestKind.REQ,
        frozenset({FindNodeResponse.opcode}),
        KadID(target),
    )


PING = Request(ASKED, Ping(), Plain(), RequestKind.PING, frozenset({Pong.opcode}))


class TrackingTests(SynchronousTestCase):
    """An answer is one only from whom it was asked of, for a while, and a few times."""

    def setUp(self) -> None:
        """One ping is out."""
        self.tracking = Tracking()
        self.tracking.sent(PING, NOW)

    def test_match(self) -> None:
        """An answer needs the very destination and the very opcode."""
        self.assertIs(PING, self.tracking.match(ASKED, Pong.opcode, NOW + 1))
        self.assertIsNone(self.tracking.match(destination(2), Pong.opcode, NOW + 1))
        self.assertIsNone(self.tracking.match(ASKED, FindNodeResponse.opcode, NOW + 1))

    def test_allowance(self) -> None:
        """A peer gets no more than four datagrams in for one request."""
        matches = [self.tracking.match(ASKED, Pong.opcode, NOW + 1) for _ in range(6)]
        self.assertEqual([PING] * contract.ANSWERS_PER_REQUEST + [None] * 2, matches)

    def test_settled_is_over(self) -> None:
        """The first answer that is one ends the request."""
        self.assertIs(PING, self.tracking.settle(ASKED, Pong.opcode))
        self.assertIsNone(self.tracking.settle(ASKED, Pong.opcode))
        self.assertIsNone(self.tracking.match(ASKED, Pong.opcode, NOW + 1))
        self.assertEqual(0, len(self.tracking))

    def test_answers_in_parts(self) -> None:
        """A request that several messages answer goes on."""
        self.assertIs(PING, self.tracking.settle(ASKED, Pong.opcode, last=False))
        self.assertIs(PING, self.tracking.settle(ASKED, Pong.opcode))

    def test_settles_after_the_last_match(self) -> None:
        """The last datagram of the allowance still settles its request."""
        for _ in range(contract.ANSWERS_PER_REQUEST):
            self.tracking.match(ASKED, Pong.opcode, NOW + 1)
        self.assertIs(PING, self.tracking.settle(ASKED, Pong.opcode))

    def test_life(self) -> None:
        """After 180 s nothing is an answer any more."""
        late = NOW + contract.REQUEST_LIFE
        self.assertIsNotNone(self.tracking.match(ASKED, Pong.opcode, late - 0.1))
        self.assertIsNone(self.tracking.match(ASKED, Pong.opcode, late))
        self.assertEqual(0, len(self.tracking))

    def test_topic(self) -> None:
        """Of two requests to one peer, the topic tells which one an answer belongs to."""
        first, second = find_node(7), find_node(8)
        self.tracking.sent(first, NOW)
        self.tracking.sent(second, NOW)
        opcode = FindNodeResponse.opcode
        self.assertIs(second, self.tracking.settle(ASKED, opcode, KadID(8)))
        self.assertIsNone(self.tracking.settle(ASKED, opcode, KadID(9)))
        self.assertIs(first, self.tracking.settle(ASKED, opcode, KadID(7)))

    def test_allowances_add_up(self) -> None:
        """Two requests to one peer let in twice as many datagrams."""
        self.tracking.sent(find_node(7), NOW)
        self.tracking.sent(find_node(8), NOW)
        opcode = FindNodeResponse.opcode
        matches = [self.tracking.match(ASKED, opcode, NOW) for _ in range(10)]
        self.assertEqual(2 * contract.ANSWERS_PER_REQUEST, sum(m is not None for m in matches))

    def test_bounded(self) -> None:
        """Beyond the bound the oldest request is given up."""
        for number in range(contract.REQUESTS_TRACKED):
            self.tracking.sent(find_node(number), NOW)
        self.assertEqual(contract.REQUESTS_TRACKED, len(self.tracking))
        self.assertIsNone(self.tracking.match(ASKED, Pong.opcode, NOW))

    def test_nothing_expected(self) -> None:
        """What expects no answer is not tracked."""
        silent = Request(destination(3), Ping(), Plain(), RequestKind.PING, frozenset())
        self.tracking.sent(silent, NOW)
        self.assertEqual(1, len(self.tracking))


class QuotaTests(SynchronousTestCase):
    """No peer gets more of a kind of request in any 60 seconds than the contract says."""

    def test_limits(self) -> None:
        """Every kind of request has its own limit."""
        self.assertEqual(set(RequestKind), set(LIMITS))
        for kind, limit in LIMITS.items():
            quota = Quota()
            for turn in range(limit):
                self.assertTrue(quota.allows(ASKED, kind, NOW + turn))
                quota.spend(ASKED, kind, NOW + turn)
            self.assertFalse(quota.allows(ASKED, kind, NOW + 59.9))
            self.assertTrue(quota.allows(ASKED, kind, NOW + 61))

    def test_departures_stay_within_the_limit(self) -> None:
        """The cap holds for the wire: what leaves last of a late batch, then first of another."""
        last = contract.TICK_LATE + contract.BATCH_SPAN
        quota = Quota()
        quota.spend(ASKED, RequestKind.PING, NOW)
        self.assertFalse(quota.allows(ASKED, RequestKind.PING, NOW + 60))
        self.assertFalse(quota.allows(ASKED, RequestKind.PING, NOW + 60 + last - 0.01))
        self.assertTrue(quota.allows(ASKED, RequestKind.PING, NOW + 60 + last))

    def test_window_slides(self) -> None:
        """It is any 60 seconds, not those of a clock."""
        quota = Quota()
        quota.spend(ASKED, RequestKind.HELLO, NOW)
        quota.spend(ASKED, RequestKind.HELLO, NOW + 50)
        self.assertTrue(quota.allows(ASKED, RequestKind.HELLO, NOW + 61))
        quota.spend(ASKED, RequestKind.HELLO, NOW + 61)
        self.assertFalse(quota.allows(ASKED, RequestKind.HELLO, NOW + 109))

    def test_peers_and_kinds_are_apart(self) -> None:
        """What one peer got of one kind says nothing about another, nor another kind."""
        quota = Quota()
        quota.spend(ASKED, RequestKind.PING, NOW)
        self.assertFalse(quota.allows(ASKED, RequestKind.PING, NOW))
        self.assertTrue(quota.allows(destination(2), RequestKind.PING, NOW))
        self.assertTrue(quota.allows(ASKED, RequestKind.HELLO, NOW))
