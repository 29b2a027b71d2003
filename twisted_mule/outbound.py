"""
The one exit: shuffled batches leave at the ticks of a renewal schedule, answers and requests alike.

:class:`UniformSender` is the only caller of the sink.  Nothing shortens a wait: neither the kind of
a message, nor how many wait, nor how long it took to make one (contract clauses 1, 2, 5).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination
from twisted_mule.places import Outgoing, Places, departures
from twisted_mule.selfcheck.samples import Batch, Left
from twisted_mule.ticks import TickSchedule

#: The seat of the request; the answers have the seats before it.
REQUEST_SEAT = contract.ANSWER_PLACES
#: So many bytes of a destination tell peers apart.
_PEER: Final = 8


class DatagramSink(Protocol):
    """Whatever puts one datagram on the wire; it neither blocks nor raises for a lost one."""

    def send(self, destination: Destination, datagram: bytes) -> None:
        """Hand ``datagram`` to the network."""


class RequestSource(Protocol):
    """Whoever fills the one request place of every tick."""

    def request_for(self, tick: int, now: float) -> Outgoing | None:
        """
        What takes the request place of ``tick``; ``None`` leaves it empty.

        :param now: the deadline for it, a little before the tick.
        """

    def departed(self, outgoing: Outgoing, now: float) -> None:
        """``outgoing`` has been handed to the network."""


@define
class Departed:
    """
    What really left since the start; times in seconds.

    :ivar worst: the largest lateness against the schedule; ``total`` is the sum of all.
    """

    ticks: int = 0
    skipped: int = 0
    sent: int = 0
    failed: int = 0
    worst: float = 0.0
    total: float = 0.0

    def note(self, now: float, scheduled: float) -> None:
        """A datagram left ``now``."""
        self.sent += 1
        self.total += now - scheduled
        self.worst = max(self.worst, now - scheduled)


@define(eq=False)
class _Leaving:
    """
    A tick whose datagrams leave one by one.

    :ivar rest: seat, moment and datagram of those that have not left yet, in order.
    :ivar gone: the same of those that have, each with the moment at which it really left.
    :ivar call: the one that is to send the next of them.
    """

    tick: int
    scheduled: float
    released: float
    booked: int
    rest: deque[tuple[int, float, Outgoing]] = field(factory=deque)
    gone: list[tuple[int, float, Outgoing, float]] = field(factory=list)
    call: IDelayedCall | None = None

    def batch(self) -> Batch:
        """What there is to tell of it."""
        left = tuple(
            Left(
                seat,
                due,
                at,
                outgoing.arrived,
                outgoing.destination.raw[:_PEER],
                outgoing.label,
                len(outgoing.datagram),
            )
            for seat, due, outgoing, at in self.gone
        )
        return Batch(self.tick, self.scheduled, self.released, self.booked, left=left)


def unseen(batch: Batch) -> None:
    """Nobody looks at what left."""


def _to_nobody(_tick: int, _at: float) -> None:
    """Nobody has to know beforehand."""


@define(eq=False)
class UniformSender:
    """
    Send what the places of each tick hold, at that tick's pre-drawn offsets.

    :ivar clock: a clock that never jumps.
    :ivar requests: who fills the request place.
    :ivar sink: where datagrams go.
    :ivar observe: told of each tick, once its last datagram has left.
    :ivar upcoming: told the number and the time of a tick, as soon as the last one is over.
    """

    clock: IReactorTime
    schedule: TickSchedule
    places: Places
    chance: Chance
    requests: RequestSource
    sink: DatagramSink
    observe: Callable[[Batch], None] = unseen
    record: Departed = field(factory=Departed)
    upcoming: Callable[[int, float], None] = _to_nobody
    _loop: LoopingCall = field(init=False)
    _stopped: Deferred[LoopingCall] = field(init=False)
    _tick: Deferred[None] | None = field(default=None, init=False)
    _next: IDelayedCall | None = field(default=None, init=False)
    _leaving: set[_Leaving] = field(factory=set, init=False)
    _booked: int = field(default=0, init=False)

    _log = Logger()

    def __attrs_post_init__(self) -> None:
        self._loop = LoopingCall(self._cycle)
        self._loop.clock = self.clock
        self._stopped = succeed(self._loop)

    # No Service: it has no parent, and is all that the exit process would need one for.

    @property
    def running(self) -> bool:
        """Whether it ticks."""
        return bool(self._loop.running)

    def start(self) -> None:
        """Join the schedule at its next tick."""
        # An interval of 0 and a Deferred: each turn waits for the next *absolute* tick.
        self._stopped = self._loop.start(0)
        self._stopped.addErrback(self._ended)

    def stop(self) -> Deferred[LoopingCall]:
        """Stop ticking; what still waits is dropped."""
        if self._loop.running:
            self._loop.stop()
        if self._tick is not None:
            self._tick.cancel()
        for leaving in self._leaving:
            if leaving.call is not None and leaving.call.active():
                leaving.call.cancel()
        self._leaving.clear()
        return self._stopped

    def _cycle(self) -> Deferred[None]:
        """Make the request of the next tick before its deadline, then release its batch."""
        now = self.clock.seconds()
        tick = self.schedule.following(now)
        at = self.schedule.time_of(tick)
        deadline = at - contract.COMMIT_DEADLINE
        self.upcoming(tick, at)
        # One Deferred a tick, and no chain of them: what a tick costs is most of a simulation.
        self._tick = Deferred(self._give_up)
        self._next = self.clock.callLater(max(deadline - now, 0.0), self._make, tick, at, deadline)
        return self._tick

    def _give_up(self, tick: Deferred[None]) -> None:
        if self._next is not None and self._next.active():
            self._next.cancel()
        tick.callback(None)

    def _make(self, tick: int, at: float, deadline: float) -> None:
        request = self._ask(tick, deadline)
        if self._tick is not None and not self._tick.called:
            wait = max(at - self.clock.seconds(), 0.0)
            self._next = self.clock.callLater(wait, self._at_tick, tick, request)

    def _ask(self, tick: int, deadline: float) -> Outgoing | None:
        """
        The request of ``tick``, made while nothing leaves.

        The time that it takes cannot show (contract clause 1), and a defect costs only itself.
        """
        self._booked = self.places.booked_in(tick)
        if self.clock.seconds() - deadline > contract.COMMIT_DEADLINE + contract.TICK_LATE:
            return None
        try:
            return self.requests.request_for(tick, deadline)
        except Exception:  # noqa: BLE001 - the answers of this tick must leave all the same
            self._log.failure("Making the request of a tick failed")
            return None

    def _at_tick(self, tick: int, request: Outgoing | None) -> None:
        over, self._tick, self._next = self._tick, None, None
        try:
            self._release(tick, request)
        except Exception:  # noqa: BLE001 - a LoopingCall that sees one exception never runs again
            self._log.failure("Releasing a batch failed")
        if over is not None:
            over.callback(None)

    def _ended(self, failure: Failure) -> LoopingCall:
        self._log.failure("The ticking has ended: nothing is sent any more", failure=failure)
        return self._loop

    def _release(self, tick: int, request: Outgoing | None) -> None:
        now = self.clock.seconds()
        scheduled = self.schedule.time_of(tick)
        batch = self.places.take(tick)
        self.record.ticks += 1
        if now - scheduled > contract.TICK_LATE:
            self.record.skipped += 1
            self._tell(Batch(tick, scheduled, now, self._booked, skipped=True))
            return
        if request is not None:
            batch[REQUEST_SEAT] = request
        if not batch:
            self._tell(Batch(tick, scheduled, now, self._booked))
            return
        offsets = departures(tick, self.chance)
        order = sorted(batch, key=offsets.__getitem__)
        rest = deque((seat, scheduled + offsets[seat], batch[seat]) for seat in order)
        leaving = _Leaving(tick, scheduled, now, self._booked, rest)
        self._leaving.add(leaving)
        self._wait(leaving, now)

    def _wait(self, leaving: _Leaving, earliest: float) -> None:
        """
        Send the rest of a batch one by one, each at its time but none before ``earliest``.

        A reactor that comes late must not show by datagrams that leave back to back.
        """
        wait = max(leaving.rest[0][1], earliest) - self.clock.seconds()
        leaving.call = self.clock.callLater(max(wait, 0.0), self._leave, leaving)

    def _leave(self, leaving: _Leaving) -> None:
        seat, when, outgoing = leaving.rest.popleft()
        at = self._send(outgoing, when)
        if at is not None:
            leaving.gone.append((seat, when, outgoing, at))
        if leaving.rest:
            self._wait(leaving, self.clock.seconds() + contract.BATCH_GAP)
            return
        self._leaving.discard(leaving)
        if self.observe is not unseen:
            self._tell(leaving.batch())

    def _send(self, outgoing: Outgoing, when: float) -> float | None:
        """Hand over ``outgoing``, due at ``when``; the moment of it, ``None`` if it failed."""
        now = self.clock.seconds()
        try:
            self.sink.send(outgoing.destination, outgoing.datagram)
            self.record.note(now, when)
            self.requests.departed(outgoing, now)
        except Exception:  # noqa: BLE001 - the next datagram must leave all the same
            self.record.failed += 1
            self._log.failure("Sending {label} failed", label=outgoing.label)
            return None
        return now

    def _tell(self, batch: Batch) -> None:
        """Whoever measures learns of a tick when nothing of it is left to send."""
        try:
            self.observe(batch)
        except Exception:  # noqa: BLE001 - no measurement may end the ticking
            self._log.failure("Measuring a batch failed")
