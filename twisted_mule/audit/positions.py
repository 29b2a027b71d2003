"""Clause 2 in a trace: which place of its batch a datagram gets says nothing of what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, log
from typing import Final

import numpy as np
from scipy import optimize, stats

from twisted_mule.audit.arrays import Floats, Ints
from twisted_mule.audit.findings import PASS_LEVEL, POWER, Finding
from twisted_mule.audit.order import batches
from twisted_mule.audit.statistics import Question
from twisted_mule.audit.views import NONE, Trace

#: What a place may say of type or peer, in bits (anonymity.md section 7).
INFORMATION: Final = 0.002
#: Parts that a batch is cut into; a label has at least so many datagrams for each part.
PARTS: Final = 6
_FULL: Final = 20
_NATS: Final = 2.0 * log(2.0)


def by_type(traces: Sequence[Trace]) -> Finding:
    """The place of a datagram and its type."""
    asked = Question("place in its batch, by type", "ALL", INFORMATION)
    return _dependent(asked, traces, _kinds)


def by_peer(traces: Sequence[Trace]) -> Finding:
    """The place of a datagram and whom it goes to."""
    asked = Question("place in its batch, by peer", "COAL", INFORMATION)
    return _dependent(asked, traces, lambda trace: [f"{peer}" for peer in trace.peer])


def _kinds(trace: Trace) -> list[str]:
    return ["" if kind == NONE else trace.kinds[kind] for kind in trace.kind]


def _dependent(
    asked: Question, traces: Sequence[Trace], labels: Callable[[Trace], list[str]]
) -> Finding:
    """
    Mutual information of place and label in bits, less what chance alone makes of it.

    The chi-squared law errs on the safe side: in a batch each place is given once only.
    """
    statistic = "mutual information in bits"
    places, named = list[Floats](), list[str]()
    for number, trace in enumerate(traces):
        rows, found = _places(trace, number)
        every = labels(trace)
        named += [every[row] for row in rows]
        places.append(found)
    table = _table(np.concatenate(places) if places else np.array([]), named)
    freedom = (len(table) - 1) * (PARTS - 1)
    if freedom <= 0:
        return asked.nothing(statistic, note="fewer than two labels that are frequent enough")
    n, shown = int(table.sum()), float(stats.chi2.ppf(POWER, freedom))
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    ratio = np.where(table > 0, table, 1.0) / np.where(table > 0, expected, 1.0)
    deviance = 2.0 * float((table * np.log(ratio)).sum())
    chance = float(stats.chi2.sf(float(((table - expected) ** 2 / expected).sum()), freedom))
    low, high = (_behind(deviance, freedom, level) for level in (1.0 - PASS_LEVEL, PASS_LEVEL))
    needed = ceil(_behind(shown, freedom, PASS_LEVEL) / (_NATS * asked.limit))
    effect, interval = (deviance - freedom) / (n * _NATS), (low / (n * _NATS), high / (n * _NATS))
    note = f"{len(table)} labels, {PARTS} parts"
    return asked.found(statistic, effect, interval, n, chance, needed=needed, note=note)


def _places(trace: Trace, number: int) -> tuple[Ints, Floats]:
    """Rows of batches with their places from 0 to 1: uniform, whatever the size of the batch."""
    draws = np.random.default_rng(number)
    known = trace.out & (trace.tick != NONE)
    rows, places = [np.array([], dtype=np.int64)], [np.array([])]
    for group in batches(np.where(known, trace.tick, NONE)):
        ranks = np.argsort(np.argsort(trace.t[group], kind="stable"))
        rows.append(group)
        places.append((ranks + draws.random(len(group))) / len(group))
    return np.concatenate(rows), np.concatenate(places)


def _table(places: Floats, named: Sequence[str]) -> Floats:
    """How often each label was in each part; labels that are rare are one."""
    if not len(places):
        return np.zeros((0, PARTS))
    _, codes, counts = np.unique(np.array(named), return_inverse=True, return_counts=True)
    table = np.zeros((len(counts), PARTS))
    np.add.at(table, (codes, (places * PARTS).astype(np.int64)), 1.0)
    frequent = counts >= _FULL * PARTS
    rest = table[~frequent].sum(axis=0)
    return np.vstack([table[frequent], *([rest] if rest.sum() >= _FULL * PARTS else [])])


def _behind(deviance: float, freedom: int, level: float) -> float:
    """The non-centrality with which so much or less is seen with a chance of ``level``."""

    def off(behind: float) -> float:
        return float(stats.ncx2.cdf(deviance, freedom, behind)) - level

    if float(stats.chi2.cdf(deviance, freedom)) <= level:
        return 0.0
    return float(optimize.brentq(off, 1e-9, 4.0 * deviance + 200.0))
