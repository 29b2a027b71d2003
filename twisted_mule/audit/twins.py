"""Twin runs: same key, same public inputs, one secret flipped; what leaves must be identical."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from twisted_mule.audit.findings import Finding
from twisted_mule.audit.statistics import Question, exact
from twisted_mule.audit.views import NONE, Trace, View, seen

_Seen = tuple[float, int, str]


def identical(one: Sequence[Trace], other: Sequence[Trace], by: View) -> Finding:
    """
    Trace number i of ``one`` is the twin of number i of ``other``.

    The effect is the share of datagrams that an adversary sees in one of them only; the note names
    the first one.
    """
    asked = Question("twins", by.name, 0.0)
    statistic = "share of datagrams that differ"
    if len(one) != len(other):
        return asked.nothing(statistic, note="there are not as many in A as in B")
    differ, every, first = 0, 0, ""
    for left, right in zip(one, other, strict=True):
        sides = [_datagrams(seen(trace, by)) for trace in (left, right)]
        counts = Counter(sides[0]), Counter(sides[1])
        apart = (counts[0] - counts[1]) + (counts[1] - counts[0])
        differ, every = differ + apart.total(), every + sum(map(len, sides))
        if apart and not first:
            when, size, kind = min(apart)
            first = f"first in {left.name} at {when:.6f} s: {kind or 'a datagram'} of size {size}"
    return exact(asked, statistic, differ / every if every else 0.0, every, first)


def _datagrams(trace: Trace) -> list[_Seen]:
    """Time, size and type of what leaves, as far as they are seen: ALL sees fragments only."""
    return [
        (
            round(float(trace.t[at]), 6),
            int(trace.size[at]),
            trace.kinds[int(trace.kind[at])] if trace.kind[at] != NONE else "",
        )
        for at in trace.out.nonzero()[0]
    ]
