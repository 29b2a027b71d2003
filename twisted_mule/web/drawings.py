"""
Server-side SVG: shapes only, styled by class, with a title and a description.

A drawing has no text in it and stretches to any width; its scale and legend are HTML around it,
and the same figures stand in a table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen
from markupsafe import Markup

#: Width of one bar's slot and of the bar, and the height of the plot, in units of the drawing.
SLOT: Final = 10
BAR: Final = 7
HEIGHT: Final = 100
STRIP_WIDTH: Final = 1000

_STRIPES: Final = Markup(
    '<defs><pattern id="{}" width="4" height="3" patternUnits="userSpaceOnUse">'
    '<rect class="wash" width="4" height="3"/><rect class="stripe" width="4" height="1"/>'
    "</pattern></defs>"
)
_OPEN: Final = Markup(
    '<svg class="{kind}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
    'aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{title}</title>'
    '<desc id="{key}-d">{desc}</desc>'
)
_STRIPED: Final = Markup('<g fill="url(#{})">{}</g>')
_CLOSE: Final = Markup("</svg>")


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
    top = ceiling(bars)
    width = SLOT * max(1, len(bars))
    lines = Markup("").join(
        Markup('<path class="grid" d="M0 {}H{}"/>').format(HEIGHT * part // 2, width)
        for part in range(3)
    )
    drawn = Markup("").join(_bar(SLOT * place, bar, top) for place, bar in enumerate(bars))
    shapes = _STRIPES.format(f"{key}-s") + lines + _STRIPED.format(f"{key}-s", drawn)
    return _opened("bars", key, title, desc, (width, HEIGHT)) + shapes + _CLOSE


def _bar(left: float, bar: Bar, top: int) -> Markup:
    whole, solid = (round(HEIGHT * part / top, 1) for part in (bar.whole, bar.solid))
    upright = Markup('d="M{x:g} {height}v-{size:g}h{bar}v{size:g}"/>')
    place = {"x": left + (SLOT - BAR) / 2, "height": HEIGHT, "bar": BAR}
    return Markup('<g><title>{}</title><path {}<path class="full" {}</g>').format(
        bar.label, upright.format(size=whole, **place), upright.format(size=solid, **place)
    )


def strip(key: str, title: str, desc: str, parts: Sequence[int]) -> Markup:
    """One lying bar, divided in proportion; the part at place ``n`` has the class ``part-n``."""
    whole, x, drawn = sum(parts), 0, []
    for place, part in enumerate(parts):
        width = round(STRIP_WIDTH * part / whole) if whole else 0
        if width:
            drawn.append(
                Markup('<rect class="part-{}" x="{}" width="{}" height="10"/>').format(
                    place, x, width
                )
            )
        x += width
    opened = _opened("strip", key, title, desc, (STRIP_WIDTH, 10))
    return opened + Markup("").join(drawn) + _CLOSE


def _opened(kind: str, key: str, title: str, desc: str, size: tuple[int, int]) -> Markup:
    return _OPEN.format(kind=kind, key=key, width=size[0], height=size[1], title=title, desc=desc)
