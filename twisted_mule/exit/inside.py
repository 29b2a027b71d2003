"""
What the exit process does: stamp, admit, book, keep the ticks, send; the same classes as anywhere.

It makes nothing itself.  What it lets in goes to the node's process, and what leaves comes from
there, in time for its place or not at all (design.md D21, docs/decisions/0009).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import astuple, define, field
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from twisted_mule.admission import Admission
from twisted_mule.exit import records
from twisted_mule.exit.far_node import FarRecord, FarRequests, FarSelfTest, Numbered
from twisted_mule.intake import Arrival, Intake
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Plain, Request, RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Ping
from twisted_mule.kad.tracking import Pending, Tracking
from twisted_mule.kad.verify import verify_key
from twisted_mule.outbound import UniformSender
from twisted_mule.places import Place, Places
from twisted_mule.sam.carrier import Carrier
from twisted_mule.selfcheck import samples
from twisted_mule.ticks import TickSchedule

Tell = Callable[[records.ToNode], None]
#: Seconds between two reports of the counts.
REPORT: Final = 1.0


@define(eq=False)
class Inside:
    """
    All that lives in the exit process.

    :ivar tell: hands a record to the node's process.
    :ivar adopt: has the socket read for a carrier.
    """

    clock: IReactorTime
    tell: Tell
    adopt: Callable[[Carrier], None]
    setup: records.Setup = field(init=False)
    carrier: Carrier = field(init=False)
    sender: UniformSender = field(init=False)
    requests: FarRequests = field(init=False)
    places: Places = field(init=False)
    intake: Intake = field(init=False)
    tracking: Tracking = field(factory=Tracking, init=False)
    online: bool = field(default=False, init=False)
    _running: bool = field(default=False, init=False)
    _watched: bool = field(default=False, init=False)
    _pending: dict[int, Pending] = field(factory=dict, init=False)

    def take(self, record: records.ToExit) -> None:
        """Do what the node's process wants."""
        match record:
            case records.Answer() | records.Request():
                self._commit(record)
            case records.Await():
                self._await(record)
            case records.Settled(number):
                pending = self._pending.pop(number, None)
                if pending is not None:
                    self.tracking.forget(pending)
            case records.Probe(payload):
                if self.carrier.own is not None:
                    self.carrier.send(self.carrier.own, payload)
            case records.Taken(source, payload, arrived):
                self.carrier.take(source, payload, arrived)
            case _:
                self._change(record)

    def _change(self, record: records.ToExit) -> None:
        match record:
            case records.Setup():
                self._set_up(record)
            case records.Own(destination):
                self.carrier.own = Destination(destination)
            case records.Router(host, port):
                self.carrier.router = (host, port)
            case records.OverTcp(on):
                self.carrier.over_tcp = self._write_tcp if on else None
            case records.Online(on):
                self.online = on
            case records.Begin(watched):
                self._running, self._watched = True, watched
                self.sender.start()
            case records.Halt():
                self._running = False
                self.sender.stop()
            case _:
                raise ValueError(type(record).__name__)

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink: dropped in silence while the session is not online."""
        if self.online:
            self.carrier.send(destination, datagram)

    # --- parts -----------------------------------------------------------------------------

    def _set_up(self, setup: records.Setup) -> None:
        now, chance = self.clock.seconds(), Chance(setup.key)
        self.setup = setup
        self.carrier = Carrier(
            self.clock,
            setup.nickname,
            FarSelfTest(tell=self._from_ourselves),
            self._accept,
            lambda: None,
        )
        self.adopt(self.carrier)
        schedule = TickSchedule(chance, now, first=setup.first)
        self.places = Places(schedule, chance)
        own_id, admission = KadID.from_wire(setup.kad_id), Admission(now, chance)
        self.intake = Intake(
            own_id, self._own_key, admission, self.places, self.tracking, self._arrived
        )
        record = FarRecord()
        self.requests = FarRequests(self.clock, self.tell, record)
        self.sender = UniformSender(
            self.clock,
            schedule,
            self.places,
            chance,
            self.requests,
            self,
            self._batch,
            record,
            self.requests.upcoming,
        )
        reports = LoopingCall(self._report)
        reports.clock = self.clock
        reports.start(REPORT)

    def _own_key(self, source: Destination) -> int:
        return verify_key(self.setup.secret, source.dest_hash)

    def _commit(self, record: records.Answer | records.Request) -> None:
        destination = Destination(record.destination)
        arrived = record.arrived if isinstance(record, records.Answer) else None
        outgoing = Numbered(
            destination, record.datagram, record.label, None, arrived, record.number
        )
        if isinstance(record, records.Request):
            in_time = self.requests.take(record.tick, outgoing)
        else:
            place = Place(record.tick, record.seat)
            in_time = self.places.commit(place, outgoing, self.clock.seconds())
        if not in_time:
            self.tell(records.Late(record.number))

    def _await(self, record: records.Await) -> None:
        expects = frozenset(record.opcodes)
        # What it asked is the node's business; here counts who may answer, with what.
        request = Request(
            Destination(record.destination), Ping(), Plain(), RequestKind.PING, expects
        )
        pending = self.tracking.sent(request, record.at)
        if pending is not None:
            self._pending[record.number] = pending

    # --- to the node -----------------------------------------------------------------------

    def _accept(self, source: Destination, datagram: bytes, arrived: float) -> None:
        if not self._running:
            return
        refused = self.intake.refused
        self.intake.accept(source, datagram, arrived)
        if self._watched and self.intake.refused > refused:
            self.tell(records.Refused(source.raw, len(datagram), arrived))

    def _arrived(self, arrival: Arrival) -> None:
        envelope = arrival.opened.envelope
        self.tell(
            records.Arrived(
                arrival.source.raw,
                arrival.opened.content,
                envelope.cover.value,
                envelope.receiver_key,
                envelope.sender_key,
                envelope.proven,
                envelope.packed,
                arrival.arrived,
                arrival.size,
                arrival.number,
                arrival.answers is not None,
                tuple((place.tick, place.seat) for place in arrival.places),
            )
        )

    def _batch(self, batch: samples.Batch) -> None:
        self.tell(records.Batch(*astuple(batch)))

    def _from_ourselves(self, payload: bytes) -> None:
        self.tell(records.FromOurselves(payload, self.clock.seconds()))

    def _write_tcp(self, data: bytes) -> None:
        self.tell(records.TcpWrite(data))

    def _report(self) -> None:
        record, admission = self.sender.record, self.intake.admission
        self.tell(
            records.Report(
                self.places.booked,
                self.places.refused,
                self.places.late + self.requests.late,
                self.places.waiting(),
                self.intake.received,
                self.intake.refused,
                admission.refused_peer,
                admission.refused_global,
                record.ticks,
                record.skipped,
                record.failed,
                self.carrier.heard_at,
                dict(self.carrier.counts),
            )
        )
