"""Two classes of traces, A and B: what each adversary sees of the difference between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import evolve, frozen

from twisted_mule.audit import linking, timing, twins
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.classifier import AUC, LONG, LONG_AUC, TURNS, Scores, grouped, told_apart
from twisted_mule.audit.energy import energy
from twisted_mule.audit.features import windows
from twisted_mule.audit.findings import Finding, settled
from twisted_mule.audit.matching import answers
from twisted_mule.audit.samples import DISTANCE, same_law
from twisted_mule.audit.statistics import (
    WELCH,
    Question,
    cropped,
    same_mean,
    same_mix,
    same_share,
)
from twisted_mule.audit.views import NONE, Kind, Trace, View, seen
from twisted_mule.selfcheck.caps import kind_of

#: Seconds at the begin of every trace that are not compared, and the windows of each view.
SKIP: Final = 120.0
WINDOW: Final = {Kind.ALL: 60.0, Kind.PEER: 300.0, Kind.COAL: 300.0, Kind.LINK: 60.0}
#: What means of delays may differ by, shares answered, the mix of types, datagrams a window.
MEAN: Final = 0.030
SHARE: Final = 0.01
MIX: Final = 0.05
VOLUME: Final = 0.05
ENERGY: Final = 0.01
#: The share of walking steps among those of lookups may differ by so much.
WALK: Final = 0.03
LOOKUPS: Final = ("find", "search", "publish")


@frozen
class Comparison:
    """
    How well A and B can be told apart.

    :ivar findings: what was found, settled together.
    :ivar null: the same classifiers on one half of A against the other: what nothing looks like.
    :ivar bits: what a window gives away, by view.
    """

    findings: tuple[Finding, ...]
    null: tuple[Finding, ...]
    bits: dict[str, float]


def compared(
    one: Sequence[Trace],
    other: Sequence[Trace],
    views: Sequence[View],
    window: float | None = None,
    skip: float = SKIP,
    *,
    as_twins: bool = False,
    turns: int = TURNS,
) -> Comparison:
    """
    Every comparison of the runs ``one`` (A) with the runs ``other`` (B), for each view.

    :param window: seconds of a window, by default those of the view.
    :param as_twins: whether run number i of A and of B are twins, and must be identical.
    :param turns: shuffles of each classifier.
    """
    findings, null, bits = list[Finding](), list[Finding](), dict[str, float]()
    for by in views:
        if by.kind is Kind.LINK:
            findings += [linking.linked(one, other, skip), linking.shared(one, other)]
            continue
        if as_twins:
            findings.append(twins.identical(one, other, by))
        length = window or WINDOW[by.kind]
        runs = [
            [windows(trace, by, length, skip).values for trace in side] for side in (one, other)
        ]
        found, scores = _classified(by, length, runs[0], runs[1], turns)
        findings.append(found if all(map(_any, runs)) else _too_short(found, length, skip))
        bits[by.name] = scores.bits
        null.append(_classified(by, length, *halves(runs[0]), turns)[0])
        findings += plain(by, _later(one, skip), _later(other, skip), length)
    return Comparison(settled(findings), tuple(null), bits)


def _classified(
    by: View, length: float, one: Sequence[Floats], other: Sequence[Floats], turns: int
) -> tuple[Finding, Scores]:
    limit = AUC if length < LONG else LONG_AUC
    return told_apart(Question("windows", by.name, limit), grouped(one, other), turns)


def _any(runs: Sequence[Floats]) -> bool:
    return any(len(run) > 0 for run in runs)


def _too_short(found: Finding, length: float, skip: float) -> Finding:
    return evolve(found, note=f"no trace of a class lasts {skip:g} s and a window of {length:g} s")


def halves(runs: Sequence[Floats]) -> tuple[list[Floats], list[Floats]]:
    """Every other run, or every other stretch of one that is alone."""
    if len(runs) > 1:
        return list(runs[::2]), list(runs[1::2])
    parts = [part for run in runs for part in np.array_split(run, 8)]
    return parts[::2], parts[1::2]


def _later(traces: Sequence[Trace], skip: float) -> list[Trace]:
    return [
        trace.between(float(trace.t[0]) + skip, float("inf")) for trace in traces if len(trace.t)
    ]


def plain(
    by: View, one: Sequence[Trace], other: Sequence[Trace], length: float = 60.0
) -> tuple[Finding, ...]:
    """Single quantities, compared by their size; no classifier."""
    views = [[seen(trace, by) for trace in side] for side in (one, other)]
    match by.kind:
        case Kind.ALL:
            return _of_all(by, views[0], views[1], length)
        case Kind.PEER:
            return _of_peer(by, views[0], views[1])
        case _:
            return _of_coalition(by, views[0], views[1])


def _of_all(
    by: View, one: Sequence[Trace], other: Sequence[Trace], length: float
) -> tuple[Finding, ...]:
    gaps = [np.concatenate([np.diff(trace.t) for trace in side]) for side in (one, other)]
    counts = [np.concatenate([_volume(trace, length) for trace in side]) for side in (one, other)]
    every = np.concatenate(counts)
    middle = float(every.sum()) / len(every) if every.any() else 1.0
    return (
        same_law(
            gaps[0].tolist(), gaps[1].tolist(), channel="gaps between datagrams", adversary=by.name,
            limit=DISTANCE,
        ),
        same_mean(
            Question("datagrams a window, of their mean", by.name, VOLUME),
            counts[0] / middle,
            counts[1] / middle,
        ),
    )  # fmt: skip


def _volume(trace: Trace, length: float) -> Floats:
    if not len(trace.t):
        return np.array([])
    whole = int(trace.seconds // length)
    edges = trace.t[0] + length * np.arange(whole + 1)
    return np.asarray(np.diff(np.searchsorted(trace.t, edges)), dtype=np.float64)


def _of_peer(by: View, one: Sequence[Trace], other: Sequence[Trace]) -> tuple[Finding, ...]:
    delays = [np.concatenate([timing.delays(trace) for trace in side]) for side in (one, other)]
    shares = [_answered(side) for side in (one, other)]
    return (
        same_law(
            delays[0].tolist(), delays[1].tolist(), channel="delay of answers", adversary=by.name
        ),
        energy(Question("delay of answers", by.name, ENERGY), delays[0], delays[1]),
        same_mean(Question("delay of answers", by.name, MEAN), delays[0], delays[1]),
        cropped(Question("delay of answers", by.name, WELCH), delays[0], delays[1]),
        same_share(Question("share answered", by.name, SHARE), shares[0], shares[1]),
    )


def _answered(traces: Sequence[Trace]) -> tuple[int, int]:
    """Datagrams that came and got something, and all that came and could be told apart."""
    known = [answers(trace) for trace in traces]
    got = sum(len(np.unique(one.arrived)) for one in known)
    return got, sum(one.asked for one in known)


def _of_coalition(by: View, one: Sequence[Trace], other: Sequence[Trace]) -> tuple[Finding, ...]:
    counts = [_requests(side) for side in (one, other)]
    steps = [
        (
            sum(number for kind, number in side.items() if kind_of(kind) == "find"),
            sum(number for kind, number in side.items() if kind_of(kind) in LOOKUPS),
        )
        for side in counts
    ]
    return (
        _mix(by, one, other),
        same_share(Question("steps of lookups that walk", by.name, WALK), steps[0], steps[1]),
    )


def _mix(by: View, one: Sequence[Trace], other: Sequence[Trace]) -> Finding:
    """Of the node's own requests, how many of each type."""
    sides = [_requests(side) for side in (one, other)]
    names = sorted({name for side in sides for name in side})
    counts = [np.array([side.get(name, 0) for name in names], dtype=np.float64) for side in sides]
    asked = Question("types of requests", by.name, MIX)
    if not names or not min(count.sum() for count in counts):
        return asked.nothing("total variation of the mix")
    return same_mix(asked, counts[0], counts[1])


def _requests(traces: Sequence[Trace]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for trace in traces:
        codes = trace.kind[trace.request & (trace.kind != NONE)]
        for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
            name = trace.kinds[int(code)]
            counts[name] = counts.get(name, 0) + int(count)
    return counts
