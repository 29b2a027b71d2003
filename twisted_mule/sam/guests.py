"""Those who open a stream to us: heard without an answer, and seen out after a while."""

from __future__ import annotations

from typing import Any, Final

from attrs import define, field
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from twisted_mule.kad.chance import Draws

#: Seconds that a stream stays open, drawn anew for each.
STAY: Final = (3.0, 10.0)
#: Bytes that are read of one stream; whatever else comes stays with the router.
HEARD: Final = 65_536


class Guest(Protocol):
    """One stream: what it says is read and forgotten."""

    def __init__(self, guests: Guests) -> None:
        self._guests = guests
        self._heard = 0
        self._leaving: IDelayedCall | None = None

    @property
    def _wire(self) -> Any:
        return self.transport

    def connectionMade(self) -> None:
        """Stay a while."""
        self._guests.present.add(self)
        stay = self._guests.random.uniform(*STAY)
        self._leaving = self._guests.clock.callLater(stay, self._leave)

    def dataReceived(self, data: bytes) -> None:
        """Forget it; from some point on do not even read."""
        self._heard += len(data)
        if self._heard > HEARD:
            self._wire.pauseProducing()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is over."""
        self._guests.present.discard(self)
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _leave(self) -> None:
        self._leaving = None
        # Nothing of ours waits to be written, and what was not read does not matter.
        self._wire.loseConnection()


@define(eq=False)
class Guests(Factory):
    """
    All who are here.

    :ivar clock: for how long they stay.
    :ivar random: for nothing else but that.
    :ivar count: how many there were so far.
    """

    noisy = False

    clock: IReactorTime
    random: Draws
    present: set[Guest] = field(factory=set, init=False)
    count: int = field(default=0, init=False)

    def buildProtocol(self, addr: IAddress | None) -> Guest:
        """One more; who it is does not matter."""
        self.count += 1
        return Guest(self)
