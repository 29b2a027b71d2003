"""What stands in the node's process for the places, the intake and the sender of the other one."""

from __future__ import annotations

from typing import Protocol

from attrs import define, field
from twisted.internet.defer import Deferred, succeed

from twisted_mule.exit import records
from twisted_mule.outbound import Departed
from twisted_mule.places import Outgoing, Place


class Way(Protocol):
    """The way to the exit process."""

    def tell(self, record: records.ToExit) -> None:
        """Hand a record over."""

    def number(self, outgoing: Outgoing) -> int:
        """A number by which ``outgoing`` is known there."""

    def begin(self) -> None:
        """Have it let in and tick."""


@define(eq=False)
class FarPlaces:
    """The places, booked there; the counts are as of the latest report."""

    way: Way
    booked: int = 0
    refused: int = 0
    late: int = 0
    ahead: int = 0

    def commit(self, place: Place, outgoing: Outgoing, _now: float) -> bool:
        """Have ``place`` take its datagram; whether it came in time is told later."""
        number = self.way.number(outgoing)
        self.way.tell(
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

    way: Way
    record: Departed = field(factory=Departed)
    running: bool = False

    def start(self) -> None:
        """Tick."""
        self.running = True
        self.way.begin()

    def stop(self) -> Deferred[object]:
        """Do not any more."""
        self.running = False
        self.way.tell(records.Halt())
        return succeed(None)
