"""The practice bridge as a service: a SAM bridge on loopback with a make-believe I2P behind it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IReactorTime
from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger

from twisted_mule.kad.chance import Draws
from twisted_mule.practice.forwarding import UdpPort
from twisted_mule.practice.keys import DSA_SHA1, KeyPair, generate
from twisted_mule.practice.protocol import Bridge, ControlConnection
from twisted_mule.practice.router import LARGEST, Attachment, Switch
from twisted_mule.practice.sessions import Sessions, is_loopback
from twisted_mule.practice.streams import Streams
from twisted_mule.practice.weather import I2P_LIKE, Weather

#: Control connections that may be open at once.
CONNECTIONS: Final = 1_024

_HEADER_ROOM: Final = 4_096
_CONNECT_TIME: Final = 10.0


class ControlFactory(ServerFactory):
    """
    Builds control connections, and knows those that are open.

    :param bridge: what they share.
    """

    noisy = False

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._open: set[ControlConnection] = set()
        self._emptied: Deferred[None] | None = None

    def buildProtocol(self, addr: object) -> ControlConnection | None:
        """A connection, unless there are too many."""
        if len(self._open) >= CONNECTIONS:
            return None
        connection = ControlConnection(self._bridge, self._gone)
        self._open.add(connection)
        return connection

    def close(self) -> Deferred[None]:
        """Cut every connection; fires when the last one is gone."""
        if not self._open:
            return succeed(None)
        emptied = self._emptied = Deferred[None]()
        for connection in list(self._open):
            connection.abort()
        return emptied

    def _gone(self, connection: ControlConnection) -> None:
        self._open.discard(connection)
        if not self._open and self._emptied is not None:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)


class PracticeBridge(Service):
    """
    A SAM bridge that any client can use, and the network behind it.

    Nothing leaves the machine: it listens on loopback only and forwards to loopback only.

    :param reactor: for its sockets (``IReactorTCP`` and ``IReactorUDP``); unused by ``attach``.
    :param clock: for all delays; the reactor, or a virtual clock.
    :param random: for all chance but keys.
    :param weather: the laws of delay and loss.
    :param creation_delay: seconds between a ``SESSION CREATE`` and its OK, from and to.
    :param entropy: gives so many random bytes, for keys.
    :param interface: the loopback address to listen on.
    :param port: TCP port, 0 for any.
    :param udp_port: UDP port, 0 for any.
    :ivar switch: the network itself, for whole neighbourhoods in this process.
    :raise ValueError: when ``interface`` is no loopback address.
    """

    name = "practice"
    _log = Logger()

    def __init__(
        self,
        *,
        reactor: Any,
        clock: IReactorTime,
        random: Draws,
        weather: Weather = I2P_LIKE,
        creation_delay: tuple[float, float] = (2.0, 5.0),
        entropy: Callable[[int], bytes],
        interface: str = "127.0.0.1",
        port: int = 0,
        udp_port: int = 0,
    ) -> None:
        if not (is_loopback(interface) or is_loopback(interface, "::1")):
            raise ValueError(f"the practice bridge listens on loopback only, not on {interface}")
        self._reactor = reactor
        self._interface = interface
        self._wanted = port, udp_port
        self._entropy = entropy
        self.switch = Switch(clock, random, weather)
        self._udp = UdpPort()
        creation = partial(random.uniform, *creation_delay)
        self._factory = ControlFactory(self._bridge(clock, creation))
        self._ports: list[IListeningPort] = []
        self._bound: tuple[int, int] | None = None
        self._waiting: list[Deferred[tuple[int, int]]] = []

    def _bridge(self, clock: IReactorTime, creation_delay: Callable[[], float]) -> Bridge:
        streams = Streams(self.switch, clock)
        self._udp.sessions = Sessions(self.switch, streams, self._udp.forward)
        client = TCP6ClientEndpoint if ":" in self._interface else TCP4ClientEndpoint
        return Bridge(
            switch=self.switch,
            streams=streams,
            sessions=self._udp.sessions,
            clock=clock,
            entropy=self._entropy,
            interface=self._interface,
            creation_delay=creation_delay,
            endpoint=lambda host, port: client(self._reactor, host, port, _CONNECT_TIME),
        )

    @property
    def listening(self) -> Deferred[tuple[int, int]]:
        """A Deferred of its own for each caller: TCP and UDP port, once both are bound."""
        if self._bound is not None:
            return succeed(self._bound)
        waiting: Deferred[tuple[int, int]] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def startService(self) -> None:
        """
        Listen.

        :raise twisted.internet.error.CannotListenError: when a port is taken.
        """
        super().startService()
        self.switch.start()
        port, udp_port = self._wanted
        tcp = self._reactor.listenTCP(port, self._factory, interface=self._interface)
        try:
            udp = self._reactor.listenUDP(
                udp_port, self._udp, self._interface, maxPacketSize=LARGEST + _HEADER_ROOM
            )
        except CannotListenError:
            tcp.stopListening()
            raise
        self._ports += [tcp, udp]
        self._bound = tcp.getHost().port, udp.getHost().port
        self._log.info(
            "Practice bridge on {host}, TCP {tcp}, UDP {udp}",
            host=self._interface,
            tcp=self._bound[0],
            udp=self._bound[1],
        )
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(self._bound)

    def stopService(self) -> Deferred[Any]:
        """Close every socket and let everyone go; fires when the sockets are closed."""
        super().stopService()
        self._bound = None
        ports, self._ports = self._ports, []
        closing: list[Deferred[Any]] = [maybeDeferred(port.stopListening) for port in ports]
        closing.append(self._factory.close())
        self.switch.stop()
        return gatherResults(closing, consumeErrors=True)

    def attach(self, keys: KeyPair | None, deliver: Callable[[str, bytes], None]) -> Attachment:
        """
        Put an in-process session on the same network, without sockets.

        :param keys: its keys, or ``None`` for fresh ones of the kind that Kad needs.
        :param deliver: called with the sender's destination (base64) and the payload.
        :raise OccupiedError: when that destination is there already.
        """
        if keys is None:
            keys = generate(DSA_SHA1, self._entropy)
        return self.switch.attach(keys, lambda parcel: deliver(parcel.sender, parcel.payload))
