"""Tests of :mod:`twisted_mule.web.limits`: what one client may take."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from tests.web.reader import PORT, Wire, wire
from tests.web.samples import online
from twisted_mule.web import limits

HOST = b"Host: 127.0.0.1:%d\r\n" % PORT
GET = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"


class LimitsTests(SynchronousTestCase):
    """Slow and greedy clients are cut short."""

    def setUp(self) -> None:
        """A site with one connection."""
        self.wire = wire(online()).open()

    def test_serves(self) -> None:
        """A connection serves one request after the other."""
        for _ in range(3):
            self.assertTrue(self.wire.say(GET).endswith(b"\r\n\r\nok\n"))
        self.assertFalse(self.wire.transport.disconnecting)

    def test_idle(self) -> None:
        """A connection that says nothing ends after ten seconds."""
        self.wire.clock.pump([1.0] * 9)
        self.assertFalse(self.wire.transport.disconnecting)
        self.wire.clock.pump([1.0] * 2)
        self.assertTrue(self.wire.transport.disconnecting)

    def test_unread(self) -> None:
        """A client that takes nothing from a closing connection is cut off."""
        self.wire.clock.pump([1.0] * 11)
        self.assertFalse(self.wire.transport.disconnected)
        self.wire.clock.pump([1.0] * 10)
        self.assertTrue(self.wire.transport.disconnected)

    def test_drip(self) -> None:
        """A request that comes byte by byte does not live past a minute."""
        for _ in range(11):
            self.wire.say(b"G")
            self.wire.clock.advance(5.0)
            self.assertFalse(self.wire.transport.disconnecting)
        self.wire.clock.advance(5.0)
        self.assertTrue(self.wire.transport.disconnecting)

    def test_long_line(self) -> None:
        """A line that does not end is not collected."""
        self.wire.say(b"GET /" + b"x" * (limits.LINE_SIZE + 10))
        self.assertTrue(self.wire.transport.disconnecting)

    def test_long_head(self) -> None:
        """Neither many nor large headers are collected."""
        many = b"".join(b"X-%d: y\r\n" % each for each in range(limits.HEADERS + 1))
        large = b"".join(b"X-%d: %s\r\n" % (each, b"y" * 2_000) for each in range(5))
        for headers in (many, large):
            one = wire(online()).open()
            answer = one.say(b"GET / HTTP/1.1\r\n" + HOST + headers + b"\r\n")
            self.assertEqual(b"400", answer.split()[1])
            self.assertTrue(one.transport.disconnecting)

    def test_body(self) -> None:
        """A body is refused, not stored, and cut off when it does not end."""
        start = b"POST / HTTP/1.1\r\n" + HOST
        small = self.wire.say(start + b"Content-Length: 5\r\n\r\nhello")
        self.assertEqual(b"405", small.split()[1])
        self.assertFalse(self.wire.transport.disconnecting)
        self.wire.say(start + b"Content-Length: 10000000000\r\n\r\n")
        for _ in range(limits.BODY_SIZE // 8_192 + 1):
            self.wire.say(b"z" * 8_192)
        self.assertTrue(self.wire.transport.disconnecting)

    def test_forgotten(self) -> None:
        """Of a body only its size is kept."""
        body = limits.Forgotten()
        self.assertEqual(5, body.write(b"hello"))
        self.assertEqual((5, b""), (body.size, body.getvalue()))

    def test_connections(self) -> None:
        """Only so many connections at once; one that ends makes room."""
        more = [Wire(self.wire.site, self.wire.clock).open() for _ in range(limits.CONNECTIONS - 1)]
        self.assertIsNone(self.wire.site.buildProtocol(None))
        more[0].channel.connectionLost(Failure(ConnectionDone()))
        self.assertIsNotNone(self.wire.site.buildProtocol(None))

    def test_clean(self) -> None:
        """A connection that ended leaves no timer behind, and the site has none of its own."""
        self.wire.site.doStart()
        self.wire.channel.connectionLost(Failure(ConnectionDone()))
        self.assertEqual([], self.wire.clock.getDelayedCalls())
        self.wire.site.doStop()

    def test_unrecorded(self) -> None:
        """Nothing is written about who reads what."""
        self.wire.site.doStart()
        self.wire.say(GET)
        self.wire.site.doStop()
        self.assertEqual([], self.flushLoggedErrors())
        self.assertIsNone(self.wire.site._logFile)
