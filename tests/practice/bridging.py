"""A practice bridge without sockets: its connections talk over string transports."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_mule.practice.forwarding import UdpPort
from twisted_mule.practice.protocol import Bridge, ControlConnection
from twisted_mule.practice.router import Switch
from twisted_mule.practice.sessions import Sessions
from twisted_mule.practice.streams import Streams
from twisted_mule.practice.weather import CALM, Weather
from twisted_mule.sam.lines import Line, parse


class Wire(StringTransport):
    """A transport that tells its protocol when it is closed, as real ones do."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: Callable[[], None] = lambda: None
        self.closed = False

    @property
    def pacer(self) -> Any:
        """Who is told when this transport is full."""
        assert self.producer is not None
        return self.producer

    def loseConnection(self) -> None:
        """Close at once: all is written."""
        assert self.producer is None, "a producer left in place keeps a connection open"
        self._close()

    def abortConnection(self) -> None:
        """Close at once."""
        self._close()

    def _close(self) -> None:
        self.disconnecting = True
        if not self.closed:
            self.closed = True
            self.lost()


@define(eq=False)
class Client:
    """The client's side of a control connection."""

    connection: Any
    wire: Wire

    def tell(self, command: str) -> None:
        """Send a line."""
        self.write(command.encode() + b"\n")

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self.connection.dataReceived(data)

    def read(self) -> bytes:
        """Everything that came since the last time."""
        data: bytes = self.wire.value()
        self.wire.clear()
        return data

    def lines(self) -> list[Line]:
        """The lines that came since the last time."""
        return [parse(line) for line in self.read().decode().splitlines()]

    def ask(self, command: str) -> Line:
        """Send a line; the one line that came back."""
        self.tell(command)
        (line,) = self.lines()
        return line

    def leave(self) -> None:
        """Close the connection from this side."""
        self.wire.abortConnection()


@implementer(IStreamClientEndpoint)
@define(eq=False)
class Place:
    """An endpoint without a network: what connects there is kept, or refused."""

    reachable: bool = True
    visitors: list[Client] = field(factory=list)
    on_connect: Callable[[], None] = lambda: None

    def connect(self, factory: Any) -> Deferred[Any]:
        """Connect a protocol of ``factory``."""
        made: Deferred[Any] = Deferred()
        self.on_connect()
        if self.reachable:
            protocol = factory.buildProtocol(None)
            self.visitors.append(plugged(protocol))
            made.callback(protocol)
        else:
            made.errback(Failure(ConnectionDone()))
        return made


def plugged(protocol: Any) -> Client:
    """A client that talks to ``protocol``."""
    wire = Wire()
    wire.lost = lambda: protocol.connectionLost(connectionDone)
    protocol.makeConnection(wire)
    return Client(protocol, wire)


class Practice:
    """A bridge on a virtual clock: sessions take two seconds to be created."""

    def __init__(self, weather: Weather = CALM) -> None:
        self.clock = Clock()
        self.entropy = Random(0).randbytes
        self.switch = Switch(self.clock, Random(1), weather)
        self.streams = Streams(self.switch, self.clock)
        self.udp = UdpPort()
        self.sessions = self.udp.sessions = Sessions(self.switch, self.streams, self.udp.forward)
        self.place = Place()
        self.asked_for: list[tuple[str, int]] = []
        self.over: list[ControlConnection] = []

    def _endpoint(self, host: str, port: int) -> Place:
        self.asked_for.append((host, port))
        return self.place

    def wait(self, seconds: float = 1.0) -> None:
        """Let time pass."""
        self.clock.pump([seconds / 20] * 20)

    def stranger(self) -> Client:
        """A connection that has said nothing yet."""
        bridge = Bridge(
            self.switch,
            self.streams,
            self.sessions,
            self.clock,
            self.entropy,
            "127.0.0.1",
            lambda: 2.0,
            self._endpoint,
        )
        return plugged(ControlConnection(bridge, self.over.append))

    def client(self, version: str = "3.1") -> Client:
        """A connection that has said HELLO."""
        client = self.stranger()
        client.ask(f"HELLO VERSION MIN={version} MAX={version}")
        return client

    def session(
        self, style: str, nickname: str, extra: str = "", version: str = "3.1"
    ) -> tuple[Client, str]:
        """A connection whose session is ready, and the session's destination."""
        client = self.client(version)
        client.tell(f"SESSION CREATE STYLE={style} ID={nickname} DESTINATION=TRANSIENT {extra}")
        self.wait(2.5)
        client.read()
        return client, client.ask("NAMING LOOKUP NAME=ME").options["VALUE"]
