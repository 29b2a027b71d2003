"""Tests for :mod:`twisted_mule.practice.forwarding`: the UDP port of the bridge."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.practice.bridging import Practice
from twisted_mule.sam.datagram import unwrap, wrap


class FakeSocket:
    """A UDP transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[tuple[bytes, tuple[str, int]]] = []
        self.broken = False

    def write(self, datagram: bytes, address: tuple[str, int]) -> None:
        """Keep it, or fail."""
        if self.broken:
            raise OSError("no buffer space")
        self.written.append((datagram, address))


class UdpTests(SynchronousTestCase):
    """The UDP port sends for sessions, and forwards to them."""

    def setUp(self) -> None:
        """A bridge with a socket that keeps what is written."""
        self.practice = Practice()
        self.socket = FakeSocket()
        self.udp = self.practice.udp
        self.udp.transport = self.socket  # type: ignore[assignment]

    def send(self, datagram: bytes) -> None:
        """A client's datagram arrives at the bridge, and time passes."""
        self.udp.datagramReceived(datagram, ("127.0.0.1", 1))
        self.practice.wait()

    def test_there_and_back(self) -> None:
        """A datagram goes out by UDP and is forwarded, with its sender before it."""
        _, alices = self.practice.session("DATAGRAM", "alice")
        _, bobs = self.practice.session("DATAGRAM", "bob", "HOST=127.0.0.1 PORT=7000")
        self.send(wrap("alice", bobs, b"\n\0x"))
        ((datagram, address),) = self.socket.written
        self.assertEqual(("127.0.0.1", 7000), address)
        self.assertEqual((alices, b"\n\0x"), unwrap(datagram))

    def test_ports(self) -> None:
        """A session of SAM 3.2 is told the ports in the line."""
        self.practice.session("DATAGRAM", "alice")
        _, bobs = self.practice.session("DATAGRAM", "bob", "PORT=7000", "3.2")
        self.send(f"3.2 alice {bobs} FROM_PORT=3 TO_PORT=70000\nx".encode())
        self.assertIn(b" FROM_PORT=3 TO_PORT=0\nx", self.socket.written[0][0])

    def test_raw_is_bare(self) -> None:
        """A raw datagram is forwarded as it is."""
        self.practice.session("RAW", "alice")
        _, bobs = self.practice.session("RAW", "bob", "HOST=127.0.0.1 PORT=7000")
        self.send(wrap("alice", bobs, b"x"))
        self.assertEqual([(b"x", ("127.0.0.1", 7000))], self.socket.written)

    def test_dropped(self) -> None:
        """Unknown sessions, streams, sessions not yet ready and garbage: nothing happens."""
        self.practice.session("STREAM", "streamer")
        _, bobs = self.practice.session("DATAGRAM", "bob", "HOST=127.0.0.1 PORT=7000")
        early = self.practice.client()
        early.tell("SESSION CREATE STYLE=DATAGRAM ID=early DESTINATION=TRANSIENT")
        for nickname in ("nobody", "streamer", "early"):
            self.send(wrap(nickname, bobs, b"x"))
        self.send(b"garbage")
        self.assertEqual([], self.socket.written)

    def test_full_buffer(self) -> None:
        """A socket that cannot take a datagram loses it, and takes the next."""
        self.practice.session("DATAGRAM", "alice")
        _, bobs = self.practice.session("DATAGRAM", "bob", "HOST=127.0.0.1 PORT=7000")
        self.socket.broken = True
        self.send(wrap("alice", bobs, b"x"))
        self.socket.broken = False
        self.send(wrap("alice", bobs, b"y"))
        self.assertEqual(1, len(self.socket.written))

    def test_not_bound(self) -> None:
        """Before it is bound and after it is closed the port drops what it is given."""
        self.udp.transport = None
        self.practice.session("DATAGRAM", "alice")
        _, bobs = self.practice.session("DATAGRAM", "bob", "HOST=127.0.0.1 PORT=7000")
        self.send(wrap("alice", bobs, b"x"))
        self.assertEqual([], self.socket.written)
