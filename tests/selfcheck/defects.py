"""Defects for the self-check to find, one by one."""

from __future__ import annotations

from attrs import evolve

from twisted_mule import contract
from twisted_mule.places import Places
from twisted_mule.selfcheck.samples import Batch, Left
from twisted_mule.ticks import TickSchedule


class SlowSchedule(TickSchedule):
    """Every interval is 50 ms too long."""

    def _extend(self) -> None:
        super()._extend()
        self._times[-1] += 0.05


class HastyPlaces(Places):
    """The law of the delay leans towards the early ticks, within its bounds."""

    def _weight(self, moment: float, earliest: float) -> float:
        x = (moment - earliest) / contract.DELAY_JITTER
        return super()._weight(moment, earliest) * (1.2 - x)


def sorted_batch(batch: Batch) -> Batch:
    """What was booked first leaves first."""
    seats = sorted(left.seat for left in batch.left)
    return evolve(
        batch, left=tuple(evolve(e, seat=s) for e, s in zip(batch.left, seats, strict=True))
    )


def quick(left: Left) -> Left:
    """A pong that is sent at once."""
    if left.arrived is None or left.seat:
        return left
    return evolve(left, due=left.arrived + 0.02, at=left.arrived + 0.021)


def back_to_back(batch: Batch) -> Batch:
    """All of a tick leaves in one go."""
    when = batch.released
    return evolve(batch, left=tuple(evolve(left, due=when, at=when) for left in batch.left))


def doubled(batch: Batch) -> Batch:
    """Two requests in a tick."""
    return evolve(
        batch,
        left=(*batch.left, *(evolve(e, at=e.at + 0.01) for e in batch.left if e.arrived is None)),
    )
