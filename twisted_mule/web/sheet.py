"""Pages that are made of sections: tiles, choices, figures and tables under a heading each."""

from __future__ import annotations

from attrs import frozen
from markupsafe import Markup

from twisted_mule.web.views import Link, Tile


@frozen
class Figure:
    """
    A drawing with its table.

    :ivar scale: what stands beside it, from the top down.
    :ivar ends: what stands below its left and right end.
    :ivar keys: class and text of each sign that needs an explanation.
    """

    drawing: Markup
    table: Markup
    caption: str = ""
    scale: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()


@frozen
class Choices:
    """Links of which one is where the reader is."""

    label: str
    links: tuple[Link, ...]


@frozen
class Section:
    """
    A part of a page.

    :ivar key: its name in the page.
    :ivar empty: what is said when there is nothing to show.
    """

    key: str
    heading: str
    note: str = ""
    tiles: tuple[Tile, ...] = ()
    choices: tuple[Choices, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Markup, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    empty: str = ""


@frozen
class Sheet:
    """The whole of a page but its frame."""

    title: str
    lead: str
    sections: tuple[Section, ...]
