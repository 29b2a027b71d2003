"""Clause 1 measured: delays and ticks against their laws, and departures against the schedule."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.selfcheck import drift, levels
from twisted_mule.selfcheck.correlation import Memory
from twisted_mule.selfcheck.delays import PlaceLaw
from twisted_mule.selfcheck.laws import INTERVAL_MEAN, interval_cdf, offset_cdf
from twisted_mule.selfcheck.samples import Batch, Left
from twisted_mule.selfcheck.windows import Sliding, Tally
from twisted_mule.status import CheckStatus, Unit

#: Answers, and ticks, over which the laws are tested; of lateness, departures.
DELAYS: Final = 8192
TICKS: Final = 8192
DEPARTURES: Final = 2048
#: The lateness that is told apart: 256 classes of 2 ms.
_LATEST: Final = 0.512
#: What the median, and 99 of 100, may be behind the schedule.
LATE: Final = {0.5: levels.LATE_MEDIAN, 0.99: levels.LATE_P99}
#: A longer step is no interval: the schedule was joined anew after the machine had slept.
_ASLEEP: Final = 60.0


@define
class Timing:
    """What the sender's batches say of clause 1."""

    delays: PlaceLaw = field(factory=lambda: PlaceLaw(DELAYS), init=False)
    intervals: Sliding = field(factory=lambda: Sliding(TICKS), init=False)
    memory: Memory = field(factory=lambda: Memory(TICKS), init=False)
    drift: drift.PageHinkley = field(factory=lambda: drift.PageHinkley(INTERVAL_MEAN), init=False)
    lateness: Sliding = field(factory=lambda: Sliding(DEPARTURES), init=False)
    bounds: Tally = field(factory=Tally, init=False)
    steps: Tally = field(factory=Tally, init=False)
    _last: Batch | None = field(default=None, init=False)

    def batch(self, batch: Batch) -> None:
        """A tick is over."""
        self._interval(batch)
        for left in batch.left:
            self._departure(left, batch)
        self.delays.tick(batch.tick, batch.scheduled, batch.booked, skipped=batch.skipped)

    def _interval(self, batch: Batch) -> None:
        last, self._last = self._last, None if batch.skipped else batch
        if last is None or batch.skipped or batch.tick != last.tick + 1:
            return
        planned = batch.scheduled - last.scheduled
        if planned > _ASLEEP:
            return
        beyond = abs(planned - INTERVAL_MEAN) - contract.TICK_SPREAD / 2.0
        self.steps.note(batch.released, wrong=beyond > levels.ROUNDING)
        seen = batch.released - last.released
        self.intervals.add(interval_cdf(seen))
        self.memory.add(seen)
        self.drift.add(seen)

    def _departure(self, left: Left, batch: Batch) -> None:
        late, offset = left.at - left.due, left.due - batch.scheduled
        self.lateness.add(late / _LATEST)
        wrong = (
            late < -levels.TIMER
            or late > contract.TICK_LATE + contract.BATCH_SPAN
            or not 0.0 <= offset <= contract.BATCH_SPAN + levels.ROUNDING
        )
        if left.arrived is not None:
            wrong = wrong or left.at - left.arrived < contract.DELAY_LEAST - levels.TIMER
            self.delays.add(batch.tick, left.arrived, offset_cdf(offset))
        self.bounds.note(left.at, wrong=wrong)

    def checks(self, now: float) -> tuple[CheckStatus, ...]:
        """The findings."""
        return (*self._laws(), *self._limits(now))

    def _laws(self) -> tuple[CheckStatus, ...]:
        enough, delays, ticks = levels.ENOUGH_FOR_LAW, self.delays.window, self.intervals
        return (
            _law("delay_law", "delay of answers, distance from its law", delays),
            _law("tick_law", "intervals of ticks, distance from their law", ticks),
            CheckStatus(
                "tick_memory",
                "intervals of ticks, correlation with the ten before",
                levels.judged(self.memory.worst(), self.memory.limit(), self.memory.n, enough),
                self.memory.worst(),
                self.memory.limit(),
                self.memory.n,
            ),
            CheckStatus(
                "tick_drift",
                f"intervals of ticks, drift (a hint from {drift.HINT:g})",
                levels.judged(self.drift.value, drift.ALARM, self.drift.n, enough),
                self.drift.value,
                drift.ALARM,
                self.drift.n,
                Unit.SECONDS,
            ),
        )

    def _limits(self, now: float) -> tuple[CheckStatus, ...]:
        late = self.lateness
        outside = self.delays.outside.value(now) + self.bounds.value(now)
        beyond = self.steps.value(now)
        return (
            CheckStatus(
                "delay_bounds",
                "datagrams outside the bounds",
                levels.judged(outside, 0.0, self.bounds.n),
                outside,
                0.0,
                self.bounds.n,
                Unit.COUNT,
            ),
            CheckStatus(
                "tick_bounds",
                "ticks outside the bounds",
                levels.judged(beyond, 0.0, self.steps.n),
                beyond,
                0.0,
                self.steps.n,
                Unit.COUNT,
            ),
            _late("lateness_median", "departure behind schedule, median", late, 0.5),
            _late("lateness_p99", "departure behind schedule, 99 of 100", late, 0.99),
        )


def _law(name: str, label: str, window: Sliding) -> CheckStatus:
    figure, limit = window.distance(), levels.distance_limit(window.n)
    finding = levels.judged(figure, limit, window.n, levels.ENOUGH_FOR_LAW)
    return CheckStatus(name, label, finding, figure, limit, window.n)


def _late(name: str, label: str, window: Sliding, share: float) -> CheckStatus:
    figure, limit = window.quantile(share) * _LATEST, LATE[share]
    finding = levels.judged(figure, limit, window.n if window.n >= levels.ENOUGH else 0)
    return CheckStatus(name, label, finding, figure, limit, window.n, Unit.SECONDS)
