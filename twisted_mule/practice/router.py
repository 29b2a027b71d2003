"""
The switch of the practice network: who is there, and what travels between them.

It knows destinations and the weather, nothing of sockets; on a virtual clock it is a whole I2P.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from hashlib import sha256
from typing import Final

from attrs import define, field, frozen
from twisted.internet.interfaces import IReactorTime

from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.practice.agenda import Agenda
from twisted_mule.practice.keys import KeyPair, KeyTextError, b32, read_destination
from twisted_mule.practice.weather import Path, Weather

#: Bytes of the largest datagram (SAM v3 specification) ...
LARGEST: Final = 31_744
#: ... and how many may travel at once; more are lost, as in any router.
IN_FLIGHT: Final = 20_000
#: Destinations that may be there at once.
ROOM: Final = 4_096

_KEY: Final = 32


class Style(Enum):
    """What a session carries (SAM's ``STYLE``)."""

    DATAGRAM = "DATAGRAM"
    RAW = "RAW"
    STREAM = "STREAM"


class OccupiedError(Exception):
    """The destination is already there, or there is no room for another one."""


@frozen
class Parcel:
    """
    A datagram under way.

    :ivar sender: base64 of the destination it comes from.
    :ivar payload: its bytes.
    :ivar style: ``DATAGRAM`` or ``RAW``; only a session of the same style gets it.
    :ivar ports: I2P's from and to port.
    """

    sender: str
    payload: bytes
    style: Style = Style.DATAGRAM
    ports: tuple[int, int] = (0, 0)


@define(eq=False)
class Attachment:
    """
    One destination's place on the switch.

    :ivar keys: its destination and private key.
    :ivar style: what it carries.
    :ivar published: whether others can find it; a session still being built cannot be found.
    """

    keys: KeyPair
    style: Style
    published: bool
    _switch: Switch
    _receive: Callable[[Parcel], None]
    serial: int
    paths: dict[str, Path] = field(factory=dict, init=False)

    @property
    def destination(self) -> str:
        """Base64 of the destination."""
        return self.keys.destination

    @property
    def private(self) -> str:
        """Base64 of the private key."""
        return self.keys.private

    def send(self, destination: str, payload: bytes, ports: tuple[int, int] = (0, 0)) -> None:
        """Send a datagram; like every datagram it may get lost without a word."""
        self._switch.send(self, destination, payload, ports)

    def receive(self, parcel: Parcel) -> None:
        """Take a datagram that came for this destination."""
        self._receive(parcel)

    def close(self) -> None:
        """Leave the switch; what is under way to here is lost."""
        self._switch.detach(self)


class Switch:
    """
    All destinations of the practice network.

    :param clock: the reactor, or any other ``IReactorTime``.
    :param random: where the weather's key is drawn from, once.
    :param weather: the laws of delay and loss.
    """

    def __init__(self, clock: IReactorTime, random: Draws, weather: Weather) -> None:
        self.agenda = Agenda(clock)
        self.weather = weather
        self._clock = clock
        self._chance = Chance(random.randbytes(_KEY))
        self._there: dict[str, Attachment] = {}
        self._names: dict[str, str] = {}
        self._serial = 0

    def attach(
        self,
        keys: KeyPair,
        receive: Callable[[Parcel], None],
        style: Style = Style.DATAGRAM,
        *,
        published: bool = True,
    ) -> Attachment:
        """
        Take a destination in.

        :raise OccupiedError: when it is there already, or too many are.
        """
        if keys.destination in self._there or len(self._there) >= ROOM:
            raise OccupiedError
        self._serial += 1
        attachment = Attachment(keys, style, published, self, receive, self._serial)
        self._there[keys.destination] = attachment
        self._names[b32(keys.destination)] = keys.destination
        return attachment

    def detach(self, attachment: Attachment) -> None:
        """Let a destination go, and forget the paths to and from it."""
        if self._there.get(attachment.destination) is not attachment:
            return
        del self._there[attachment.destination]
        del self._names[b32(attachment.destination)]
        attachment.paths.clear()
        for other in self._there.values():
            other.paths.pop(attachment.destination, None)

    def found(self, destination: str) -> Attachment | None:
        """Who is at ``destination``, if it is there and can be found."""
        attachment = self._there.get(destination)
        return attachment if attachment is not None and attachment.published else None

    def resolve(self, name: str) -> str | None:
        """
        The destination that a base64 text or a ``.b32.i2p`` name means, or ``None``.

        :raise KeyTextError: when ``name`` is neither a host name nor a destination.
        """
        if name in self._there:
            return name
        if not name.lower().endswith(".i2p"):
            read_destination(name)
            return name
        destination = self._names.get(name.lower())
        return destination if destination and self.found(destination) else None

    def send(self, sender: Attachment, name: str, payload: bytes, ports: tuple[int, int]) -> None:
        """Put a datagram on its way; lost without a word when the weather or the limits say so."""
        try:
            destination = self.resolve(name) or ""
        except KeyTextError:
            return
        path = self.path(sender, destination)
        if path is None or not 0 < len(payload) <= LARGEST or len(self.agenda) >= IN_FLIGHT:
            return
        delay = path.datagram(len(payload), self._clock.seconds())
        if delay is None:
            return
        parcel = Parcel(sender.destination, payload, sender.style, ports)
        self.agenda.after(delay, lambda: self._arrive(destination, parcel))

    def path(self, sender: Attachment, destination: str) -> Path | None:
        """The way to ``destination``, or ``None`` when one of the two is not there."""
        if self._there.get(sender.destination) is not sender or not self.found(destination):
            return None
        path = sender.paths.get(destination)
        if path is None:
            path = Path(self.weather, self._draws(sender, destination))
            sender.paths[destination] = path
        return path

    def _draws(self, sender: Attachment, destination: str) -> Draws:
        ends = sha256(f"{sender.destination} {destination}".encode("ascii")).digest()
        return self._chance.stream("path", ends, sender.serial, self._there[destination].serial)

    def _arrive(self, destination: str, parcel: Parcel) -> None:
        attachment = self.found(destination)
        if attachment is None:
            return
        # Routers send their own lease set along, so an answer finds its way at once.
        back = self.path(attachment, parcel.sender)
        if back is not None:
            back.introduced(self._clock.seconds())
        if attachment.style is parcel.style:
            attachment.receive(parcel)

    def start(self) -> None:
        """Carry again after a stop; a new switch carries from the first."""
        self.agenda.open()

    def stop(self) -> None:
        """Let everyone go, drop what is under way, and carry nothing more."""
        self.agenda.close()
        for attachment in list(self._there.values()):
            attachment.close()
