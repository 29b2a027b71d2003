"""The neighbours of the practice network: nodes of the very same code, in this process."""

from __future__ import annotations

from typing import Final

from attrs import define, field, frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime

from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Me, Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import VERSION
from twisted_mule.node import MuleNode
from twisted_mule.practice.keys import DSA_SHA1, KeyPair, generate
from twisted_mule.practice.router import Attachment, Parcel, Switch

_KEY: Final = 32


@frozen
class Neighbour:
    """
    Who a neighbour is; the same after every start of the practice network.

    :ivar keys: of its datagrams; :ivar tcp: the destination of its streams.
    """

    kad_id: KadID
    keys: KeyPair
    tcp: Destination
    secret: int

    @property
    def destination(self) -> Destination:
        """Where it is reached."""
        return Destination.from_base64(self.keys.destination)

    @property
    def seed(self) -> Seed:
        """How it stands in a list of contacts."""
        return Seed(self.kad_id, self.destination, VERSION)


def neighbours(seed: bytes, count: int) -> tuple[Neighbour, ...]:
    """The first ``count`` neighbours that ``seed`` makes."""
    made = []
    for number in range(count):
        draws = Chance(seed).stream("neighbour", number)
        keys = generate(DSA_SHA1, draws.randbytes)
        tcp = generate(DSA_SHA1, draws.randbytes)
        made.append(
            Neighbour(
                KadID.from_natural(draws.randbytes(16)),
                keys,
                Destination.from_base64(tcp.destination),
                draws.randrange(1 << 32),
            )
        )
    return tuple(made)


@define(eq=False)
class Seat:
    """A neighbour's link: its place on the switch, and what comes from there."""

    clock: IReactorTime
    node: MuleNode | None = None
    attachment: Attachment | None = None

    @property
    def online(self) -> bool:
        """Whether it is on the switch."""
        return self.attachment is not None

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink of a neighbour."""
        if self.attachment is not None:
            self.attachment.send(destination.base64, datagram)

    def receive(self, parcel: Parcel) -> None:
        """A datagram came over the switch."""
        if self.node is not None:
            source = Destination.from_base64(parcel.sender)
            self.node.received(source, parcel.payload, self.clock.seconds())


@define(eq=False)
class Neighbourhood(Service):
    """
    So many nodes that know each other by name, as if a list had been handed around.

    :ivar key: from which the boot keys of their streams are made; fresh at every start.
    """

    clock: IReactorTime
    switch: Switch
    people: tuple[Neighbour, ...]
    key: bytes = field(repr=False)
    nodes: list[MuleNode] = field(factory=list, init=False)
    _seats: list[Seat] = field(factory=list, init=False)

    name = "neighbourhood"

    def startService(self) -> None:
        """Let all of them join."""
        super().startService()
        for number, person in enumerate(self.people):
            self._join(number, person)

    def stopService(self) -> Deferred[object]:
        """They all leave."""
        super().stopService()
        for seat in self._seats:
            if seat.attachment is not None:
                seat.attachment.close()
                seat.attachment = None
        return DeferredList([node.stopService() for node in self.nodes])  # type: ignore[return-value]

    def _join(self, number: int, person: Neighbour) -> None:
        now = self.clock.seconds()
        chance = Chance(Chance(self.key).stream("boot", number).randbytes(_KEY))
        core = Kad(
            Me(person.kad_id, person.destination, person.tcp),
            person.secret,
            now=now,
            random=chance.stream("start", 0),
        )
        others = [other.seed for other in self.people if other is not person]
        core.learn(others, now, chance.stream("learn", 0))
        seat = Seat(self.clock)
        node = seat.node = MuleNode(self.clock, chance, core, person.secret, seat)
        seat.attachment = self.switch.attach(person.keys, seat.receive)
        self._seats.append(seat)
        self.nodes.append(node)
        node.startService()
