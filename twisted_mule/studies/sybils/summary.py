"""Runs of a cell taken together: means with intervals, and the tables that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from statistics import fmean, stdev
from typing import Any, Final

from attrs import frozen

from twisted_mule.studies.sybils.cells import CELLS, Cell

#: Student's t for 95 % by the number of runs; runs are few, and each counts as one observation.
_STUDENT: Final = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
#: For more runs: the normal law's, and how far Student's is off, times the degrees of freedom;
#: right to half a per cent.
_MANY: Final = 1.960
_OFF: Final = 2.66


@frozen
class Spread:
    """
    A share over several runs.

    :ivar low: with ``high`` the 95 % interval of the mean; ``None`` of a single run.
    """

    mean: float
    low: float | None
    high: float | None
    runs: int

    @property
    def text(self) -> str:
        """Such as ``45 % (31-59)``; without an interval where there is one run, or all agree."""
        mean = f"{100 * self.mean:.0f} %"
        if self.low is None or self.high is None or self.low == self.high:
            return mean
        return f"{mean} ({100 * self.low:.0f}-{100 * self.high:.0f})"


def spread(values: Iterable[float | None]) -> Spread | None:
    """The mean of the runs that have a value, and its interval; ``None`` when none has."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    mean, runs = fmean(known), len(known)
    if runs == 1:
        return Spread(mean, None, None, 1)
    free = runs - 1
    student = _STUDENT[free - 1] if free <= len(_STUDENT) else _MANY + _OFF / free
    half = student * stdev(known) / sqrt(runs)
    return Spread(mean, max(mean - half, 0.0), min(mean + half, 1.0), runs)


@frozen
class Column:
    """
    One measure of a table.

    :ivar path: where it is in the document of a run, joined by points.
    """

    shown: str
    path: str

    def of(self, document: Mapping[str, Any]) -> float | None:
        """The value of one run."""
        found: Any = document
        for name in self.path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return None if found is None else float(found)


#: By group of cells: the title of its table, and its columns.
TABLES: Final[dict[str, tuple[str, tuple[Column, ...]]]] = {
    "sybils": (
        "Sybils around one keyword",
        (
            Column("finds the file", "target.found"),
            Column("finds the other", "control.found"),
            Column("hostile: closest 10", "closest_hostile"),
            Column("last requests", "target.finishing.hostile"),
            Column("holders", "target.holders_hostile"),
            Column("contacts", "others.table.hostile"),
            Column("all requests", "others.asked.hostile"),
            Column("rule speaks", "target.crowded"),
            Column("falsely", "control.crowded"),
        ),
    ),
    "liars": (
        "Nodes that lie or poison",
        (
            Column("finds the file", "target.found"),
            Column("false results", "target.false_results"),
            Column("hostile: last requests", "target.finishing.hostile"),
            Column("requests to nobody", "others.asked.nobody"),
            Column("nobody: contacts", "others.table.nobody"),
            Column("verified", "others.verified.nobody"),
            Column("handed out", "others.handed_out.nobody"),
        ),
    ),
    "encircled": (
        "Victims encircled",
        (
            Column("victim finds", "victims_control.found"),
            Column("others find", "control.found"),
            Column("hostile: contacts", "victims.table.hostile"),
            Column("verified", "victims.verified.hostile"),
            Column("next to it", "victims.next_to.hostile"),
            Column("far from it", "victims.far.hostile"),
            Column("its requests", "victims.asked.hostile"),
            Column("others' contacts", "others.table.hostile"),
            Column("others' requests", "others.asked.hostile"),
        ),
    ),
}


@frozen
class Row:
    """One cell with all its measures."""

    cell: Cell
    runs: int
    spreads: tuple[Spread | None, ...]


def rows(group: str, documents: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The cells of a group of which there is any run, in their order."""
    _, columns = TABLES[group]
    found = []
    for cell in CELLS:
        mine = [one for one in documents if one["cell"] == cell.name]
        if cell.group == group and mine:
            spreads = tuple(spread(column.of(one) for one in mine) for column in columns)
            found.append(Row(cell, len(mine), spreads))
    return found


def lines(group: str, documents: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a table, as text."""
    _, columns = TABLES[group]
    head = ["attack", "runs", *(column.shown for column in columns)]
    return head, [
        [row.cell.shown, str(row.runs), *("-" if one is None else one.text for one in row.spreads)]
        for row in rows(group, documents)
    ]


def markdown(documents: Sequence[Mapping[str, Any]]) -> str:
    """All tables, for a page."""
    parts = []
    for group, (title, _) in TABLES.items():
        head, body = lines(group, documents)
        ruled = [head, ["---"] * len(head), *body]
        parts.append(f"{title}\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in ruled))
    return "\n\n".join(parts) + "\n"
