"""What traces do not hold: no amount of them answers a question that needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.views import NONE, Trace
from twisted_mule.selfcheck.caps import CAPS

#: Channels that cannot be looked at without types; a tap that holds no key knows none ...
TYPES: Final = frozenset(
    {
        "delay of answers",
        "delay of one type and another",
        "order of close arrivals",
        "answers before the least delay",
        "answers after the most delay",
        "answers without a cause",
        CAPS["requests_per_peer"][0],
        CAPS["answers_per_peer"][0],
        "most datagrams of all answered in a minute",
        "share answered",
        "types of requests",
        "steps of lookups that walk",
    }
)
#: ... without ticks, which no tap knows ...
TICKS: Final = frozenset(
    {
        "order of peers",
        "spacing within a tick",
        "place in its batch, by peer",
        "longest batch",
        "datagrams outside of ticks",
        "requests during the hold after a start",
    }
)
#: ... and without both.
BOTH: Final = frozenset(
    {
        "intervals of ticks",
        "memory of the pace",
        "drift of the pace, against its mean",
        "change of the pace",
        "order within a tick",
        "place of the request in its tick",
        "order of types",
        "place in its batch, by type",
        "intervals of ticks outside their bounds",
        "requests in a tick",
        "answers in a tick",
        "empty request places",
        "pace of two boots",
    }
)


def lacking(*sides: Sequence[Trace]) -> frozenset[str]:
    """What no trace of a side holds: types, ticks."""
    found = set[str]()
    for side in filter(None, sides):
        if not any(trace.kinds for trace in side):
            found.add("types")
        if not any((trace.tick != NONE).any() for trace in side):
            found.add("ticks")
    return frozenset(found)


def missing(one: Finding, lacks: frozenset[str]) -> str:
    """What a finding wants that the traces do not hold, in words; empty if it wants no such."""
    if one.n or one.verdict is not Verdict.EXTEND:
        return ""
    wanted = {"types"} if one.channel in TYPES | BOTH else set()
    wanted |= {"ticks"} if one.channel in TICKS | BOTH else set()
    return " and ".join(sorted(wanted & lacks, reverse=True))
