"""Clause 1 in a trace: delays and ticks against their laws, and against the past."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import ceil, exp, sqrt
from typing import Final

import numpy as np

from twisted_mule.audit import drift, reference, spectrum
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.findings import PASS_LEVEL, Finding, normal_bound, two_sided
from twisted_mule.audit.matching import answers, family
from twisted_mule.audit.samples import distance
from twisted_mule.audit.statistics import Question, law
from twisted_mule.audit.views import NONE, Trace, number_of, start_of

#: Limits of distances from a law, of correlations, of the distance of two types.
LAW: Final = 0.02
MEMORY: Final = 0.035
TYPES: Final = 0.05
LAGS: Final = 10
#: Answers from which a type is compared with others.
ENOUGH: Final = 200


def findings(traces: Sequence[Trace]) -> tuple[Finding, ...]:
    """All that clause 1 has of statistics."""
    runs = [run for trace in traces for run in intervals(trace)]
    every = np.concatenate(runs) if runs else np.array([])
    return (
        delay_law(traces),
        of_types(traces),
        law(Question("intervals of ticks", "ALL", LAW), every, reference.intervals()),
        memory(runs),
        spectrum.lines(traces),
        drift.against_mean(runs),
        drift.within(runs),
    )


def delays(trace: Trace) -> Floats:
    """Of answers that are whole; parts of one answer share their ticks."""
    known = answers(trace)
    return np.asarray(known.delay[known.alone == 1])


def delay_law(traces: Sequence[Trace]) -> Finding:
    """The delay of answers against the declared law."""
    seen = np.concatenate([delays(trace) for trace in traces]) if traces else np.array([])
    return law(Question("delay of answers", "PEER", LAW), seen, reference.delays())


def intervals(trace: Trace) -> list[Floats]:
    """From the request of a tick to that of the next, in stretches without a gap."""
    chosen = trace.request & (trace.tick != NONE)
    ticks, first = np.unique(trace.tick[chosen], return_index=True)
    moments = trace.t[chosen][first]
    breaks = np.flatnonzero(
        (np.diff(ticks) != 1) | (start_of(ticks[1:]) != start_of(ticks[:-1]))
        if len(ticks) > 1
        else np.array([], dtype=bool)
    )
    return [np.diff(part) for part in np.split(moments, breaks + 1) if len(part) > 1]


def memory(runs: Sequence[Floats]) -> Finding:
    """Correlation of an interval with each of the ten before it, less what one moment explains."""
    asked = Question("memory of the pace", "ALL", MEMORY)
    statistic = f"largest autocorrelation of {LAGS} lags"
    n = sum(max(len(run) - LAGS, 0) for run in runs)
    if n <= 0:
        return asked.nothing(statistic)
    mean, variance = float(reference.intervals().mean()), float(reference.intervals().var())
    worst, where = 0.0, 1
    for lag in range(1, LAGS + 1):
        products = [(run[lag:] - mean) * (run[:-lag] - mean) for run in runs if len(run) > LAGS]
        seen = float(np.concatenate(products).mean()) / variance
        off = seen - (reference.neighbour_correlation() if lag == 1 else 0.0)
        if abs(off) > abs(worst):
            worst, where = off, lag
    error = 1.0 / sqrt(n)
    reach = normal_bound(PASS_LEVEL) * error
    chance = min(two_sided(worst / error) * LAGS, 1.0)
    needed = ceil(((normal_bound(PASS_LEVEL) + normal_bound(0.05 / LAGS)) / MEMORY) ** 2)
    bounds = max(abs(worst) - reach, 0.0), abs(worst) + reach
    return asked.found(statistic, worst, bounds, n, chance, needed=needed, note=f"at lag {where}")


def of_types(traces: Sequence[Trace]) -> Finding:
    """Any two types of answer have one law of delay: the pair that is farthest apart."""
    asked = Question("delay of one type and another", "PEER", TYPES)
    statistic = "largest KS distance of two types"
    by_type: dict[str, list[Floats]] = {}
    for trace in traces:
        known = answers(trace)
        for code, kind in enumerate(trace.kinds):
            chosen = (known.kind == code) & (known.alone == 1)
            by_type.setdefault(family(kind), []).append(known.delay[chosen])
    samples = {kind: np.concatenate(parts) for kind, parts in by_type.items()}
    samples = {kind: one for kind, one in samples.items() if len(one) >= ENOUGH}
    pairs = list(combinations(sorted(samples), 2))
    if not pairs:
        return asked.nothing(statistic, note=f"fewer than two types with {ENOUGH} answers")
    found = []
    for one, other in pairs:
        apart, _ = distance(samples[one].tolist(), samples[other].tolist())
        scale = sqrt(1.0 / len(samples[one]) + 1.0 / len(samples[other]))
        found.append((2.0 * exp(-2.0 * (apart / scale) ** 2), apart, scale, one, other))
    _, apart, _, one, other = max(found, key=lambda each: each[1])
    reach = normal_bound(PASS_LEVEL) * max(each[2] for each in found) / 2.0
    n = min(len(samples[one]), len(samples[other]))
    rarest = min(found)  # not always the same pair: of few answers a large distance is common
    note = f"{one} and {other}; least chance: {rarest[3]} and {rarest[4]}"
    interval, chance = (max(apart - reach, 0.0), apart + reach), min(rarest[0] * len(pairs), 1.0)
    return asked.found(statistic, apart, interval, n, chance, note=note)


def starts_within(trace: Trace, ticks: int) -> int:
    """Requests in the first ticks of any start of the node."""
    early = trace.request & (trace.tick != NONE) & (number_of(trace.tick) < ticks)
    return int(early.sum())
