"""A bridge on a stage: its reactor is in memory, and the test plays the router."""

from __future__ import annotations

from random import Random
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import CannotListenError, ConnectionDone, ConnectionRefusedError  # noqa: A004
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from tests.sam.identities import private_text
from twisted_mule.kad.destination import Destination
from twisted_mule.sam.bridge import SamBridge
from twisted_mule.sam.datagram import announce, read_order
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.status import RouterState, RouterStatus

UDP_PORT = 40_000
ROUTER = ("127.0.0.1", 7655)


class MemoryUdp:
    """A UDP port that keeps what is written to it."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self.written: list[tuple[bytes, tuple[str, int]]] = []
        self.open = True
        self.broken = False

    def getHost(self) -> IPv4Address:  # noqa: N802 (IListeningPort)
        """Where it is."""
        return IPv4Address("UDP", self.interface, UDP_PORT)

    def write(self, datagram: bytes, address: tuple[str, int]) -> None:
        """Keep a datagram, or fail as the machine may."""
        if self.broken:
            raise OSError(11, "no buffer space")
        self.written.append((datagram, address))

    def stopListening(self) -> None:  # noqa: N802 (IListeningPort)
        """Close it."""
        self.open = False


class MemoryReactor(MemoryReactorClock):
    """A reactor in memory, with UDP."""

    def __init__(self) -> None:
        super().__init__()
        self.udp: list[MemoryUdp] = []
        self.udp_refused = False

    def listenUDP(  # noqa: N802 (IReactorUDP)
        self,
        port: int,
        protocol: object,
        interface: str = "",
        maxPacketSize: int = 8192,  # noqa: N803
    ) -> MemoryUdp:
        """Open a port in memory."""
        if self.udp_refused:
            raise CannotListenError(interface, port, OSError("refused"))
        self.udp.append(MemoryUdp(interface))
        return self.udp[-1]


class Wire(StringTransport):
    """A control connection in memory, as seen by the router."""

    def __init__(self, host: str) -> None:
        super().__init__(IPv4Address("TCP", host, 50_000), IPv4Address("TCP", host, 7656))
        self.keepalive = False

    def setTcpKeepAlive(self, enabled: bool) -> None:  # noqa: N802 (ITCPTransport)
        """Note it."""
        self.keepalive = bool(enabled)

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802 (ITCPTransport)
        """Nothing to delay."""


class Stage:
    """
    A bridge and all that it can reach.

    :ivar wire: the newest control connection.
    :ivar story: what the bridge told its user, in order.
    """

    def __init__(self, keys: SessionKeys | None = None, **more: Any) -> None:
        self.reactor = MemoryReactor()
        self.story: list[object] = []
        self._told = RouterState.OFFLINE
        self.datagrams: list[tuple[Destination, bytes, float]] = []
        self.wire = Wire("127.0.0.1")
        self.protocol: Any = None
        arguments: dict[str, Any] = {
            "endpoint": "tcp:127.0.0.1:7656",
            "nickname": "xkqjzv",
            "options": {"inbound.length": "1"},
            "on_keys": self.story.append,
            "on_state": self.on_state,
        }
        self.bridge = SamBridge(
            reactor=self.reactor,
            clock=self.reactor,
            keys=keys,
            random=Random(1),
            on_datagram=lambda *datagram: self.datagrams.append(datagram),
            wall=lambda: 1_000_000.0 + self.reactor.seconds(),
            **(arguments | more),
        )

    def on_state(self, status: RouterStatus) -> None:
        """Write down each state once."""
        if status.state is not self._told:
            self._told = status.state
            self.story.append(status.state)

    @property
    def state(self) -> RouterState:
        """Where the session stands."""
        return self.bridge.status().state

    @property
    def udp(self) -> MemoryUdp:
        """The newest UDP port."""
        return self.reactor.udp[-1]

    def accept(self, host: str = "127.0.0.1") -> None:
        """The router accepts the connection that the bridge asks for."""
        factory = self.reactor.tcpClients.pop()[2]
        self.wire = Wire(host)
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.wire)

    def refuse(self) -> None:
        """No router accepts it."""
        *_, factory, _timeout, _bind = self.reactor.tcpClients.pop()
        connector: Any = None
        factory.clientConnectionFailed(connector, Failure(ConnectionRefusedError()))

    def said(self) -> str:
        """What the bridge said since the last time."""
        text = bytes(self.wire.value()).decode("latin-1")
        self.wire.clear()
        return text

    def say(self, line: str) -> None:
        """The router says a line."""
        self.protocol.dataReceived(line.encode() + b"\n")

    def drop(self) -> None:
        """The connection closes."""
        self.protocol.connectionLost(Failure(ConnectionDone()))

    def greet(self) -> None:
        """Accept, and answer HELLO."""
        self.accept()
        self.say("HELLO REPLY RESULT=OK VERSION=3.1")

    def create(self, seed: int = 1, after: float = 20.0) -> None:
        """Greet, make keys if asked, and open the session after some seconds."""
        self.greet()
        private = private_text(seed)
        if "DEST GENERATE" in self.wire.value().decode():
            self.say(f"DEST REPLY PUB={private[:516]} PRIV={private}")
        self.reactor.advance(after)
        self.say(f"SESSION STATUS RESULT=OK DESTINATION={private}")
        self.say(f"NAMING REPLY RESULT=OK NAME=ME VALUE={self.own(seed)}")

    def own(self, seed: int) -> str:
        """The text of test destination ``seed``."""
        return SessionKeys(private_text(seed)).destination.base64

    def forward(self, datagram: bytes, host: str = ROUTER[0]) -> None:
        """A UDP datagram reaches our port."""
        self.bridge._link.carrier.datagramReceived(datagram, (host, ROUTER[1]))

    def echo(self) -> None:
        """The router carries the newest datagram back to us."""
        order = read_order(self.udp.written[-1][0])
        self.forward(announce(order.destination, order.payload))

    def online(self, seed: int = 1, after: float = 20.0) -> None:
        """All the way."""
        self.create(seed, after)
        self.reactor.advance(0.0)
        self.echo()

    def wait(self) -> None:
        """Until the next try is due."""
        self.reactor.advance(self.bridge.status().next_try_in or 0.0)


def headline(stage: Stage) -> str:
    """What the user reads."""
    problem = stage.bridge.status().problem
    return "" if problem is None else problem.headline
