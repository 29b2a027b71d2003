"""The page of the routing table: its leaves as a drawing and as a table, and its health."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from twisted_mule.source import Source
from twisted_mule.status import BinStatus, RoutingStatus
from twisted_mule.web import words
from twisted_mule.web.drawings import Bar, bar_chart, ceiling, strip
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Figure, Section, Sheet
from twisted_mule.web.tables import Column, table
from twisted_mule.web.timelines import CONTACTS, over_time
from twisted_mule.web.views import table_tiles

#: Leaves that are drawn and listed; a page stays light.
BINS_SHOWN: Final = 64
#: By type 0 to 4; every greeting that stays unanswered moves a contact on by one.
TYPES: Final = (
    mark("alive for over 2 h"),
    mark("alive for 1 to 2 h"),
    mark("alive for under 1 h"),
    mark("not proven yet"),
    mark("silent"),
)


def routing(source: Source, query: Query) -> Sheet:
    """The page of the routing table; leaves far from this node come first."""
    seen = source.status().routing
    bins = sorted(seen.bins, key=lambda each: each.prefix, reverse=True)[:BINS_SHOWN]
    empty = _(
        "The table is empty. Give it a nodes.dat (mule nodes import FILE), or wait for the first "
        "contacts."
    )
    return Sheet(
        _("Routing table"),
        _(
            "The contacts that this node knows, sorted by their distance from it. Half of all "
            "nodes are in the farthest half; the nearer, the finer the table."
        ),
        (
            Section("figures", _("At a glance"), tiles=table_tiles(seen)),
            Section(
                "leaves",
                _("Contacts by distance"),
                figures=(_leaves(bins, seen.leaves),) if seen.contacts else (),
                empty="" if seen.contacts else empty,
            ),
            over_time(source, query, "time", _("Contacts over time"), CONTACTS),
            Section("types", _("Contacts by type"), figures=(_types(seen),)),
        ),
    )


def _leaves(bins: Sequence[BinStatus], leaves: int) -> Figure:
    bars = [_bar(each) for each in bins]
    title, told = _("Contacts in each leaf of the routing table"), _told(bins)
    left_off = max(0, leaves - len(bins))
    if left_off:
        told += " " + _("The {count} nearest leaves are left off here.").format(count=left_off)
    top = ceiling(bars)
    return Figure(
        bar_chart("bins", title, told, bars),
        _leaf_table(bins),
        told,
        scale=(f"{top}", f"{top // 2}", "0"),
        ends=(_("far from this node"), _("close to it")),
        keys=(("full", _("verified")), ("striped", _("not verified"))),
    )


def _bar(each: BinStatus) -> Bar:
    label = _("{leaf}: {contacts} contacts, {verified} verified").format(
        leaf=_name(each), contacts=each.contacts, verified=each.verified
    )
    return Bar(label, each.contacts, min(each.contacts, each.verified))


def _name(each: BinStatus) -> str:
    return words.printable(each.prefix) or _("all")


def _told(bins: Sequence[BinStatus]) -> str:
    return _(
        "{leaves} leaves from far to near, with {contacts} contacts, of which {verified} are "
        "verified; the fullest leaf holds {most}."
    ).format(
        leaves=len(bins),
        contacts=sum(each.contacts for each in bins),
        verified=sum(each.verified for each in bins),
        most=max((each.contacts for each in bins), default=0),
    )


def _leaf_table(bins: Sequence[BinStatus]) -> Markup:
    columns = (
        Column(_("Distance begins")),
        Column(_("Contacts"), number=True),
        Column(_("Verified"), number=True),
        Column(_("Types 0 to 4")),
        Column(_("Newest heard")),
        Column(_("Oldest heard")),
    )
    rows = [
        (
            _name(each),
            words.count(each.contacts),
            words.count(each.verified),
            " · ".join(str(kind) for kind in each.types),
            words.ago(each.newest),
            words.ago(each.oldest),
        )
        for each in bins
    ]
    return table(_("Leaves of the routing table, far ones first"), columns, rows)


def _types(seen: RoutingStatus) -> Figure:
    title = _("Contacts by type")
    names = [_(name) for name in TYPES]
    told = _("A greeting that stays unanswered moves a contact down by one.")
    columns = (
        Column(_("Type")),
        Column(_("Contacts"), number=True),
        Column(_("Share"), number=True),
    )
    rows = [
        (f"{kind}: {name}", words.count(count), words.share(count, sum(seen.types)))
        for kind, (name, count) in enumerate(zip(names, seen.types, strict=True))
    ]
    listed = ", ".join(f"{name}: {count}" for name, count, _share in rows)
    return Figure(
        strip("kinds", title, f"{listed}.", seen.types),
        table(title, columns, rows),
        told,
        keys=tuple((f"part-{kind}", f"{kind}: {name}") for kind, name in enumerate(names)),
    )
