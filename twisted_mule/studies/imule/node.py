"""What runs a core under iMule's rules: a beat every second, and datagrams that leave at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall

from twisted_mule.kad.destination import Destination
from twisted_mule.outbound import Departed, unseen
from twisted_mule.simulation.breeds import Breed
from twisted_mule.studies.imule.core import ImuleKad
from twisted_mule.studies.prompt import PromptNode

#: Seconds between two beats (node-behaviour 2.2).
BEAT: Final = 1.0


class Everybody:
    """Lets everybody in: iMule's limits lie far above what the studies send to anybody."""

    def __init__(self) -> None:
        self._number = 0

    def arrival(self, source: Destination, now: float, *, answers: bool) -> int:
        """A number of its own for each datagram."""
        del source, now, answers
        self._number += 1
        return self._number

    def admit(self, source: Destination, now: float) -> bool:
        """Whether it is let in: always."""
        del source, now
        return True


@define(eq=False)
class Pump:
    """Ask the core once a second, and send all that it says at once; stands for a sender."""

    node: PromptNode
    record: Departed = field(factory=Departed)
    observe: Callable[..., None] = unseen
    _asked: int = field(default=0, init=False)
    _call: IDelayedCall | None = field(default=None, init=False)

    def start(self) -> None:
        """Begin somewhere within a second, as processes do."""
        wait = BEAT * self.node.chance.stream("phase", 0).random()
        self._call = self.node.clock.callLater(wait, self._beat)

    def stop(self) -> Deferred[None]:
        """Stop at once."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        return succeed(None)

    def _beat(self) -> None:
        node = self.node
        self._call = node.clock.callLater(BEAT, self._beat)
        self.record.ticks += 1
        now = node.clock.seconds()
        node.core.beat(now, node.chance.stream("beat", self.record.ticks))
        while (outgoing := node.requested(self._asked, now)) is not None:
            node.link.send(outgoing.destination, outgoing.datagram)
            node.departed(outgoing, now)
            self._asked += 1


class ImuleNode(PromptNode):
    """A node that keeps iMule's rules instead of the contract."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.intake.admission = Everybody()  # type: ignore[assignment]
        self.sender = Pump(self)  # type: ignore[assignment]

    def drain(self) -> Deferred[None]:
        """It leaves at once (node-behaviour 5.3)."""
        return succeed(None)


IMULE: Final = Breed(ImuleKad, ImuleNode)
