"""Machines that are slow: what handling costs, and pauses during which nothing happens."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field, frozen
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from zope.interface import implementer

from twisted_mule.kad.chance import Draws, redrawn
from twisted_mule.kad.destination import Destination
from twisted_mule.simulation.bounds import SECONDS, flag, seldom
from twisted_mule.simulation.clock import HeapClock

#: Takes a datagram, with the time at which it counts as arrived.
Received = Callable[[Destination, bytes, float], None]


@frozen
class HostModel:
    """
    How slow a machine is; times in seconds.

    :ivar cost: what handling one message takes.
    :ivar pause: how long nothing happens at all, such as for a garbage collection ...
    :ivar every: ... about so often; 0 for never.
    :ivar isolated: whether ticks and arrivals have a process of their own, so that only handlers
        wait; otherwise all of it shares one reactor.
    """

    cost: float = field(default=0.0, validator=SECONDS)
    pause: float = field(default=0.0, validator=SECONDS)
    every: float = field(default=0.0, validator=seldom)
    isolated: bool = field(default=False, validator=flag)

    @property
    def ideal(self) -> bool:
        """Whether nothing takes any time."""
        return self.cost == 0.0 and self.every == 0.0


@implementer(IReactorTime)
@define(eq=False)
class SlowHost:
    """
    The clock of one node on a slow machine: what is due while it is busy comes later.

    :ivar clock: the true time.
    :ivar draws: of the moments of its pauses.
    """

    clock: HeapClock
    model: HostModel
    draws: Draws
    _busy: float = field(default=0.0, init=False)
    _local: float = field(default=0.0, init=False)
    _pending: list[IDelayedCall] = field(factory=list, init=False)
    _stopped: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        if self.model.every > 0.0:
            self.clock.callLater(redrawn(self.model.every, self.draws), self._pause)

    def seconds(self) -> float:
        """The time; within a turn it includes what the turn has cost so far."""
        return max(self.clock.seconds(), self._local)

    def callLater(
        self,
        delay: float,
        callable: Callable[..., object],  # noqa: A002 - Twisted's name
        *args: object,
        **kw: object,
    ) -> IDelayedCall:
        """Call later, and later still when the machine is busy then."""
        due = self.seconds() + delay
        wait = (due if self.model.isolated else max(due, self._busy)) - self.clock.seconds()
        call: IDelayedCall = self.clock.callLater(wait, self._turn, callable, args, kw)
        self._pending = [one for one in self._pending if one.active()]
        self._pending.append(call)
        return call

    def getDelayedCalls(self) -> list[IDelayedCall]:
        """What is pending on this machine."""
        return [call for call in self._pending if call.active()]

    def spend(self) -> None:
        """Handle one message: this takes time, the time of those who come later."""
        begins = max(self.seconds(), self._busy) if self.model.isolated else self.seconds()
        self._busy = self._local = begins + self.model.cost

    def arrive(self, source: Destination, datagram: bytes, received: Received) -> None:
        """A datagram came; a busy reactor reads it, and stamps it, when it gets round to it."""
        now = self.clock.seconds()
        if self._stopped:
            return
        if self._busy > now and not self.model.isolated:
            self.clock.callLater(self._busy - now, self.arrive, source, datagram, received)
        else:
            self._turn(received, (source, datagram, now), {})

    def stop(self) -> None:
        """The machine is switched off."""
        self._stopped = True

    def _turn(
        self, function: Callable[..., object], args: tuple[object, ...], kw: dict[str, object]
    ) -> None:
        self._local = self.clock.seconds()
        function(*args, **kw)
        self._local = 0.0
        self._postpone()

    def _pause(self) -> None:
        if self._stopped:
            return
        self._busy = max(self._busy, self.clock.seconds()) + self.model.pause
        self._postpone()
        self.clock.callLater(redrawn(self.model.every, self.draws), self._pause)

    def _postpone(self) -> None:
        """What is due before the machine is free again waits for that."""
        if self.model.isolated or self._busy <= self.clock.seconds():
            return
        for call in self.getDelayedCalls():
            late = self._busy - call.getTime()
            if late > 0.0:
                call.delay(late)
