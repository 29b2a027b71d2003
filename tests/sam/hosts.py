"""A stream host in memory: the test plays the router and the callers."""

from __future__ import annotations

from random import Random
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from tests.sam.identities import keys
from tests.sam.stage import MemoryReactor, Wire
from tests.samples import destination
from twisted_mule.sam.streams import StreamHost
from twisted_mule.status import RouterState

OWN, CALLER = keys(1), destination(2).base64


class NotedWire(Wire):
    """A connection that knows whether it was cut."""

    aborting = False

    def abortConnection(self) -> None:
        """Note it."""
        self.aborting = True
        super().abortConnection()


class Line:
    """One connection of the host to the router, as the router sees it."""

    def __init__(self, factory: Any) -> None:
        self.wire = NotedWire("127.0.0.1")
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.wire)

    @property
    def said(self) -> list[str]:
        """The lines that the host said since the last time."""
        text: str = self.wire.value().decode()
        self.wire.clear()
        return text.splitlines()

    @property
    def closing(self) -> bool:
        """Whether the host closes it."""
        return self.wire.disconnecting or self.wire.aborting

    @property
    def paused(self) -> bool:
        """Whether the host reads no more."""
        return self.wire.producerState == "paused"

    def say(self, text: str) -> None:
        """The router says a line."""
        self.write(f"{text}\n".encode())

    def write(self, data: bytes) -> None:
        """The router sends bytes."""
        self.protocol.dataReceived(data)

    def drop(self) -> None:
        """The connection ends."""
        self.protocol.connectionLost(Failure(ConnectionDone()))


class StreamHostCase(SynchronousTestCase):
    """A stream host, and the router and the callers, which the test plays."""

    def setUp(self) -> None:
        """A host that is started, and no datagrams yet."""
        self.reactor = MemoryReactor()
        self.states: list[RouterState] = []
        self.host = StreamHost(
            reactor=self.reactor,
            clock=self.reactor,
            endpoint="tcp:127.0.0.1:7656",
            keys=OWN,
            nickname="qwertz",
            options={"inbound.length": "1"},
            random=Random(1),
            on_state=lambda status: self.states.append(status.state),
        )
        self.host.startService()

    @property
    def state(self) -> RouterState:
        """Where it stands."""
        return self.host.status().state

    def wait(self, seconds: float) -> None:
        """Let time pass, in small steps."""
        self.reactor.pump([seconds / 50] * 50)

    def line(self) -> Line:
        """The connection that the host asks for now."""
        (client,) = self.reactor.tcpClients
        self.reactor.tcpClients.clear()
        return Line(client[2])

    def create(self, after: float = 5.0) -> Line:
        """The control connection of a session that opens after some seconds."""
        control = self.line()
        control.say("HELLO REPLY RESULT=OK VERSION=3.1")
        self.reactor.advance(after)
        control.say(f"SESSION STATUS RESULT=OK DESTINATION={OWN.private}")
        control.say(f"NAMING REPLY RESULT=OK NAME=ME VALUE={OWN.destination.base64}")
        self.reactor.advance(0.0)
        return control

    def accept(self) -> Line:
        """The next ACCEPT, answered."""
        line = self.line()
        line.say("HELLO REPLY RESULT=OK VERSION=3.1")
        line.say("STREAM STATUS RESULT=OK")
        return line

    def online(self) -> tuple[Line, Line]:
        """All the way: the control connection, and the ACCEPT that waits."""
        self.host.datagrams(True)
        control = self.create()
        return control, self.accept()
