"""Clause 2 in a trace: what leaves together keeps no order, of arrival, type, peer or place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from twisted_mule.audit import reference
from twisted_mule.audit.arrays import Floats, Ints
from twisted_mule.audit.findings import Finding
from twisted_mule.audit.matching import answers
from twisted_mule.audit.statistics import Question, law, score
from twisted_mule.audit.views import NONE, Trace

#: Limits of Kendall's correlation within a batch, and of probes that come close together.
BATCH: Final = 0.03
CLOSE: Final = 0.05
#: Arrivals are close within so many seconds.
NEAR: Final = 0.060
#: How far the order of two labels may lean from chance, and the spacing from its law.
LEANING: Final = 0.03
SPACING: Final = 0.03


def batches(tick: Ints) -> list[Ints]:
    """The rows of each tick that has two and more."""
    known = np.flatnonzero(tick != NONE)
    order = known[np.argsort(tick[known], kind="stable")]
    _, starts = np.unique(tick[order], return_index=True)
    return [group for group in np.split(order, starts[1:]) if len(group) > 1]


def _kendall(before: Floats, after: Floats) -> tuple[float, int]:
    """Pairs in the same order less those in the other, and how many pairs there are."""
    signs = np.sign(np.subtract.outer(before, before)) * np.sign(np.subtract.outer(after, after))
    return float(signs.sum()) / 2.0, int((signs != 0).sum()) // 2


def _variance(size: int) -> float:
    """Of the sum over all pairs of ``size`` that are shuffled; ties take theirs away."""
    return size * (size - 1) * (2 * size + 5) / 18.0


def in_batches(traces: Sequence[Trace]) -> Finding:
    """Arriving and leaving within a tick: Kendall's correlation over all batches."""
    total = pairs = variance = 0.0
    for trace in traces:
        known = answers(trace)
        for group in batches(known.tick):
            value, count = _kendall(known.arrived[group], known.left[group])
            _, ties = np.unique(known.arrived[group], return_counts=True)
            total, pairs = total + value, pairs + count
            variance += _variance(len(group)) - float(sum(map(_variance, ties.tolist())))
    asked = Question("order within a tick", "PEER", BATCH)
    return score(asked, "Kendall's tau of arrival and departure", total, pairs, variance)


def of_close_pairs(traces: Sequence[Trace]) -> Finding:
    """Two that came within 60 ms are answered in either order, but for what the law keeps of it."""
    signs, kept = [], 0.0
    for trace in traces:
        known = answers(trace)
        whole = known.alone == 1
        arrived, left = known.arrived[whole], known.left[whole]
        order = np.argsort(arrived, kind="stable")
        arrived, left = arrived[order], left[order]
        gaps = np.diff(arrived)
        close = np.flatnonzero((gaps > 0.0) & (gaps <= NEAR))
        apart = close[np.insert(np.diff(close) > 1, 0, True)] if len(close) else close
        signs.append(np.sign(left[apart + 1] - left[apart]))
        kept += float(gaps[apart].sum()) * reference.order_of_close()
    seen = np.concatenate(signs) if signs else np.array([])
    asked = Question("order of close arrivals", "PEER", CLOSE)
    total = float(seen.sum()) - kept
    return score(asked, "Kendall's tau of arrival and departure", total, len(seen), len(seen))


def of_requests(traces: Sequence[Trace]) -> Finding:
    """The request of a tick leaves before or after its answers by chance."""
    total = pairs = variance = 0.0
    for trace in traces:
        for group in batches(trace.tick):
            asked_at = trace.t[group][trace.request[group]]
            answered = trace.t[group][trace.answer[group]]
            if len(asked_at) != 1 or not len(answered):
                continue
            size = len(answered)
            total += float(np.sign(answered - asked_at[0]).sum())
            pairs += size
            variance += size * (size + 2) / 3.0
    asked = Question("place of the request in its tick", "ALL", LEANING)
    return score(asked, "answers after it less those before", total, pairs, variance)


def spacing(traces: Sequence[Trace]) -> Finding:
    """How far apart two datagrams of a tick leave: one pair a tick, chosen without their times."""
    seen: list[float] = []
    draws = np.random.default_rng(4)
    for trace in traces:
        for group in batches(trace.tick):
            # By peer, size and a draw: none of them knows the moment, as the order of rows does.
            keys = draws.random(len(group)), trace.size[group], trace.peer[group]
            chosen = group[np.lexsort(keys)][:2]
            seen.append(float(trace.t[chosen[1]] - trace.t[chosen[0]]))
    asked = Question("spacing within a tick", "ALL", SPACING)
    return law(asked, np.array(seen), reference.spacings())


def by_type(traces: Sequence[Trace]) -> Finding:
    """Two types that meet again leave in the same order as last time as often as not."""
    return _leaning(traces, "order of types", "ALL", lambda trace: trace.kind)


def by_peer(traces: Sequence[Trace]) -> Finding:
    """So do two peers."""
    return _leaning(traces, "order of peers", "COAL", lambda trace: trace.peer)


def _leaning(
    traces: Sequence[Trace], channel: str, adversary: str, labels: Callable[[Trace], Ints]
) -> Finding:
    total = pairs = variance = 0.0
    for trace in traces:
        last: dict[tuple[int, int], bool] = {}
        for group in batches(trace.tick):
            agreed = _met(labels(trace)[group], trace.t[group], last)
            total, pairs = total + sum(agreed), pairs + len(agreed)
            # Pairs that share a datagram know of each other: at most as if all had one order.
            variance += min(float(len(agreed) ** 2), _variance(len(group)))
    asked = Question(channel, adversary, LEANING)
    return score(asked, "same order as last time, less the other", total, pairs, variance)


def _met(labels: Ints, moments: Floats, last: dict[tuple[int, int], bool]) -> list[int]:
    """For each two labels that a batch has once: 1 if their order is that of last time, or -1."""
    kept, counts = np.unique(labels, return_counts=True)
    single = [int(one) for one, count in zip(kept, counts, strict=True) if count == 1]
    when = {one: float(moments[labels == one][0]) for one in single if one != NONE}
    agreed = []
    for pair in combinations(sorted(when), 2):
        order = when[pair[0]] < when[pair[1]]
        if pair in last:
            agreed.append(1 if last[pair] is order else -1)
        last[pair] = order
    return agreed
