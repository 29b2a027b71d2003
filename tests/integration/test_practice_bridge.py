"""The practice bridge over real sockets: a client of bare sockets, and txi2p's endpoints."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Factory

from tests.integration.guests import LIMIT, Guests, Reader, clock
from tests.integration.guests import guests as guests
from twisted_mule.sam.datagram import unwrap, wrap
from twisted_mule.sam.lines import Line, parse


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
