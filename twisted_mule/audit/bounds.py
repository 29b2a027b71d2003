"""What no healthy node ever does, whatever chance decides: hard bounds and caps of a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, inf
from typing import Final

import numpy as np

from twisted_mule import contract
from twisted_mule.audit.arrays import Flags, Floats, Ints
from twisted_mule.audit.findings import Finding
from twisted_mule.audit.matching import answers
from twisted_mule.audit.order import batches
from twisted_mule.audit.statistics import Question, exact, rare
from twisted_mule.audit.timing import intervals, starts_within
from twisted_mule.audit.views import NONE, Trace, start_of
from twisted_mule.selfcheck.caps import (
    ANSWERED,
    BYTES,
    CAPS,
    DATAGRAMS,
    KINDS,
    MINUTE,
    kind_of,
)

#: Rounding to microseconds, twice; what a real timer may be early.
_ROUNDING: Final = 2e-6
_TIMER: Final = 1e-3
#: Ticks that are over before the shortest hold can be.
HELD_TICKS: Final = ceil(contract.START_HOLD[0] / (contract.TICK_BASE + contract.TICK_SPREAD))
#: Datagrams of all peers together that are answered in a minute: what the bucket let in meanwhile.
ANSWERED_ALL: Final = floor(
    contract.GLOBAL_BURST
    + contract.GLOBAL_RATE * (MINUTE + contract.DELAY_MOST - contract.DELAY_LEAST)
)
#: Request places that a node with enough contacts must have used, and what enough is.
REQUEST_SHARE: Final = 0.95
ENOUGH_PEERS: Final = 20
#: Seconds without any datagram, either way, in which the router was not there.
AWAY: Final = 60.0
Worst = Callable[[Trace], tuple[float, int]]


def findings(traces: Sequence[Trace]) -> tuple[Finding, ...]:
    """All hard bounds that the traces let one look at."""
    return (
        *(
            _worst(traces, Question(channel, adversary, limit), statistic, measure)
            for channel, adversary, statistic, limit, measure in _CHECKS
        ),
        _request_share(traces),
    )


def _worst(traces: Sequence[Trace], asked: Question, statistic: str, measure: Worst) -> Finding:
    found = [(*measure(trace), trace.name) for trace in traces]
    worst, _, name = max(found, default=(0.0, 0, ""))
    return exact(asked, statistic, worst, sum(n for _, n, _ in found), name if worst else "")


def _early(trace: Trace) -> tuple[float, int]:
    slack = _TIMER if trace.live else _ROUNDING
    delay = answers(trace).delay
    return float((delay < contract.DELAY_LEAST - slack).sum()), len(delay)


def _late(trace: Trace) -> tuple[float, int]:
    slack = contract.TICK_LATE if trace.live else _ROUNDING
    delay = answers(trace).delay
    return float((delay > contract.DELAY_MOST + slack).sum()), len(delay)


def _uncaused(trace: Trace) -> tuple[float, int]:
    """Answers to somebody from whom nothing came within the time that an answer takes."""
    slack = contract.TICK_LATE if trace.live else _ROUNDING
    wrong = looked = 0
    begin = float(trace.t[0]) if len(trace.t) else 0.0
    for peer in np.unique(trace.peer[trace.answer]):
        own = trace.peer == peer
        came = trace.t[own & ~trace.out]
        left = trace.t[own & trace.answer]
        left = left[left - begin > contract.DELAY_MOST + slack]
        low = np.searchsorted(came, left - contract.DELAY_MOST - slack)
        high = np.searchsorted(came, left - contract.DELAY_LEAST + slack, side="right")
        wrong, looked = wrong + int((high <= low).sum()), looked + len(left)
    return float(wrong), looked


def _span(trace: Trace) -> tuple[float, int]:
    """The longest batch, in seconds; the last one of a late tick may be drawn out."""
    groups = batches(trace.tick)
    spans = [float(trace.t[group].max() - trace.t[group].min()) for group in groups]
    slack = contract.TICK_LATE if trace.live else 0.0
    return max((span - slack for span in spans if span > slack), default=0.0), len(groups)


def _close(trace: Trace) -> tuple[float, int]:
    slack = _TIMER if trace.live else _ROUNDING
    gaps = np.diff(np.sort(trace.t[trace.out]))
    return float((gaps < contract.BATCH_GAP - slack).sum()), len(gaps)


def _interval(trace: Trace) -> tuple[float, int]:
    slack = contract.TICK_LATE if trace.live else _ROUNDING
    found = intervals(trace)
    every: Floats = np.concatenate(found) if found else np.array([])
    room = contract.BATCH_SPAN + slack
    longest = contract.TICK_BASE + contract.TICK_SPREAD
    wrong = (every < contract.TICK_BASE - room) | (every > longest + room)
    return float(wrong.sum()), len(every)


def _per_tick(trace: Trace, *, requests: bool) -> tuple[float, int]:
    chosen = (trace.request if requests else trace.answer) & (trace.tick != NONE)
    _, counts = np.unique(trace.tick[chosen], return_counts=True)
    return float(counts.max(initial=0)), len(counts)


def _outside(trace: Trace) -> tuple[float, int]:
    """Datagrams that left in no tick, in a trace that knows ticks."""
    if not (trace.tick != NONE).any():
        return 0.0, 0
    lost = trace.out & (trace.tick == NONE)
    return float(lost.sum()), int(trace.out.sum())


def _held(trace: Trace) -> tuple[float, int]:
    return float(starts_within(trace, HELD_TICKS)), int((trace.tick != NONE).any())


def most_within(moments: Floats, weights: Floats, seconds: float = MINUTE) -> float:
    """The most weight that any span of so many seconds holds."""
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    last = np.searchsorted(moments, moments - seconds, side="right")
    return float((sums[1:] - sums[last]).max(initial=0.0))


def _datagrams(trace: Trace) -> tuple[float, int]:
    moments = trace.t[trace.out]
    return most_within(moments, np.ones(len(moments))), len(moments)


def _bytes(trace: Trace) -> tuple[float, int]:
    moments = trace.t[trace.out]
    return most_within(moments, trace.size[trace.out].astype(np.float64)), len(moments)


def _size(trace: Trace) -> tuple[float, int]:
    sizes = trace.size[trace.out]
    return float(sizes.max(initial=0)), len(sizes)


def _asked_a_peer(trace: Trace) -> tuple[float, int]:
    """The most requests of a kind to a peer in a minute, as a share of their cap."""
    kinds = np.array([kind_of(kind) for kind in trace.kinds] or [""])
    worst, chosen = 0.0, trace.request & (trace.kind != NONE)
    for peer in np.unique(trace.peer[chosen]):
        own = np.flatnonzero(chosen & (trace.peer == peer))
        names = kinds[trace.kind[own]]
        for name in np.unique(names):
            moments = trace.t[own][names == name]
            most = most_within(moments, np.ones(len(moments)))
            worst = max(worst, most / KINDS.get(str(name), 0.5))
    return worst, int(chosen.sum())


def _answered(trace: Trace) -> dict[int, Floats]:
    """When each peer was answered; what answers one arrival counts once, acknowledgements never."""
    chosen = np.zeros(len(trace.t), dtype=bool)
    plain = np.array([not kind.endswith("_ack") for kind in trace.kinds], dtype=bool)
    known = trace.answer & (trace.kind != NONE)
    chosen[known] = plain[trace.kind[known]]
    found: dict[int, Floats] = {}
    for peer in np.unique(trace.peer[chosen]):
        last: dict[int, float] = {}
        first = []
        for at in np.flatnonzero(chosen & (trace.peer == peer)):
            kind, when = int(trace.kind[at]), float(trace.t[at])
            if when - last.get(kind, -1e9) > contract.DELAY_MOST:
                first.append(when)
                last[kind] = when
        found[int(peer)] = np.array(first)
    return found


def _answered_a_peer(trace: Trace) -> tuple[float, int]:
    found = _answered(trace)
    most = [most_within(moments, np.ones(len(moments))) for moments in found.values()]
    return max(most, default=0.0), sum(map(len, found.values()))


def _answered_all(trace: Trace) -> tuple[float, int]:
    found = _answered(trace)
    moments = np.sort(np.concatenate(list(found.values()) or [np.array([])]))
    return most_within(moments, np.ones(len(moments))), len(moments)


def _request_share(traces: Sequence[Trace]) -> Finding:
    """Ticks without a request, on nodes that have met enough peers."""
    asked = Question("empty request places", "ALL", 1.0 - REQUEST_SHARE)
    empty = every = 0
    for trace in traces:
        known = trace.t >= _acquainted(trace)
        chosen = np.flatnonzero(trace.request & (trace.tick != NONE) & known)
        used, first = np.unique(trace.tick[chosen], return_index=True)
        missed = np.diff(used, append=_last_tick(trace, used)) - 1
        follows = np.append(used[1:], used[-1:])
        missed[(start_of(follows) != start_of(used)) | _away(trace, trace.t[chosen][first])] = 0
        missing = int(np.maximum(missed, 0).sum())
        empty, every = empty + missing, every + missing + len(used)
    return rare(asked, "share of ticks", empty, every)


def _acquainted(trace: Trace) -> float:
    """When the node had met enough peers: one that knows nobody has nobody to ask."""
    _, first = np.unique(trace.peer, return_index=True)
    return float(trace.t[np.sort(first)[ENOUGH_PEERS - 1]]) if len(first) >= ENOUGH_PEERS else inf


def _last_tick(trace: Trace, used: Ints) -> Ints:
    """The tick before which there should be requests: a node that stops asks no more."""
    known = trace.out & (trace.tick != NONE) & (trace.t < trace.t[-1] - contract.STOP_CLOSE[1])
    return np.asarray(trace.tick[known].max(initial=0), dtype=np.int64) if len(used) else used


def _away(trace: Trace, moments: Floats) -> Flags:
    """After which requests nothing at all passed for long: there was no session then."""
    silent = trace.t[:-1][np.diff(trace.t) > AWAY]
    found = np.zeros(len(moments), dtype=bool)
    if not len(moments):
        return found
    found[np.maximum(np.searchsorted(moments, silent, side="right") - 1, 0)] = True
    return found


_CHECKS: Final[tuple[tuple[str, str, str, float, Worst], ...]] = (
    ("answers before the least delay", "PEER", "count", 0.0, _early),
    ("answers after the most delay", "PEER", "count", 0.0, _late),
    ("answers without a cause", "PEER", "count", 0.0, _uncaused),
    ("intervals of ticks outside their bounds", "ALL", "count", 0.0, _interval),
    ("longest batch", "ALL", "seconds", contract.BATCH_SPAN, _span),
    ("datagrams back to back", "ALL", "count", 0.0, _close),
    ("datagrams outside of ticks", "ALL", "count", 0.0, _outside),
    ("requests in a tick", "ALL", "most", contract.REQUEST_PLACES,
     lambda trace: _per_tick(trace, requests=True)),
    ("answers in a tick", "ALL", "most", contract.ANSWER_PLACES,
     lambda trace: _per_tick(trace, requests=False)),
    ("requests during the hold after a start", "ALL", "count", 0.0, _held),
    (CAPS["requests_per_peer"][0], "PEER", "most, of its cap", 1.0, _asked_a_peer),
    (CAPS["answers_per_peer"][0], "PEER", "most", float(ANSWERED), _answered_a_peer),
    ("most datagrams of all answered in a minute", "ALL", "most", float(ANSWERED_ALL),
     _answered_all),
    (CAPS["datagrams_per_minute"][0], "ALL", "most", float(DATAGRAMS), _datagrams),
    (CAPS["bytes_per_minute"][0], "ALL", "most", float(BYTES), _bytes),
    (CAPS["datagram_size"][0], "ALL", "largest", float(contract.DATAGRAM_SIZE), _size),
)  # fmt: skip
