"""The page of the contract: each clause, what keeps it, and its live figures."""

from __future__ import annotations

from attrs import frozen

from twisted_mule.status import ClauseStatus, NodeStatus
from twisted_mule.web.views import Tone, Verdict


def kept(clause: ClauseStatus) -> Verdict:
    """Whether a clause of the contract is kept."""
    match clause.kept:
        case True:
            return Verdict(Tone.GOOD, "Kept")
        case False:
            return Verdict(Tone.BAD, "Broken")
        case None:
            return Verdict(Tone.IDLE, "Not measured yet")


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
        which = f"Clause {broken[0]} is" if len(broken) == 1 else f"Clauses {', '.join(broken)} are"
        text = f"{which} broken. Please report it, and do not rely on this node until it is mended."
        return ContractPage(Verdict(Tone.BAD, "Broken"), text, clauses)
    if every and good == len(every):
        return ContractPage(Verdict(Tone.GOOD, "Kept"), f"All {good} clauses are kept.", clauses)
    text = f"{good} of {len(every)} clauses shown to be kept; too little is measured for the rest."
    return ContractPage(
        Verdict(Tone.IDLE, "Not measured yet"), text if every else "Not measured yet.", clauses
    )
