"""Tests for :mod:`twisted_mule.sam.carrier`, where a bridge does not reach it."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.sam.stage import MemoryReactor
from tests.samples import destination
from twisted_mule.kad.destination import Destination
from twisted_mule.sam.carrier import Carrier, host_of, udp_port_of
from twisted_mule.sam.selftest import SelfTest


class AddressTests(SynchronousTestCase):
    """Where the router's UDP port is, as its TCP connection shows."""

    def test_internet(self) -> None:
        """Over TCP the host is the peer's, and the UDP port one less than the TCP port."""
        for address in (
            IPv4Address("TCP", "192.0.2.1", 7700),
            IPv6Address("TCP", "2001:db8::1", 7700),
        ):
            self.assertEqual((address.host, 7699), (host_of(address), udp_port_of(address)))

    def test_unix(self) -> None:
        """Over a UNIX socket both are the usual ones of this machine."""
        address = UNIXAddress(b"/run/sam")
        self.assertEqual(("127.0.0.1", 7655), (host_of(address), udp_port_of(address)))


class CarrierTests(SynchronousTestCase):
    """Datagrams in and out."""

    def setUp(self) -> None:
        """A carrier that has no port yet, and no identity."""
        self.reactor = MemoryReactor()
        self.delivered: list[tuple[Destination, bytes, float]] = []
        self.carrier = Carrier(
            Clock(),
            "nick",
            SelfTest(Random(1)),
            lambda *datagram: self.delivered.append(datagram),
            lambda: None,
        )

    def test_without_a_port(self) -> None:
        """Before there is a port, and after, datagrams are lost and nothing breaks."""
        self.carrier.send(destination(1), b"x")
        self.carrier.probe()
        self.successResultOf(self.carrier.close())
        self.assertEqual({"unsent": 1}, self.carrier.counts)

    def test_port_is_kept(self) -> None:
        """The port stays while the host is the same, and moves with it."""
        self.carrier.listen(self.reactor, "127.0.0.1")
        self.carrier.listen(self.reactor, "127.0.0.1")
        self.assertEqual(1, len(self.reactor.udp))
        self.assertEqual("10.0.0.1", self.carrier.listen(self.reactor, "10.0.0.1")[0])
        self.assertEqual([False, True], [port.open for port in self.reactor.udp])

    @given(st.binary(max_size=700))
    def test_anything_received(self, datagram: bytes) -> None:
        """Whatever bytes come from the router's host, they are counted once and break nothing."""
        before = sum(self.carrier.counts.values())
        self.carrier.datagramReceived(datagram, ("127.0.0.1", 7655))
        self.assertEqual(before + 1, sum(self.carrier.counts.values()))
        self.assertEqual([], self.delivered)

    def test_secrets(self) -> None:
        """No payload and no destination is in its representation, which Twisted may log."""
        self.carrier.own = destination(1)
        self.assertNotIn(destination(1).short, repr(self.carrier))
