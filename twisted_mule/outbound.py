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
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall, deferLater
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


@define
class _Leaving:
    """
    A tick whose datagrams leave one by one.

    :ivar rest: seat, moment and datagram of those that have not left yet, in order.
    :ivar gone: the same of those that have, each with the moment at which it really left.
    """

    tick: int
    scheduled: float
    released: float
    booked: int
    rest: deque[tuple[int, float, Outgoing]] = field(factory=deque)
    gone: list[tuple[int, float, Outgoing, float]] = field(factory=list)

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


def _unseen(batch: Batch) -> None:
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
    observe: Callable[[Batch], None] = _unseen
    record: Departed = field(factory=Departed)
    upcoming: Callable[[int, float], None] = _to_nobody
    _loop: LoopingCall = field(init=False)
    _stopped: Deferred[LoopingCall] = field(init=False)
    _tick: Deferred[None] | None = field(default=None, init=False)
    _leaving: set[IDelayedCall] = field(factory=set, init=False)
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
        for call in self._leaving:
            call.cancel()
        self._leaving.clear()
        return self._stopped

    def _cycle(self) -> Deferred[None]:
        """Make the request of the next tick before its deadline, then release its batch."""
        now = self.clock.seconds()
        tick = self.schedule.following(now)
        deadline = self.schedule.time_of(tick) - contract.COMMIT_DEADLINE
        self.upcoming(tick, self.schedule.time_of(tick))
        asked = deferLater(self.clock, max(deadline - now, 0.0), self._ask, tick, deadline)
        self._tick = asked.addCallback(self._at_tick, tick).addErrback(self._survive)
        return self._tick

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

    def _at_tick(self, request: Outgoing | None, tick: int) -> Deferred[None]:
        wait = self.schedule.time_of(tick) - self.clock.seconds()
        return deferLater(self.clock, max(wait, 0.0), self._release, tick, request)

    def _ended(self, failure: Failure) -> LoopingCall:
        self._log.failure("The ticking has ended: nothing is sent any more", failure=failure)
        return self._loop

    def _survive(self, failure: Failure) -> None:
        # A LoopingCall that sees one exception never runs again, so none may pass here.
        if failure.check(CancelledError) is None:
            self._log.failure("Releasing a batch failed", failure=failure)

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
        offsets = departures(tick, self.chance)
        order = sorted(batch, key=offsets.__getitem__)
        rest = deque((seat, scheduled + offsets[seat], batch[seat]) for seat in order)
        self._leave(_Leaving(tick, scheduled, now, self._booked, rest), now)

    def _leave(self, leaving: _Leaving, earliest: float) -> None:
        """
        Send the rest of a batch one by one, each at its time but none before ``earliest``.

        A reactor that comes late must not show by datagrams that leave back to back.
        """
        if not leaving.rest:
            self._tell(leaving.batch())
            return
        seat, when, outgoing = leaving.rest.popleft()

        def leave() -> None:
            self._leaving.discard(call)
            at = self._send(outgoing, when)
            if at is not None:
                leaving.gone.append((seat, when, outgoing, at))
            self._leave(leaving, self.clock.seconds() + contract.BATCH_GAP)

        wait = max(when, earliest) - self.clock.seconds()
        call = self.clock.callLater(max(wait, 0.0), leave)
        self._leaving.add(call)

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
