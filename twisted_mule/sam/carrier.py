"""Datagrams between us and the router: out to its SAM UDP port, in where it forwards to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from attrs import define, field
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.error import MessageLengthError
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import DatagramProtocol

from twisted_mule import contract
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.sam.datagram import FramingError, unwrap, wrap
from twisted_mule.sam.selftest import SelfTest

#: Bytes read of one UDP datagram: all that there can be.
READ_SIZE: Final = 65_536
LOOPBACK: Final = "127.0.0.1"
SAM_PORT: Final = 7656
#: A DATAGRAM SEND over TCP must fit the 8 KiB in which i2pd reads a line and what follows it.
TCP_SIZE: Final = 7 * 1024

_INTERNET: Final = (IPv4Address, IPv6Address)


def host_of(address: IAddress) -> str:
    """The IP literal of one end of a TCP connection; loopback for a UNIX socket."""
    return address.host if isinstance(address, _INTERNET) else LOOPBACK


def udp_port_of(address: IAddress) -> int:
    """The SAM UDP port that belongs to the router's end of a TCP connection: one less."""
    return (address.port if isinstance(address, _INTERNET) else SAM_PORT) - 1


@define(eq=False, repr=False)
class Carrier(DatagramProtocol):
    """
    The data side of the session; it outlives every control connection.

    :ivar deliver: called with (source, payload, time of arrival) for what others sent.
    :ivar echo: called when a datagram of the self-test came back.
    :ivar own: our destination, ``None`` while there is none.
    :ivar router: the router's SAM UDP address.
    :ivar over_tcp: writes to the control connection, in place of UDP where no UDP gets through.
    :ivar heard_at: when the session last brought anything.
    :ivar counts: datagrams by what became of them, for the user.
    """

    noisy = False  # Twisted would log this object, with everything in it

    clock: IReactorTime
    nickname: str
    self_test: SelfTest
    deliver: Callable[[Destination, bytes, float], None]
    echo: Callable[[], None]
    own: Destination | None = None
    router: tuple[str, int] = (LOOPBACK, SAM_PORT - 1)
    over_tcp: Callable[[bytes], None] | None = None
    heard_at: float | None = field(default=None, init=False)
    counts: Counter[str] = field(factory=Counter, init=False)
    _port: Any = field(default=None, init=False)  # what listenUDP gives, which can write

    def listen(self, reactor: Any, host: str) -> tuple[str, int]:
        """
        Have a UDP port on ``host``, the old one if it is there; returns its address.

        :raise CannotListenError: when the machine refuses.
        """
        if self._port is None or self._port.getHost().host != host:
            self.close()
            self._port = reactor.listenUDP(0, self, interface=host, maxPacketSize=READ_SIZE)
        address = self._port.getHost()
        return address.host, address.port

    def adopt(self, port: Any) -> None:
        """Use a UDP port that somebody else opened."""
        self._port = port

    def close(self) -> Deferred[object]:
        """Have none any more; fires once it is closed."""
        port, self._port = self._port, None
        return succeed(None) if port is None else maybeDeferred(port.stopListening)

    # Towards the router.

    def send(self, destination: Destination, payload: bytes) -> None:
        """Hand one datagram over, or lose it; never raises, never waits."""
        if self.over_tcp is not None:
            sent = self._send_over_tcp(self.over_tcp, destination, payload)
        else:
            sent = self._send_over_udp(destination, payload)
        self.counts["sent" if sent else "unsent"] += 1

    def probe(self) -> None:
        """Send the next datagram of the self-test."""
        if self.own is not None:
            self.send(self.own, self.self_test.payload())

    def _send_over_udp(self, destination: Destination, payload: bytes) -> bool:
        if self._port is None:
            return False
        try:
            self._port.write(wrap(self.nickname, destination.base64, payload), self.router)
        except (OSError, MessageLengthError):
            # A full buffer or a vanished interface: a datagram lost like any other.
            return False
        return True

    def _send_over_tcp(
        self, write: Callable[[bytes], None], destination: Destination, payload: bytes
    ) -> bool:
        if len(payload) > TCP_SIZE:
            return False
        line = f"DATAGRAM SEND DESTINATION={destination.base64} SIZE={len(payload)}\n"
        write(line.encode("ascii") + payload)
        return True

    # From the router.

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Stamp first, whatever it is; only the router's host is listened to."""
        arrived = self.clock.seconds()
        if addr[0] != self.router[0]:
            self.counts["ignored_foreign"] += 1
            return
        try:
            source, payload = unwrap(datagram)
        except FramingError:
            self.counts["ignored_unreadable"] += 1
            return
        self.take(source, payload, arrived)

    def take(self, source: str, payload: bytes, arrived: float) -> None:
        """One datagram of the session, however it came."""
        if len(payload) > contract.DATAGRAM_SIZE:
            self.counts["ignored_oversize"] += 1
            return
        try:
            sender = Destination.from_base64(source)
        except DestinationError:
            self.counts["ignored_destination"] += 1
            return
        self.heard_at = arrived
        if sender != self.own:
            self.counts["received"] += 1
            self.deliver(sender, payload, arrived)
        elif self.self_test.knows(payload):
            self.counts["echoed"] += 1
            self.echo()
        else:
            self.counts["ignored_own"] += 1
