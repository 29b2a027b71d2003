"""A node that is nothing but its clause of timing: real places and ticks, simulated peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from attrs import define, evolve, field

from tests.samples import destination
from twisted_mule import contract
from twisted_mule.admission import Admission
from twisted_mule.clauses import fingerprint
from twisted_mule.kad.chance import Chance
from twisted_mule.outbound import REQUEST_SEAT
from twisted_mule.places import Outgoing, Places, departures
from twisted_mule.selfcheck.check import SelfCheck
from twisted_mule.selfcheck.samples import Asked, Batch, LastHour, Left
from twisted_mule.status import CheckStatus, Finding
from twisted_mule.ticks import TickSchedule

PEERS = [destination(number) for number in range(40)]
#: The mix of design.md section 5 in one hour.
STEADY = LastHour(node=21, value=56, store=63, cover=100)

Change = Callable[[Batch], Batch]


def unchanged(batch: Batch) -> Batch:
    """A healthy node."""
    return batch


@define
class SimulatedNode:
    """
    Peers ask ``load`` times a second, one time in five in a burst of searches.

    :ivar change: what a defect makes of each batch before it is told.
    :ivar handling: seconds that pass between an arrival and the booking of its places, a defect.
    :ivar willing: the share of ticks that ask something.
    :ivar late: the mean lateness of a departure, in seconds.
    :ivar unreadable: the share of datagrams that cannot be read.
    :ivar schedule: the law of ticks; ``places`` is that of delays.
    """

    seed: int
    load: float = 1.0
    change: Change = unchanged
    handling: float = 0.0
    willing: float = 1.0
    late: float = 0.001
    hour: LastHour = STEADY
    unreadable: float = 0.0
    schedule: type[TickSchedule] = TickSchedule
    places: type[Places] = Places
    check: SelfCheck = field(init=False)
    said: list[tuple[int, str]] = field(factory=list, init=False)
    ticks: int = field(default=0, init=False)
    _random: Random = field(init=False)
    _places: Places = field(init=False)
    _schedule: TickSchedule = field(init=False)
    _chance: Chance = field(init=False)
    _admission: Admission = field(init=False)
    _next: float = field(default=0.0, init=False)
    _arrivals: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._random = Random(self.seed)
        self._chance = Chance(b"simulated %d" % self.seed)
        self._schedule = self.schedule(self._chance, 0.0)
        self._admission = Admission(0.0, self._chance)
        self._places = self.places(self._schedule, self._chance)
        self.check = SelfCheck(0.0, fingerprint())
        self.check.persistence.saved(0.0)

    def run(self, ticks: int, change: Change | None = None) -> None:
        """So many ticks pass."""
        if change is not None:
            self.change = change
        for _ in range(ticks):
            batch = self.change(self._batch(self.ticks))
            self.check.batch(batch)
            self.check.hour(self.hour, batch.released)
            self.check.persistence.saved(batch.released)
            for sentence in self.check.look(batch.released, fingerprint):
                self.said.append((self.ticks, sentence))
            self.ticks += 1

    def run_until_broken(self, clause: int, most: int, change: Change | None = None) -> int:
        """How many ticks pass until ``clause`` is found broken; ``most`` and one if it is not."""
        began = self.ticks
        while self.ticks - began <= most:
            self.run(1, change)
            if any(each.finding is Finding.BROKEN for each in self.check.checks.get(clause, ())):
                return self.ticks - began
        return most + 1

    def found(self) -> Iterator[CheckStatus]:
        """All findings of the last look."""
        for checks in self.check.checks.values():
            yield from checks

    def finding(self, name: str) -> CheckStatus:
        """One of them."""
        return next(check for check in self.found() if check.name == name)

    def broken(self) -> list[str]:
        """The names of what the last look found broken."""
        return [check.name for check in self.found() if check.finding is Finding.BROKEN]

    def _batch(self, tick: int) -> Batch:
        when = self._schedule.time_of(tick)
        while self._next < when:
            self._arrive(self._next)
            self._next += self._random.expovariate(self.load)
        asks = self._random.random() < self.willing
        self.check.asked(Asked(when, able=True, used=asks), online=True)
        booked = self._places.booked_in(tick)
        seats = self._places.take(tick)
        if asks and self.ticks > 10:
            peer = PEERS[tick % len(PEERS)]
            seats[REQUEST_SEAT] = Outgoing(peer, b"x" * 60, "find_node_request")
        offsets = departures(tick, self._chance)
        released = when + self._random.expovariate(1.0 / self.late)
        left: list[Left] = []
        for seat in sorted(seats, key=offsets.__getitem__):
            out, due = seats[seat], when + offsets[seat]
            at = max(due, released) + self._random.expovariate(1.0 / self.late)
            if left:
                at = max(at, left[-1].at + contract.BATCH_GAP)
            peer_name = out.destination.raw[:8]
            size = len(out.datagram)
            left.append(Left(seat, due, at, out.arrived, peer_name, out.label, size))
        return Batch(tick, when, released, booked, left=tuple(left))

    def _arrive(self, now: float) -> None:
        burst, searches = (4, 4) if self._random.random() < 0.2 / 4 else (1, 1)
        for _ in range(burst):
            self._arrivals += 1
            now += 1e-5  # no two datagrams have the same stamp
            peer = PEERS[self._random.randrange(len(PEERS))]
            self._admission.arrival(peer, now)
            if not self._admission.admit(peer, now):
                continue
            booked = now + self.handling
            places = self._places.book(booked, peer.raw, self._arrivals, searches)
            if places and self._random.random() < self.unreadable:
                self.check.failures.null_entry(now, tuple(place.tick for place in places))
                continue
            for place in places:
                answer = Outgoing(peer, b"x" * 300, "find_node_response", None, now)
                self._places.commit(place, answer, booked)


def with_left(change: Callable[[Left], Left]) -> Change:
    """A defect of single datagrams."""
    return lambda batch: evolve(batch, left=tuple(map(change, batch.left)))
