"""An audit as a document for programs, and as a page for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any, Final

import numpy as np
from attrs import astuple, field, frozen

from twisted_mule.audit import charts, reference
from twisted_mule.audit.findings import FAMILY, PASS_LEVEL, Finding, Verdict, overall
from twisted_mule.audit.lacking import lacking, missing
from twisted_mule.audit.timing import delays, intervals
from twisted_mule.audit.views import Trace

#: What no test can pass on, for it is known and allowed (docs/contract.md).
RESIDUALS: Final = (
    "that a node is overloaded, from loss",
    "how much others ask of it: the volume of answers",
    "that it was away, from gaps",
    "which router it uses",
    "which keys it holds for others",
    "that its handlers need more than about 150 ms, from answers dropped as late",
    "whatever the targets and contents of messages say; a trace holds neither",
)
_WORDS: Final = {
    Verdict.PASS: "Nothing found, and enough data to say so.",
    Verdict.FAIL: "A difference was found that chance does not explain.",
    Verdict.EXTEND: "Nothing is certain yet: more data are needed.",
}
_NEVER: Final = "It cannot be certain, whatever the length: the traces have no {}."


@frozen
class Audit:
    """
    All that one audit has to say.

    :ivar traces: those that were audited, or class A; ``against`` is class B.
    :ivar null: of a comparison: the same on halves of A.
    :ivar remarks: sentences on the traces themselves.
    """

    findings: tuple[Finding, ...]
    traces: tuple[Trace, ...]
    against: tuple[Trace, ...] = ()
    null: tuple[Finding, ...] = ()
    bits: Mapping[str, float] = field(factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Of all findings together."""
        return overall(self.findings)

    @property
    def lacks(self) -> frozenset[str]:
        """What the traces do not hold: no more of them answers what needs it."""
        return lacking(self.traces, self.against)


def document(audit: Audit) -> dict[str, Any]:
    """The audit for programs."""
    return {
        "audit": 1,
        "verdict": audit.verdict.value,
        "family": FAMILY,
        "pass_level": PASS_LEVEL,
        "traces": [_of_trace(trace) for trace in audit.traces],
        "against": [_of_trace(trace) for trace in audit.against],
        "findings": [_of_finding(one) for one in audit.findings],
        "null": [_of_finding(one) for one in audit.null],
        "bits": dict(audit.bits),
        "lacks": sorted(audit.lacks),
        "remarks": list(audit.remarks),
        "residuals": list(RESIDUALS),
    }


def _of_trace(trace: Trace) -> dict[str, Any]:
    return {
        "name": trace.name,
        "source": trace.header.source,
        "software": trace.header.software,
        "contract": trace.header.contract,
        "seconds": round(trace.seconds, 3),
        "rows": len(trace.t),
    }


def _of_finding(one: Finding) -> dict[str, Any]:
    return {
        "channel": one.channel,
        "adversary": one.adversary,
        "statistic": one.statistic,
        "effect": one.effect,
        "interval": [end if isfinite(end) else None for end in one.interval],
        "limit": one.limit,
        "n": one.n,
        "needed": one.needed,
        "chance": one.chance,
        "verdict": one.verdict.value,
        "note": one.note,
    }


def summary(audit: Audit) -> str:
    """The verdict in one sentence, with what is behind it."""
    counts = dict.fromkeys(Verdict, 0)
    for one in audit.findings:
        counts[one.verdict] += 1
    parts = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count)
    wanted = {missing(one, audit.lacks) for one in audit.findings} - {""}
    words = _WORDS[audit.verdict]
    if wanted and audit.verdict is Verdict.EXTEND:
        named = [one for one in ("types", "ticks") if any(one in words for words in wanted)]
        words = _NEVER.format(" and no ".join(named))
    return f"{audit.verdict.name}: {words} ({parts or 'no checks'})"


def page(audit: Audit) -> str:
    """The audit for people: one HTML page that loads and runs nothing."""
    parts = [
        f"<h1>Audit: {audit.verdict.name}</h1><p>{escape(summary(audit))}</p>",
        *(f"<p>{escape(one)}</p>" for one in audit.remarks),
        _traces("Traces" if not audit.against else "A", audit.traces),
        _traces("B", audit.against) if audit.against else "",
        "<h2>Findings</h2>",
        charts.effects(audit.findings),
        _table(audit.findings, audit.lacks),
        f"<h2>The same on one half of A against the other</h2>{_table(audit.null, audit.lacks)}"
        if audit.null
        else "",
        _bits(audit.bits),
        "<h2>Laws</h2>",
        *_laws(audit),
        "<h2>What may be learnt all the same</h2><ul>",
        *(f"<li>{escape(one)}</li>" for one in RESIDUALS),
        "</ul>",
    ]
    return _PAGE.format(title=f"Audit: {audit.verdict.name}", body="\n".join(parts))


def _laws(audit: Audit) -> list[str]:
    sides = [("A" if audit.against else "traces", audit.traces)]
    if audit.against:
        sides.append(("B", audit.against))
    waits = [(name, _joined([delays(trace) for trace in side])) for name, side in sides]
    paces = [
        (name, _joined([run for trace in side for run in intervals(trace)])) for name, side in sides
    ]
    law = "the declared law"
    return [
        charts.curves("Delay of answers", "seconds", [*waits, (law, reference.delays())]),
        charts.curves("From request to request", "seconds", [*paces, (law, reference.intervals())]),
    ]


def _joined(parts: Sequence[Any]) -> Any:
    return np.concatenate(parts) if parts else np.array([])


def _traces(title: str, traces: Sequence[Trace]) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.name)}</td><td>{escape(one.header.source)}</td>"
        f"<td>{escape(one.header.software)}</td><td>{one.seconds / 60.0:.1f}</td>"
        f"<td>{len(one.t)}</td></tr>"
        for one in traces
    )
    head = "<tr><th>trace</th><th>by</th><th>software</th><th>minutes</th><th>datagrams</th></tr>"
    return f"<h2>{escape(title)}</h2><table>{head}{rows}</table>"


def _bits(bits: Mapping[str, float]) -> str:
    if not bits:
        return ""
    rows = "".join(
        f"<li>{escape(name)}: at least {value:.3f} bits a window</li>"
        for name, value in bits.items()
    )
    return f"<h2>Leakage</h2><ul>{rows}</ul>"


def _table(findings: Sequence[Finding], lacks: frozenset[str]) -> str:
    heads = ("verdict", "what", "seen by", "test", "effect", "bounds", "limit", "n", "needs", "")
    rows = "".join(
        f'<tr class="{one.verdict.value}">'
        + "".join(f"<td>{escape(cell)}</td>" for cell in astuple(shown(one, lacks)))
        + "</tr>"
        for one in findings
    )
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{rows}</table>"


@frozen
class Shown:
    """A finding as texts, in the order of the page's columns."""

    verdict: str
    what: str
    adversary: str
    statistic: str
    effect: str
    bounds: str
    limit: str
    n: str
    needs: str
    note: str


def shown(one: Finding, lacks: frozenset[str]) -> Shown:
    """
    A finding for people; what is needed stands there only where there is less.

    :param lacks: what the traces do not hold.
    """
    low, high = one.interval
    needed = f"{one.needed:,}" if one.needed and one.verdict is Verdict.EXTEND else ""
    return Shown(
        one.verdict.name,
        one.channel,
        one.adversary,
        one.statistic,
        f"{one.effect:.4g}" if one.n else "-",
        f"{low:.4g} to {high:.4g}" if isfinite(high) and low != high else "",
        f"{one.limit:.4g}",
        f"{one.n:,}",
        missing(one, lacks) or needed,
        one.note,
    )


def remarks(audit: Audit) -> list[str]:
    """On the traces, then a line for each finding that did not pass and what windows give away."""
    lines = list(audit.remarks)
    for one in audit.findings:
        if one.verdict is not Verdict.PASS:
            row = shown(one, audit.lacks)
            parts = [f"{row.statistic} {row.effect}"]
            parts += [f"bounds {row.bounds}"] if row.bounds else []
            parts += [row.note] if row.note else []
            lack = missing(one, audit.lacks)
            parts += [f"it needs {lack}"] if lack else []
            lines.append(f"{row.verdict} {row.what} ({row.adversary}): {'; '.join(parts)}")
    lines += [
        f"{name}: a window gives away at least {bits:.3f} bits."
        for name, bits in audit.bits.items()
    ]
    return lines


_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 76em; padding: 0 1em; }}
table {{ border-collapse: collapse; font-size: 13px; }}
th, td {{ border-bottom: 1px solid #ddd; padding: .25em .6em; text-align: left; }}
.fail td:first-child {{ color: #c62828; font-weight: bold; }}
.pass td:first-child {{ color: #2e7d32; }}
.extend td:first-child {{ color: #8d6e00; }}
svg {{ height: auto; max-width: 100%; }}
</style></head><body>
{body}
</body></html>
"""
