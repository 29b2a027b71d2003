"""Tests for :mod:`twisted_mule.practice.streams`: calls that are forwarded to a port."""

from __future__ import annotations

from tests.practice.bridging import Client
from tests.practice.streaming import OK, StreamCase


class ForwardTests(StreamCase):
    """STREAM FORWARD turns each call into a connection to the client's own port."""

    def forward(self, extra: str = "") -> Client:
        """A connection of Bob's that has streams forwarded."""
        client = self.practice.client()
        client.tell(f"STREAM FORWARD ID=bob PORT=7000 {extra}")
        return client

    def test_forward(self) -> None:
        """The port is told who calls, and gets the bytes both ways."""
        self.assertEqual(OK, self.forward("HOST=127.0.0.1").read())
        self.assertEqual([("127.0.0.1", 7000)], self.practice.asked_for)
        caller = self.caller()
        self.practice.wait()
        (visitor,) = self.practice.place.visitors
        self.assertEqual(f"{self.alices}\n".encode(), visitor.read())
        caller.write(b"to")
        visitor.write(b"fro")
        self.practice.wait()
        self.assertEqual((b"to", OK + b"fro"), (visitor.read(), caller.read()))
        visitor.leave()
        self.practice.wait()
        self.assertTrue(caller.wire.closed)

    def test_silent(self) -> None:
        """A silent forward tells the port nothing, but is itself answered."""
        self.assertEqual(OK, self.forward("SILENT=true").read())
        self.caller()
        self.practice.wait()
        self.assertEqual(b"", self.practice.place.visitors[0].read())

    def test_nobody_listens(self) -> None:
        """When the port cannot be reached, neither can the destination."""
        self.forward()
        self.practice.place.reachable = False
        caller = self.caller()
        self.practice.wait()
        self.assertEqual("CANT_REACH_PEER", caller.lines()[0].options["RESULT"])

    def test_caller_that_left(self) -> None:
        """A connection that was made for a caller who left meanwhile is closed again."""
        self.forward()
        caller = self.caller()
        self.practice.place.on_connect = caller.leave
        self.practice.wait()
        self.assertTrue(self.practice.place.visitors[0].wire.closed)

    def test_ends_with_its_connection(self) -> None:
        """Forwarding lasts as long as the connection that asked for it."""
        self.forward().leave()
        acceptor = self.acceptor()
        self.caller()
        self.practice.wait()
        self.assertIn(self.alices.encode(), acceptor.read())
        self.assertEqual([], self.practice.place.visitors)

    def test_one_way_only(self) -> None:
        """A session that forwards neither accepts nor forwards twice, and stays on loopback."""
        outside = self.practice.client()
        line = outside.ask("STREAM FORWARD ID=bob HOST=192.0.2.1 PORT=7000")
        self.assertEqual("I2P_ERROR", line.options["RESULT"])
        self.forward()
        for client in (self.acceptor(), self.forward()):
            self.assertEqual("I2P_ERROR", client.lines()[0].options["RESULT"])
            self.assertTrue(client.wire.closed)

    def test_session_end(self) -> None:
        """When the session ends, so do the forwarding and its streams."""
        forward = self.forward()
        self.caller()
        self.practice.wait()
        self.bob.leave()
        self.assertTrue(forward.wire.closed)
        self.assertTrue(self.practice.place.visitors[0].wire.closed)
