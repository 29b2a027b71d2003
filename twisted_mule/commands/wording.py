"""Words for the terminal: sizes both ways, foreign text made harmless, lines in any encoding."""

from __future__ import annotations

import re
import sys
from typing import Final

import click

from twisted_mule.web.words import printable

_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")
_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)
#: A name takes so many characters of a line.
LONGEST: Final = 160
RATINGS: Final = ("no rating", "fake", "poor", "fair", "good", "excellent")


def size_text(size: float) -> str:
    """So many bytes in words: ``17 bytes``, ``1.4 MiB``."""
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size /= 1024
        unit += 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{int(size)} {_UNITS[0]}"


def read_size(text: str) -> int | None:
    """The bytes that ``10M``, ``1.5 GiB`` or ``700`` mean; ``None`` when it means nothing."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    return int(float(match[1]) * 1024 ** " kmgt".index(match[2].lower() or " "))


def plain(text: str) -> str:
    """
    What a peer or a disk calls something, for a terminal.

    Control and bidi characters and all else that could act are gone; it is one line, cut to
    :data:`LONGEST` characters.
    """
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def say(line: str, *, err: bool = False) -> None:
    """Print a line, with ``?`` for what the terminal's encoding does not have."""
    encoding = (sys.stderr if err else sys.stdout).encoding or "utf-8"
    click.echo(line.encode(encoding, "replace").decode(encoding), err=err)
