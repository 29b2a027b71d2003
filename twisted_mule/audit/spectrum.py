"""Whether moments recur with a period: a clock, a grid or a heartbeat behind the ticks."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from typing import Final

import numpy as np
from scipy.fft import prev_fast_len

from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.findings import Finding
from twisted_mule.audit.statistics import Question
from twisted_mule.audit.views import Trace

#: The resolution in seconds; periods from twice this on are looked at ...
STEP: Final = 0.0005
#: ... up to so many seconds.
LONGEST: Final = 60.0
#: So much of a record is looked at, at the most: seconds.
SPAN: Final = STEP * 2**23
#: Frequencies whose median says how strong one of them should be ...
BESIDE: Final = 251
#: ... which it does to within so much of it, twice its deviation.
_ROUGH: Final = 2.0 / (BESIDE**0.5 * log(2.0))
#: The chance that any line of a spectrum without lines is called one.
FALSE_ALARM: Final = 1e-5


def lines(traces: Sequence[Trace]) -> Finding:
    """
    Rayleigh's periodogram of what leaves: the strongest line of any trace, 1.0 being the limit.

    The power at each frequency is held against the median of its neighbours, so that broad hills,
    as any bounded interval makes them, are no lines.
    """
    asked = Question("period in the times of leaving", "ALL", 1.0)
    statistic = "strongest line of the periodogram, of its limit"
    found = [strongest(_moments(trace)) for trace in traces]
    found = [one for one in found if one[2]]
    if not found:
        return asked.nothing(statistic, note=f"too short, or fewer than {BESIDE} datagrams")
    ratio, period, _ = max(found)
    total = sum(one[2] for one in found)
    limit = log(total / FALSE_ALARM) / log(2.0)  # the median of an exponential law is ln 2
    effect = ratio / limit
    chance = min(total * exp(-ratio * log(2.0)), 1.0)
    note = f"at a period of {period:.6g} s" if effect > 1.0 else ""
    n = sum(len(_moments(trace)) for trace in traces)
    return asked.found(statistic, effect, (effect, effect), n, chance, note=note)


def _moments(trace: Trace) -> Floats:
    """One datagram a tick where ticks are known: a batch is no period."""
    chosen = trace.request if trace.request.any() else trace.out
    return trace.t[chosen]


def strongest(moments: Floats) -> tuple[float, float, int]:
    """The strongest line as a multiple of its surroundings, its period, and how many there are."""
    if len(moments) < BESIDE:
        return 0.0, 0.0, 0
    seconds = min(float(moments[-1] - moments[0]), SPAN)
    if seconds < 2.0 * STEP:
        return 0.0, 0.0, 0
    size = prev_fast_len(int(seconds / STEP), real=True)
    places = ((moments - moments[0]) / STEP).astype(np.int64)
    counts = np.bincount(places[places < size], minlength=size).astype(np.float64)
    powers: Floats = np.asarray(abs(np.fft.rfft(counts - counts.mean())) ** 2, dtype=np.float64)
    first = max(round(seconds / LONGEST), 1)
    powers = powers[first:]
    if len(powers) < BESIDE:
        return 0.0, 0.0, 0
    ratios = powers * (1.0 - _ROUGH) / np.maximum(_usual(powers), 1e-12)
    at = int(ratios.argmax())
    return float(ratios[at]), size * STEP / (first + at), len(ratios)


def _usual(powers: Floats) -> Floats:
    """The median of the neighbourhood, from one to the next without a step."""
    whole = len(powers) // BESIDE * BESIDE
    medians = np.median(powers[:whole].reshape(-1, BESIDE), axis=1)
    centres = np.arange(len(medians)) * BESIDE + BESIDE // 2
    return np.interp(np.arange(len(powers)), centres, medians)
