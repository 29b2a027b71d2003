"""The node with its exit elsewhere is the node with its exit here: one code, two places."""

from __future__ import annotations

from typing import Any

from attrs import define, field
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW, kad_of
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.exit import records
from twisted_mule.exit.inside import Inside
from twisted_mule.exit.outside import Exit
from twisted_mule.exit.records import decode, encode
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Plain, Request, RequestKind
from twisted_mule.kad.messages import Ping, Pong
from twisted_mule.node import MuleNode
from twisted_mule.sam.carrier import Carrier
from twisted_mule.sam.datagram import read_order
from twisted_mule.ticks import TickSchedule

KEY = b"boot"
SECRET = 0xDEADBEEF
PING = b"\x05\x1e"
PONG = b"\x05\x1f"


@define(eq=False)
class Port:
    """The UDP port of either form; also the link of a node in one process."""

    clock: Clock
    online: bool = True
    sent: list[tuple[float, Destination, bytes]] = field(factory=list)

    def send(self, receiver: Destination, datagram: bytes) -> None:
        """The link's sink."""
        self.sent.append((self.clock.seconds(), receiver, datagram))

    def write(self, datagram: bytes, _address: tuple[str, int]) -> None:
        """The socket."""
        order = read_order(datagram)
        self.send(Destination.from_base64(order.destination), order.payload)


class Apart:
    """A node, its exit, and a pipe between them that holds everything up for ``delay`` seconds."""

    def __init__(self, delay: float = 0.0) -> None:
        self.clock, self.delay = Clock(), delay
        self.clock.advance(NOW)
        self.port, self.told = Port(self.clock), list[records.ToNode]()
        self.inside = Inside(self.clock, self._to_node, self._adopt)
        self.exit = Exit(self.clock, self._to_exit, lambda: None)
        setup = records.Setup("nick", KEY, ME.kad_id.wire, SECRET, 0)
        for record in (setup, records.Router("127.0.0.1", 1), records.Online(True)):
            self.inside.take(record)
        self.node = MuleNode(self.clock, Chance(KEY), kad_of(), SECRET, self.port, gate=self.exit)
        self.node.startService()

    def _adopt(self, carrier: Carrier) -> None:
        carrier.adopt(self.port)

    def _to_node(self, record: records.ToNode) -> None:
        self.told.append(record)
        self._later(self.exit.take, record)

    def _to_exit(self, record: records.ToExit) -> None:
        self._later(self.inside.take, record)

    def _later(self, take: Any, record: Any) -> None:
        copy = decode(encode(record))
        if self.delay:
            self.clock.callLater(self.delay, take, copy)
        else:
            take(copy)

    def hear(self, source: Destination, datagram: bytes) -> None:
        """A datagram comes."""
        self.inside.carrier.take(source.base64, datagram, self.clock.seconds())


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
        self.asked: list[float] = []
        node = self.apart.node

        def request_for(_tick: int, now: float) -> Any:
            self.asked.append(now)
            request = Request(
                destination(7), Ping(), Plain(), RequestKind.PING, frozenset({Pong.opcode})
            )
            node.core._tracking.sent(request, now)
            return node._addressed(request, _tick)

        self.patch(node, "request_for", request_for)

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
        count = len(self.asked)
        self.assertGreaterEqual(count, 2)
        for _ in range(count + 1):
            self.apart.hear(destination(7), PONG)
        arrived = [record for record in self.apart.told if isinstance(record, records.Arrived)]
        self.assertEqual([True] * count + [False], [record.answers for record in arrived])
        self.assertEqual([0] * count + [1], [len(record.places) for record in arrived])
        self.assertEqual(count, self.apart.node.answers)

    def test_request_that_is_too_late(self) -> None:
        """The place of a tick that is over takes nothing any more."""
        late = records.Request(-5, 1, destination(7).raw, PING, "ping")
        self.apart.inside.take(late)
        self.assertIsInstance(self.apart.told[-1], records.Late)


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
        self.assertFalse([one for one in apart.told if isinstance(one, records.Arrived)])
