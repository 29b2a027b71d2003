"""Pictures of runs: SVG without script, the same bytes for the same runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Document = Mapping[str, Any]

_STYLE: Final[Any] = {"svg.hashsalt": "twisted_mule", "svg.fonttype": "none", "font.size": 9.0}
#: Types that have a curve of their own; the rest share one.
_TYPES: Final = 6
#: Points of a curve: more cannot be seen.
_POINTS: Final = 70


def drawn(documents: Sequence[Document]) -> dict[str, str]:
    """
    The pictures of runs of one scenario, by name.

    Each curve is the mean over the runs, between the least and the greatest of them.
    """
    pictures: dict[str, tuple[str, str, str, Callable[[Axes, Sequence[Document]], None]]] = {
        "present": ("Nodes that are there", "minute", "nodes", _present),
        "datagrams": ("Datagrams sent, by type", "minute", "a node-minute", _datagrams),
        "lookups": ("Lookups that have ended, of the sample", "minute", "lookups", _lookups),
        "delays": ("From arrival to answer", "seconds", "share of the answers", _delays),
        "searches": ("Searches for what somebody shares", "minute", "searches", _searches),
    }
    return {name: _picture(*parts, documents) for name, parts in pictures.items()}


def _picture(
    title: str,
    across: str,
    up: str,
    draw: Callable[[Axes, Sequence[Document]], None],
    documents: Sequence[Document],
) -> str:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 3.4), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(title)
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        draw(axes, documents)
        axes.set_ylim(bottom=0.0)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=7.5)
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        text = file.getvalue()
        return text[text.index("<svg") :]


def _curve(
    axes: Axes, minutes: Sequence[float], runs: Sequence[Sequence[float]], name: str
) -> None:
    """Mean, least and greatest of several runs, which are all equally long."""
    step = -(-len(minutes) // _POINTS)
    at = minutes[::step]
    each = list(zip(*runs, strict=True))[::step]
    (line,) = axes.plot(at, [sum(one) / len(one) for one in each], linewidth=1.3, label=name)
    if len(runs) > 1:
        least, greatest = [min(one) for one in each], [max(one) for one in each]
        axes.fill_between(at, least, greatest, color=line.get_color(), alpha=0.2, linewidth=0.0)


def _series(documents: Sequence[Document], name: str) -> list[list[float]]:
    return [one["series"][name] for one in documents]


def _minutes(documents: Sequence[Document]) -> list[float]:
    minutes: list[float] = documents[0]["series"]["minute"]
    return minutes


def _present(axes: Axes, documents: Sequence[Document]) -> None:
    _curve(axes, _minutes(documents), _series(documents, "present"), "")


def _lookups(axes: Axes, documents: Sequence[Document]) -> None:
    _curve(axes, _minutes(documents), _series(documents, "lookups"), "")


def _datagrams(axes: Axes, documents: Sequence[Document]) -> None:
    minutes = _minutes(documents)
    runs = [one["series"]["sent"] for one in documents]
    nothing = [0.0] * len(minutes)
    totals = {
        name: sum(sum(run.get(name, nothing)) for run in runs) for run in runs for name in run
    }
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    for name in ranked[:_TYPES]:
        shown = name.replace("_", " ")
        _curve(axes, minutes, [run.get(name, nothing) for run in runs], shown)
    rest = ranked[_TYPES:]
    if rest:
        sums = [
            [sum(run.get(n, nothing)[i] for n in rest) for i in range(len(minutes))] for run in runs
        ]
        _curve(axes, minutes, sums, "all others")


def _delays(axes: Axes, documents: Sequence[Document]) -> None:
    step = documents[0]["delays"]["step"]
    columns = zip(*[one["delays"]["answers"] for one in documents], strict=True)
    counts = [sum(one) for one in columns]
    whole = sum(counts) or 1
    at = [step * number for number in range(len(counts))]
    axes.bar(at, [count / whole for count in counts], width=step, align="edge", edgecolor="white")


def _searches(axes: Axes, documents: Sequence[Document]) -> None:
    minutes = _minutes(documents)
    _curve(axes, minutes, _series(documents, "searches"), "done")
    _curve(axes, minutes, _series(documents, "found"), "found the file")
