"""Words for numbers, spans and moments, and the filter that makes foreign text harmless."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from twisted_mule.web.language import _, code, mark

#: No single text on a page is longer; what is cut ends in an ellipsis.
LONGEST: Final = 400
_UNITS: Final = ((mark("d"), 86_400), (mark("h"), 3_600), (mark("min"), 60), (mark("s"), 1))
#: By language, what stands for the comma between thousands and for the decimal point.
_SIGNS: Final = {"de": (".", ","), "ru": (" ", ",")}
#: Where the thousands of a number as short as this stay together.
_CLOSE: Final = {"ru": len("1,000")}
_SIZES: Final = ("B", "KiB", "MiB", "GiB", "TiB")


def printable(text: str) -> str:
    """
    ``text`` without what could move, hide or break other text, and never longer than LONGEST.

    Control and format characters (bidirectional overrides, joiners, byte order marks), lone
    surrogates and unassigned code points go; every kind of white space is one plain space.
    """
    if not text.isprintable():
        text = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def duration(seconds: float | None) -> str:
    """A span in its two largest units: ``4 ms``, ``0.4 s``, ``1 min 12 s``, ``2 d 4 h``."""
    if seconds is None or not math.isfinite(seconds):
        return _("unknown")
    if 0 < seconds < 0.0995:
        return f"{max(1, round(seconds * 1000))} {_('ms')}"
    if 0 < seconds < 9.95 and round(seconds, 1) % 1:
        return f"{number(f'{seconds:.1f}')} {_('s')}"
    left = max(0, round(seconds))
    for (unit, size), (lesser, part) in pairwise(_UNITS):
        if left >= size:
            whole, rest = divmod(left, size)
            more = f" {rest // part} {_(lesser)}" if rest >= part else ""
            return f"{whole} {_(unit)}{more}"
    return f"{left} {_('s')}"


def rough(seconds: float) -> str:
    """A span in its largest unit, for lists: ``42 s``, ``3 h``, ``12 d``."""
    for unit, size in _UNITS[:-1]:
        if seconds >= size:
            return f"{seconds // size:.0f} {_(unit)}"
    return f"{max(seconds, 0.0):.0f} {_('s')}"


def ago(seconds: float | None) -> str:
    """How long something is past; a clock that was set back makes nothing negative."""
    if seconds is None or not math.isfinite(seconds):
        return _("never")
    return _("just now") if seconds < 1 else _("{time} ago").format(time=duration(seconds))


def moment(at: float) -> str:
    """A wall-clock Unix time as ``2026-01-31 09:05:00``, in UTC."""
    return _instant(at, "%Y-%m-%d %H:%M:%S", _("unknown"))


def stamp(at: float) -> str:
    """A wall-clock Unix time as machines read it, in UTC."""
    return _instant(at, "%Y-%m-%dT%H:%M:%SZ", "1970-01-01T00:00:00Z")


def _instant(at: float, form: str, otherwise: str) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime(form)
    except (ValueError, OverflowError, OSError):
        return otherwise


def number(text: str) -> str:
    """A number that stands in ``text`` the English way, ``1,234.5``, as the reader writes it."""
    thousands, point = _SIGNS.get(code(), (",", "."))
    whole, dot, rest = text.partition(".")
    apart = len(whole) > _CLOSE.get(code(), 0)
    return whole.replace(",", thousands if apart else "") + (point if dot else "") + rest


def count(many: int) -> str:
    """A whole number with its thousands apart."""
    return number(f"{many:,}")


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent; nothing of nothing is nothing."""
    return _("{count}%").format(count=f"{100 * part / whole:.0f}" if whole > 0 else "0")


def size(many: float) -> str:
    """A number of bytes: ``512 B``, ``1.5 MiB``."""
    place = 0
    while many >= 1023.5 and place < len(_SIZES) - 1:
        many, place = many / 1024, place + 1
    told = f"{many:.1f}" if place and many < 99.95 else f"{many:.0f}"
    return f"{number(told)} {_SIZES[place]}"


def sentence(text: str) -> str:
    """``text`` with a full stop, unless it has an end of its own."""
    return text if not text or text.endswith((".", "!", "?", "…")) else text + "."
