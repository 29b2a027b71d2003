"""
Other designs of a sender, on the same core, to be measured beside ours; none is part of the node.

Each stands where a :class:`~twisted_mule.node.Gate` stands, so that the node itself is unchanged:
it lets everything in, and what leaves, leaves by its own rule.  Sender and handlers share one
processor, as in a program with one reactor.  Nobody of them has cover lookups.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Any, ClassVar, Final

from attrs import define, field, frozen
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
from twisted_mule.node import Gate, MuleNode
from twisted_mule.outbound import Departed
from twisted_mule.places import Outgoing, Place
from twisted_mule.selfcheck.samples import Batch
from twisted_mule.studies.stage import Stage

#: What it costs to send something, as a share of what it costs to handle a message.
SENDING: Final = 0.05


# --- the core without cover ----------------------------------------------------------------------


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


# --- what all rivals share -----------------------------------------------------------------------


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
        self._loop.start(self.every)

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


# --- the rules -----------------------------------------------------------------------------------


@define(eq=False)
class AtOnce(Rival):
    """
    Send at once: answers when they are ready, requests of our own when something is wanted.

    Who is answered asks the next one; and once a second one more is asked, while lookups want it.
    """

    def deliver(self, arrival: Arrival) -> None:
        """Handle it; an answer to us makes us ask on."""
        self.node._deliver(arrival)
        if arrival.answers is not None:
            self.tick()

    def answer(self, outgoing: Outgoing) -> None:
        """It leaves."""
        self.attempt()
        self.leave(outgoing)

    def tick(self) -> None:
        """Ask one more."""
        outgoing = self.wanted()
        if outgoing is not None:
            self.attempt()
            self.leave(outgoing)


@frozen
class Lane:
    """
    One class of rust-mule's shaper (node-behaviour section 14.2); times in seconds.

    :ivar gap: between two datagrams of the class, ``peer_gap`` to one peer.
    :ivar cap: datagrams of the class in a second of the clock, ``peer_cap`` to one peer.
    :ivar waits: whether base and jitter are added; who may not wait is discarded instead.
    """

    base: float
    jitter: float
    gap: float
    peer_gap: float
    cap: int
    peer_cap: int
    waits: bool


QUERY: Final = Lane(0.005, 0.010, 0.005, 0.020, 40, 8, waits=False)
HELLO: Final = Lane(0.002, 0.005, 0.005, 0.010, 80, 16, waits=False)
BOOTSTRAP: Final = Lane(0.002, 0.005, 0.002, 0.010, 80, 16, waits=False)
RESPONSE: Final = Lane(0.0, 0.0, 0.0, 0.0, 160, 32, waits=True)


def lane(outgoing: Outgoing) -> Lane:
    """The class that a datagram belongs to."""
    if outgoing.arrived is not None:
        return RESPONSE
    if outgoing.label.startswith("hello"):
        return HELLO
    return BOOTSTRAP if outgoing.label.startswith("bootstrap") else QUERY


@define(eq=False)
class Shaper(Rival):
    """
    The rules of rust-mule's shaper, with its numbers: nothing waits, what would have to is dropped.

    Requests are tried every three seconds, three of them with at most twelve attempts, each of
    which takes a little time: how many get through the gaps is a matter of the processor.
    """

    every: ClassVar[float] = 3.0
    goal: ClassVar[int] = 3
    attempts: ClassVar[int] = 12

    _last: dict[object, float] = field(factory=dict, init=False)
    _counts: dict[object, int] = field(factory=dict, init=False)
    _second: int = field(default=0, init=False)

    def answer(self, outgoing: Outgoing) -> None:
        """It leaves, unless a cap is reached."""
        self.attempt()
        self.shape(outgoing)

    def tick(self) -> None:
        """A step of the crawl."""
        done = 0
        for _ in range(self.attempts):
            self.attempt()
            if self.now - self._last.get(QUERY, -inf) < QUERY.gap:
                continue  # discarded; the caller takes it as not sent
            outgoing = self.wanted()
            if outgoing is None:
                return
            done += self.shape(outgoing)
            if done == self.goal:
                return

    def shape(self, outgoing: Outgoing) -> bool:
        """Send a datagram, or discard it."""
        rule, peer, now = lane(outgoing), outgoing.destination, self.now
        if int(now) != self._second:
            self._second = int(now)
            self._counts.clear()
        for key, cap, gap in (
            (rule, rule.cap, rule.gap),
            ((rule, peer), rule.peer_cap, rule.peer_gap),
        ):
            if self._counts.get(key, 0) >= cap or now - self._last.get(key, -inf) < gap:
                return False
        for key in (rule, (rule, peer)):
            self._counts[key] = self._counts.get(key, 0) + 1
            self._last[key] = now
        draws = self.stage.folk.chance.stream("shaper", self.record.sent)
        wait = rule.base + rule.jitter * draws.random() if rule.waits else 0.0
        self.record.sent += 1
        if wait:
            self.stage.clock.callLater(wait, self.leave, outgoing)
        else:
            self.leave(outgoing)
        return True


@define(eq=False)
class PlainTicks(Rival):
    """Ticks of one second, at each of which four leave of what is ready, first in, first out."""

    each: ClassVar[int] = 4

    _queue: deque[Outgoing] = field(factory=deque, init=False)

    def answer(self, outgoing: Outgoing) -> None:
        """It waits for its turn."""
        self._queue.append(outgoing)

    def tick(self) -> None:
        """A request of our own gets in line, if one is wanted; then the first ones leave."""
        outgoing = self.wanted()
        if outgoing is not None:
            self._queue.append(outgoing)
        for _ in range(min(self.each, len(self._queue))):
            self.attempt()
            self.leave(self._queue.popleft())


@frozen
class Weaker:
    """A design that one of the rules makes."""

    name: str
    title: str
    rule: Callable[[Stage], Gate]
    shared: bool = True

    def core(self, core: Kad) -> Kad:
        """No cover."""
        return without_cover(core)

    def gate(self, stage: Stage) -> Gate | None:
        """The rule, for one start of a node."""
        return self.rule(stage)


RIVALS: Final = (
    Weaker("at-once", "send at once", AtOnce),
    Weaker("shaper", "rust-mule's shaper", Shaper),
    Weaker("ticks", "plain ticks", PlainTicks),
)
