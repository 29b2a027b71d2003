"""The page of the contract: each clause, what keeps it, and its live figures."""

from __future__ import annotations

from typing import assert_never

from attrs import evolve, field, frozen

from twisted_mule.status import CheckStatus, ClauseStatus, Finding, NodeStatus
from twisted_mule.web import words
from twisted_mule.web.language import _, plural
from twisted_mule.web.said import tell
from twisted_mule.web.views import Tone, Verdict


def kept(clause: ClauseStatus) -> Verdict:
    """Whether a clause of the contract is kept."""
    match clause.kept:
        case True:
            return Verdict(Tone.GOOD, _("Kept"))
        case False:
            return Verdict(Tone.BAD, _("Broken"))
        case None:
            return Verdict(Tone.IDLE, _("Not measured yet"))


def found(finding: Finding) -> Verdict:
    """What one measurement comes to."""
    match finding:
        case Finding.KEPT:
            return Verdict(Tone.GOOD, _("Kept"))
        case Finding.BROKEN:
            return Verdict(Tone.BAD, _("Broken"))
        case Finding.UNKNOWN:
            return Verdict(Tone.IDLE, _("Not enough data yet"))
        case never:
            assert_never(never)


@frozen
class CheckRow:
    """One measurement of the self-check, in words."""

    label: str
    measured: str
    bound: str
    n: str
    verdict: Verdict


@frozen
class ContractPage:
    """
    The page of the contract.

    :ivar checks: what the self-check measured, by the number of the clause.
    """

    verdict: Verdict
    summary: str
    clauses: tuple[tuple[ClauseStatus, Verdict], ...]
    checks: dict[int, tuple[CheckRow, ...]] = field(factory=dict)


def _row(check: CheckStatus) -> CheckRow:
    label, measured, bound = map(tell, (check.label, check.measured, check.bound))
    return CheckRow(label, measured, bound, words.count(check.n), found(check.finding))


def _spoken(clause: ClauseStatus) -> ClauseStatus:
    """The clause in the reader's language."""
    figures = tuple(
        (tell(label), tell(value), tell(bound)) for label, value, bound in clause.figures
    )
    return evolve(
        clause,
        title=tell(clause.title),
        rule=tell(clause.rule),
        kept_by=tell(clause.kept_by),
        figures=figures,
    )


def contract(status: NodeStatus) -> ContractPage:
    """The page of the contract: its verdict is that of its worst clause."""
    every = status.contract
    clauses = tuple((_spoken(clause), kept(clause)) for clause in every)
    checks = {clause.number: tuple(map(_row, clause.checks)) for clause in every}
    return ContractPage(*_summary(every), clauses, checks)


def _summary(every: tuple[ClauseStatus, ...]) -> tuple[Verdict, str]:
    good = sum(clause.kept is True for clause in every)
    broken = [str(clause.number) for clause in every if clause.kept is False]
    if broken:
        which = plural(
            "Clause {numbers} is broken. Please report it, and do not rely on this node until it "
            "is mended.",
            "Clauses {numbers} are broken. Please report it, and do not rely on this node until it "
            "is mended.",
            len(broken),
        )
        return Verdict(Tone.BAD, _("Broken")), which.format(numbers=", ".join(broken))
    if every and good == len(every):
        text = _("All {count} clauses are kept.").format(count=good)
        return Verdict(Tone.GOOD, _("Kept")), text
    text = _(
        "{good} of {all} clauses shown to be kept; too little is measured for the rest."
    ).format(good=good, all=len(every))
    return Verdict(Tone.IDLE, _("Not measured yet")), text if every else _("Not measured yet.")
