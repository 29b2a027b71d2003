"""Tests for :mod:`twisted_mule.practice.service`."""

from __future__ import annotations

from random import Random
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from tests.practice.bridging import Client, plugged
from twisted_mule.practice import service
from twisted_mule.practice.keys import DSA_SHA1, generate
from twisted_mule.practice.router import OccupiedError
from twisted_mule.practice.service import PracticeBridge
from twisted_mule.practice.weather import CALM


class UdpListening:
    """A bound UDP port of no network."""

    def getHost(self) -> IPv4Address:  # noqa: N802
        """Where it is bound."""
        return IPv4Address("UDP", "127.0.0.1", 7655)

    def stopListening(self) -> None:  # noqa: N802
        """Unbind."""


class Reactor(MemoryReactorClock):
    """A reactor in memory whose UDP port may be taken."""

    taken = False

    def listenUDP(self, *args: Any, **kwargs: Any) -> UdpListening:  # noqa: N802
        """Bind, unless the port is taken."""
        if self.taken:
            raise CannotListenError("127.0.0.1", 7655, OSError("in use"))
        return UdpListening()


class ServiceTests(SynchronousTestCase):
    """The service listens on loopback, and stops without a trace."""

    def setUp(self) -> None:
        """A bridge on a reactor in memory."""
        self.reactor = Reactor()
        self.bridge = self.make()

    def make(self, clock: Any = None, **options: Any) -> PracticeBridge:
        """A bridge."""
        random = Random(0)
        return PracticeBridge(
            reactor=self.reactor,
            clock=clock or self.reactor,
            random=random,
            weather=CALM,
            entropy=random.randbytes,
            **options,
        )

    def test_loopback_only(self) -> None:
        """Any other interface is refused before anything is bound."""
        for interface in ("", "0.0.0.0", "192.0.2.1", "localhost", "::"):  # noqa: S104
            self.assertRaises(ValueError, self.make, interface=interface)
        self.make(interface="::1")

    def test_listening(self) -> None:
        """Whoever asks, before or after, learns the ports once both are bound."""
        before = self.bridge.listening, self.bridge.listening
        self.assertNoResult(before[0])
        self.bridge.startService()
        ports = {self.successResultOf(d) for d in (*before, self.bridge.listening)}
        self.assertEqual(1, len(ports))
        self.assertEqual(1, len(self.reactor.tcpServers))
        self.assertEqual("127.0.0.1", self.reactor.tcpServers[0][3])

    def test_taken_port(self) -> None:
        """When the UDP port is taken the TCP port does not stay open."""
        self.reactor.taken = True
        stopped = []
        listen = self.reactor.listenTCP

        def listening(*args: Any, **kwargs: Any) -> Any:
            port: Any = listen(*args, **kwargs)
            port.stopListening = lambda: stopped.append(port)
            return port

        self.patch(self.reactor, "listenTCP", listening)
        self.assertRaises(CannotListenError, self.bridge.startService)
        self.assertEqual(1, len(stopped))

    def test_stop(self) -> None:
        """Stopping cuts the connections and waits for the last one to go."""
        self.bridge.startService()
        factory: Any = self.reactor.tcpServers[0][1]
        clients = [plugged(factory.buildProtocol(None)) for _ in range(2)]
        self.successResultOf(self.bridge.stopService())
        self.assertEqual([True, True], [client.wire.closed for client in clients])
        self.assertEqual([], self.reactor.getDelayedCalls())
        self.assertNoResult(self.bridge.listening)

    def test_stop_in_the_middle_of_a_stream(self) -> None:
        """Streams and sessions that are cut leave no timer behind, and it can start again."""
        self.bridge.startService()
        factory: Any = self.reactor.tcpServers[0][1]

        def client(command: str) -> Client:
            made = plugged(factory.buildProtocol(None))
            made.tell("HELLO VERSION MAX=3.1")
            made.tell(command)
            self.reactor.pump([0.5] * 12)
            return made

        client("SESSION CREATE STYLE=STREAM ID=a DESTINATION=TRANSIENT").read()
        bob = client("SESSION CREATE STYLE=STREAM ID=b DESTINATION=TRANSIENT")
        bob.read()
        bobs = bob.ask("NAMING LOOKUP NAME=ME").options["VALUE"]
        client("STREAM ACCEPT ID=b")
        caller = client(f"STREAM CONNECT ID=a DESTINATION={bobs}")
        self.assertEqual("OK", caller.lines()[1].options["RESULT"])
        caller.write(b"on its way")
        self.successResultOf(self.bridge.stopService())
        self.assertEqual([], self.reactor.getDelayedCalls())
        self.bridge.startService()
        client("SESSION CREATE STYLE=STREAM ID=a DESTINATION=TRANSIENT")
        self.assertIsNotNone(self.successResultOf(self.bridge.listening))
        self.successResultOf(self.bridge.stopService())

    def test_too_many_connections(self) -> None:
        """The number of connections is bounded, and one that ends makes room."""
        self.patch(service, "CONNECTIONS", 1)
        self.bridge.startService()
        factory: Any = self.reactor.tcpServers[0][1]
        first = plugged(factory.buildProtocol(None))
        self.assertIsNone(factory.buildProtocol(None))
        first.leave()
        self.assertIsNotNone(factory.buildProtocol(None))

    def test_attach_on_a_virtual_clock(self) -> None:
        """In-process sessions need no sockets, only a clock."""
        clock = Clock()
        bridge = self.make(clock)
        got: list[tuple[str, bytes]] = []
        alice = bridge.attach(None, lambda *_: None)
        bob = bridge.attach(None, lambda who, payload: got.append((who, payload)))
        alice.send(bob.destination, b"hi")
        clock.pump([0.1] * 5)
        self.assertEqual([(alice.destination, b"hi")], got)
        self.assertEqual((516, 884), (len(alice.destination), len(alice.private)))

    def test_attach_with_keys(self) -> None:
        """Keys that are given are used, once at a time."""
        keys = generate(DSA_SHA1, Random(5).randbytes)
        attachment = self.bridge.attach(keys, lambda *_: None)
        self.assertEqual(keys.destination, attachment.destination)
        self.assertRaises(OccupiedError, self.bridge.attach, keys, lambda *_: None)
        attachment.close()
        self.bridge.attach(keys, lambda *_: None)
