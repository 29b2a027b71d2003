"""One prober and one node on a virtual clock, with a way between them that takes its time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Protocol

from attrs import define, field

from tests.contract.probing import Sent, Stage
from tests.samples import destination
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.probing.pace import Pace
from twisted_mule.probing.populations import Decided, Population, Verdict
from twisted_mule.probing.prober import Outgoing, Phase, Prober
from twisted_mule.probing.questions import Asker
from twisted_mule.probing.report import Report, report
from twisted_mule.simulation.clock import HeapClock

ASKER = Asker(KadID(0xA5CE << 112 | 7), destination(777), 0x5EC12E7)
#: No run lasts longer than this.
LONGEST = 3600.0

Post = Callable[[Destination, bytes], None]


class Resident(Protocol):
    """Whoever is probed."""

    destination: Destination
    clock: HeapClock
    post: Post

    def hear(self, source: Destination, datagram: bytes) -> None:
        """A datagram came."""


@define(eq=False)
class Production:
    """The production node, as a resident."""

    stage: Stage
    destination: Destination
    post: Post = field(init=False)
    clock: HeapClock = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.clock = self.stage.clock

    def hear(self, source: Destination, datagram: bytes) -> None:
        """To the node; what it sends to the same destination is posted."""
        if source not in self.stage.wire.crowd:
            self.stage.wire.crowd[source] = self  # type: ignore[assignment]
        self.stage.node.received(source, datagram, self.clock.seconds())

    def received(self, sent: Sent) -> None:
        """The node sent something to the prober."""
        self.post(sent.to, sent.datagram)


@define(eq=False)
class Street:
    """
    The way between them.

    :ivar delay: one way, in seconds; :ivar scatter: what it varies by; :ivar loss: what gets lost.
    :ivar asked: every datagram of the prober to the node, with its time; :ivar arrived: those that
        came there.
    """

    resident: Resident
    pace: Pace = field(factory=partial(Pace, listen=600.0))
    delay: float = 1.0
    scatter: float = 0.02
    loss: float = 0.0
    seed: int = 1
    asked: list[tuple[float, bytes]] = field(factory=list)
    arrived: list[tuple[float, bytes]] = field(factory=list)
    prober: Prober = field(init=False)
    _random: Random = field(init=False)
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = Random(self.seed)
        self.resident.post = self._towards_us
        self.prober = Prober(ASKER, self.resident.destination, Random(self.seed + 1), self.pace)
        self._began = self.resident.clock.seconds()

    def run(self, most: float = LONGEST) -> Report:
        """A whole run, or as much of it as fits into so many seconds."""
        clock = self.resident.clock
        while self.prober.phase is not Phase.OVER and clock.seconds() < self._began + most:
            self._leave(self.prober.due(clock.seconds()))
            clock.run(1.0)
        return report(self.prober, clock.seconds() - self._began)

    def _leave(self, outgoing: list[Outgoing]) -> None:
        for one in outgoing:
            if one.to == ASKER.destination:
                self._later(partial(self._hear, ASKER.destination, one.datagram))
                continue
            self.asked.append((self.resident.clock.seconds(), one.datagram))
            self._later(partial(self._arrive, one.datagram))

    def _arrive(self, datagram: bytes) -> None:
        self.arrived.append((self.resident.clock.seconds(), datagram))
        self.resident.hear(ASKER.destination, datagram)

    def _towards_us(self, to: Destination, datagram: bytes) -> None:
        if to == ASKER.destination:
            self._later(partial(self._hear, self.resident.destination, datagram))

    def _hear(self, source: Destination, datagram: bytes) -> None:
        self._leave(self.prober.hear(source, datagram, self.resident.clock.seconds()))

    def _later(self, what: Callable[[], None]) -> None:
        if self._random.random() >= self.loss:
            delay = self.delay + self._random.uniform(0.0, self.scatter)
            self.resident.clock.callLater(delay, what)


def verdict(told: Report, row: str) -> Verdict:
    """The verdict of one row."""
    (found,) = [one.verdict for one in told.findings if one.row.name == row]
    return found


def fits(told: Report, row: str) -> frozenset[Population] | None:
    """Whom a row fits, ``None`` when it is not decided."""
    found = verdict(told, row)
    return found.fits if isinstance(found, Decided) else None
