"""The node with its exit elsewhere is the node with its exit here: one code, two places."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.exit.rig import KEY, PING, PONG, SECRET, Apart, Port, always_pinging
from tests.kad.people import NOW, kad_of
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.exit import records
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination
from twisted_mule.node import MuleNode
from twisted_mule.ticks import TickSchedule


class TwinTests(SynchronousTestCase):
    """With the same key and the same arrivals, the same datagrams leave at the same times."""

    def together(self) -> list[tuple[float, Destination, bytes]]:
        """What leaves a node in one process."""
        clock = Clock()
        clock.advance(NOW)
        port = Port(clock)
        node = MuleNode(clock, Chance(KEY), kad_of(), SECRET, port)
        node.startService()
        for number in range(20):
            node.received(destination(number), PING, clock.seconds())
            clock.pump([0.01] * 40)
        clock.pump([0.01] * 400)
        self.successResultOf(node.stopService())
        return port.sent

    def apart(self, delay: float = 0.0) -> list[tuple[float, Destination, bytes]]:
        """What leaves one whose exit is elsewhere."""
        apart = Apart(delay)
        apart.clock.pump([delay])
        for number in range(20):
            apart.hear(destination(number), PING)
            apart.clock.pump([0.01] * 40)
        apart.clock.pump([0.01] * 400)
        self.assertEqual(len(apart.port.sent), apart.node.sender.record.sent)
        self.assertGreater(apart.node.sender.record.ticks, 8)
        return apart.port.sent

    def test_same(self) -> None:
        """Places, times, bytes: all the same."""
        sent = self.together()
        self.assertEqual(20, len(sent))
        self.assertEqual(sent, self.apart())

    def test_slow_node(self) -> None:
        """A pipe or a node that holds things up for 150 ms shifts no datagram and loses none."""
        prompt, slow = Apart(), Apart(0.075)
        times = []
        for apart in (prompt, slow):
            apart.clock.advance(0.1)
            for number in range(20):
                apart.hear(destination(number), PING)
                apart.clock.pump([0.005] * 60)
            apart.clock.pump([0.005] * 800)
            times.append([(round(at, 6), whom) for at, whom, _ in apart.port.sent])
        self.assertEqual(20, len(times[0]))
        self.assertEqual(*times)

    def test_too_late(self) -> None:
        """An answer that takes seconds is dropped there, and counted here."""
        apart = Apart(2.0)
        apart.clock.advance(2.0)
        apart.hear(destination(1), PING)
        apart.clock.pump([0.01] * 900)
        self.assertEqual([], apart.port.sent)
        self.assertEqual(1, apart.node.counters.total("dropped_late"))


class RequestTests(SynchronousTestCase):
    """The request of a tick is made here and leaves there."""

    def setUp(self) -> None:
        """A node that always wants to ping somebody."""
        self.apart = Apart()
        self.patch(self.apart.node, "request_for", always_pinging(self.apart, destination(7)))

    def test_lead(self) -> None:
        """Each is made as of a fixed time before its tick, and one leaves a tick."""
        self.apart.clock.pump([0.01] * 2000)
        ticks = [record for record in self.apart.told if isinstance(record, records.Wanted)]
        schedule = TickSchedule(Chance(KEY), NOW)
        for record in ticks:
            with_lead = record.at + contract.REQUEST_LEAD
            self.assertAlmostEqual(schedule.time_of(record.tick), with_lead)
        self.assertLessEqual(abs(len(self.apart.port.sent) - len(ticks)), 1)

    def test_answers_are_matched_there(self) -> None:
        """Each request lets an answer in without a token; what nobody awaits is like any other."""
        self.apart.clock.pump([0.01] * 300)
        count = sum(isinstance(record, records.Wanted) for record in self.apart.told)
        self.assertGreaterEqual(count, 2)
        for _ in range(count + 1):
            self.apart.hear(destination(7), PONG)
        arrived = self.apart.arrived()
        self.assertEqual([True] * count + [False], [record.answers for record in arrived])
        self.assertEqual([0] * count + [1], [len(record.places) for record in arrived])
        self.assertEqual(count, self.apart.node.answers)

    def test_request_that_is_too_late(self) -> None:
        """The place of a tick that is over takes nothing any more."""
        late = records.Request(-5, 1, destination(7).raw, PING, "ping")
        self.apart.inside.take(late)
        self.assertIsInstance(self.apart.told[-1], records.Late)

    def test_late_is_not_sent(self) -> None:
        """A request that comes after its tick is counted as late there and here, never as sent."""
        slow = Apart(0.5)
        self.patch(slow.node, "request_for", always_pinging(slow, destination(7)))
        slow.clock.pump([0.01] * 1000)
        late = sum(isinstance(record, records.Late) for record in slow.told)
        self.assertGreater(late, 5)
        self.assertEqual([], slow.port.sent)
        self.assertEqual(0, slow.node.requests)
        self.assertEqual(0, slow.node.counters.total("sent_ping"))
        slow.node.request_for = lambda *_: None  # type: ignore[method-assign]
        slow.clock.pump([0.01] * 300)
        late = sum(isinstance(record, records.Late) for record in slow.told)
        self.assertEqual(late, slow.node.counters.total("dropped_late"))
        self.assertEqual(late, slow.node.places.late)

    def test_sent_is_counted(self) -> None:
        """What leaves is a request of ours, whichever process it leaves from."""
        self.apart.clock.pump([0.01] * 1000)
        self.assertGreater(self.apart.node.requests, 5)
        self.assertEqual(len(self.apart.port.sent), self.apart.node.requests)


class OfflineTests(SynchronousTestCase):
    """What keeps datagrams in."""

    def test_offline(self) -> None:
        """Without a session nothing leaves."""
        apart = Apart()
        apart.inside.take(records.Online(False))
        apart.hear(destination(1), PING)
        apart.clock.pump([0.01] * 400)
        self.assertEqual([], apart.port.sent)

    def test_stopped(self) -> None:
        """A node that has stopped lets nothing in."""
        apart = Apart()
        self.successResultOf(apart.node.stopService())
        apart.hear(destination(1), PING)
        self.assertEqual([], apart.arrived())
