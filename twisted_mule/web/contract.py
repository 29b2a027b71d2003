"""The page of the contract: each clause, what keeps it, and its live figures."""

from __future__ import annotations

from attrs import frozen

from twisted_mule.status import ClauseStatus, NodeStatus
from twisted_mule.web.language import _, plural
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


@frozen
class ContractPage:
    """The page of the contract."""

    verdict: Verdict
    summary: str
    clauses: tuple[tuple[ClauseStatus, Verdict], ...]


def contract(status: NodeStatus) -> ContractPage:
    """The page of the contract: its verdict is that of its worst clause."""
    every = status.contract
    clauses = tuple((clause, kept(clause)) for clause in every)
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
        text = which.format(numbers=", ".join(broken))
        return ContractPage(Verdict(Tone.BAD, _("Broken")), text, clauses)
    if every and good == len(every):
        return ContractPage(
            Verdict(Tone.GOOD, _("Kept")),
            _("All {count} clauses are kept.").format(count=good),
            clauses,
        )
    text = _(
        "{good} of {all} clauses shown to be kept; too little is measured for the rest."
    ).format(good=good, all=len(every))
    return ContractPage(
        Verdict(Tone.IDLE, _("Not measured yet")),
        text if every else _("Not measured yet."),
        clauses,
    )
