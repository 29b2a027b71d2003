"""Drawings of the studies of health: SVG without script, the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Document = dict[str, Any]
Draw = Callable[[Axes, Sequence[Document]], None]

_STYLE: Final[Any] = {"svg.hashsalt": "twisted_mule", "svg.fonttype": "none", "font.size": 9.0}
_COLOURS: Final = {
    "ours": "#1565c0",
    "uncovered": "#6a9bd8",
    "prompt": "#8d6e00",
    "imule": "#c62828",
}


def drawn(study: str, documents: Sequence[Document]) -> dict[str, str]:
    """The pictures of a study, by name; only those whose runs are there."""
    by_part: dict[str, list[Document]] = {}
    for one in documents:
        by_part.setdefault(one["plan"]["part"], []).append(one)
    chosen = {}
    for (of, part, name), (draw, axes) in _PICTURES.items():
        if of == study and part in by_part:
            chosen[name] = _picture(draw, by_part[part], axes)
    return chosen


def _picture(draw: Draw, documents: Sequence[Document], size: tuple[float, float]) -> str:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot(), documents)
        file = StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :]


def _retrieval(axes: Axes, documents: Sequence[Document]) -> None:
    for shift, one in enumerate(documents):
        breed = one["plan"]["breed"]
        ages = sorted((float(name.split()[0]), name) for name in one["searches"])
        places = [place + 0.12 * shift for place in range(len(ages))]
        shares = [one["searches"][name] for _, name in ages]
        middle = [100 * share["share"] for share in shares]
        below = [100 * (share["share"] - share["low"]) for share in shares]
        above = [100 * (share["high"] - share["share"]) for share in shares]
        axes.errorbar(
            places, middle, (below, above), label=breed, color=_COLOURS[breed], fmt="o-", capsize=3
        )
        axes.set_xticks(range(len(ages)), [name for _, name in ages])
    axes.axhline(98.0, color="#555555", linewidth=0.8, linestyle="--")
    axes.set_title("Keywords found under churn, by age")
    axes.set_ylabel("found, %, with 95 % intervals")
    axes.legend()


def _near(axes: Axes, documents: Sequence[Document]) -> None:
    for one in documents:
        breed = one["plan"]["breed"]
        for aim, mark in (("value", "o"), ("store", "s"), ("node", "^")):
            sort = one["lookups"].get(aim)
            if sort is not None and sort["ended"]:
                axes.plot(
                    [sort["requests"]],
                    [100 * sort["closest_found"]],
                    marker=mark,
                    color=_COLOURS[breed],
                    linestyle="",
                    label=f"{breed}, {aim}",
                )
    axes.axhline(95.0, color="#555555", linewidth=0.8, linestyle="--")
    axes.set_title("Closest ten found with half of all contacts dead")
    axes.set_xlabel("requests a lookup")
    axes.set_ylabel("found, %")
    seen = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(seen.values(), seen.keys(), fontsize=8)


def _cost(axes: Axes, documents: Sequence[Document]) -> None:
    names = [one["plan"]["breed"] for one in documents]
    sent = [one["wire"]["sent_per_hour"] for one in documents]
    axes.bar(names, sent, color=[_COLOURS[name] for name in names], width=0.6)
    axes.set_title("Datagrams that a node sends in an hour")
    axes.set_ylabel("datagrams")


def _waiting(axes: Axes, documents: Sequence[Document]) -> None:
    for row, one in enumerate(documents):
        breed, search = one["plan"]["breed"], one["searches"].get("shared")
        if search is None or search["first"]["median"] is None:
            continue
        colour = _COLOURS[breed]
        axes.barh(row - 0.2, search["first"]["median"], 0.35, color=colour)
        axes.barh(row + 0.2, search["done"]["median"], 0.35, color=colour, alpha=0.4)
    axes.set_yticks(range(len(documents)), [one["plan"]["breed"] for one in documents])
    axes.invert_yaxis()
    axes.set_title("Search: first result (full) and end (pale), median")
    axes.set_xlabel("seconds since the wish")


def _hops(axes: Axes, documents: Sequence[Document]) -> None:
    sizes = [one["plan"]["nodes"] for one in documents]
    for aim, mark in (("value", "o"), ("store", "s"), ("node", "^")):
        hops = [one["lookups"].get(aim, {}).get("hops") for one in documents]
        axes.plot(sizes, hops, marker=mark, linestyle="", label=aim)
    axes.set_xscale("log")
    axes.set_ylim(0.0)
    axes.set_title("Hops to the nearest node that answered")
    axes.set_xlabel("nodes")
    axes.legend(loc="lower right")


def _memory(axes: Axes, documents: Sequence[Document]) -> None:
    for full, mark in ((True, "o"), (False, "v")):
        those = [one for one in documents if (one["plan"]["askers"] >= 1.0) is full]
        axes.plot(
            [one["plan"]["nodes"] for one in those],
            [one["kib_per_node"] for one in those],
            marker=mark,
            linestyle="",
            label="all ask" if full else "some ask",
        )
    axes.set_xscale("log")
    axes.set_ylim(0.0)
    axes.set_title("Memory")
    axes.set_xlabel("nodes")
    axes.set_ylabel("KiB a node")
    axes.legend()


_PICTURES: Final[dict[tuple[str, str, str], tuple[Draw, tuple[float, float]]]] = {
    ("churn", "retrieval", "churn-found"): (_retrieval, (5.6, 3.2)),
    ("churn", "variants", "churn-requests"): (_near, (5.6, 3.4)),
    ("cost", "cost", "cost-datagrams"): (_cost, (4.8, 2.8)),
    ("cost", "cost", "cost-searches"): (_waiting, (5.6, 2.6)),
    ("growth", "growth", "growth-hops"): (_hops, (4.8, 2.8)),
    ("growth", "growth", "growth-memory"): (_memory, (4.8, 2.8)),
}
