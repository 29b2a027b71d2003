"""LINK: whether the traces of two boots of one node look more alike than those of two nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import stats

from twisted_mule.audit.arrays import Floats, Ints
from twisted_mule.audit.features import windows
from twisted_mule.audit.findings import PASS_LEVEL, Finding, normal_bound, two_sided
from twisted_mule.audit.statistics import Question
from twisted_mule.audit.views import LINK, Trace

#: What the AUC of pairs of one node against pairs of two may be.
AUC: Final = 0.60
_WINDOW: Final = 60.0
#: Ways to pair the boots, of which the true one is only one: so many that none of them need be as
#: good for a failure among all checks of an audit; so many at once; nodes that have as many ways.
TURNS: Final = 200_000
_AT_ONCE: Final = 10_000
FEW: Final = 9
#: What intervals of two boots may correlate, in stretches of so many; so many are looked at.
SHARED: Final = 0.5
_ENOUGH: Final = 200
_STRETCHES: Final = 10


def linked(before: Sequence[Trace], after: Sequence[Trace], skip: float) -> Finding:
    """
    Trace number i of ``before`` and of ``after`` are two boots of one node.

    The effect is the chance that two boots of one node are nearer to each other, in what ALL
    measures, than boots of two nodes; chance is from pairing them otherwise.
    """
    asked = Question("boots of one node", LINK.name, AUC)
    statistic = "AUC of nearness"
    count = min(len(before), len(after))
    if count < FEW or len(before) != len(after):
        return asked.nothing(statistic, note=f"wants {FEW} nodes and more, each with two boots")
    sides = [np.array([_profile(trace, skip) for trace in side]) for side in (before, after)]
    scale = np.concatenate(sides).std(axis=0)
    scale[scale == 0.0] = 1.0
    apart = np.linalg.norm((sides[0][:, None] - sides[1][None, :]) / scale, axis=2)
    ranks = stats.rankdata(apart).reshape(apart.shape)
    effect = float(_nearness(ranks, np.arange(count)[None])[0])
    null = np.concatenate(list(_otherwise(ranks)))
    error = float(np.std(null)) or 0.5
    reach = normal_bound(PASS_LEVEL) * error
    chance = float(1 + (null >= effect).sum()) / (TURNS + 1)
    interval = max(effect - reach, 0.0), min(effect + reach, 1.0)
    return asked.found(statistic, effect, interval, count, chance)


def shared(one: Sequence[Trace], other: Sequence[Trace]) -> Finding:
    """
    Trace number i of ``one`` and of ``other`` have no ticks in common, at any distance in time.

    The effect is the largest correlation of their intervals, whichever way they are laid side by
    side; where nothing is shared each is a normal number, so their largest is known.
    """
    asked = Question("pace of two boots", LINK.name, SHARED)
    statistic = "largest correlation of their intervals"
    worst, looked, n, where = 0.0, 0, 0, ""
    for left, right in zip(one, other, strict=False):
        seen = [np.diff(_moments(trace)) for trace in (left, right)]
        count = min(map(len, seen))
        if count < _ENOUGH:
            continue
        found, shifts = _correlated(seen[0], seen[1])
        n, looked = n + count, looked + shifts
        if found > worst:
            worst, where = found, f"{left.name} and {right.name}"
    if not n:
        return asked.nothing(statistic)
    chance = min(looked * two_sided(worst * sqrt(_ENOUGH)), 1.0)
    return asked.found(statistic, worst, (worst, worst), n, chance, note=where)


def _moments(trace: Trace) -> Floats:
    return trace.t[trace.request if trace.request.any() else trace.out]


def _correlated(one: Floats, other: Floats) -> tuple[float, int]:
    """Stretches of one trace laid along all of the other: the largest correlation, of how many."""
    highest, looked = 0.0, 0
    scale = sliding_window_view(other, _ENOUGH)
    spread = scale.std(axis=1)
    for begin in range(0, min(len(one) - _ENOUGH + 1, _STRETCHES * _ENOUGH), _ENOUGH):
        stretch = one[begin : begin + _ENOUGH]
        off = stretch - stretch.mean()
        if not off.any():
            continue
        products = np.correlate(other, off, mode="valid") / _ENOUGH
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.nan_to_num(products / (spread * off.std()))
        highest, looked = max(highest, float(found.max())), looked + len(found)
    return highest, looked


def _profile(trace: Trace, skip: float) -> Floats:
    found = windows(trace, LINK, _WINDOW, skip)
    return found.values.mean(axis=0) if len(found.values) else np.zeros(len(found.names))


def _otherwise(ranks: Floats) -> Iterator[Floats]:
    """The same for boots that are paired by chance."""
    draws, count = np.random.default_rng(len(ranks)), len(ranks)
    for _ in range(TURNS // _AT_ONCE):
        pairings = np.tile(np.arange(count), (_AT_ONCE, 1))
        yield _nearness(ranks, draws.permuted(pairings, axis=1))


def _nearness(ranks: Floats, pairings: Ints) -> Floats:
    """
    For each way to pair the boots, how often a pair is nearer than what is no pair (AUC).

    :param ranks: of all distances, by first boot and second; ties share theirs.
    """
    count = len(ranks)
    own = ranks[np.arange(count), pairings].sum(axis=1)
    farther = own - count * (count + 1) / 2.0
    return np.asarray(1.0 - farther / (count * (count * count - count)))
