"""Which datagram answers which: arrivals and departures of one trace, paired without favour."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import lru_cache
from typing import Final

import numpy as np
from attrs import frozen

from twisted_mule import contract
from twisted_mule.audit.arrays import Floats, Ints
from twisted_mule.audit.views import NONE, Trace

#: An answer is looked for so long after an arrival: a little longer than it may take.
WINDOW: Final = contract.DELAY_MOST + contract.TICK_LATE + 0.25
_Key = tuple[int, str]


@frozen(eq=False)
class Answers:
    """
    Answers whose arrival is known beyond doubt.

    :ivar alone: which of them are the whole answer, not one part of several.
    :ivar asked: how many arrivals were unmistakable, answered or not.
    """

    arrived: Floats
    left: Floats
    tick: Ints
    peer: Ints
    kind: Ints
    alone: Ints
    asked: int

    @property
    def delay(self) -> Floats:
        """From arrival to departure."""
        return self.left - self.arrived


def called_for(kind: str) -> str:
    """What a datagram that came calls for: a family of answers, empty if none."""
    word = kind.removeprefix("legacy_")
    if word in {"hello_response", "publish_response"}:
        return f"{word}_ack"
    if word == "ping":
        return "pong"
    if word.endswith("_request"):
        return f"{word.partition('_')[0]}_response"
    return ""


def family(kind: str) -> str:
    """The family that an answer belongs to."""
    word = kind.removeprefix("legacy_")
    if word.endswith("_response") and not word.endswith("_ack"):
        return f"{word.partition('_')[0]}_response"
    return word


@lru_cache(maxsize=64)
def answers(trace: Trace) -> Answers:
    """
    The answers of ``trace`` with their arrivals.

    An arrival counts if no other that calls for the same is as near as an answer may take, before
    or after.  That rule does not know when the answer left, so it does not bend the delays.
    """
    came, left = _calls(trace)
    rows: list[tuple[int, int, int]] = []
    asked = 0
    for key, arrivals in came.items():
        times = [float(trace.t[at]) for at in arrivals]
        leaves = left.get(key, [])
        moments = [float(trace.t[at]) for at in leaves]
        for turn, (at, when) in enumerate(zip(arrivals, times, strict=True)):
            before = turn > 0 and when - times[turn - 1] <= WINDOW
            after = turn + 1 < len(times) and times[turn + 1] - when <= WINDOW
            if before or after:
                continue
            asked += 1
            found = leaves[bisect_left(moments, when) : bisect_right(moments, when + WINDOW)]
            rows.extend((at, one, len(found)) for one in found)
    return _columns(trace, rows, asked)


def _calls(trace: Trace) -> tuple[dict[_Key, list[int]], dict[_Key, list[int]]]:
    calls = [called_for(kind) for kind in trace.kinds]
    families = [family(kind) for kind in trace.kinds]
    came: dict[_Key, list[int]] = defaultdict(list)
    left: dict[_Key, list[int]] = defaultdict(list)
    for at in np.flatnonzero(trace.kind != NONE):
        peer, kind = int(trace.peer[at]), int(trace.kind[at])
        if trace.answer[at]:
            left[peer, families[kind]].append(int(at))
        elif not trace.out[at] and calls[kind]:
            came[peer, calls[kind]].append(int(at))
    return came, left


def _columns(trace: Trace, rows: list[tuple[int, int, int]], asked: int) -> Answers:
    ordered = np.array(sorted(rows, key=lambda row: row[1]), dtype=np.int64).reshape(-1, 3)
    arrivals, leaves, parts = ordered[:, 0], ordered[:, 1], ordered[:, 2]
    return Answers(
        trace.t[arrivals],
        trace.t[leaves],
        trace.tick[leaves],
        trace.peer[leaves],
        trace.kind[leaves],
        (parts == 1).astype(np.int64),
        asked,
    )
