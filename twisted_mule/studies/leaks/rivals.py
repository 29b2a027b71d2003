"""
Other designs of a sender, on the same core, to be measured beside ours; none is part of the node.

Each stands where a :class:`~twisted_mule.node.Gate` stands, so that the node itself is unchanged:
it lets everything in, and what leaves, leaves by its own rule.  Sender and handlers share one
processor, as in a program with one reactor.  Nobody of them has cover lookups.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, ClassVar, Final

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import LoopingCall

from twisted_mule import contract
from twisted_mule.intake import Arrival, Intake
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.core import Kad
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import Busy, LookupWish, Origin
from twisted_mule.kad.slots import Slots, Start
from twisted_mule.node import MuleNode
from twisted_mule.outbound import Departed
from twisted_mule.places import Outgoing, Place
from twisted_mule.selfcheck.samples import Batch
from twisted_mule.studies.leaks.stage import Stage

#: What it costs to send something, as a share of what it costs to handle a message.
SENDING: Final = 0.05


class Nobody:
    """An origin that never wants a lookup."""

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """Nothing."""

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """It never has one."""

    def point(self) -> None:
        """Nothing is looked up for want of anything else."""


class OnDemand(Slots):
    """Slots that pass over the sorts of lookup that nobody wants: there is no mix to keep."""

    def _begin_next(self, turns: tuple[Origin, ...], now: float, start: Start) -> bool:
        for _ in range(contract.PACK_STORES + contract.PACK_VALUES + contract.PACK_NODES):
            if Slots._begin_next(self, turns, now, start):
                return True
            self.dealt += 1
        return False


def without_cover(core: Kad) -> Kad:
    """The same core, that looks up what is wanted and nothing else."""
    slots = OnDemand(core._agenda.slots.deck)
    slots._reserves_from = inf
    core._agenda.slots = core._initiative.maintenance.slots = slots
    core._agenda.cover = Nobody()  # type: ignore[assignment]
    return core


@define
class OpenDoor:
    """Admission that refuses nobody."""

    _arrivals: int = 0

    def arrival(self, source: Destination, now: float, *, answers: bool = False) -> int:
        """The how-manieth datagram it is."""
        del source, now
        self._arrivals += 1
        return -self._arrivals if answers else self._arrivals

    def admit(self, source: Destination, now: float) -> bool:
        """Everything may come in."""
        del source, now
        return True


def _unseen(_: Batch) -> None:
    """Nobody measures."""


@define(eq=False)
class Rival:
    """
    A gate with a rule of its own: places, intake and sender of a node in one.

    :ivar every: seconds of its timer, always the same.
    """

    stage: Stage
    record: Departed = field(factory=Departed)
    observe: Callable[[Batch], None] = _unseen
    node: MuleNode = field(init=False)
    _loop: LoopingCall = field(init=False)
    _turn: int = field(default=0, init=False)

    every: ClassVar[float] = 1.0

    def parts(self, node: MuleNode) -> tuple[Any, Any, Any]:
        """What the node has for its places, its intake and its sender."""
        self.node, door = node, OpenDoor()
        own = node.core.me.kad_id
        intake = Intake(own, node._own_key, door, self, node.core, self.deliver)  # type: ignore[arg-type]
        return self, intake, self

    # As places: everything has one, and what is committed is up to the rule.

    def book(self, arrived: float, peer: bytes, arrival: int, parts: int = 1) -> tuple[Place, ...]:
        """As many as are wanted."""
        del arrived, peer, arrival
        return tuple(Place(0, seat) for seat in range(parts))

    def commit(self, place: Place, outgoing: Outgoing, now: float) -> bool:
        """An answer is ready."""
        del place, now
        self.answer(outgoing)
        return True

    # As a sender.

    def start(self) -> None:
        """Tick, beginning now."""
        self._loop = LoopingCall(self.tick)
        self._loop.clock = self.stage.clock
        self._loop.start(self.every).addErrback(self.stage.failed)

    def stop(self) -> Deferred[None]:
        """Do not any more."""
        self._loop.stop()
        return succeed(None)

    def wanted(self) -> Outgoing | None:
        """The next request of our own, if anything is wanted."""
        self._turn += 1
        return self.node.request_for(self._turn, self.now)

    def leave(self, outgoing: Outgoing) -> None:
        """Hand it to the network."""
        self.stage.carry(outgoing.destination, outgoing.datagram)
        self.node.departed(outgoing, self.now)

    @property
    def now(self) -> float:
        """The time."""
        return self.stage.clock.seconds()

    def attempt(self) -> None:
        """Sending takes a little of the processor."""
        self.stage.processor.work(SENDING * self.stage.scene.cost)

    # The rule.

    def deliver(self, arrival: Arrival) -> None:
        """Something came."""
        self.node._deliver(arrival)

    def answer(self, outgoing: Outgoing) -> None:
        """An answer is ready."""
        raise NotImplementedError

    def tick(self) -> None:
        """It is time again."""
        raise NotImplementedError
