"""A node and its exit in one process, on one clock, with a pipe between them that may be slow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from attrs import define, field
from twisted.internet.defer import succeed
from twisted.internet.task import Clock

from tests.kad.people import ME, NOW, kad_of
from twisted_mule.exit import records
from twisted_mule.exit.far_carrier import FarCarrier
from twisted_mule.exit.inside import Inside
from twisted_mule.exit.outside import Exit
from twisted_mule.exit.records import decode, encode
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Plain, Request, RequestKind
from twisted_mule.kad.messages import Ping, Pong
from twisted_mule.node import MuleNode, Watch
from twisted_mule.places import Outgoing
from twisted_mule.sam.carrier import Carrier
from twisted_mule.sam.datagram import read_order
from twisted_mule.sam.selftest import SelfTest

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

    def __init__(self, delay: float = 0.0, watch: Watch | None = None) -> None:
        self.clock, self.delay = Clock(), delay
        self.clock.advance(NOW)
        self.port, self.told = Port(self.clock), list[records.ToNode]()
        self.echoes = self.processes = self._begun = 0
        self._held: list[records.ToNode] = []
        self.exit = Exit(self.clock, self._to_exit, lambda: None)
        self.carrier = FarCarrier(
            self.clock,
            SelfTest(Random(1)),
            self._echoed,
            self._to_exit,
            lambda host: (host, 1),
            lambda: succeed(None),
        )
        self.inside = self._process()
        self._begun = self.processes
        self._held.clear()
        self.carrier.router = ("127.0.0.1", 1)
        self.node = MuleNode(
            self.clock, Chance(KEY), kad_of(), SECRET, self.port, watch, gate=self.exit
        )
        self.node.startService()

    def restart(self) -> None:
        """The exit process has ended, and there is a fresh one."""
        self.inside.take(records.Halt())
        self.inside = self._process()
        self.carrier.began()
        self.exit.began()
        self._begun = self.processes
        held, self._held = self._held, []
        for record in held:
            self._later(self._take, record)

    def _process(self) -> Inside:
        self.processes += 1
        inside = Inside(self.clock, partial(self._to_node, self.processes), self._adopt)
        setup = records.Setup("nick", KEY, ME.kad_id.wire, SECRET, self.exit.next_tick)
        for record in (setup, records.Online(True)):
            inside.take(record)
        return inside

    def _echoed(self) -> None:
        self.echoes += 1

    def _adopt(self, carrier: Carrier) -> None:
        carrier.adopt(self.port)

    def _to_node(self, process: int, record: records.ToNode) -> None:
        if process != self.processes:
            return  # it has ended
        self.told.append(record)
        if process != self._begun:
            self._held.append(record)  # a pipe delivers in a turn of its own
            return
        self._later(self._take, record)

    def _take(self, record: records.ToNode) -> None:
        if not self.carrier.told(record):
            self.exit.take(record)

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

    def arrived(self) -> list[records.Arrived]:
        """What was let in."""
        return [record for record in self.told if isinstance(record, records.Arrived)]


def always_pinging(apart: Apart, peer: Destination) -> Callable[[int, float], Outgoing | None]:
    """A ``request_for`` for the node that asks ``peer`` for a PONG at every tick."""
    node = apart.node

    def request_for(tick: int, now: float) -> Outgoing | None:
        expects = frozenset({Pong.opcode})
        request = Request(peer, Ping(), Plain(), RequestKind.PING, expects)
        node.core._tracking.sent(request, now)
        return node._addressed(request, tick)

    return request_for
