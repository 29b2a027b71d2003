"""
Server-side SVG: shapes only, styled by class, with a title and a description.

A drawing has no text in it and stretches to any width; its scale and legend are HTML around it,
and the same figures stand in a table beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from attrs import frozen
from markupsafe import Markup, escape

#: Width of one bar's slot and of the bar, and the height of the plot, in units of the drawing.
SLOT: Final = 10
BAR: Final = 7
HEIGHT: Final = 100
STRIP_WIDTH: Final = 1000
#: Shades of a map, from the emptiest cell that holds something to the fullest.
SHADES: Final = 4
#: Height of one row of a Gantt chart, and of the bar in it.
ROW: Final = 10
ROW_BAR: Final = 7
#: A chart of fewer rows leaves room below them.
ROWS_LEAST: Final = 12


@frozen
class Bar:
    """
    One bar.

    :ivar label: what the pointer is told, such as ``0110: 7 contacts, 5 verified``.
    :ivar whole: its height, in units of the scale.
    :ivar solid: how much of it, from the bottom, is drawn full; the rest is striped.
    """

    label: str
    whole: int
    solid: int


def ceiling(bars: Sequence[Bar]) -> int:
    """The top of the scale: the highest bar, rounded up to the next ten."""
    return max(1, -(-max((bar.whole for bar in bars), default=1) // 10)) * 10


def bar_chart(key: str, title: str, desc: str, bars: Sequence[Bar]) -> Markup:
    """
    Upright bars from left to right over a scale from 0 to :func:`ceiling`.

    :param key: what the names inside the drawing begin with; unlike any other on the page.
    """
    top, width = ceiling(bars), SLOT * max(1, len(bars))
    lines = "".join(
        f'<path class="grid" d="M0 {HEIGHT * part // 2}H{width}"/>' for part in range(3)
    )
    drawn = "".join(_bar(SLOT * place, bar, top) for place, bar in enumerate(bars))
    shapes = f'{_stripes(f"{key}-s")}{lines}<g fill="url(#{key}-s)">{drawn}</g>'
    return _framed("bars", f"0 0 {width} {HEIGHT}", shapes, key=key, title=title, desc=desc)


def _stripes(key: str) -> str:
    return (
        f'<defs><pattern id="{key}" width="4" height="3" patternUnits="userSpaceOnUse">'
        '<rect class="wash" width="4" height="3"/><rect class="stripe" width="4" height="1"/>'
        "</pattern></defs>"
    )


def _bar(left: float, bar: Bar, top: int) -> str:
    foot = f"M{left + (SLOT - BAR) / 2:g} {HEIGHT}"
    whole, solid = (f"{HEIGHT * part / top:.4g}" for part in (bar.whole, bar.solid))
    return (
        f'<g><title>{escape(bar.label)}</title><path d="{foot}v-{whole}h{BAR}v{whole}"/>'
        f'<path class="full" d="{foot}v-{solid}h{BAR}v{solid}"/></g>'
    )


def strip(key: str, title: str, desc: str, parts: Sequence[int]) -> Markup:
    """One lying bar, divided in proportion; the part at place ``n`` has the class ``part-n``."""
    whole, x, drawn = sum(parts), 0, ""
    for place, part in enumerate(parts):
        width = round(STRIP_WIDTH * part / whole) if whole else 0
        if width:
            drawn += f'<rect class="part-{place}" x="{x}" width="{width}" height="10"/>'
        x += width
    return _framed("strip", f"0 0 {STRIP_WIDTH} 10", drawn, key=key, title=title, desc=desc)


def heat(key: str, title: str, desc: str, cells: Sequence[int], own: int) -> Markup:
    """A lying strip of cells, darker where there is more, with a mark above the cell ``own``."""
    top, paths = max((*cells, 1)), defaultdict[int, str](str)
    for place, cell in enumerate(cells):
        if cell:
            paths[-(-cell * SHADES // top)] += f"M{SLOT * place} 4h{SLOT}v16h-{SLOT}z"
    drawn = "".join(f'<path class="shade-{shade}" d="{d}"/>' for shade, d in sorted(paths.items()))
    mark = f'<path class="mark" d="M{SLOT * own} 0h{SLOT}v24h-{SLOT}z"/>'
    box = f"0 0 {SLOT * len(cells)} 24"
    return _framed("heat", box, drawn + mark, key=key, title=title, desc=desc)


@frozen
class Line:
    """
    One line of a chart.

    :ivar values: at even steps; ``None`` where nothing is known.
    :ivar style: its number, for colour and dashes: 0, 1 or 2.
    """

    values: Sequence[float | None]
    style: int = 0


def lines(key: str, title: str, desc: str, drawn: Sequence[Line], top: float) -> Markup:
    """Lines from left (old) to right (new) over a scale from 0 to ``top``."""
    width = max((len(line.values) for line in drawn), default=1) - 1 or 1
    grid = "".join(f'<path class="grid" d="M0 {HEIGHT * part // 2}H{width}"/>' for part in range(3))
    paths = "".join(
        f'<path class="line-{line.style}" d="{_course(line.values, top)}"/>' for line in drawn
    )
    box = f"0 0 {width} {HEIGHT}"
    return _framed("lines", box, grid + paths, key=key, title=title, desc=desc)


def _course(values: Sequence[float | None], top: float) -> str:
    """One stroke for each run of known values; a lone one is a dot."""
    course = ""
    for known, run in groupby(enumerate(values), key=lambda pair: pair[1] is not None):
        if known:
            points = [f"{x} {HEIGHT - HEIGHT * (y or 0.0) / (top or 1):.4g}" for x, y in run]
            course += f"M{'L'.join(points)}" + ("h.01" if len(points) == 1 else "")
    return course


@frozen
class Span:
    """
    One row of a Gantt chart, in units of time.

    :ivar end: ``None`` while it is open.
    :ivar style: its number, for colour: 0, 1 or 2.
    """

    label: str
    start: float
    end: float | None
    style: int = 0


def gantt(key: str, title: str, desc: str, spans: Sequence[Span], last: float) -> Markup:
    """Spans one below the other over a scale from 0 to ``last``; an open one is hollow."""
    scale = STRIP_WIDTH / (last or 1.0)
    drawn = ""
    for place, span in enumerate(spans):
        end = last if span.end is None else span.end
        left, width = scale * span.start, max(scale * (end - span.start), 2.0)
        look = f"span-{span.style}" + (" open" if span.end is None else "")
        drawn += (
            f'<rect class="{look}" x="{left:.4g}" y="{ROW * place + 1}" width="{width:.4g}" '
            f'height="{ROW_BAR}"><title>{escape(span.label)}</title></rect>'
        )
    box = f"0 0 {STRIP_WIDTH} {ROW * max(ROWS_LEAST, len(spans))}"
    return _framed("gantt", box, drawn, key=key, title=title, desc=desc)


def _framed(kind: str, box: str, shapes: str, *, key: str, title: str, desc: str) -> Markup:
    """The whole drawing; of its parts only texts come from outside, and they are escaped."""
    return Markup(  # noqa: S704 - see above
        f'<svg class="{kind}" viewBox="{box}" preserveAspectRatio="none" role="img" '
        f'aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(desc)}</desc>{shapes}</svg>'
    )
