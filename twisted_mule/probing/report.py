"""What a run found, in one sentence and as a document for programs."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from twisted_mule.probing.populations import Decided, Population, listed, verdict_words
from twisted_mule.probing.prober import Phase, Prober
from twisted_mule.probing.register import Finding, Resemblance, judged, resemblance

FORMAT: Final = 1

_NAMES: Final = {
    Population.OURS: "a node that keeps the contract, as ours does",
    Population.IMULE: "iMule",
    Population.RUST: "rust-mule",
}


@frozen
class Report:
    """
    A run, judged.

    :ivar whole: whether it went on to its end.
    :ivar answered: whether the node said who it is, without which hardly anything can be asked.
    """

    node: str
    kad_id: str | None
    findings: tuple[Finding, ...]
    resembles: Resemblance
    whole: bool
    seconds: float
    sent: int
    heard: int
    discarded: int

    @property
    def answered(self) -> bool:
        """Whether the node said who it is."""
        return self.kad_id is not None

    @property
    def conclusion(self) -> str:
        """One sentence."""
        if not self.answered:
            return "The node did not answer." if self.whole else "The node has not answered yet."
        names = [_NAMES[one] for one in Population if one in self.resembles.populations]
        if not names:
            decided = any(isinstance(one.verdict, Decided) for one in self.findings)
            if not decided:
                return "Too little was observed to tell what the node resembles."
            return "The node resembles none of the three: rows contradict each of them."
        if len(names) == len(_NAMES):
            return "Nothing told the three apart."
        if self.resembles.pure:
            return f"The node resembles {' or '.join(names)}; no row contradicts it."
        (only,) = self.resembles.populations
        rows = ", ".join(self.resembles.against[only])
        return f"The node resembles {names[0]} most, against {rows}."

    def document(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {
            "format": FORMAT,
            "destination": self.node,
            "kad_id": self.kad_id,
            "whole": self.whole,
            "seconds": round(self.seconds, 1),
            "sent": self.sent,
            "heard": self.heard,
            "discarded": self.discarded,
            "resembles": listed(self.resembles.populations),
            "against": {one.value: list(rows) for one, rows in self.resembles.against.items()},
            "conclusion": self.conclusion,
            "rows": [_row(one) for one in self.findings],
        }


def _row(finding: Finding) -> dict[str, Any]:
    verdict = finding.verdict
    return {
        "row": finding.row.name,
        "title": finding.row.title,
        "verdict": verdict_words(verdict),
        "fits": listed(verdict.fits) if isinstance(verdict, Decided) else None,
        "because": verdict.because,
    }


def report(prober: Prober, seconds: float) -> Report:
    """Judge a run as far as it has come."""
    evidence = prober.evidence
    findings = judged(evidence)
    return Report(
        evidence.node.base64,
        None if evidence.kad_id is None else evidence.kad_id.hex,
        findings,
        resemblance(findings),
        prober.phase is Phase.OVER,
        seconds,
        prober.sent,
        len(evidence.heard),
        evidence.discarded,
    )
