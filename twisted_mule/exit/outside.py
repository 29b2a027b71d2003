"""The node's end: what stands there for the carrier, the intake, the places and the sender."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from attrs import asdict, define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from twisted_mule.exit import records
from twisted_mule.intake import Arrival
from twisted_mule.kad.datagram import Opened
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Cover, Envelope, Plain, Request, RequestKind
from twisted_mule.kad.messages import Ping
from twisted_mule.kad.tracking import Pending
from twisted_mule.node import MuleNode
from twisted_mule.outbound import Departed
from twisted_mule.places import Outgoing, Place
from twisted_mule.sam.selftest import SelfTest
from twisted_mule.selfcheck import samples

#: Datagrams under way to their places that are remembered; more than all places ahead hold.
REMEMBERED: Final = 256


@define(eq=False)
class FarPlaces:
    """The places, booked there; the counts are as of the latest report."""

    exit: Exit
    booked: int = 0
    refused: int = 0
    late: int = 0
    ahead: int = 0

    def commit(self, place: Place, outgoing: Outgoing, _now: float) -> bool:
        """Have ``place`` take its datagram; whether it came in time is told later."""
        number = self.exit.number(outgoing)
        self.exit.tell(
            records.Answer(
                place.tick,
                place.seat,
                number,
                outgoing.destination.raw,
                outgoing.datagram,
                outgoing.label,
                outgoing.arrived or 0.0,
            )
        )
        return True

    def waiting(self) -> int:
        """How many are booked in ticks to come."""
        return self.ahead


@define
class FarAdmission:
    """Who was refused, as of the latest report."""

    refused_peer: int = 0
    refused_global: int = 0


@define
class FarIntake:
    """What came, as of the latest report."""

    admission: FarAdmission = field(factory=FarAdmission)
    received: int = 0
    refused: int = 0


@define(eq=False)
class FarSender:
    """The sender there; what left is noted here."""

    exit: Exit
    record: Departed = field(factory=Departed)
    running: bool = False

    def startService(self) -> None:
        """Tick."""
        self.running = True
        self.exit.tell(records.Begin())

    def stopService(self) -> Deferred[object]:
        """Do not any more."""
        self.running = False
        self.exit.tell(records.Halt())
        return succeed(None)


@define(eq=False)
class Exit:
    """
    The node's side of the pipe.

    :ivar write: hands a record to the present exit process, if there is one.
    :ivar heard: called when the network answered us.
    """

    clock: IReactorTime
    write: Callable[[records.ToExit], None]
    heard: Callable[[], None]
    node: MuleNode | None = field(default=None, init=False)
    places: FarPlaces = field(init=False)
    intake: FarIntake = field(factory=FarIntake, init=False)
    sender: FarSender = field(init=False)
    next_tick: int = field(default=0, init=False)
    _numbers: int = field(default=0, init=False)
    _under_way: dict[int, Outgoing] = field(factory=dict, init=False)
    _pending: dict[Pending, int] = field(factory=dict, init=False)

    _log = Logger()

    def __attrs_post_init__(self) -> None:
        self.places = FarPlaces(self)
        self.sender = FarSender(self)

    def parts(self, node: MuleNode) -> tuple[Any, Any, Any]:
        """What the node has for its places, its intake and its sender."""
        self.node = node
        node.core.watch_requests(self)
        return self.places, self.intake, self.sender

    def tell(self, record: records.ToExit) -> None:
        """Hand a record over."""
        self.write(record)

    def began(self) -> None:
        """A fresh process is there: nothing of the last one's is under way."""
        self._under_way.clear()
        for pending, number in self._pending.items():
            self._await(pending, number, self.clock.seconds())
        if self.sender.running:
            self.tell(records.Begin())

    def number(self, outgoing: Outgoing) -> int:
        """A number by which ``outgoing`` is known there."""
        self._numbers += 1
        self._under_way[self._numbers] = outgoing
        if len(self._under_way) > REMEMBERED:
            del self._under_way[next(iter(self._under_way))]
        return self._numbers

    # What the core's tracking tells.

    def opened(self, pending: Pending, now: float) -> None:
        """A request of ours may be answered."""
        self._numbers += 1
        self._pending[pending] = self._numbers
        self._await(pending, self._numbers, now)

    def closed(self, pending: Pending) -> None:
        """It may not any more."""
        self.tell(records.Settled(self._pending.pop(pending)))

    def _await(self, pending: Pending, number: int, now: float) -> None:
        request = pending.request
        opcodes = tuple(sorted(request.expects))
        self.tell(records.Await(number, request.destination.raw, opcodes, now))

    # What the exit process tells.

    def take(self, record: records.ToNode) -> None:
        """Something happened there."""
        node = self.node
        if node is None:
            return
        match record:
            case records.Arrived():
                answers = node.answers
                node.guarded(arrival(record))
                if node.answers > answers:
                    self.heard()
            case records.Wanted(tick, at):
                self.next_tick = tick + 1
                self._ask(node, tick, at)
            case records.Left(number, at, due):
                outgoing = self._under_way.pop(number, None)
                if outgoing is not None:
                    self.sender.record.note(at, due)
                    node.departed(outgoing, at)
            case records.Batch(left=left):
                gone = tuple(samples.Left(*one) for one in left)
                node.observe(samples.Batch(**{**asdict(record, recurse=False), "left": gone}))
            case records.Late():
                node.counters.add("dropped_late")
            case records.Report():
                self._report(record)
            case _:
                raise ValueError(type(record).__name__)

    def _ask(self, node: MuleNode, tick: int, at: float) -> None:
        try:
            outgoing = node.request_for(tick, at)
        except Exception:  # noqa: BLE001 - a defect costs this request only
            self._log.failure("Making the request of a tick failed")
            return
        if outgoing is not None:
            number = self.number(outgoing)
            raw = outgoing.destination.raw
            self.tell(records.Request(tick, number, raw, outgoing.datagram, outgoing.label))

    def _report(self, report: records.Report) -> None:
        self.places.booked, self.places.refused = report.booked, report.full
        self.places.late, self.places.ahead = report.late, report.waiting
        self.intake.received, self.intake.refused = report.received, report.refused
        self.intake.admission.refused_peer = report.refused_peer
        self.intake.admission.refused_global = report.refused_global
        record = self.sender.record
        record.ticks, record.skipped, record.failed = report.ticks, report.skipped, report.failed


def arrival(record: records.Arrived) -> Arrival:
    """What was let in, as the node takes it."""
    source = Destination(record.source)
    envelope = Envelope(
        Cover(record.cover),
        record.receiver_key,
        record.sender_key,
        record.proven,
        record.packed,
    )
    # Which request it answers, the core finds by what it says; here counts that it does.
    request = Request(source, Ping(), Plain(), RequestKind.PING, frozenset())
    return Arrival(
        source,
        Opened(record.content, envelope),
        record.arrived,
        record.size,
        record.number,
        request if record.answers else None,
        tuple(Place(tick, seat) for tick, seat in record.places),
    )


@define(eq=False)
class FarCarrier:
    """
    The carrier there, as the session with the router sees it.

    :ivar open: binds a socket for a fresh process on a host and gives its address.
    :ivar shut: ends the process.
    """

    clock: IReactorTime
    self_test: SelfTest
    echo: Callable[[], None]
    write: Callable[[records.ToExit], None]
    open: Callable[[str], tuple[str, int]]
    shut: Callable[[], Deferred[object]]
    heard_at: float | None = field(default=None, init=False)
    counts: Counter[str] = field(factory=Counter, init=False)
    _own: Destination | None = field(default=None, init=False)
    _router: tuple[str, int] = field(default=("", 0), init=False)
    _over_tcp: Callable[[bytes], None] | None = field(default=None, init=False)

    @property
    def own(self) -> Destination | None:
        """Our destination."""
        return self._own

    @own.setter
    def own(self, own: Destination | None) -> None:
        self._own = own
        if own is not None:
            self.write(records.Own(own.raw))

    @property
    def router(self) -> tuple[str, int]:
        """The router's SAM UDP address."""
        return self._router

    @router.setter
    def router(self, router: tuple[str, int]) -> None:
        self._router = router
        self.write(records.Router(*router))

    @property
    def over_tcp(self) -> Callable[[bytes], None] | None:
        """Writes to the control connection."""
        return self._over_tcp

    @over_tcp.setter
    def over_tcp(self, write: Callable[[bytes], None] | None) -> None:
        self._over_tcp = write
        self.write(records.OverTcp(write is not None))

    def listen(self, _reactor: Any, host: str) -> tuple[str, int]:
        """
        Have a process that listens on ``host``; returns its address.

        :raise CannotListenError: when the machine refuses.
        """
        return self.open(host)

    def began(self) -> None:
        """A fresh process is there: tell it what it has to know."""
        self.own, self.router, self.over_tcp = self._own, self._router, self._over_tcp

    def close(self) -> Deferred[object]:
        """Fires when the process has ended."""
        return self.shut()

    def probe(self) -> None:
        """Send the next datagram of the self-test."""
        self.write(records.Probe(self.self_test.payload()))

    def take(self, source: str, payload: bytes, arrived: float) -> None:
        """A datagram came over the control connection."""
        self.write(records.Taken(source, payload, arrived))

    def told(self, record: records.ToNode) -> bool:
        """Take what is for the session; whether that is all."""
        match record:
            case records.FromOurselves(payload, arrived):
                self.heard_at = arrived
                if self.self_test.knows(payload):
                    self.echo()
            case records.TcpWrite(data):
                if self._over_tcp is not None:
                    self._over_tcp(data)
            case records.Report():
                self.heard_at = max(self.heard_at or 0.0, record.heard_at or 0.0) or None
                self.counts = Counter(record.counts)
                return False
            case _:
                return False
        return True
