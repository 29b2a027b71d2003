"""Drawings for the report: SVG without script, the same bytes for the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from math import isfinite
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.findings import Finding, Verdict

#: Points of a curve: more cannot be seen.
_POINTS: Final = 400
_COLOURS: Final = {Verdict.PASS: "#2e7d32", Verdict.FAIL: "#c62828", Verdict.EXTEND: "#8d6e00"}
_STYLE: Final[Any] = {"svg.hashsalt": "twisted_mule", "svg.fonttype": "none", "font.size": 9.0}
#: Effects are drawn as multiples of their limit, up to so many.
_WIDEST: Final = 3.0


def curves(title: str, unit: str, samples: Sequence[tuple[str, Floats]]) -> str:
    """The shares below each value, a curve a sample."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.6, 3.0), layout="constrained")
        axes = figure.add_subplot()
        shares = np.linspace(0.0, 1.0, _POINTS)
        for name, values in samples:
            if len(values):
                axes.plot(np.quantile(values, shares), shares, label=name, linewidth=1.2)
        axes.set_title(title)
        axes.set_xlabel(unit)
        axes.set_ylabel("share below")
        if any(len(values) for _, values in samples):
            axes.legend(loc="lower right")
        return _svg(figure)


def effects(findings: Sequence[Finding]) -> str:
    """Each effect with its bounds, against its limit: what is left of the line passes."""
    drawn = [one for one in findings if one.n and one.limit > 0.0 and isfinite(one.interval[1])]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 0.8 + 0.22 * len(drawn)), layout="constrained")
        axes = figure.add_subplot()
        for row, one in enumerate(drawn):
            ends = [min(abs(end) / one.limit, _WIDEST) for end in one.interval]
            axes.plot(ends, [row, row], color=_COLOURS[one.verdict], linewidth=3.0)
            at = min(abs(one.effect) / one.limit, _WIDEST)
            axes.plot([at], [row], color=_COLOURS[one.verdict], marker="o", markersize=4.0)
        axes.axvline(1.0, color="#555555", linewidth=0.8, linestyle="--")
        axes.set_yticks(range(len(drawn)), [f"{one.channel} ({one.adversary})" for one in drawn])
        axes.invert_yaxis()
        axes.set_xlim(0.0, _WIDEST + 0.05)
        axes.set_xlabel("effect and bounds, as a multiple of the limit")
        return _svg(figure)


def _svg(figure: Figure) -> str:
    file = StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :]
