"""The practice bridge over real sockets: a client of bare sockets, and txi2p's endpoints."""

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
from twisted_mule.sam.datagram import unwrap, wrap
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


@pytest_twisted.ensureDeferred
async def test_datagrams_over_udp(guests: Guests) -> None:
    """What goes to the UDP port arrives, with its sender, at the place the other session named."""
    inbox, port = guests.inbox()
    sender, _ = guests.inbox()
    _, alice = await guests.session("DATAGRAM", "alice")
    _, bob = await guests.session("DATAGRAM", "bob", f"HOST=127.0.0.1 PORT={port}")
    assert sender.transport is not None
    for payload in (b"\x05\x11\n\0hello", bytes(range(256)) * 120):
        sender.transport.write(wrap("alice", bob, payload), ("127.0.0.1", guests.udp_port))
        assert unwrap(await inbox.next()) == (alice, payload)


@pytest_twisted.ensureDeferred
async def test_raw_over_udp(guests: Guests) -> None:
    """A raw datagram is forwarded bare."""
    inbox, port = guests.inbox()
    _, bob = await guests.session("RAW", "bob", f"HOST=127.0.0.1 PORT={port}")
    alice, _ = await guests.session("RAW", "alice")
    alice.write(f"RAW SEND DESTINATION={bob} SIZE=4\nwhat".encode())
    assert await inbox.next() == b"what"


@pytest_twisted.ensureDeferred
async def test_datagrams_over_tcp(guests: Guests) -> None:
    """Without a PORT, datagrams come and go on the control connection, payload after the line."""
    alice, alices = await guests.session("DATAGRAM", "alice")
    bob, bobs = await guests.session("DATAGRAM", "bob")
    alice.write(f"DATAGRAM SEND DESTINATION={bobs} SIZE=6\nho\n\0ho".encode())
    header = parse((await bob.read()).decode().rstrip("\n"))
    assert header == Line("DATAGRAM", "RECEIVED", {"DESTINATION": alices, "SIZE": "6"})
    assert await bob.read(6) == b"ho\n\0ho"


@pytest_twisted.ensureDeferred
async def test_sessions_end_with_their_connection(guests: Guests) -> None:
    """Name and destination are taken until the control connection closes, and then free again."""
    alice, _ = await guests.session("DATAGRAM", "alice")
    other = await guests.reader()
    answer = await other.ask("SESSION CREATE STYLE=RAW ID=alice DESTINATION=TRANSIENT")
    assert answer.options["RESULT"] == "DUPLICATED_ID"
    await other.lost
    await alice.close()
    await guests.session("DATAGRAM", "alice")


@pytest_twisted.ensureDeferred
async def test_stream_connect_and_accept(guests: Guests) -> None:
    """A stream carries bytes both ways, in order, and its end."""
    _, alices = await guests.session("STREAM", "alice")
    _, bobs = await guests.session("STREAM", "bob")
    acceptor, caller = await guests.reader(), await guests.reader()
    assert (await acceptor.ask("STREAM ACCEPT ID=bob")).options["RESULT"] == "OK"
    answer = await caller.ask(f"STREAM CONNECT ID=alice DESTINATION={bobs}")
    assert answer.options["RESULT"] == "OK"
    assert (await acceptor.read()).decode() == f"{alices}\n"
    data = Random(2).randbytes(500_000)
    caller.write(data)
    assert await acceptor.read(len(data)) == data
    acceptor.write(b"thanks")
    assert await caller.read(6) == b"thanks"
    await caller.close()
    await acceptor.lost


@pytest_twisted.ensureDeferred
async def test_stream_forward(guests: Guests) -> None:
    """A forwarded stream reaches the port the session named, with a line that says who calls."""
    arrived: Deferred[Reader] = Deferred()

    class Server(Reader):
        def connectionMade(self) -> None:
            arrived.callback(self)

    number = await guests.stream_server(Factory.forProtocol(Server))
    _, alices = await guests.session("STREAM", "alice")
    _, bobs = await guests.session("STREAM", "bob")
    control, caller = await guests.reader(), await guests.reader()
    answer = await control.ask(f"STREAM FORWARD ID=bob PORT={number} HOST=127.0.0.1")
    assert answer.options["RESULT"] == "OK"
    answer = await caller.ask(f"STREAM CONNECT ID=alice DESTINATION={bobs}")
    assert answer.options["RESULT"] == "OK"
    server = await arrived
    assert (await server.read()).decode() == f"{alices}\n"
    server.write(b"welcome")
    assert await caller.read(7) == b"welcome"
    await server.close()
    await caller.lost


@pytest_twisted.ensureDeferred
async def test_txi2p(guests: Guests, tmp_path: Any) -> None:
    """Twisted's own I2P endpoints work against it, server and client."""
    from txi2p.sam.endpoints import SAMI2PStreamClientEndpoint, SAMI2PStreamServerEndpoint

    greeted: Deferred[Reader] = Deferred()

    class Server(Reader):
        def connectionMade(self) -> None:
            greeted.callback(self)

    sam = TCP4ClientEndpoint(clock, "127.0.0.1", guests.port)
    server = SAMI2PStreamServerEndpoint.new(
        sam, str(tmp_path / "keys"), nickname="serving", sigType="DSA_SHA1"
    )
    listening = await server.listen(Factory.forProtocol(Server))
    assert len((tmp_path / "keys").read_text()) == 884
    client = SAMI2PStreamClientEndpoint.new(
        sam, listening.getHost().destination, nickname="calling", autoClose=True
    )
    caller = await connectProtocol(client, Reader())
    caller.write(b"hello\n")
    served = await greeted
    assert await served.read() == b"hello\n"
    served.write(b"to you too\n")
    assert await caller.read() == b"to you too\n"
    assert caller.transport is not None
    caller.transport.loseConnection()
    await served.lost
    # txi2p hears of the end of its own waiting connection and tells nobody.
    listening.factory.deferred.addErrback(lambda _: None)
    listening.stopListening()
    for call in clock.getDelayedCalls():  # and its PINGs go on for as long as the process lives
        if call.func.__name__ == "_sendPing":
            call.cancel()


@pytest_twisted.ensureDeferred
async def test_attached_in_process(guests: Guests) -> None:
    """An in-process session and a SAM client are on the same network."""
    got: Deferred[tuple[str, bytes]] = Deferred()
    attachment = guests.bridge.attach(None, lambda who, payload: got.callback((who, payload)))
    alice, alices = await guests.session("DATAGRAM", "alice")
    alice.write(f"DATAGRAM SEND DESTINATION={attachment.destination} SIZE=2\nhi".encode())
    assert await got.addTimeout(LIMIT, clock) == (alices, b"hi")
    attachment.send(alices, b"yo")
    assert (await alice.read()).startswith(b"DATAGRAM RECEIVED ")
    assert await alice.read(2) == b"yo"
