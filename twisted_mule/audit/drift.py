"""Whether the pace moves within a trace: Page and Hinkley's sums, and a window that adapts."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf, log, sqrt
from typing import Final

import numpy as np
from attrs import define, evolve, field

from twisted_mule.audit import reference
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.findings import LEVEL, Finding, judged
from twisted_mule.audit.statistics import Question
from twisted_mule.selfcheck.drift import ALARM, DELTA, run_length
from twisted_mule.selfcheck.laws import INTERVAL_MEAN

#: Numbers between two looks, as the window's authors and river have it.
CLOCK: Final = 32
#: A side of a cut has at least so many numbers.
_SIDE: Final = 32
#: Cuts are looked for at this many places of the window, and it holds so many numbers.
_CUTS: Final = 64
_LONGEST: Final = 16_384
#: A pace that is off by so many seconds must have had the time to show before anything passes.
SHIFT: Final = 0.1
#: A sum so high has no chance that a number could hold.
_CERTAIN: Final = 1000.0


@define
class AdaptiveWindow:
    """
    ADWIN (Bifet and Gavaldà, 2007): a window that drops its older part once it differs.

    Two parts differ if their means are further apart than chance lets them be at ``delta``, which
    is shared out over the cuts.

    :ivar delta: the chance of a false alarm of one look.
    :ivar changes: at which numbers the older part was dropped.
    """

    delta: float = 0.002
    changes: list[int] = field(factory=list, init=False)
    _kept: list[float] = field(factory=list, init=False)
    _seen: int = field(default=0, init=False)

    def add(self, value: float) -> None:
        """One more number."""
        self._seen += 1
        self._kept.append(value)
        if len(self._kept) > _LONGEST:
            del self._kept[: _LONGEST // 2]
        if self._seen % CLOCK == 0 and len(self._kept) >= 2 * _SIDE:
            cut = self._cut()
            if cut:
                del self._kept[:cut]
                self.changes.append(self._seen)

    def _cut(self) -> int:
        """Where the window parts most clearly; 0 if it does nowhere."""
        values = np.array(self._kept)
        count = len(values)
        cuts = np.unique(np.linspace(_SIDE, count - _SIDE, _CUTS).astype(np.int64))
        sums = np.cumsum(values)
        older = sums[cuts - 1] / cuts
        newer = (sums[-1] - sums[cuts - 1]) / (count - cuts)
        harmonic = 1.0 / (1.0 / cuts + 1.0 / (count - cuts))
        over = abs(older - newer) - _reach(float(values.var()), harmonic, count, self.delta)
        at = int(over.argmax())
        return int(cuts[at]) if over[at] > 0.0 else 0


def against_mean(runs: Sequence[Floats]) -> Finding:
    """
    Page and Hinkley's sums of the intervals against the declared mean, in seconds.

    Its chance is how often a healthy node would get as far within as many intervals.  The sums of
    the self-check end soon above the alarm; these do not, for the more ticks, the higher a healthy
    node gets.
    """
    asked = Question("drift of the pace, against its mean", "ALL", ALARM)
    statistic = "Page-Hinkley sum"
    needed = ceil(ALARM / (SHIFT - DELTA))
    worst, n = max(map(_highest, runs), default=0.0), sum(map(len, runs))
    if not n:
        return asked.nothing(statistic, needed)
    deviation = sqrt(float(reference.intervals().var()))
    length = run_length(min(worst, _CERTAIN), deviation)
    chance = min(n / length, 1.0) if worst > 1.0 else 1.0
    found = asked.found(statistic, worst, (worst, worst), n, chance, needed=needed)
    return _if_long(found, runs)


def _highest(intervals: Floats) -> float:
    """The larger of both sums at its highest."""
    highest = 0.0
    for off in (intervals - INTERVAL_MEAN, INTERVAL_MEAN - intervals):
        total = np.concatenate([[0.0], np.cumsum(off - DELTA)])
        highest = max(highest, float((total - np.minimum.accumulate(total)).max()))
    return highest


def _if_long(found: Finding, runs: Sequence[Floats]) -> Finding:
    """It passes only where ``SHIFT`` would have shown, in one stretch of ticks."""
    longest = max(map(len, runs))
    if longest >= found.needed:
        return found
    note = found.note or f"wants {found.needed:,} ticks in a row, has {longest:,}"
    interval = found.interval[0], inf
    return evolve(
        found, interval=interval, verdict=judged(inf, found.limit, found.chance), note=note
    )


def within(runs: Sequence[Floats], delta: float = LEVEL) -> Finding:
    """How often an adaptive window finds that the pace has changed; never, on a healthy node."""
    asked = Question("change of the pace", "ALL", 0.0)
    statistic = "cuts of an adaptive window (ADWIN)"
    changes = list[str]()
    for number, intervals in enumerate(runs):
        window = AdaptiveWindow(delta)
        for one in intervals:
            window.add(float(one))
        changes += [f"trace {number + 1} after {at} ticks" for at in window.changes]
    needed = _halves_apart(delta)
    if not any(map(len, runs)):
        return asked.nothing(statistic, needed)
    n, cuts, note = sum(map(len, runs)), float(len(changes)), "; ".join(changes[:3])
    chance = delta if changes else 1.0
    found = asked.found(statistic, cuts, (cuts, cuts), n, chance, needed=needed, note=note)
    return _if_long(found, runs)


def _halves_apart(delta: float) -> int:
    """Ticks of which the first half and the second are told apart when ``SHIFT`` is between."""
    variance, count = float(reference.intervals().var()), 2 * _SIDE
    while _reach(variance, count / 4.0, count, delta) > SHIFT:
        count += CLOCK
    return count


def _reach(variance: float, harmonic: Floats | float, count: int, delta: float) -> Floats:
    """How far apart two parts of a window may be by chance."""
    evidence = log(2.0 * log(count) / delta)
    return np.asarray(
        np.sqrt(2.0 / harmonic * variance * evidence) + 2.0 / (3.0 * harmonic) * evidence
    )
