"""
The one exit: shuffled batches leave at the ticks of a renewal schedule, answers and requests alike.

:class:`UniformSender` is the only caller of the sink.  Nothing shortens a wait: neither the kind of
a message, nor how many wait, nor how long it took to make one (contract clauses 1, 2, 5).
"""

from __future__ import annotations

from collections import deque
from itertools import combinations
from math import inf
from typing import Protocol

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination
from twisted_mule.places import Outgoing, Places, departures
from twisted_mule.ticks import TickSchedule

#: The seat of the request; the answers have the seats before it.
REQUEST_SEAT = contract.ANSWER_PLACES


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
    What really left, against what the contract says of it; times in seconds.

    :ivar worst: the largest lateness against the schedule; ``total`` is the sum of all.
    :ivar soonest: the shortest delay of an answer after the arrival of what it answers.
    :ivar longest: the longest one.
    :ivar largest: datagrams of the largest batch.
    :ivar in_order: pairs of one batch that left in the order in which they were booked.
    :ivar swapped: pairs that left the other way round.
    """

    ticks: int = 0
    skipped: int = 0
    sent: int = 0
    failed: int = 0
    worst: float = 0.0
    total: float = 0.0
    soonest: float = inf
    longest: float = 0.0
    largest: int = 0
    in_order: int = 0
    swapped: int = 0

    def note(self, outgoing: Outgoing, now: float, scheduled: float) -> None:
        """``outgoing`` left ``now``."""
        self.sent += 1
        self.total += now - scheduled
        self.worst = max(self.worst, now - scheduled)
        if outgoing.arrived is not None:
            self.soonest = min(self.soonest, now - outgoing.arrived)
            self.longest = max(self.longest, now - outgoing.arrived)

    def note_batch(self, offsets: list[float]) -> None:
        """A batch leaves at these offsets, given in the order of booking."""
        self.largest = max(self.largest, len(offsets))
        for earlier, later in combinations(offsets, 2):
            if earlier < later:
                self.in_order += 1
            else:
                self.swapped += 1


@define(eq=False)
class UniformSender(Service):
    """
    Send what the places of each tick hold, at that tick's pre-drawn offsets.

    :ivar clock: a clock that never jumps.
    :ivar requests: who fills the request place.
    :ivar sink: where datagrams go.
    """

    clock: IReactorTime
    schedule: TickSchedule
    places: Places
    chance: Chance
    requests: RequestSource
    sink: DatagramSink
    record: Departed = field(factory=Departed)
    _loop: LoopingCall = field(init=False)
    _stopped: Deferred[LoopingCall] = field(init=False)
    _tick: Deferred[None] | None = field(default=None, init=False)
    _leaving: set[IDelayedCall] = field(factory=set, init=False)

    name = "outbound"
    _log = Logger()

    def __attrs_post_init__(self) -> None:
        self._loop = LoopingCall(self._cycle)
        self._loop.clock = self.clock
        self._stopped = succeed(self._loop)

    def startService(self) -> None:
        """Join the schedule at its next tick."""
        super().startService()
        # An interval of 0 and a Deferred: each turn waits for the next *absolute* tick.
        self._stopped = self._loop.start(0)
        self._stopped.addErrback(self._ended)

    def stopService(self) -> Deferred[LoopingCall]:
        """Stop ticking; what still waits is dropped."""
        super().stopService()
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
        asked = deferLater(self.clock, max(deadline - now, 0.0), self._ask, tick, deadline)
        self._tick = asked.addCallback(self._at_tick, tick).addErrback(self._survive)
        return self._tick

    def _ask(self, tick: int, deadline: float) -> Outgoing | None:
        """
        The request of ``tick``, made while nothing leaves.

        The time that it takes cannot show (contract clause 1), and a defect costs only itself.
        """
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
            return
        if request is not None:
            batch[REQUEST_SEAT] = request
        offsets = departures(tick, self.chance)
        self.record.note_batch([offsets[seat] for seat in sorted(batch)])
        order = sorted(batch, key=offsets.__getitem__)
        self._leave(deque((scheduled + offsets[seat], batch[seat]) for seat in order), now)

    def _leave(self, batch: deque[tuple[float, Outgoing]], earliest: float) -> None:
        """
        Send the rest of a batch one by one, each at its time but none before ``earliest``.

        A reactor that comes late must not show by datagrams that leave back to back.
        """
        if not batch:
            return
        when, outgoing = batch.popleft()

        def leave() -> None:
            self._leaving.discard(call)
            self._send(outgoing, when)
            self._leave(batch, self.clock.seconds() + contract.BATCH_GAP)

        wait = max(when, earliest) - self.clock.seconds()
        call = self.clock.callLater(max(wait, 0.0), leave)
        self._leaving.add(call)

    def _send(self, outgoing: Outgoing, when: float) -> None:
        now = self.clock.seconds()
        try:
            self.sink.send(outgoing.destination, outgoing.datagram)
            self.record.note(outgoing, now, when)
            self.requests.departed(outgoing, now)
        except Exception:  # noqa: BLE001 - the next datagram must leave all the same
            self.record.failed += 1
            self._log.failure("Sending {label} failed", label=outgoing.label)
