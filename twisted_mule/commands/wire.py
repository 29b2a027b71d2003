"""A tap between a Kad node and a SAM bridge: all is passed on, datagrams are written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

from attrs import define, field
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.kad.messages import Message
from twisted_mule.kad.packing import HEADER_SIZE, PACKED_PROTOCOL, PLAIN_PROTOCOL
from twisted_mule.labels import label_of
from twisted_mule.recording.recorder import Recorder
from twisted_mule.recording.rows import Way
from twisted_mule.sam.datagram import FramingError, read_order, unwrap
from twisted_mule.sam.lines import LINE_LIMIT, LineError, parse, render

LOOPBACK: Final = "127.0.0.1"
_NAMES: Final = {kind.opcode: label_of(kind) for kind in get_args(Message)}
_STYLES: Final = frozenset({"DATAGRAM", "RAW"})

Passed = Callable[[bytes], None]


def type_of(payload: bytes) -> str | None:
    """The name of a plain datagram's opcode; ``None`` for what is obfuscated or nothing of Kad."""
    if len(payload) < HEADER_SIZE or payload[0] not in (PLAIN_PROTOCOL, PACKED_PROTOCOL):
        return None
    return _NAMES.get(payload[1])


@define(eq=False)
class Ear:
    """
    Writes down what passes.

    :ivar clock: one that never jumps.
    """

    clock: IReactorTime
    recorder: Recorder

    def heard(self, way: Way, peer: str, payload: bytes) -> None:
        """A datagram to or from ``peer``, base64; what is no Kad destination is not written."""
        try:
            destination = Destination.from_base64(peer)
        except DestinationError:
            return
        self.recorder.passed(self.clock.seconds(), way, destination, len(payload), type_of(payload))


@define(eq=False)
class Lines:
    """
    One direction of a control connection: lines, and the bytes that belong to some of them.

    :ivar pass_on: takes every byte, in order.
    :ivar altered: makes another line of each line that is to be passed on.
    :ivar datagram: told of each datagram: the other side, its bytes.
    :ivar raw: whether it has become a stream: nothing is looked at any more.
    """

    pass_on: Passed
    altered: Callable[[str], str]
    datagram: Callable[[str, bytes], None]
    raw: bool = False
    _buffer: bytes = field(default=b"", init=False)
    _body: tuple[str, int] | None = field(default=None, init=False)

    def take(self, data: bytes) -> None:
        """Some more bytes."""
        self._buffer += data
        while self._buffer and (self.raw or self._step()):
            if self.raw:
                data, self._buffer = self._buffer, b""
                self.pass_on(data)

    def _step(self) -> bool:
        """Pass on one line or one body; false while it has not come to its end."""
        if self._body is not None:
            peer, size = self._body
            if len(self._buffer) < size:
                return False
            body, self._buffer, self._body = self._buffer[:size], self._buffer[size:], None
            self.pass_on(body)
            self.datagram(peer, body)
            return True
        end = self._buffer.find(b"\n")
        if end < 0:
            self.raw = len(self._buffer) > LINE_LIMIT  # nothing of SAM: none of our business
            return self.raw
        line, self._buffer = self._buffer[: end + 1], self._buffer[end + 1 :]
        self._line(line)
        return True

    def _line(self, line: bytes) -> None:
        try:
            text = line.decode("ascii").rstrip("\r\n")
            told = parse(text)
        except (UnicodeDecodeError, LineError):
            self.pass_on(line)
            return
        altered = self.altered(text)
        self.pass_on(line if altered == text else altered.encode("ascii") + b"\n")
        if told.verb in _STYLES and told.options.get("SIZE", "").isdecimal():
            self._body = told.options.get("DESTINATION", ""), int(told.options["SIZE"])
        # After these the connection carries somebody's stream.
        self.raw = told.verb == "STREAM" and told.action in ("CONNECT", "ACCEPT")


@define(eq=False)
class UdpTap(DatagramProtocol):
    """
    Stands for the router's UDP port towards the node, and for the node's towards the router.

    :ivar router: the router's UDP address.
    :ivar node: where the node said that it listens, ``None`` until it has.
    """

    noisy = False

    ear: Ear
    router: tuple[str, int]
    node: tuple[str, int] | None = None

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """
        Pass it on, and write it down.

        Its first line tells which way it goes: routers do not always send from where they listen.
        """
        if addr[0] != LOOPBACK:
            return
        try:
            order = read_order(datagram)
        except FramingError:
            self._inward(datagram)
        else:
            self._pass(datagram, self.router)
            self.ear.heard(Way.OUT, order.destination, order.payload)

    def _inward(self, datagram: bytes) -> None:
        if self.node is None:
            return
        self._pass(datagram, self.node)
        try:
            source, payload = unwrap(datagram)
        except FramingError:
            return
        self.ear.heard(Way.IN, source, payload)

    def _pass(self, datagram: bytes, to: tuple[str, int]) -> None:
        if self.transport is not None:
            self.transport.write(datagram, to)


class RouterSide(Protocol):
    """The half of a control connection that leads to the router."""

    def __init__(self, node: NodeSide) -> None:
        self._node = node

    def connectionMade(self) -> None:
        """The router is there."""
        self._node.reached(self)

    def dataReceived(self, data: bytes) -> None:
        """Something from the router."""
        self._node.inward.take(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The router hung up; so do we."""
        self._node.hang_up()

    def write(self, data: bytes) -> None:
        """Something for the router."""
        if self.transport is not None:
            self.transport.write(data)

    def hang_up(self) -> None:
        """End it."""
        if self.transport is not None:
            self.transport.loseConnection()


class NodeSide(Protocol):
    """The half of a control connection that a node has opened."""

    def __init__(self, tap: SamTap) -> None:
        self._tap = tap
        self._router: RouterSide | None = None
        self._early = b""
        self._over = False
        ear = tap.udp.ear
        self.outward = Lines(
            self._to_router, self._redirected, lambda p, b: ear.heard(Way.OUT, p, b)
        )
        self.inward = Lines(self._to_node, str, lambda p, b: ear.heard(Way.IN, p, b))

    def connectionMade(self) -> None:
        """Reach for the router."""
        self._tap.connect(self)

    def reached(self, router: RouterSide) -> None:
        """The router is there: what the node has said meanwhile goes to it."""
        self._router = router
        if self._over:
            router.hang_up()
        router.write(self._early)
        self._early = b""

    def dataReceived(self, data: bytes) -> None:
        """Something from the node."""
        self.outward.take(data)
        if self.outward.raw:
            self.inward.raw = True  # what a stream carries back are no lines either

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The node hung up; so do we."""
        self._over = True
        if self._router is not None:
            self._router.hang_up()

    def hang_up(self) -> None:
        """End it."""
        if self.transport is not None:
            self.transport.loseConnection()

    def _to_router(self, data: bytes) -> None:
        if self._router is None:
            self._early += data
        else:
            self._router.write(data)

    def _to_node(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def _redirected(self, text: str) -> str:
        """A SESSION CREATE that forwards datagrams lets them come by the tap."""
        line = parse(text)
        if (line.verb, line.action) != ("SESSION", "CREATE") or "PORT" not in line.options:
            return text
        port = line.options["PORT"]
        if not port.isdecimal():
            return text
        self._tap.udp.node = line.options.get("HOST", LOOPBACK), int(port)
        options = {**line.options, "PORT": str(self._tap.udp_port), "HOST": LOOPBACK}
        return render(line.verb, line.action, **options)


class SamTap(Factory):
    """
    The tap: one UDP port, and a control connection to the router for each of the node's.

    :param connect: has a protocol connected with the router; tells ``hang_up`` if that fails.
    """

    noisy = False

    def __init__(self, udp: UdpTap, connect: Callable[[RouterSide], Any]) -> None:
        self.udp = udp
        self.udp_port = 0
        self._connect = connect

    def buildProtocol(self, addr: object) -> NodeSide:
        """A node has come."""
        return NodeSide(self)

    def connect(self, node: NodeSide) -> None:
        """Connect it with the router, or hang up."""
        self._connect(RouterSide(node)).addErrback(lambda _: node.hang_up())
