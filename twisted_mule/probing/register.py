"""The fingerprint register as the prober knows it: each row, what is sent for it, who judges it."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from twisted_mule.probing import delay, habits, service
from twisted_mule.probing.evidence import Evidence
from twisted_mule.probing.habits import Judge
from twisted_mule.probing.populations import (
    Decided,
    Population,
    Verdict,
)

#: A population that is contradicted by so many rows more than another is behind it for sure.
MARGIN: Final = 2


@frozen
class Row:
    """
    One row.

    :ivar name: F1 to F24.
    :ivar judge: what decides it, from the evidence.
    """

    name: str
    title: str
    judge: Judge


REGISTER: Final = (
    Row("F1", "tags of HELLO_RES", service.f1),
    Row("F2", "version in HELLO", habits.f2),
    Row("F3", "count byte of REQ", habits.f3),
    Row("F4", "HELLO in clear", habits.f4),
    Row("F5", "packing", service.f5),
    Row("F6", "garbage in PUBLISH_KEY", service.f6),
    Row("F7", "source without a type", service.f7),
    Row("F8", "load and counts", service.f8),
    Row("F9", "search expression", service.f9),
    Row("F10", "notes", service.f10),
    Row("F11", "Kad1", service.f11),
    Row("F12", "sizes", service.f12),
    Row("F13", "two destinations", service.f13),
    Row("F14", "sources of its own", habits.f14),
    Row("F15", "burst at the start", habits.f15),
    Row("F16", "empty RES after a start", habits.f16),
    Row("F17", "REQs near its own point", habits.f17),
    Row("F18", "delay of answers", delay.f18),
    Row("F19", "reactions", habits.f19),
    Row("F20", "periods", habits.f20),
    Row("F21", "order of lists", habits.f21),
    Row("F22", "lifetimes", habits.f22),
    Row("F23", "who is in a RES", habits.f23),
    Row("F24", "split answers", habits.f24),
)


@frozen
class Finding:
    """A row and its verdict."""

    row: Row
    verdict: Verdict


def judged(evidence: Evidence) -> tuple[Finding, ...]:
    """Every row of the register, in its order; none is left out."""
    return tuple(Finding(row, row.judge(evidence)) for row in REGISTER)


@frozen
class Resemblance:
    """
    Whom all rows together fit.

    :ivar populations: those that fit best; empty when none does, or nothing was decided.
    :ivar against: for each population, the rows that contradict it.
    :ivar pure: whether no row contradicts them.
    """

    populations: frozenset[Population]
    against: dict[Population, tuple[str, ...]]
    pure: bool


def resemblance(findings: tuple[Finding, ...]) -> Resemblance:
    """
    The populations that the fewest rows contradict.

    Those that no row contradicts; failing that one alone, if it leads by ``MARGIN`` rows: single
    rows can be wrong where datagrams get lost.
    """
    decided = [(one.row.name, one.verdict) for one in findings if isinstance(one.verdict, Decided)]
    against = {
        one: tuple(name for name, verdict in decided if one not in verdict.fits)
        for one in Population
    }
    if not decided:
        return Resemblance(frozenset(), against, pure=False)
    best = frozenset(one for one, rows in against.items() if not rows)
    if best:
        return Resemblance(best, against, pure=True)
    first, second, *_ = sorted(Population, key=lambda one: len(against[one]))
    if len(against[second]) - len(against[first]) >= MARGIN:
        return Resemblance(frozenset({first}), against, pure=False)
    return Resemblance(frozenset(), against, pure=False)
