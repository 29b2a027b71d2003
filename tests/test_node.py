"""Tests for :mod:`twisted_mule.node`: what joins the core to the one exit."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW, kad_of, seed
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Heard, Reply
from twisted_mule.node import MuleNode
from twisted_mule.status import Phase

PING = b"\x05\x1e"
TARGET = seed(77).kad_id
Beat = Callable[[float, Draws], None]


@define(eq=False)
class Link:
    """A session that is open or not, and remembers what leaves."""

    clock: Clock
    online: bool = True
    sent: list[tuple[float, Destination, bytes]] = field(factory=list)

    def send(self, destination: Destination, datagram: bytes) -> None:
        """Remember."""
        self.sent.append((self.clock.seconds(), destination, datagram))


def drawing_more(beat: Beat, more: int) -> Beat:
    """``beat``, followed by so many draws that nobody looks at."""

    def drawing(now: float, random: Draws) -> None:
        beat(now, random)
        for _ in range(more):
            random.random()

    return drawing


class NodeCase(SynchronousTestCase):
    """Nodes with the same boot key."""

    def make(self, *, online: bool = True) -> tuple[MuleNode, Link, Clock]:
        """A node that knows twenty contacts, started."""
        clock = Clock()
        clock.advance(NOW)
        link = Link(clock, online)
        core = kad_of(*(seed(n) for n in range(20)))
        node = MuleNode(clock, Chance(b"boot"), core, 0xDEADBEEF, link)
        node.startService()
        self.addCleanup(lambda: self.successResultOf(node.stopService()))
        return node, link, clock


class RequestTests(NodeCase):
    """What the node asks, and when."""

    def test_hold_begins_with_the_session(self) -> None:
        """The hold is drawn once the router is there, however long that takes."""
        node, link, clock = self.make(online=False)
        clock.pump([0.05] * 2000)
        self.assertIsNone(node.asks_at)
        link.online = True
        began = clock.seconds()
        clock.pump([0.05] * 40)
        assert node.asks_at is not None
        least, most = contract.START_HOLD
        self.assertTrue(least <= node.asks_at - began <= most + 2.0)
        self.assertIs(Phase.HOLDING, node.phase)

    def test_timers_do_not_shift_the_lot(self) -> None:
        """However many draws the timers of a tick take, what is asked stays the same."""
        sent = []
        for more in (0, 5):
            node, link, clock = self.make()
            self.patch(node.core, "beat", drawing_more(node.core.beat, more))
            node.core.look_up(TARGET)
            clock.pump([0.05] * 1600)
            sent.append([datagram for _, _, datagram in link.sent][:6])
        self.assertGreater(len(sent[0]), 3)
        self.assertEqual(*sent)


class AnswerTests(NodeCase):
    """What the node answers, and what not."""

    def test_answers_while_it_asks_nothing(self) -> None:
        """From the first tick on, before the hold is over, a ping is answered within the bounds."""
        node, link, clock = self.make()
        arrived = clock.seconds()
        node.received(destination(5), PING, arrived)
        clock.pump([0.01] * 330)
        ((when, whom, _),) = link.sent
        self.assertEqual(destination(5), whom)
        delay = when - arrived
        self.assertTrue(contract.DELAY_LEAST <= delay <= contract.DELAY_MOST + 0.01)

    def test_slow_handling_costs_the_answer(self) -> None:
        """What is made after the deadline of its place is dropped, not sent later."""
        node, link, clock = self.make()
        handle = node.core.handle

        def slowly(*heard: object) -> object:
            clock.rightNow += contract.DELAY_MOST
            return handle(*heard)  # type: ignore[arg-type]

        self.patch(node.core, "handle", slowly)
        node.received(destination(5), PING, clock.seconds())
        clock.pump([0.01] * 300)
        self.assertEqual([], [whom for _, whom, _ in link.sent if whom == destination(5)])
        self.assertEqual(1, node.counters.total("dropped_late"))

    def test_the_core_sees_the_arrival(self) -> None:
        """What a message starts is timed from its arrival, however late anybody looks at it."""
        node, _, clock = self.make()
        seen: list[object] = []

        def handle(_: Heard, now: float, __: Draws) -> tuple[Reply, ...]:
            seen.append(now)
            return ()

        self.patch(node.core, "handle", handle)
        arrived = clock.seconds()
        clock.advance(0.3)
        node.received(destination(5), PING, arrived)
        self.assertEqual([arrived], seen)

    def test_no_more_replies_than_places(self) -> None:
        """A core that says too much is cut to the places that were booked."""
        node, link, clock = self.make()
        handle = node.core.handle
        self.patch(node.core, "handle", lambda *heard: handle(*heard) * 3)
        node.received(destination(5), PING, clock.seconds())
        clock.pump([0.01] * 400)
        self.assertEqual(1, len(link.sent))
        self.assertEqual(2, node.counters.total("dropped_no_place"))


class SelfCheckTests(NodeCase):
    """What the node tells its self-check."""

    def test_unreadable_datagrams(self) -> None:
        """What cannot be read is measured by its places, a defect by itself; a ping by neither."""
        node, _, clock = self.make()
        failures = node.check.failures
        node.received(destination(5), b"noise", clock.seconds())
        node.received(destination(6), PING, clock.seconds())
        self.assertEqual((1, 0.0), (failures.placeless.n, failures.placeless.value(NOW)))
        clock.pump([0.05] * 140)
        self.assertEqual(1, failures.law.outside.n)
        self.assertEqual((2, 0.0), (failures.received.n, failures.received.value(NOW)))
        self.patch(node.core, "handle", lambda *heard: 1 / 0)
        node.received(destination(7), PING, clock.seconds())
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual(1.0, failures.received.value(NOW))

    def test_request_places(self) -> None:
        """A place counts when it could be used: not in the hold, not without a session."""
        node, link, clock = self.make()
        places = node.check.participation.places
        clock.pump([0.05] * 100)
        self.assertEqual(0, places.n)
        clock.pump([0.05] * 1400)
        seen = places.n
        self.assertGreater(seen, 5)
        link.online = False
        clock.pump([0.05] * 400)
        self.assertLessEqual(places.n - seen, 1)

    def test_verdicts_are_told(self) -> None:
        """A look each minute, and one sentence to the user when a verdict changes."""
        node, _, clock = self.make()
        told: list[str] = []
        node.tell = told.append
        clock.pump([0.05] * 1400)
        self.assertIn("clause 7 of the contract (no optimisation) kept", "".join(told))
        self.patch(contract, "PEER_BURST", 5)
        clock.pump([0.05] * 1400)
        self.assertIn("clause 7 of the contract (no optimisation) broken", told[-1])
