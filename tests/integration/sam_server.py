"""A small SAM server on loopback that does what a script says, faults included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet import reactor
from twisted.internet.defer import gatherResults, maybeDeferred
from twisted.internet.protocol import DatagramProtocol, ServerFactory
from twisted.protocols.basic import LineReceiver

from tests.sam.identities import private_text
from twisted_mule.sam.carrier import LOOPBACK
from twisted_mule.sam.datagram import announce, read_order
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.lines import Line, parse

real_reactor: Any = reactor


class Conversation(LineReceiver):
    """One control connection."""

    delimiter = b"\n"

    def connectionMade(self) -> None:
        """Note it."""
        factory: Any = self.factory
        self.server: ScriptedSam = factory.server
        self.server.connections.append(self)
        if self.server.banner:
            self.wire.write(self.server.banner)

    @property
    def wire(self) -> Any:
        """The transport, which is there while the connection is."""
        return self.transport

    def connectionLost(self, reason: object = None) -> None:
        """Note that too."""
        self.server.connections.remove(self)

    def lineReceived(self, line: bytes) -> None:
        """Answer as the script says."""
        self.server.heard.append(line.decode())
        if not self.server.banner:
            for answer in self.server.answers(parse(line.decode())):
                self.sendLine(answer.encode())


class Udp(DatagramProtocol):
    """The SAM UDP port: whatever anybody sends to a destination goes to our one client."""

    noisy = False

    def __init__(self, server: ScriptedSam) -> None:
        self.server = server

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Forward it, as coming from the client itself."""
        order = read_order(datagram)
        self.server.orders.append(order.destination)
        if self.server.forwards and self.server.client is not None:
            returned = announce(self.server.keys.destination.base64, order.payload)
            wire: Any = self.transport
            wire.write(returned, self.server.client)


@define(eq=False)
class ScriptedSam:
    """
    The server.

    :ivar results: what SESSION CREATE is answered with, one after another, then OK.
    :ivar banner: sent at once in place of any SAM.
    :ivar forwards: whether datagrams come back.
    :ivar private: the keys that it makes.
    :ivar host: where it listens.
    """

    results: list[str] = field(factory=list)
    banner: bytes = b""
    forwards: bool = True
    private: str = field(factory=lambda: private_text(1))
    host: str = LOOPBACK
    heard: list[str] = field(factory=list, init=False)
    orders: list[str] = field(factory=list, init=False)
    connections: list[Conversation] = field(factory=list, init=False)
    client: tuple[str, int] | None = field(default=None, init=False)
    ports: tuple[Any, Any] = field(init=False)

    @property
    def keys(self) -> SessionKeys:
        """The keys that it makes, read."""
        return SessionKeys(self.private)

    def start(self) -> None:
        """Listen on two ports of the machine's choice."""
        factory: Any = ServerFactory()
        factory.noisy = False
        factory.protocol = Conversation
        factory.server = self
        tcp = real_reactor.listenTCP(0, factory, interface=self.host)
        udp = real_reactor.listenUDP(0, Udp(self), interface=self.host, maxPacketSize=65536)
        self.ports = tcp, udp

    @property
    def endpoint(self) -> str:
        """Where a client connects to."""
        host = self.host.replace(":", r"\:")
        return f"tcp:{host}:{self.ports[0].getHost().port}"

    @property
    def udp_port(self) -> int:
        """Where it sends datagrams to."""
        return int(self.ports[1].getHost().port)

    async def stop(self) -> None:
        """Close everything; once more does no harm."""
        self.drop()
        await gatherResults([maybeDeferred(port.stopListening) for port in self.ports])

    def drop(self) -> None:
        """Cut all connections."""
        for connection in list(self.connections):
            connection.wire.abortConnection()

    def answers(self, line: Line) -> list[str]:
        """What to say to ``line``."""
        table: dict[tuple[str, str], Callable[[Line], str]] = {
            ("HELLO", "VERSION"): lambda _: "HELLO REPLY RESULT=OK VERSION=3.1",
            ("DEST", "GENERATE"): lambda _: f"DEST REPLY PUB=x PRIV={self.private}",
            ("SESSION", "CREATE"): self._create,
            ("NAMING", "LOOKUP"): lambda _: (
                f"NAMING REPLY RESULT=OK NAME=ME VALUE={self.keys.destination.base64}"
            ),
        }
        return [table[line.verb, line.action](line)]

    def _create(self, line: Line) -> str:
        result = self.results.pop(0) if self.results else "OK"
        if result != "OK":
            return f"SESSION STATUS RESULT={result}"
        self.client = line.options["HOST"], int(line.options["PORT"])
        return f"SESSION STATUS RESULT=OK DESTINATION={line.options['DESTINATION']}"
