"""The page of the routing table: its leaves as a drawing and as a table, and its health."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen
from markupsafe import Markup

from twisted_mule.status import BinStatus, NodeStatus, RoutingStatus
from twisted_mule.web import words
from twisted_mule.web.drawings import Bar, bar_chart, ceiling, strip
from twisted_mule.web.views import Tile, table_tiles

#: Leaves that are drawn and listed; a page stays light, and the rest is in /status.json.
BINS_SHOWN: Final = 64
#: By type 0 to 4; every greeting that stays unanswered moves a contact on by one.
TYPES: Final = (
    "alive for over 2 h",
    "alive for 1 to 2 h",
    "alive for under 1 h",
    "not proven yet",
    "silent",
)


@frozen
class TypeRow:
    """How many contacts are of one type."""

    number: int
    name: str
    contacts: str
    share: str


@frozen
class BinRow:
    """One leaf of the table, in words."""

    prefix: str
    contacts: str
    verified: str
    types: str
    newest: str
    oldest: str


@frozen
class RoutingPage:
    """
    The page of the routing table.

    :ivar leaves: how many are drawn and listed, in words; empty while no contact is known.
    :ivar top: the top of the chart's scale, in contacts.
    :ivar left_off: how many leaves are neither drawn nor listed.
    """

    tiles: tuple[Tile, ...]
    chart: Markup
    strip: Markup
    leaves: str
    top: int
    types: tuple[TypeRow, ...]
    bins: tuple[BinRow, ...]
    left_off: int


def routing(status: NodeStatus) -> RoutingPage:
    """The page of the routing table; leaves far from this node come first."""
    table = status.routing
    bins = sorted(table.bins, key=lambda each: each.prefix, reverse=True)[:BINS_SHOWN]
    bars = [_bar(each) for each in bins]
    types = _types(table)
    return RoutingPage(
        tiles=table_tiles(table),
        chart=bar_chart("bins", "Contacts in each leaf of the routing table", _desc(bins), bars),
        strip=strip("types", "Contacts by type", _told(types), _sums(table)),
        leaves=words.many(len(bins), "leaf", "leaves") if table.contacts else "",
        top=ceiling(bars),
        types=types,
        bins=tuple(_row(each) for each in bins),
        left_off=max(0, len(table.bins) - BINS_SHOWN),
    )


def _bar(each: BinStatus) -> Bar:
    known = words.many(each.contacts, "contact")
    label = f"{words.printable(each.prefix) or 'all'}: {known}, {each.verified} verified"
    return Bar(label, each.contacts, min(each.contacts, each.verified))


def _desc(bins: Sequence[BinStatus]) -> str:
    if not any(each.contacts for each in bins):
        return "No leaf holds a contact yet."
    fullest = max(bins, key=lambda each: each.contacts)
    return (
        f"{words.many(len(bins), 'leaf', 'leaves')} from far to near, with "
        f"{words.many(sum(each.contacts for each in bins), 'contact')}, of which "
        f"{sum(each.verified for each in bins)} are verified; "
        f"the fullest leaf holds {fullest.contacts}."
    )


def _sums(table: RoutingStatus) -> tuple[int, ...]:
    return tuple(sum(each.types[kind] for each in table.bins) for kind in range(len(TYPES)))


def _types(table: RoutingStatus) -> tuple[TypeRow, ...]:
    sums = _sums(table)
    return tuple(
        TypeRow(kind, name, words.count(each), words.share(each, sum(sums)))
        for kind, (name, each) in enumerate(zip(TYPES, sums, strict=True))
    )


def _told(types: Sequence[TypeRow]) -> str:
    return ", ".join(f"type {each.number} ({each.name}): {each.contacts}" for each in types) + "."


def _row(each: BinStatus) -> BinRow:
    return BinRow(
        prefix=each.prefix or "all",
        contacts=words.count(each.contacts),
        verified=words.count(each.verified),
        types=" · ".join(str(kind) for kind in each.types),
        newest=words.ago(each.newest),
        oldest=words.ago(each.oldest),
    )
