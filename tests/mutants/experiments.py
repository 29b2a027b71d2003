"""Experiments: what is run, what is compared, and so what is found, for whatever code there is."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from unittest import mock

import numpy as np
from attrs import evolve

from tests.contract import flips
from tests.contract.peers import ASKERS, PUBLIC, peer
from tests.contract.script import Knock, even, knock
from tests.mutants import sorts
from tests.mutants.rig import SECONDS, SHORT, Plays, Tape, usual
from twisted_mule.audit import classifier, comparing, linking, twins
from twisted_mule.audit.features import windows
from twisted_mule.audit.findings import Finding, settled
from twisted_mule.audit.single import audited
from twisted_mule.audit.statistics import Question
from twisted_mule.audit.views import ALL, PEER, Kind, Trace, View

Experiment = Callable[[Plays], tuple[Finding, ...]]
#: Everybody together, who see all types.
EVERYBODY = View(Kind.COAL, 1.0)
#: How often other seeds would accuse a healthy node in one family.
FAMILY = 5e-5
#: Comparisons of rates need no more than this, in seconds.
LONGER = 600.0
#: Seconds of a window that a classifier learns from, and stretches of a run that it may not split.
WINDOW = 30.0
PARTS = 23
#: Stretches of twins that are compared by their single quantities: longer than a lookup.
STRETCHES = 16
#: Its shuffles: the more, the rarer is what they make sure of.
TURNS = 48


def compared(one: Trace, other: Trace, *views: View) -> tuple[Finding, ...]:
    """
    Twins, and every single quantity that is compared.

    Both traces have the same draws, so a stretch of one stands for a run: no manner of a run is
    only in one of them.
    """
    found, parts = [], [_stretches([trace]) for trace in (one, other)]
    for by in views:
        found.append(twins.identical([one], [other], by))
        found += comparing.plain(by, parts[0], parts[1])
    return settled(found, FAMILY)


def _stretches(traces: Sequence[Trace]) -> list[Trace]:
    found = list[Trace]()
    for trace in traces:
        edges = np.linspace(float(trace.t[0]), float(trace.t[-1]) + 1e-6, STRETCHES + 1)
        found += [trace.between(*span) for span in pairwise(edges.tolist())]
    return found


# --- one run by itself ---------------------------------------------------------------------------


def _alone(plays: Plays, *names: str) -> tuple[Finding, ...]:
    return audited([plays.trace(name) for name in names], FAMILY)


def brief(plays: Plays) -> tuple[Finding, ...]:
    """A few minutes of what everybody asks: for what shows at once."""
    plays.tape("brief")
    return _alone(plays, "brief")


def alone(plays: Plays) -> tuple[Finding, ...]:
    """One run that everybody asks."""
    plays.tape("alone", seconds=SECONDS)
    return _alone(plays, "alone")


def of_two(plays: Plays) -> tuple[Finding, ...]:
    """Two runs together: for what takes more ticks to see."""
    for name in ("alone", "other"):
        plays.tape(name, seconds=SECONDS)
    return _alone(plays, "alone", "other")


def malformed(plays: Plays) -> tuple[Finding, ...]:
    """Every fifth datagram is noise."""
    noisy = tuple(
        evolve(one, datagram=b"\x05\x99" + one.datagram[:7]) if turn % 5 == 0 else one
        for turn, one in enumerate(usual(SHORT))
    )
    plays.tape("noisy", noisy)
    return _alone(plays, "noisy")


def flooded(plays: Plays) -> tuple[Finding, ...]:
    """One peer asks without end."""
    plays.tape("flood", even(SHORT, 2.5, 1, ("PING", "REQ"), "flood"))
    return _alone(plays, "flood")


def crowded(plays: Plays) -> tuple[Finding, ...]:
    """All together ask more than a node may answer, on one processor."""
    _crowd(plays, 1)
    return _alone(plays, "crowd 1")


def slow(plays: Plays) -> tuple[Finding, ...]:
    """The processor does nothing for four seconds, again and again, so that answers are late."""

    def stall(tape: Tape) -> None:
        tape.pause(4.0, [20.0 * turn for turn in range(1, int(SHORT / 20.0))])

    plays.tape("slow", before=stall)
    return _alone(plays, "slow")


def stopped(plays: Plays) -> tuple[Finding, ...]:
    """The node is told to stop, and goes on for a while."""

    def stop(tape: Tape) -> None:
        tape.clock.callLater(SHORT - 120.0, tape.node.drain)

    plays.tape("stopped", before=stop)
    return _alone(plays, "stopped")


# --- one secret flipped --------------------------------------------------------------------------


def _costs(plays: Plays, one: str, other: str) -> tuple[Finding, ...]:
    """What a message costs, in seconds; the cached one does the first time only."""
    laws = {
        "quick": flips.costs(0.001),
        "steady": flips.costs(0.050),
        "cached": flips.cached(0.050),
    }
    for name in (one, other):
        plays.tape(name, key="host", cost=laws[name])
    return compared(plays.trace(one), plays.trace(other), ALL, PEER)


def processor(plays: Plays) -> tuple[Finding, ...]:
    """A message costs 1 ms, or 50."""
    return _costs(plays, "quick", "steady")


def cache(plays: Plays) -> tuple[Finding, ...]:
    """A message costs 50 ms always, or the first time only."""
    return _costs(plays, "steady", "cached")


def _role(plays: Plays, name: str, key: str = "role") -> Tape:
    # Where a tick is full, acknowledgements of ours move the places of others (docs/contract.md).
    # Of so few none ever is: without searches, each takes one place, on average one of 24.
    script = even(SECONDS, 0.5, ASKERS, ("REQ", "REQ", "PING", "HELLO_REQ"), f"calm {key}")
    return plays.tape(f"{key} {name}", script, SECONDS, key=key, before=flips.ROLES[name])


def role(plays: Plays) -> tuple[Finding, ...]:
    """Somebody searches, or nobody does: times and sizes of everything, and how lookups go."""
    names, keys = ("resting", "searching"), ("role", "another role")
    tapes, _ = ([_role(plays, name, key) for name in names] for key in keys)
    one, other = ([plays.trace(f"{key} {name}") for key in keys] for name in names)
    parts = [_stretches(side) for side in (one, other)]
    return (
        *compared(one[0], other[0], ALL),
        *settled(comparing.plain(EVERYBODY, parts[0], parts[1]), FAMILY)[1:],
        sorts.as_dealt(tapes),
        sorts.alike(*tapes),
    )


def learnt(plays: Plays) -> tuple[Finding, ...]:
    """Somebody searches, and nobody does on another node: what a classifier makes of it."""
    _role(plays, "resting")
    _role(plays, "searching", "stranger")
    sides = [
        windows(plays.trace(name), EVERYBODY, WINDOW, comparing.SKIP).values
        for name in ("role resting", "stranger searching")
    ]
    parts = [np.array_split(side, PARTS) for side in sides]
    asked = Question("windows", EVERYBODY.name, classifier.AUC)
    found, _ = classifier.told_apart(asked, classifier.grouped(*parts), TURNS)
    return settled([found], FAMILY)


def _crowd(plays: Plays, processors: int) -> Trace:
    name, script = f"crowd {processors}", usual(SHORT, 5.0, "many")
    with mock.patch.object(os, "cpu_count", lambda: processors):
        plays.tape(name, script, key="crowd")
    return plays.trace(name)


def hardware(plays: Plays) -> tuple[Finding, ...]:
    """One processor or sixteen, under more than a node may answer."""
    return compared(_crowd(plays, 1), _crowd(plays, 16), ALL)


def _probed(plays: Plays, name: str, *, damage: bool) -> Trace:
    """One peer sends a burst of pings, worthless or not, and then asks what others ask."""
    draws, prober = PUBLIC.stream("prober", 0), peer(3)
    script: list[Knock] = []
    for turn in range(10):
        begin = 30.0 + 60.0 * turn
        for number in range(6):
            one = knock(begin + 0.5 * number, prober, "PING", draws)
            script.append(evolve(one, datagram=b"\x05\x99") if damage else one)
        for number in range(4):
            script.append(knock(begin + 4.0 + number, prober, "REQ", draws))
    plays.tape(name, script, LONGER + 60.0, key="probed")
    trace = plays.trace(name)
    # What answers the burst itself is the secret's own business.
    pongs = [trace.kinds[code] == "pong" if code >= 0 else False for code in trace.kind]
    return trace.only(~(trace.answer & pongs))


def validity(plays: Plays) -> tuple[Finding, ...]:
    """A burst of pings, or of noise: what comes later is answered alike."""
    traces = [_probed(plays, f"damage {damage}", damage=damage) for damage in (False, True)]
    return compared(traces[0], traces[1], ALL, PEER)


def boots(plays: Plays) -> tuple[Finding, ...]:
    """Two nodes that start at the same moment on one host have nothing in common."""
    for name in ("brief", "brief too"):
        plays.tape(name)
    shared = linking.shared([plays.trace("brief")], [plays.trace("brief too")])
    return settled([shared], FAMILY)
