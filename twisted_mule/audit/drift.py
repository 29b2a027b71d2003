"""Whether the pace moves within a trace: Page and Hinkley's sums, and a window that adapts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log, sqrt
from typing import Final

import numpy as np
from attrs import define, field

from twisted_mule.audit import reference
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.findings import LEVEL, Finding
from twisted_mule.audit.statistics import Question
from twisted_mule.selfcheck.drift import ALARM, PageHinkley, run_length
from twisted_mule.selfcheck.laws import INTERVAL_MEAN

#: Numbers between two looks, as the window's authors and river have it.
CLOCK: Final = 32
#: A side of a cut has at least so many numbers.
_SIDE: Final = 32
#: Cuts are looked for at this many places of the window, and it holds so many numbers.
_CUTS: Final = 64
_LONGEST: Final = 16_384


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
        evidence = log(2.0 * log(count) / self.delta)
        variance = float(values.var())
        reach = np.sqrt(2.0 / harmonic * variance * evidence) + 2.0 / (3.0 * harmonic) * evidence
        over = abs(older - newer) - reach
        at = int(over.argmax())
        return int(cuts[at]) if over[at] > 0.0 else 0


def against_mean(runs: Sequence[Floats]) -> Finding:
    """
    Page and Hinkley's sums of the intervals against the declared mean, in seconds.

    Its chance is how often a healthy node would get as far within as many intervals.
    """
    asked = Question("drift of the pace, against its mean", "ALL", ALARM)
    statistic = "Page-Hinkley sum"
    worst, n = 0.0, sum(map(len, runs))
    for intervals in runs:
        sums = PageHinkley(INTERVAL_MEAN)
        for one in intervals:
            sums.add(float(one))
            worst = max(worst, sums.value)
    if not n:
        return asked.nothing(statistic)
    deviation = sqrt(float(reference.intervals().var()))
    chance = min(n / run_length(worst, deviation), 1.0) if worst > 1.0 else 1.0
    return asked.found(statistic, worst, (worst, worst), n, chance)


def within(runs: Iterable[Floats], delta: float = LEVEL) -> Finding:
    """How often an adaptive window finds that the pace has changed; never, on a healthy node."""
    asked = Question("change of the pace", "ALL", 0.0)
    statistic = "cuts of an adaptive window (ADWIN)"
    changes, n = list[str](), 0
    for number, intervals in enumerate(runs):
        window = AdaptiveWindow(delta)
        for one in intervals:
            window.add(float(one))
        n += len(intervals)
        changes += [f"trace {number + 1} after {at} ticks" for at in window.changes]
    if not n:
        return asked.nothing(statistic)
    found, note = float(len(changes)), "; ".join(changes[:3])
    return asked.found(statistic, found, (found, found), n, delta if changes else 1.0, note=note)
