"""The tables and pictures of study (a)."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from math import isfinite
from typing import Any, Final, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure

from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.studies.leaks.run import DESIGNS
from twisted_mule.studies.leaks.secrets import SECRETS
from twisted_mule.studies.leaks.study import Score, document, verdict

_STYLE: Final[Any] = {
    "svg.hashsalt": "twisted_mule",
    "svg.fonttype": "none",
    "font.size": 9.0,
    "font.sans-serif": ["DejaVu Sans"],  # each text names all there are: a third of the bytes
}
_PLAIN: Final = "#555555"
_COLOURS: Final = {Verdict.PASS: "#2e7d32", Verdict.FAIL: "#c62828", Verdict.EXTEND: "#8d6e00"}


class Line(NamedTuple):
    """One line of the table of one design, as text."""

    secret: str
    view: str
    runs: str
    windows: str
    auc: str
    interval: str
    limit: str
    verdict: str


HEAD: Final = Line("secret", "view", "runs", "windows", "AUC", "interval", "limit", "verdict")


def lines(scores: Sequence[Score], design: str) -> list[Line]:
    """The table of one design."""
    return [_line(score) for score in scores if score.cell.design == design]


def _line(score: Score) -> Line:
    found = score.finding
    low, high = _bounds(found)
    known = f"{low:.3f} to {high:.3f}" if isfinite(found.interval[1]) else "-"
    return Line(
        score.cell.secret,
        score.cell.view,
        f"{score.runs}",
        f"{found.n}",
        f"{found.effect:.3f}",
        known,
        f"{found.limit:.2f}",
        _said(score),
    )


def _said(score: Score) -> str:
    """The verdict; of what is reported only there is none."""
    return "reported" if SECRETS[score.cell.secret].shown else score.finding.verdict.name


def _bounds(found: Finding) -> tuple[float, float]:
    """No AUC is below 0 or above 1, whatever a normal law says."""
    return max(found.interval[0], 0.0), min(found.interval[1], 1.0)


def against(scores: Sequence[Score]) -> tuple[list[str], list[list[str]]]:
    """All designs side by side: the heads of the columns, and a row a secret and view."""
    designs = [one for one in DESIGNS if any(score.cell.design == one for score in scores)]
    found = {(one.cell.secret, one.cell.view, one.cell.design): one for one in scores}
    places = dict.fromkeys((one.cell.secret, one.cell.view) for one in scores)
    rows = []
    for secret, view in places:
        row = [secret, view]
        for design in designs:
            one = found.get((secret, view, design))
            row.append("-" if one is None else f"{one.finding.effect:.2f} {_said(one)}")
        rows.append(row)
    rows.append(["all but null", "", *(verdict(scores, design).name for design in designs)])
    return ["secret", "view", *designs], rows


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as the pages have them."""
    ruler = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ruler, *rows))


def documents(scores: Sequence[Score], seed: int) -> dict[str, Any]:
    """All of it for programs."""
    designs = dict.fromkeys(score.cell.design for score in scores)
    return {
        "study": "leaks",
        "seed": seed,
        "verdicts": {design: verdict(scores, design).value for design in designs},
        "scores": [document(score) for score in scores],
    }


def ours(scores: Sequence[Score]) -> str:
    """Each AUC of the node as it is with its bounds, and its limit: an SVG."""
    drawn = [
        one for one in scores if one.cell.design == "ours" and isfinite(one.finding.interval[1])
    ]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 0.9 + 0.2 * len(drawn)), layout="constrained")
        axes = figure.add_subplot()
        for row, score in enumerate(drawn):
            found = score.finding
            colour = _PLAIN if SECRETS[score.cell.secret].shown else _COLOURS[found.verdict]
            axes.plot(_bounds(found), [row, row], color=colour, linewidth=2.5)
            axes.plot([found.effect], [row], color=colour, marker="o", markersize=4.0)
            axes.plot([found.limit], [row], color="#555555", marker="|", markersize=9.0)
        axes.axvline(0.5, color="#555555", linewidth=0.8, linestyle="--")
        axes.set_yticks(
            range(len(drawn)), [f"{one.cell.secret} ({one.cell.view})" for one in drawn]
        )
        axes.invert_yaxis()
        axes.set_xlabel("AUC with its bounds; | is the limit of the upper one")
        return _svg(figure)


def table(scores: Sequence[Score]) -> str:
    """
    What each design leaks, as a map of colours with the AUC in each place: an SVG.

    Drawn is what all of them were asked.
    """
    head, rows = against(scores)
    rows = [row for row in rows if "-" not in row]
    designs, places = head[2:], [(row[0], row[1]) for row in rows[:-1]]
    found = {(one.cell.secret, one.cell.view, one.cell.design): one.finding for one in scores}
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(1.8 + 1.1 * len(designs), 0.8 + 0.22 * len(places)))
        figure.set_layout_engine("constrained")
        axes = figure.add_subplot()
        for row, place in enumerate(places):
            for column, design in enumerate(designs):
                one = found.get((place[0], place[1], design))
                if one is not None:
                    _square(axes, row, column, one.effect)
        axes.set_xticks(range(len(designs)), designs)
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(places)), [f"{secret} ({view})" for secret, view in places])
        axes.set_xlim(-0.5, len(designs) - 0.5)
        axes.set_ylim(len(places) - 0.5, -0.5)
        return _svg(figure)


def _square(axes: Any, row: int, column: int, auc: float) -> None:
    """The redder, the further from chance."""
    strength = min(max(auc - 0.5, 0.0) * 2.0, 1.0)
    colour = (1.0 - 0.2 * strength, 1.0 - 0.75 * strength, 1.0 - 0.75 * strength)
    sides, ends = (column - 0.48, column + 0.48), (row - 0.48, row + 0.48)
    axes.fill((*sides, *sides[::-1]), (ends[0], ends[0], ends[1], ends[1]), facecolor=colour)
    axes.text(column, row, f"{auc:.2f}", ha="center", va="center")


def _svg(figure: Figure) -> str:
    file = StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :]
