"""Pictures of the study: shares with their intervals, SVG without script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twisted_mule.studies.sybils.summary import TABLES, Row, Spread, rows

_STYLE: Final[Any] = {"svg.hashsalt": "twisted_mule", "svg.fonttype": "none", "font.size": 9.0}
#: The share of its room that a cell's bars take.
_WIDE: Final = 0.8
#: By group of cells, the measures that are drawn.
_DRAWN: Final[dict[str, tuple[str, ...]]] = {
    "sybils": ("target.found", "control.found", "target.finishing.hostile", "others.asked.hostile"),
    "liars": ("target.found", "target.false_results", "others.asked.nobody", "others.table.nobody"),
    "encircled": (
        "victims_control.found",
        "victims.table.hostile",
        "victims.next_to.hostile",
        "victims.asked.hostile",
    ),
}
_NAMES: Final = {
    "target.found": "searches that find the file",
    "control.found": "searches for the file next door",
    "target.finishing.hostile": "last requests that go to attackers",
    "others.asked.hostile": "all requests that go to attackers",
    "target.false_results": "results that are false",
    "others.asked.nobody": "requests to contacts that were invented",
    "others.table.nobody": "contacts that were invented",
    "victims_control.found": "searches of the victim that find the file",
    "victims.table.hostile": "its contacts that are attackers",
    "victims.next_to.hostile": "of those next to it",
    "victims.asked.hostile": "its requests that go to attackers",
}


def drawn(documents: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """A picture a group of cells of which there are runs, by name."""
    found = {group: rows(group, documents) for group in TABLES}
    return {f"sybils-{group}": _picture(group, one) for group, one in found.items() if one}


def _picture(group: str, cells: Sequence[Row]) -> str:
    title, columns = TABLES[group]
    places = {column.path: place for place, column in enumerate(columns)}
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        axes = figure.add_subplot()
        paths = _DRAWN[group]
        for number, path in enumerate(paths):
            shares = [row.spreads[places[path]] for row in cells]
            shift = (number - (len(paths) - 1) / 2) / len(paths)
            _bars(axes, shares, _NAMES[path], shift, 1 / len(paths))
        axes.set_title(title)
        axes.set_ylabel("share")
        axes.set_ylim(0.0, 1.02)
        shown = [row.cell.shown.replace(", ", ",\n") for row in cells]
        axes.set_xticks(
            range(len(cells)), [name.replace(" around ", "\naround ") for name in shown]
        )
        figure.legend(loc="outside lower center", ncols=2, fontsize=7.5)
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        text = file.getvalue()
        return text[text.index("<svg") :]


def _bars(
    axes: Axes, shares: Sequence[Spread | None], name: str, shift: float, width: float
) -> None:
    """One measure of all cells, beside the others; whiskers are the intervals."""
    there = [(at, one) for at, one in enumerate(shares) if one is not None]
    at = [at + _WIDE * shift for at, _ in there]
    means = [one.mean for _, one in there]
    below = [one.mean - (one.mean if one.low is None else one.low) for _, one in there]
    above = [(one.mean if one.high is None else one.high) - one.mean for _, one in there]
    axes.bar(at, means, _WIDE * width, yerr=[below, above], label=name, error_kw={"linewidth": 0.8})
