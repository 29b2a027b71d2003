"""Clause 4 measured: whether what cannot be read takes a place like anything else."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from twisted_mule.selfcheck import levels
from twisted_mule.selfcheck.delays import PlaceLaw
from twisted_mule.selfcheck.samples import Batch
from twisted_mule.selfcheck.windows import Tally
from twisted_mule.status import CheckStatus, Unit

#: Places of null entries over which their law is tested.
PLACES: Final = 4096
#: Golden section: its multiples spread evenly, more so than chance does, and need no chance.
_GOLDEN: Final = 0.6180339887498949


@define
class Failures:
    """What the node says of datagrams that it could not read, or handled wrongly."""

    law: PlaceLaw = field(factory=lambda: PlaceLaw(PLACES), init=False)
    placeless: Tally = field(factory=Tally, init=False)
    received: Tally = field(factory=Tally, init=False)
    _spread: float = field(default=0.0, init=False)

    def heard(self, now: float, *, defect: bool) -> None:
        """A datagram was handled, or a defect of ours ended that."""
        self.received.note(now, wrong=defect)

    def null_entry(self, arrived: float, ticks: tuple[int, ...]) -> None:
        """A datagram that cannot be read has places in these ticks, which stay empty."""
        self.placeless.note(arrived, wrong=not ticks)
        for tick in ticks:
            self._spread = (self._spread + _GOLDEN) % 1.0
            self.law.add(tick, arrived, self._spread)

    def batch(self, batch: Batch) -> None:
        """A tick is over."""
        self.law.tick(batch.tick, batch.scheduled, batch.booked, skipped=batch.skipped)

    def checks(self, now: float) -> tuple[CheckStatus, ...]:
        """The findings."""
        window = self.law.window
        figure, limit = window.distance(), levels.distance_limit(window.n)
        without, defects = self.placeless.value(now), self.received.value(now)
        return (
            CheckStatus(
                "null_entries_without_place",
                "unreadable datagrams let in without a place",
                levels.judged(without, 0.0, self.placeless.n),
                without,
                0.0,
                self.placeless.n,
                Unit.COUNT,
            ),
            CheckStatus(
                "null_entry_law",
                "places of unreadable datagrams, distance from the law of all",
                levels.judged(figure, limit, window.n, levels.ENOUGH_FOR_LAW),
                figure,
                limit,
                window.n,
            ),
            CheckStatus(
                "defects",
                "defects of our own, survived",
                levels.judged(defects, 0.0, self.received.n, levels.ENOUGH_RECEIVED),
                defects,
                0.0,
                self.received.n,
                Unit.COUNT,
            ),
        )
