"""A sender at work: its requests, its sink, and a clock that only the test moves."""

from __future__ import annotations

from attrs import define, field
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination
from twisted_mule.outbound import UniformSender
from twisted_mule.places import Outgoing, Places
from twisted_mule.selfcheck.samples import Batch
from twisted_mule.ticks import TickSchedule

STEP = 0.01


@define
class Requests:
    """Fills every request place, or none."""

    willing: bool = False
    broken: bool = False
    busy: Clock | None = None
    asked: list[int] = field(factory=list)
    gone: list[Outgoing] = field(factory=list)

    def request_for(self, tick: int, now: float) -> Outgoing | None:
        """Remember who asked."""
        self.asked.append(tick)
        if self.busy is not None:
            self.busy.rightNow += 0.08  # the reactor is held up for so long
        if self.broken:
            raise RuntimeError("a defect in the core")
        return Outgoing(destination(9), b"request", "ping") if self.willing else None

    def departed(self, outgoing: Outgoing, now: float) -> None:
        """Remember what left."""
        self.gone.append(outgoing)


@define
class RecordingSink:
    """Remembers what was sent, and when."""

    clock: Clock
    broken: bool = False
    sent: list[tuple[float, bytes]] = field(factory=list)

    def send(self, destination: Destination, datagram: bytes) -> None:
        """Remember ``datagram``, or fail when told to be broken."""
        if self.broken:
            raise OSError("no route")
        self.sent.append((self.clock.seconds(), datagram))


class SenderCase(SynchronousTestCase):
    """A sender at work, and a clock that only the test moves."""

    def setUp(self) -> None:
        """Start it."""
        self.clock = Clock()
        self.chance = Chance(b"boot")
        self.schedule = TickSchedule(self.chance, 0.0)
        self.reference = TickSchedule(self.chance, 0.0)
        self.places = Places(self.schedule, self.chance)
        self.sink = RecordingSink(self.clock)
        self.requests = Requests()
        self.told: list[Batch] = []
        self.sender = UniformSender(
            self.clock,
            self.schedule,
            self.places,
            self.chance,
            self.requests,
            self.sink,
            self.told.append,
        )
        self.sender.start()
        self.addCleanup(self.stop)

    def stop(self) -> None:
        """Leave no timer behind."""
        if self.sender.running:
            self.successResultOf(self.sender.stop())

    def run_for(self, seconds: float) -> None:
        """Let time pass in small steps."""
        self.clock.pump([STEP] * round(seconds / STEP))

    def answer(self, number: int, text: bytes) -> float:
        """Book and commit at once; the time of the tick that was booked."""
        now = self.clock.seconds()
        (place,) = self.places.book(now, b"peer", number)
        self.assertTrue(self.places.commit(place, Outgoing(destination(1), text, "pong"), now))
        return self.reference.time_of(place.tick)
