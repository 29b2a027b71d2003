"""The rules of three weaker designs: send at once, rust-mule's shaper, plain ticks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from typing import ClassVar, Final

from attrs import define, field, frozen

from twisted_mule.intake import Arrival
from twisted_mule.kad.core import Kad
from twisted_mule.node import Gate
from twisted_mule.places import Outgoing
from twisted_mule.studies.leaks.rivals import Rival, without_cover
from twisted_mule.studies.leaks.stage import Stage


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
