"""The node's end: what stands there for the carrier, the intake, the places and the sender."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from attrs import asdict, define, field
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from twisted_mule.exit import records
from twisted_mule.exit.stand_ins import FarIntake, FarPlaces, FarSender
from twisted_mule.intake import Arrival
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Cover, Envelope, Plain, Request, RequestKind
from twisted_mule.kad.messages import Ping
from twisted_mule.kad.opening import Opened
from twisted_mule.kad.tracking import Pending
from twisted_mule.node import MuleNode
from twisted_mule.places import Outgoing, Place
from twisted_mule.selfcheck import samples

#: Datagrams under way to their places that are remembered; more than all places ahead hold.
REMEMBERED: Final = 256
#: What a report counts from the beginning of its process.
COUNTS: Final = (
    *("booked", "full", "late", "received", "refused", "refused_peer", "refused_global"),
    *("ticks", "skipped", "failed"),
)


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
    _earlier: Counter[str] = field(factory=Counter, init=False)
    _latest: Counter[str] = field(factory=Counter, init=False)

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
        self._earlier += self._latest
        self._latest.clear()
        for pending, number in self._pending.items():
            self._await(pending, number, self.clock.seconds())
        if self.sender.running:
            self.begin()

    def begin(self) -> None:
        """Have it let in and tick."""
        watched = self.node is not None and self.node.watch is not None
        self.tell(records.Begin(watched))

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
            case records.Left(number, at, due, tick):
                self.sender.record.ticks = self._earlier["ticks"] + tick
                outgoing = self._under_way.pop(number, None)
                if outgoing is not None:
                    self.sender.record.note(at, due)
                    node.departed(outgoing, at)
            case records.Batch(left=left):
                gone = tuple(samples.Left(*one) for one in left)
                node.observe(samples.Batch(**{**asdict(record, recurse=False), "left": gone}))
            case records.Late(number):
                self._under_way.pop(number, None)
                node.counters.add("dropped_late")
            case records.Refused(source, size, arrived):
                if node.watch is not None:
                    node.watch.heard(Destination(source), size, arrived, None)
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
        self._latest = Counter({name: getattr(report, name) for name in COUNTS})
        counts = self._earlier + self._latest
        places, intake, record = self.places, self.intake, self.sender.record
        places.booked, places.refused = counts["booked"], counts["full"]
        places.late, places.ahead = counts["late"], report.waiting
        intake.received, intake.refused = counts["received"], counts["refused"]
        intake.admission.refused_peer = counts["refused_peer"]
        intake.admission.refused_global = counts["refused_global"]
        record.ticks, record.skipped, record.failed = (
            counts["ticks"],
            counts["skipped"],
            counts["failed"],
        )


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
