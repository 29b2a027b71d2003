"""The node: one Kad core between the intake and the one exit, and nothing that knows of sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from twisted_mule import contract
from twisted_mule.admission import Admission
from twisted_mule.clauses import fingerprint
from twisted_mule.counters import Counters
from twisted_mule.details import delay_step
from twisted_mule.intake import Arrival, Intake
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.core import Kad
from twisted_mule.kad.datagram import OversizeError, message, to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.exchange import Heard, Reply, Request
from twisted_mule.kad.kinds import Rank
from twisted_mule.kad.verify import verify_key
from twisted_mule.labels import label
from twisted_mule.outbound import REQUEST_SEAT, UniformSender
from twisted_mule.places import Outgoing, Place, Places
from twisted_mule.selfcheck.check import SelfCheck
from twisted_mule.selfcheck.levels import ENOUGH_CONTACTS
from twisted_mule.selfcheck.samples import Asked, Batch, LastHour
from twisted_mule.status import Phase
from twisted_mule.ticks import TickSchedule


class Link(Protocol):
    """The session with the network, as far as a node needs one; its ``send`` is the sink."""

    @property
    def online(self) -> bool:
        """Whether datagrams can leave now."""

    def send(self, destination: Destination, datagram: bytes) -> None:
        """Hand ``datagram`` to the network."""


class Watch(Protocol):
    """Whoever writes down what passes (``--record``, simulations); it changes nothing."""

    def sent(self, outgoing: Outgoing, tick: int, now: float) -> None:
        """``outgoing`` was handed to the network in the how-manieth tick."""

    def heard(self, source: Destination, size: int, arrived: float, label: str | None) -> None:
        """A datagram came; ``label`` is ``None`` when it was refused or cannot be read."""


class Gate(Protocol):
    """Another process that lets in, books and sends (docs/decisions/0009)."""

    def parts(self, node: MuleNode) -> tuple[Any, Any, Any]:
        """What stands here for :class:`Places`, :class:`Intake` and :class:`UniformSender`."""


def _to_nobody(sentence: str) -> None:
    """Nobody listens."""


@define(eq=False)
class MuleNode(Service):
    """
    A Kad node on a given clock, with given chance and a given link.

    :ivar clock: a clock that never jumps.
    :ivar chance: the streams of this boot.
    :ivar secret: the verify secret of this installation (wire-format section 8).
    :ivar delays: how many answers left in each step of delay, for those who look.
    :ivar watch: who writes down what passes, nobody unless it was asked for.
    :ivar tell: called with one plain sentence for the local user.
    :ivar gate: what stands between it and the network, if that is not in this process.
    """

    clock: IReactorTime
    chance: Chance
    core: Kad
    secret: int
    link: Link
    watch: Watch | None = field(default=None)
    tell: Callable[[str], None] = _to_nobody
    gate: Gate | None = field(default=None, kw_only=True)
    phase: Phase = field(default=Phase.STARTING, init=False)
    asks_at: float | None = field(default=None, init=False)
    closes_at: float | None = field(default=None, init=False)
    requests: int = field(default=0, init=False)
    answers: int = field(default=0, init=False)
    delays: Counter[int] = field(factory=Counter, init=False)
    counters: Counters = field(init=False)
    places: Places = field(init=False)
    intake: Intake = field(init=False)
    sender: UniformSender = field(init=False)
    check: SelfCheck = field(init=False)
    _drained: Deferred[None] | None = field(default=None, init=False)
    _closing: IDelayedCall | None = field(default=None, init=False)
    _heard: str | None = field(default=None, init=False)

    name = "node"
    _log = Logger()

    def __attrs_post_init__(self) -> None:
        now = self.clock.seconds()
        self.counters = Counters(now)
        self.check = SelfCheck(now, fingerprint())
        if self.gate is not None:
            self.places, self.intake, self.sender = self.gate.parts(self)
            return
        schedule = TickSchedule(self.chance, now)
        self.places = Places(schedule, self.chance)
        self.intake = Intake(
            self.core.me.kad_id,
            self._own_key,
            Admission(now, self.chance),
            self.places,
            self.core,
            self._deliver,
        )
        self.sender = UniformSender(
            self.clock, schedule, self.places, self.chance, self, self.link, self.observe
        )

    def startService(self) -> None:
        """Answer from the first tick; ask only after a random hold."""
        super().startService()
        self.phase = Phase.HOLDING
        self.sender.start()

    def stopService(self) -> Deferred[object]:
        """Stop at once; :meth:`drain` first is the graceful way."""
        super().stopService()
        self.phase = Phase.CLOSED
        stopped: Deferred[object] = self.sender.stop()  # type: ignore[assignment]
        return stopped

    def drain(self) -> Deferred[None]:
        """Start nothing new, go on answering, and fire after a random 30 to 120 s."""
        if self._drained is not None or self.phase is Phase.STARTING:
            return self._drained or succeed(None)
        self.phase = Phase.DRAINING
        self.core.stop_initiating()
        draws = self.chance.stream("close", 0)
        wait = draws.uniform(*contract.STOP_CLOSE)
        self.closes_at = self.clock.seconds() + wait
        self._closing = self.clock.callLater(wait, self.hurry)
        self._drained = Deferred()
        return self._drained

    def hurry(self) -> None:
        """End the drain now."""
        if self._drained is None or self._drained.called:
            return
        if self._closing is not None and self._closing.active():
            self._closing.cancel()
        self._drained.callback(None)

    def received(self, source: Destination, datagram: bytes, arrived: float) -> None:
        """A datagram came; whatever it holds, the reactor goes on."""
        self._heard = None
        try:
            self.intake.accept(source, datagram, arrived)
        except Exception:  # noqa: BLE001 - one message must never take the node with it
            self.counters.add("defects")
            self.check.failures.heard(arrived, defect=True)
            self._log.failure("Handling a datagram of {size} bytes failed", size=len(datagram))
        if self.watch is not None:
            self.watch.heard(source, len(datagram), arrived, self._heard)

    def guarded(self, arrival: Arrival) -> None:
        """Something was let in elsewhere; whatever it holds, the reactor goes on."""
        self._heard = None
        try:
            self._deliver(arrival)
        except Exception:  # noqa: BLE001 - one message must never take the node with it
            self.counters.add("defects")
            self.check.failures.heard(arrival.arrived, defect=True)
            self._log.failure("Handling a datagram of {size} bytes failed", size=arrival.size)
        if self.watch is not None:
            self.watch.heard(arrival.source, arrival.size, arrival.arrived, self._heard)

    def request_for(self, tick: int, now: float) -> Outgoing | None:
        """What takes the request place of ``tick``; every timer of the core is run here."""
        self.counters.cut(now)
        may_ask = self.link.online and self.phase in (Phase.HOLDING, Phase.RUNNING)
        outgoing = self._next_request(tick, now) if may_ask else None
        held = self.asks_at is None or now < self.asks_at
        able = may_ask and not held and len(self.core.table) >= ENOUGH_CONTACTS
        self.check.asked(Asked(now, able, outgoing is not None), online=self.link.online)
        return outgoing

    def _next_request(self, tick: int, now: float) -> Outgoing | None:
        if self.asks_at is None:
            self._hold(now)
        # A stream for each: how much the timers draw must not shift the lot.
        self.core.beat(now, self.chance.stream("beat", tick))
        request = self.core.next_request(now, self.chance.stream("lot", tick))
        return None if request is None else self._addressed(request, tick)

    def departed(self, outgoing: Outgoing, now: float) -> None:
        """Count what left, and remember a reply that something may come back for."""
        self.counters.add(f"sent_{outgoing.label}")
        self.counters.add("bytes_sent", len(outgoing.datagram))
        if outgoing.arrived is None:
            self.requests += 1
        else:
            self.delays[delay_step(now - outgoing.arrived)] += 1
        if self.watch is not None:
            self.watch.sent(outgoing, self.sender.record.ticks, now)
        if outgoing.reply is not None and outgoing.reply.expects:
            self.core.replied(outgoing.destination, outgoing.reply, now)

    def observe(self, batch: Batch) -> None:
        """A tick is over; while nothing leaves, the self-check may take its time."""
        now = self.clock.seconds()
        begun = self.core.begun(now)
        sorts = Counter(one.kind.aim.value for one in begun)
        cover = sum(one.rank is Rank.COVER for one in begun)
        self.check.batch(batch)
        self.check.hour(LastHour(**sorts, cover=cover), now)
        for sentence in self.check.look(now, fingerprint):
            self.tell(sentence)

    def _hold(self, now: float) -> None:
        wait = self.chance.stream("hold", 0).uniform(*contract.START_HOLD)
        self.asks_at = now + wait
        self.core.hold_until(self.asks_at)

    def _addressed(self, request: Request, tick: int) -> Outgoing | None:
        self.phase = Phase.RUNNING
        draws = self.chance.stream("wire", tick, REQUEST_SEAT)
        key = self._own_key(request.destination)
        datagram = to_wire(request.message, request.seal, key, draws)
        return Outgoing(request.destination, datagram, label(request.message))

    def _deliver(self, arrival: Arrival) -> None:
        """
        Decode, handle, and commit the replies to the places that wait for them.

        To the core it is the moment of arrival: when we came to look must not show in what it
        does later (contract clause 1).
        """
        self.counters.add("bytes_received", arrival.size)
        self.check.failures.heard(arrival.arrived, defect=False)
        try:
            kind = message(arrival.opened)
        except DecodeError:
            self.counters.add("dropped_malformed")  # its places stay empty: the null entry
            if arrival.answers is None:
                ticks = tuple(place.tick for place in arrival.places)
                self.check.failures.null_entry(arrival.arrived, ticks)
            return
        self._heard = label(kind)
        self.counters.add(f"received_{self._heard}")
        self.answers += arrival.answers is not None
        heard = Heard(arrival.source, kind, arrival.opened.envelope, arrival.answers)
        draws = self.chance.stream("handle", arrival.source.raw, arrival.number)
        replies = self.core.handle(heard, arrival.arrived, draws)
        if len(replies) > len(arrival.places):
            self.counters.add("dropped_no_place", len(replies) - len(arrival.places))
        for place, reply in zip(arrival.places, replies, strict=False):
            self._commit(place, arrival, reply)

    def _commit(self, place: Place, arrival: Arrival, reply: Reply) -> None:
        draws = self.chance.stream("wire", place.tick, place.seat)
        try:
            key = self._own_key(arrival.source)
            datagram = to_wire(reply.message, reply.seal, key, draws)
        except OversizeError:
            self.counters.add("dropped_oversize")
            return
        outgoing = Outgoing(arrival.source, datagram, label(reply.message), reply, arrival.arrived)
        if not self.places.commit(place, outgoing, self.clock.seconds()):
            self.counters.add("dropped_late")

    def _own_key(self, peer: Destination) -> int:
        return verify_key(self.secret, peer.dest_hash)
