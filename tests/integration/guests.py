"""Guests of a practice bridge over real sockets: clients of bare sockets, and UDP ports."""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from twisted_mule.practice.service import PracticeBridge
from twisted_mule.practice.weather import CALM
from twisted_mule.sam.lines import Line, parse

LIMIT = 10.0
clock: Any = reactor


class Reader(Protocol):
    """A client of bare sockets: reads a line, or so many bytes."""

    def __init__(self) -> None:
        self._buffer = b""
        self._wanted: int | None = None
        self._waiting: Deferred[bytes] | None = None
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """Keep it until it is asked for."""
        self._buffer += data
        self._give()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Who still waits waits in vain."""
        self.lost.callback(None)
        if self._waiting is not None:
            self._waiting.errback(Failure(ConnectionDone()))

    def _give(self) -> None:
        size = self._wanted or self._buffer.find(b"\n") + 1
        if self._waiting is not None and 0 < size <= len(self._buffer):
            waiting, self._waiting = self._waiting, None
            data, self._buffer = self._buffer[:size], self._buffer[size:]
            waiting.callback(data)

    def read(self, size: int | None = None, limit: float = LIMIT) -> Deferred[bytes]:
        """The next ``size`` bytes, or the next line."""
        self._wanted, self._waiting = size, Deferred()
        waiting = self._waiting.addTimeout(limit, clock)
        self._give()
        return waiting

    async def ask(self, command: str, limit: float = LIMIT) -> Line:
        """Send a command and read the answer."""
        self.tell(command)
        return parse((await self.read(limit=limit)).decode().rstrip("\n"))

    def tell(self, command: str) -> None:
        """Send a command."""
        assert self.transport is not None
        self.transport.write(command.encode() + b"\n")

    def write(self, data: bytes) -> None:
        """Send bytes."""
        assert self.transport is not None
        self.transport.write(data)

    async def close(self) -> None:
        """Close, and wait until it is."""
        assert self.transport is not None
        self.transport.loseConnection()
        await self.lost


class Inbox(DatagramProtocol):
    """A UDP port that keeps what arrives."""

    def __init__(self) -> None:
        self._got: list[bytes] = []
        self._waiting: Deferred[bytes] | None = None

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Keep it until it is asked for."""
        self._got.append(datagram)
        self._give()

    def _give(self) -> None:
        if self._waiting is not None and self._got:
            waiting, self._waiting = self._waiting, None
            waiting.callback(self._got.pop(0))

    def next(self) -> Deferred[bytes]:
        """The next datagram."""
        self._waiting = Deferred()
        waiting = self._waiting.addTimeout(LIMIT, clock)
        self._give()
        return waiting


class Guests:
    """A practice bridge and its clients, all of which are gone afterwards."""

    def __init__(self, bridge: PracticeBridge, port: int, udp_port: int) -> None:
        self.bridge = bridge
        self.port = port
        self.udp_port = udp_port
        self._readers: list[Reader] = []
        self._ports: list[Any] = []

    async def reader(self, maximum: str = "3.1") -> Reader:
        """A client that has said HELLO."""
        endpoint = TCP4ClientEndpoint(clock, "127.0.0.1", self.port)
        reader: Reader = await connectProtocol(endpoint, Reader())
        self._readers.append(reader)
        answer = await reader.ask(f"HELLO VERSION MIN=3.0 MAX={maximum}")
        assert answer.options == {"RESULT": "OK", "VERSION": maximum}
        return reader

    async def session(self, style: str, nickname: str, extra: str = "") -> tuple[Reader, str]:
        """A client with a session, and its destination."""
        reader = await self.reader()
        command = f"SESSION CREATE STYLE={style} ID={nickname} DESTINATION=TRANSIENT {extra}"
        answer = await reader.ask(command.rstrip())
        assert answer.options["RESULT"] == "OK", answer
        assert len(answer.options["DESTINATION"]) == 884
        me = await reader.ask("NAMING LOOKUP NAME=ME")
        return reader, me.options["VALUE"]

    def inbox(self) -> tuple[Inbox, int]:
        """A UDP port, and its number."""
        inbox = Inbox()
        port = clock.listenUDP(0, inbox, interface="127.0.0.1", maxPacketSize=65_536)
        self._ports.append(port)
        return inbox, port.getHost().port

    async def stream_server(self, factory: Factory) -> int:
        """The number of a TCP port that ``factory`` serves."""
        port = await TCP4ServerEndpoint(clock, 0, interface="127.0.0.1").listen(factory)
        self._ports.append(port)
        number: int = port.getHost().port
        return number

    async def leave(self) -> None:
        """Close everything."""
        for port in self._ports:
            await port.stopListening()
        await self.bridge.stopService()
        for reader in self._readers:
            await reader.lost


@pytest_twisted.async_yield_fixture
async def guests() -> AsyncIterator[Guests]:
    """A practice bridge on any free ports, with quick and quiet weather."""
    random = Random(1)
    bridge = PracticeBridge(
        reactor=clock,
        clock=clock,
        random=random,
        weather=CALM,
        creation_delay=(0.01, 0.02),
        entropy=random.randbytes,
    )
    bridge.startService()
    hosts = Guests(bridge, *await bridge.listening)
    yield hosts
    await hosts.leave()
