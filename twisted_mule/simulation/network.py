"""What lies between the nodes: who is there, how long a datagram takes, what gets lost."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from struct import Struct
from typing import Final

from attrs import define, field, frozen

from twisted_mule.kad.destination import Destination
from twisted_mule.simulation.bounds import SECONDS, SOME, share, span
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.simulation.laws import Delay, LogNormalDelay

_PATH: Final = Struct("<II")
_FLIGHT: Final = Struct("<IId")
_SHARES: Final = Struct("<QQ")
_LEFT: Final = Struct("<dIII")
_WHOLE: Final = 2.0**-64

#: Takes what came: the sender's destination and the bytes.
Receive = Callable[[Destination, bytes], None]


@frozen
class Climate:
    """
    The laws of a network; times in seconds.

    :ivar delay: how long one way takes.
    :ivar loss: the share of fragments that get lost.
    :ivar fragment: bytes of one; I2P's tunnels carry about a kilobyte.
    :ivar search: how long it takes, from and to, to find the lease set of a destination; what is
        sent there meanwhile is lost.
    :ivar memory: how long a lease set that nobody sends stays known.
    """

    delay: Delay = field(factory=LogNormalDelay)
    loss: float = field(default=0.01, validator=share)
    fragment: int = field(default=1_024, validator=SOME)
    search: tuple[float, float] = field(default=(1.0, 6.0), validator=span)
    memory: float = field(default=600.0, validator=SECONDS)


@define(eq=False)
class Port:
    """
    One destination's place on the network.

    :ivar number: a small one, for what is drawn and written.
    :ivar online: whether it is there.
    :ivar known: from when on it knows the lease sets of others, by their numbers.
    """

    network: Network
    number: int
    destination: Destination
    receive: Receive | None = None
    stay: int = 0
    known: dict[int, float] = field(factory=dict)

    @property
    def online(self) -> bool:
        """Whether it is there."""
        return self.receive is not None

    def open(self, receive: Receive) -> None:
        """Come; what was under way to an earlier stay does not arrive."""
        self.receive = receive
        self.stay += 1

    def close(self) -> None:
        """Go."""
        self.receive = None
        self.known = {}

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink of a node."""
        self.network.carry(self, destination, datagram)


@define(eq=False)
class Network:
    """
    All destinations, and a record of all that leaves them.

    What chance does to a datagram depends on its ends and on the moment of its leaving, and on
    nothing else: whether another one is sent shifts nobody (anonymity.md section 5).

    :ivar key: of its chance, 64 bytes at the most.
    :ivar sent: datagrams; ``lost``, ``vain`` of them never arrived, or at nobody.
    :ivar digest: of everything that left: two runs with the same one were the same.
    """

    clock: HeapClock
    climate: Climate
    key: bytes
    sent: int = field(default=0, init=False)
    lost: int = field(default=0, init=False)
    vain: int = field(default=0, init=False)
    size: int = field(default=0, init=False)
    _ports: dict[Destination, Port] = field(factory=dict, init=False)
    _digest: blake2b = field(factory=blake2b, init=False)
    _kept: list[float] = field(init=False)
    _keyed: blake2b = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._keyed = blake2b(digest_size=16, key=self.key)
        kept = 1.0 - self.climate.loss
        self._kept = [kept ** max(fragments, 1) for fragments in range(64)]

    def port(self, destination: Destination) -> Port:
        """The place of ``destination``, made when it is first asked for."""
        port = self._ports.get(destination)
        if port is None:
            port = self._ports[destination] = Port(self, len(self._ports), destination)
        return port

    @property
    def fingerprint(self) -> str:
        """Of the time, the ends and the bytes of all that was sent."""
        return self._digest.hexdigest()[:32]

    def carry(self, sender: Port, destination: Destination, datagram: bytes) -> None:
        """Put a datagram on its way."""
        now, size = self.clock.rightNow, len(datagram)
        self.sent += 1
        self.size += size
        receiver = self._ports.get(destination)
        number = 0xFFFFFFFF if receiver is None else receiver.number
        self._digest.update(_LEFT.pack(now, sender.number, number, size))
        self._digest.update(datagram)
        if receiver is None or receiver.receive is None:
            self.vain += 1
            return
        loss, draw = self._shares(_FLIGHT.pack(sender.number, number, now))
        fragments = min(-(-size // self.climate.fragment), len(self._kept) - 1)
        if loss >= self._kept[fragments] or not self._finds(sender, receiver, now):
            self.lost += 1
            return
        path, _ = self._shares(_PATH.pack(sender.number, number))
        delay = self.climate.delay.delay(path, draw)
        self.clock.call_in(delay, self._arrive, sender, receiver, receiver.stay, datagram)

    def _arrive(self, sender: Port, receiver: Port, stay: int, datagram: bytes) -> None:
        if receiver.receive is None or receiver.stay != stay:
            self.vain += 1
            return
        if self.climate.search[1] > 0.0:
            # Routers send their own lease set along, so an answer finds its way at once.
            receiver.known[sender.number] = self.clock.rightNow
        receiver.receive(sender.destination, datagram)

    def _finds(self, sender: Port, receiver: Port, now: float) -> bool:
        """Whether the sender's router knows the way; if not, it begins to look for it."""
        low, high = self.climate.search
        if high <= 0.0:
            return True
        since = sender.known.get(receiver.number)
        if since is not None and now < since + self.climate.memory:
            return since <= now
        draw, _ = self._shares(b"search" + _FLIGHT.pack(sender.number, receiver.number, now))
        sender.known[receiver.number] = now + low + (high - low) * draw
        return False

    def _shares(self, text: bytes) -> tuple[float, float]:
        drawn = self._keyed.copy()
        drawn.update(text)
        first, second = _SHARES.unpack(drawn.digest())
        return first * _WHOLE, second * _WHOLE
