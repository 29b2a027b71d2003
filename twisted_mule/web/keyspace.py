"""The page of the identifier space: where contacts are, and how large the network may be."""

from __future__ import annotations

from typing import Final

from twisted_mule.details import CELLS, DISTANCES, Keyspace
from twisted_mule.source import Source
from twisted_mule.web import words
from twisted_mule.web.drawings import Bar, bar_chart, ceiling, heat
from twisted_mule.web.language import _
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Figure, Section, Sheet
from twisted_mule.web.tables import Column, table
from twisted_mule.web.views import Tile

_BITS: Final = 128
#: Rows of the table of the map: each stands for so many cells.
_ROWS: Final = 16


def keyspace(source: Source, query: Query) -> Sheet:
    """The page of the identifier space."""
    del query
    space, by_leaf = source.keyspace(), source.status().routing.network_size
    known = sum(space.cells)
    drawn = known > 0
    return Sheet(
        _("Keyspace"),
        _("Every node has a place among 2^128 identifiers. This is where those are that we know."),
        (
            Section(
                "size",
                _("How large the network may be"),
                tiles=_tiles(space, by_leaf),
            ),
            Section(
                "map",
                _("Map of the whole space"),
                figures=(_map(space, known),) if drawn else (),
                empty="" if drawn else _("No contact is known."),
            ),
            Section(
                "distances",
                _("Contacts by distance"),
                note=_(
                    "Half of all nodes are at 128 bits, a quarter at 127 and so on: a table that "
                    "keeps ten of each part looks level, and falls where the network ends."
                ),
                figures=(_distances(space, known),) if drawn else (),
                empty="" if drawn else _("No contact is known."),
            ),
        ),
    )


def _tiles(space: Keyspace, leaf_size: int) -> tuple[Tile, ...]:
    by_leaf = Tile(
        _("By the fullest leaf"),
        f"≈ {words.count(leaf_size)}" if leaf_size else "?",
        _("nodes; iMule's way, tends to be high"),
    )
    if space.size is None:
        return Tile(_("By the nearest contacts"), "?", _("too few contacts")), by_leaf
    low, high = (max(0.0, space.size * (1 + sign * 2 * space.error)) for sign in (-1, 1))
    return (
        Tile(
            _("By the {count} nearest contacts").format(count=space.nearest),
            f"≈ {_short(space.size)}",
            _("nodes; {low} to {high} with two standard errors").format(
                low=_short(low), high=_short(high)
            ),
        ),
        by_leaf,
    )


def _short(number: float) -> str:
    return words.count(round(number)) if number < 1e7 else words.number(f"{number:.1e}")


def _map(space: Keyspace, known: int) -> Figure:
    title = _("Contacts over the identifier space")
    told = _("{known} contacts in {cells} cells; this node is marked.").format(
        known=words.count(known), cells=CELLS
    )
    step = CELLS // _ROWS
    rows = [
        (
            f"{place * 256 // _ROWS:02x}… – {(place + 1) * 256 // _ROWS - 1:02x}…",
            words.count(sum(space.cells[place * step : (place + 1) * step])),
            _("this node") if space.own // step == place else "",
        )
        for place in range(_ROWS)
    ]
    columns = (Column(_("Identifiers")), Column(_("Contacts"), number=True), Column(_("Own")))
    return Figure(
        heat("map-d", title, told, space.cells, space.own),
        table(title, columns, rows),
        told + " " + _("Even colour means that the table knows all parts alike."),
        ends=("00…", "80…", "ff…"),
        keys=(("mark", _("this node")),),
    )


def _distances(space: Keyspace, known: int) -> Figure:
    title = _("Contacts by the bits of their distance")
    last = max(place for place, count in enumerate(space.distances) if count)
    names = [
        f"{_BITS - place}" if place < DISTANCES - 1 else f"≤ {_BITS - place}"
        for place in range(last + 1)
    ]
    bars = [
        Bar(f"{name}: {count}", count, count)
        for name, count in zip(names, space.distances, strict=False)
    ]
    told = _("{known} contacts from {far} bits, the far half of the space, down to {near}.").format(
        known=words.count(known), far=_BITS, near=names[-1]
    )
    rows = [(name, words.count(bar.whole)) for name, bar in zip(names, bars, strict=True)]
    columns = (Column(_("Bits")), Column(_("Contacts"), number=True))
    top = ceiling(bars)
    return Figure(
        bar_chart("dist-d", title, told, bars),
        table(title, columns, rows),
        told,
        scale=(f"{top}", f"{top // 2}", "0"),
        ends=(f"{_BITS}", names[-1]),
    )
