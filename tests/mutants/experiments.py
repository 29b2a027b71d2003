"""Experiments: what is run, what is compared, and so what is found, for whatever code there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from tests.contract import flips
from tests.contract.peers import PUBLIC, peer
from tests.contract.script import Knock, even, knock
from tests.mutants import defects
from tests.mutants.rig import Tape, taped, usual
from twisted_mule.audit import comparing, linking, twins
from twisted_mule.audit.findings import Finding, settled
from twisted_mule.audit.single import audited
from twisted_mule.audit.views import ALL, PEER, Kind, Trace, View

Experiment = Callable[[], tuple[Finding, ...]]
#: Everybody together, who see all types.
EVERYBODY = View(Kind.COAL, 1.0)
#: How often other seeds would accuse a healthy node in one experiment: ten of them, 1 in 2,000.
FAMILY = 5e-5
#: Comparisons of rates need no more than this, in seconds.
SHORT = 600.0


def compared(one: Trace, other: Trace, *views: View, exactly: bool = True) -> tuple[Finding, ...]:
    """Twins, and every single quantity that is compared."""
    found = []
    for by in views:
        if exactly:
            found.append(twins.identical([one], [other], by))
        found += comparing.plain(by, [one], [other])
    return settled(found, FAMILY)


# --- one run by itself ---------------------------------------------------------------------------


def alone() -> tuple[Finding, ...]:
    """One run that everybody asks."""
    return audited([taped("alone")], FAMILY)


def of_two() -> tuple[Finding, ...]:
    """Two runs together: for what takes more ticks to see."""
    return audited([taped("alone"), taped("other")], FAMILY)


def malformed() -> tuple[Finding, ...]:
    """Every fifth datagram is noise."""
    noisy = tuple(
        evolve(one, datagram=b"\x05\x99" + one.datagram[:7]) if turn % 5 == 0 else one
        for turn, one in enumerate(usual(SHORT))
    )
    return audited([taped("noisy", noisy, SHORT)], FAMILY)


def flooded() -> tuple[Finding, ...]:
    """One peer asks without end."""
    return audited([taped("flood", even(SHORT, 2.5, 1, ("PING", "REQ"), "flood"), SHORT)], FAMILY)


def stopped() -> tuple[Finding, ...]:
    """The node is told to stop, and goes on for a while."""

    def stop(tape: Tape) -> None:
        tape.clock.callLater(SHORT - 120.0, tape.node.drain)

    return audited([taped("stopped", None, SHORT, stop)], FAMILY)


# --- one secret flipped --------------------------------------------------------------------------


def _costs(one: Any, other: Any) -> tuple[Finding, ...]:
    runs = [taped("host", stage=Tape(key=b"host", cost=cost)) for cost in (one, other)]
    return compared(runs[0], runs[1], ALL, PEER)


def processor() -> tuple[Finding, ...]:
    """A message costs 1 ms, or 50."""
    return _costs(flips.costs(0.001), flips.costs(0.050))


def cache() -> tuple[Finding, ...]:
    """A message costs 50 ms always, or the first time only."""
    return _costs(flips.costs(0.050), flips.cached(0.050))


def role() -> tuple[Finding, ...]:
    """Somebody searches, or nobody does: times and sizes of everything, and how lookups go."""
    runs = []
    for name in ("resting", "searching"):
        runs.append(taped("role", before=flips.ROLES[name]))
    return (
        *compared(runs[0], runs[1], ALL),
        *compared(runs[0], runs[1], EVERYBODY, exactly=False)[1:],
    )


def hardware(defective: bool) -> Experiment:
    """One processor or sixteen, under more than a node may answer."""

    def run() -> tuple[Finding, ...]:
        runs = []
        for count in (1, 16):
            if defective:
                with defects.cores(count):
                    runs.append(taped("cores", usual(SHORT, 5.0, "many"), SHORT))
            else:
                runs.append(taped("cores", usual(SHORT, 5.0, "many"), SHORT))
        return compared(runs[0], runs[1], ALL)

    return run


def _probed(damage: bool) -> Trace:
    """One peer sends a burst of pings, worthless or not, and then asks what others ask."""
    draws, prober = PUBLIC.stream("prober", 0), peer(3)
    script: list[Knock] = []
    for turn in range(20):
        begin = 30.0 + 60.0 * turn
        for number in range(6):
            one = knock(begin + 0.5 * number, prober, "PING", draws)
            script.append(evolve(one, datagram=b"\x05\x99") if damage else one)
        for number in range(4):
            script.append(knock(begin + 4.0 + number, prober, "REQ", draws))
    trace = taped("probed", script, 1300.0)
    # What answers the burst itself is the secret's own business.
    pongs = [trace.kinds[code] == "pong" if code >= 0 else False for code in trace.kind]
    return trace.only(~(trace.answer & pongs))


def validity() -> tuple[Finding, ...]:
    """A burst of pings, or of noise: what comes later is answered alike."""
    return compared(_probed(False), _probed(True), ALL, PEER)


def boots() -> tuple[Finding, ...]:
    """Two nodes that start at the same moment have nothing in common."""
    one, two = (taped(name, seconds=SHORT) for name in ("one", "two"))
    return settled([linking.shared([one], [two])], FAMILY)
