"""Two classes of traces, A and B: what each adversary sees of the difference between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import evolve, frozen

from twisted_mule.audit import linking, runs, timing
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.classifier import AUC, LONG, LONG_AUC, TURNS, Scores, grouped, told_apart
from twisted_mule.audit.features import windows
from twisted_mule.audit.findings import Finding, settled
from twisted_mule.audit.matching import answers
from twisted_mule.audit.statistics import WELCH, Question
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
    turns: int = TURNS,
) -> Comparison:
    """
    Every comparison of the runs ``one`` (A) with the runs ``other`` (B), for each view.

    :param window: seconds of a window, by default those of the view.
    :param turns: shuffles of each classifier.
    """
    findings, null, bits = list[Finding](), list[Finding](), dict[str, float]()
    for by in views:
        if by.kind is Kind.LINK:
            findings += [linking.linked(one, other, skip), linking.shared(one, other)]
            continue
        length = window or WINDOW[by.kind]
        read = [
            [windows(trace, by, length, skip).values for trace in side] for side in (one, other)
        ]
        found, scores = _classified(by, length, read[0], read[1], turns)
        findings.append(found if all(map(_any, read)) else _too_short(found, length, skip))
        bits[by.name] = scores.bits
        null.append(_classified(by, length, *halves(read[0]), turns)[0])
        findings += plain(by, _later(one, skip), _later(other, skip), length)
    return Comparison(settled(findings), tuple(null), bits)


def _classified(
    by: View, length: float, one: Sequence[Floats], other: Sequence[Floats], turns: int
) -> tuple[Finding, Scores]:
    limit = AUC if length < LONG else LONG_AUC
    return told_apart(Question("windows", by.name, limit), grouped(one, other), turns)


def _any(side: Sequence[Floats]) -> bool:
    return any(len(run) > 0 for run in side)


def _too_short(found: Finding, length: float, skip: float) -> Finding:
    return evolve(found, note=f"no trace of a class lasts {skip:g} s and a window of {length:g} s")


def halves(side: Sequence[Floats]) -> tuple[list[Floats], list[Floats]]:
    """Every other run, or every other stretch of one that is alone."""
    if len(side) > 1:
        return list(side[::2]), list(side[1::2])
    parts = [part for run in side for part in np.array_split(run, 8)]
    return parts[::2], parts[1::2]


def _later(traces: Sequence[Trace], skip: float) -> list[Trace]:
    return [
        trace.between(float(trace.t[0]) + skip, float("inf")) for trace in traces if len(trace.t)
    ]


def plain(
    by: View, one: Sequence[Trace], other: Sequence[Trace], length: float = 60.0
) -> tuple[Finding, ...]:
    """Single quantities, compared by their size and by run; no classifier."""
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
    gaps = [[np.diff(trace.t) for trace in side] for side in (one, other)]
    counts = [[_volume(trace, length) for trace in side] for side in (one, other)]
    every = np.concatenate([np.array([]), *counts[0], *counts[1]])
    middle = float(every.sum()) / len(every) if every.any() else 1.0
    asked = Question("datagrams a window, of their mean", by.name, VOLUME)
    shares = [[count / middle for count in side] for side in counts]
    return (
        runs.same_distribution("gaps between datagrams", by.name, gaps[0], gaps[1]),
        runs.same_mean(asked, shares[0], shares[1]),
    )


def _volume(trace: Trace, length: float) -> Floats:
    if not len(trace.t):
        return np.array([])
    whole = int(trace.seconds // length)
    edges = trace.t[0] + length * np.arange(whole + 1)
    return np.asarray(np.diff(np.searchsorted(trace.t, edges)), dtype=np.float64)


def _of_peer(by: View, one: Sequence[Trace], other: Sequence[Trace]) -> tuple[Finding, ...]:
    channel, share = "delay of answers", Question("share answered", by.name, SHARE)
    delays = [[timing.delays(trace) for trace in side] for side in (one, other)]
    return (
        runs.same_distribution(channel, by.name, delays[0], delays[1]),
        runs.same_energy(Question(channel, by.name, ENERGY), delays[0], delays[1]),
        runs.same_mean(Question(channel, by.name, MEAN), delays[0], delays[1]),
        runs.cropped(Question(channel, by.name, WELCH), delays[0], delays[1]),
        runs.same_share(share, list(map(_answered, one)), list(map(_answered, other))),
    )


def _answered(trace: Trace) -> tuple[int, int]:
    """Datagrams that came and got something, and all that came and could be told apart."""
    known = answers(trace)
    return len(np.unique(known.arrived)), known.asked


def _of_coalition(by: View, one: Sequence[Trace], other: Sequence[Trace]) -> tuple[Finding, ...]:
    """Of the node's own requests, how many of each type."""
    sides = [list(map(_requests, side)) for side in (one, other)]
    names = sorted({name for side in sides for run in side for name in run})
    counts = [
        [np.array([run.get(name, 0) for name in names], dtype=np.float64) for run in side]
        for side in sides
    ]
    steps = [list(map(_steps, side)) for side in sides]
    return (
        runs.same_mix(Question("types of requests", by.name, MIX), counts[0], counts[1]),
        runs.same_share(Question("steps of lookups that walk", by.name, WALK), steps[0], steps[1]),
    )


def _steps(counts: dict[str, int]) -> tuple[int, int]:
    """Those that walk, of all of lookups."""
    return (
        sum(number for kind, number in counts.items() if kind_of(kind) == "find"),
        sum(number for kind, number in counts.items() if kind_of(kind) in LOOKUPS),
    )


def _requests(trace: Trace) -> dict[str, int]:
    counts: dict[str, int] = {}
    codes = trace.kind[trace.request & (trace.kind != NONE)]
    for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
        name = trace.kinds[int(code)]
        counts[name] = counts.get(name, 0) + int(count)
    return counts
