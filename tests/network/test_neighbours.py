"""Eight neighbours on one virtual clock: handshakes, places, silence and the end."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.network.village import Village
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.node import MuleNode
from twisted_mule.status import Phase


class NeighboursTests(SynchronousTestCase):
    """Nodes that start with a list of names become a network by themselves."""

    def test_all_shake_hands(self) -> None:
        """Within five minutes everybody has shaken hands with nearly everybody, by lot and tick."""
        village = Village(8)
        village.run(300.0)
        self.assertGreaterEqual(min(village.handshakes()), 6)
        self.assertEqual([0] * 8, [node.counters.total("defects") for node in village.nodes])

    def test_nobody_asks_before_the_hold(self) -> None:
        """For the first five seconds nobody sends anything: each waits for a time of its own."""
        village = Village(8)
        village.run(contract.START_HOLD[0])
        self.assertEqual([0] * 8, [node.sender.record.sent for node in village.nodes])
        starts = {node.asks_at for node in village.nodes}
        self.assertEqual(8, len(starts))

    def test_one_request_a_tick(self) -> None:
        """No node ever has more requests than ticks, nor greets faster than the contract says."""
        village = Village(8)
        village.run(200.0)
        for node in village.nodes:
            self.assertLessEqual(node.requests, node.sender.record.ticks)
            hellos = node.counters.total("sent_hello_request")
            self.assertLessEqual(hellos, 200.0 / contract.GREETING_INTERVAL + 1)

    def test_same_key_same_network(self) -> None:
        """The same key gives the same run, to the last count: nothing hidden is random."""
        runs = []
        for _ in range(2):
            village = Village(4)
            village.run(120.0)
            runs.append([node.counters.report(0.0)[0] for node in village.nodes])
        self.assertEqual(*runs)
        other = Village(4, key=b"another boot")
        other.run(120.0)
        self.assertNotEqual(runs[0], [node.counters.report(0.0)[0] for node in other.nodes])


class DrainTests(SynchronousTestCase):
    """A node that stops asks nobody any more and goes on answering."""

    def setUp(self) -> None:
        """A network that is well acquainted."""
        self.village = Village(5)
        self.village.run(240.0)
        self.node: MuleNode = self.village.nodes[0]

    def test_drain(self) -> None:
        """It answers for 30 to 120 s, asks nothing, and closes."""
        drained = self.node.drain()
        self.assertIs(Phase.DRAINING, self.node.phase)
        wait = (self.node.closes_at or 0.0) - self.village.clock.seconds()
        self.assertTrue(contract.STOP_CLOSE[0] <= wait <= contract.STOP_CLOSE[1])
        asked = self.node.requests
        self.village.run(wait - 5.0)
        self.node.received(destination(7), b"\x05\x1e", self.village.clock.seconds())
        self.village.run(4.0)
        self.assertNoResult(drained)
        self.village.run(2.0)
        self.successResultOf(drained)
        self.assertEqual(asked, self.node.requests)
        self.assertEqual(1, self.node.counters.total("sent_pong"))

    def test_hurry(self) -> None:
        """Who is asked twice leaves at once; asking once more is no fault."""
        drained = self.node.drain()
        self.assertIs(drained, self.node.drain())
        self.node.hurry()
        self.node.hurry()
        self.successResultOf(drained)

    def test_closed(self) -> None:
        """After stopping, nothing of the node is left on the clock and nothing is sent."""
        self.successResultOf(self.node.stopService())
        sent = self.node.sender.record.sent
        self.village.run(30.0)
        self.assertEqual(sent, self.node.sender.record.sent)
        self.assertIs(Phase.CLOSED, self.node.phase)


class BarrierTests(SynchronousTestCase):
    """What peers send can break nothing."""

    def test_hostile_bytes(self) -> None:
        """Garbage from strangers is counted and forgotten."""
        village = Village(2)
        village.run(70.0)
        node = village.nodes[0]
        for number in range(64):
            stranger = destination(100 + number)
            node.received(stranger, bytes([5, number]) * (number + 1), village.clock.seconds())
            village.run(0.5)
        self.assertEqual(0, node.counters.total("defects"))
        self.assertGreater(node.counters.total("dropped_malformed"), 20)

    def test_defect_is_survived(self) -> None:
        """An exception of our own is logged and counted, and the next datagram is handled."""
        village = Village(2)
        village.run(70.0)
        node = village.nodes[0]
        broken = self.patch(node.core, "handle", lambda *_: 1 // 0)
        node.received(destination(7), b"\x05\x1e", village.clock.seconds())
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual(1, node.counters.total("defects"))
        broken.restore()
        node.received(destination(7), b"\x05\x1e", village.clock.seconds())
        village.run(4.0)
        self.assertEqual(1, node.counters.total("sent_pong"))
