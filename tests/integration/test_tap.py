"""The tap between clients of bare sockets and the practice bridge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import StringIO

import pytest_twisted
from attrs import define, field
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol

from tests.integration.guests import Guests, clock
from tests.integration.guests import guests as guests
from twisted_mule.commands.wire import Ear, SamTap, UdpTap
from twisted_mule.kad.destination import Destination
from twisted_mule.recording.recorder import Recorder
from twisted_mule.recording.rows import Header, Pseudonyms, Row, Way, read
from twisted_mule.sam.datagram import unwrap, wrap


@define
class Tapped:
    """A tap before the practice bridge, and what it writes."""

    guests: Guests
    file: StringIO = field(factory=StringIO)
    names: Pseudonyms = field(factory=lambda: Pseudonyms(b"key"))
    inside: Guests = field(init=False)

    def open(self) -> None:
        """Listen; ``inside`` are clients that come by the tap."""
        recorder = Recorder(self.file, self.names)
        recorder.begin(Header("tap", "a program"))
        udp = UdpTap(Ear(clock, recorder), ("127.0.0.1", self.guests.udp_port))
        router = TCP4ClientEndpoint(clock, "127.0.0.1", self.guests.port)
        factory = SamTap(udp, lambda protocol: connectProtocol(router, protocol))
        udp_port = clock.listenUDP(0, udp, interface="127.0.0.1", maxPacketSize=65_536)
        factory.udp_port = udp_port.getHost().port
        port = clock.listenTCP(0, factory, interface="127.0.0.1")
        self.inside = Guests(self.guests.bridge, port.getHost().port, factory.udp_port)
        self.inside._ports += [port, udp_port]

    def rows(self) -> list[tuple[Way, str, int, str | None]]:
        """What was written, but for the times."""
        self.file.seek(0)
        rows: list[Row] = list(read(self.file)[1])
        return [(row.way, row.peer, row.size, row.type) for row in rows]

    def name(self, text: str) -> str:
        """What a destination is called."""
        return self.names(Destination.from_base64(text))


@pytest_twisted.async_yield_fixture
async def tapped(guests: Guests) -> AsyncIterator[Tapped]:
    """A tap before the practice bridge."""
    found = Tapped(guests)
    found.open()
    yield found
    await found.inside.leave()


@pytest_twisted.ensureDeferred
async def test_datagrams(tapped: Tapped) -> None:
    """Datagrams go both ways by the tap unchanged, and each has a row."""
    inbox, port = tapped.inside.inbox()
    other, other_port = tapped.guests.inbox()
    keys = "SIGNATURE_TYPE=DSA_SHA1"
    _, alice = await tapped.inside.session(
        "DATAGRAM", "alice", f"PORT={port} HOST=127.0.0.1 {keys}"
    )
    _, bob = await tapped.guests.session("DATAGRAM", "bob", f"PORT={other_port} {keys}")
    assert inbox.transport is not None and other.transport is not None
    ping = b"\x05\x1e"
    inbox.transport.write(wrap("alice", bob, ping), ("127.0.0.1", tapped.inside.udp_port))
    assert unwrap(await other.next()) == (alice, ping)
    other.transport.write(wrap("bob", alice, b"\x99" * 500), ("127.0.0.1", tapped.guests.udp_port))
    assert unwrap(await inbox.next()) == (bob, b"\x99" * 500)
    name = tapped.name(bob)
    assert tapped.rows() == [(Way.OUT, name, 2, "ping"), (Way.IN, name, 500, None)]


@pytest_twisted.ensureDeferred
async def test_datagrams_over_tcp(tapped: Tapped) -> None:
    """Datagrams on the control connection are passed on and written down as well."""
    keys = "SIGNATURE_TYPE=DSA_SHA1"
    reader, alice = await tapped.inside.session("DATAGRAM", "alice", keys)
    there, bob = await tapped.guests.session("DATAGRAM", "bob", keys)
    payload = b"\x05\x1f\nline\n"
    reader.write(f"DATAGRAM SEND DESTINATION={bob} SIZE={len(payload)}\n".encode() + payload)
    assert b"DATAGRAM RECEIVED" in await there.read()
    assert await there.read(len(payload)) == payload
    there.write(f"DATAGRAM SEND DESTINATION={alice} SIZE=3\nabc".encode())
    assert b"DATAGRAM RECEIVED" in await reader.read()
    assert await reader.read(3) == b"abc"
    name = tapped.name(bob)
    assert tapped.rows() == [(Way.OUT, name, len(payload), "pong"), (Way.IN, name, 3, None)]


@pytest_twisted.ensureDeferred
async def test_streams(tapped: Tapped) -> None:
    """Streams pass as they are, even when they look like lines of SAM; nothing is written."""
    await tapped.inside.session("STREAM", "alice")
    _, bob = await tapped.guests.session("STREAM", "bob")
    accepting = await tapped.guests.reader()
    assert (await accepting.ask("STREAM ACCEPT ID=bob SILENT=false")).options["RESULT"] == "OK"
    calling = await tapped.inside.reader()
    told = await calling.ask(f"STREAM CONNECT ID=alice DESTINATION={bob} SILENT=false")
    assert told.options["RESULT"] == "OK"
    await accepting.read()
    text = b"DATAGRAM SEND DESTINATION=x SIZE=9999\n\xff\0"
    calling.write(text)
    assert await accepting.read(len(text)) == text
    accepting.write(text)
    assert await calling.read(len(text)) == text
    assert tapped.rows() == []
