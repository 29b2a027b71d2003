"""The page of the contacts: sorted, filtered, two hundred at a time, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from twisted_mule.details import PEERS, PeerOrder, PeerStatus, PeerWish
from twisted_mule.source import Source
from twisted_mule.web import words
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Choices, Section, Sheet
from twisted_mule.web.tables import Column, table
from twisted_mule.web.views import Link

_TITLES: Final = {
    PeerOrder.DISTANCE: mark("Distance (bits)"),
    PeerOrder.VERSION: mark("Version"),
    PeerOrder.TYPE: mark("Type"),
    PeerOrder.KNOWN: mark("Known for"),
    PeerOrder.HEARD: mark("Last heard"),
}
_KINDS: Final = 5
_VERIFIED: Final = {"yes": True, "no": False}
CSV_HEAD: Final = "id,distance_bits,version,type,verified,handshaken,known_s,heard_s\r\n"


def wish(query: Query) -> PeerWish:
    """What the query string asks for."""
    kind = query.number("type")
    return PeerWish(
        query.choice("sort", PeerOrder) or PeerOrder.DISTANCE,
        query.text("order") == "falling",
        kind if kind is not None and kind < _KINDS else None,
        _VERIFIED.get(query.text("verified")),
        max((query.number("page") or 1) - 1, 0),
    )


def peers(source: Source, query: Query) -> Sheet:
    """The page of the contacts."""
    asked = wish(query)
    found = source.peers(asked)
    columns = (Column(_("Identifier")), *(_column(order, asked, query) for order in _TITLES))
    columns = (*columns[:4], Column(_("Verified")), *columns[4:])
    rows = [_row(peer) for peer in found.peers]
    told = _("{shown} of {all} contacts; page {page} of {pages}").format(
        shown=words.count(found.matching),
        all=words.count(found.contacts),
        page=found.page + 1,
        pages=found.pages,
    )
    return Sheet(
        _("Peers"),
        _("The contacts of the routing table, {most} a page. The identifiers are cut.").format(
            most=PEERS
        ),
        (
            Section(
                "contacts",
                _("Contacts"),
                choices=(*_filters(asked, query), *_pages(asked, found.pages, query)),
                tables=(table(told, columns, rows),) if rows else (),
                empty="" if rows else _("No contact is like that."),
            ),
        ),
    )


def csv(source: Source, query: Query) -> str:
    """The same contacts, all pages of them, for a spreadsheet."""
    wanted = wish(query)
    everything = PeerWish(wanted.order, wanted.falling, wanted.kind, wanted.verified, whole=True)
    return CSV_HEAD + "".join(map(_line, source.peers(everything).peers))


def _line(peer: PeerStatus) -> str:
    heard = "" if peer.heard is None else f"{peer.heard:.0f}"
    return (
        f"{peer.short},{peer.distance},{peer.version},{peer.kind},{peer.verified:d},"
        f"{peer.handshaken:d},{peer.known:.0f},{heard}\r\n"
    )


def _row(peer: PeerStatus) -> tuple[str, ...]:
    proven = _("by us") if peer.handshaken else _("yes") if peer.verified else _("no")
    heard = "–" if peer.heard is None else words.rough(peer.heard)
    known = words.rough(peer.known)
    return peer.short, f"{peer.distance}", f"{peer.version}", f"{peer.kind}", proven, known, heard


def _column(order: PeerOrder, asked: PeerWish, query: Query) -> Column:
    here = order is asked.order
    falling = here and not asked.falling
    sign = ("descending" if asked.falling else "ascending") if here else ""
    return Column(
        _(_TITLES[order]), href=_link(query, asked, sort=order, falling=falling), sorted=sign
    )


def _link(query: Query, asked: PeerWish, **changes: object) -> str:
    chosen: dict[str, object] = {
        "sort": asked.order,
        "falling": asked.falling,
        "type": asked.kind,
        "verified": asked.verified,
        "page": 0,
    } | changes
    order, verified, page = chosen["sort"], chosen["verified"], chosen["page"]
    return query.link(
        sort="" if order is PeerOrder.DISTANCE else getattr(order, "value", ""),
        order="falling" if chosen["falling"] else "",
        type=chosen["type"],
        verified="" if verified is None else "yes" if verified else "no",
        page=page + 1 if isinstance(page, int) and page else None,
    )


def _filters(asked: PeerWish, query: Query) -> Iterator[Choices]:
    kinds: tuple[int | None, ...] = (None, *range(_KINDS))
    yield Choices(
        _("Type"),
        tuple(
            Link(
                _("all") if kind is None else f"{kind}",
                _link(query, asked, type=kind),
                kind == asked.kind,
            )
            for kind in kinds
        ),
    )
    verified = ((None, _("all")), (True, _("yes")), (False, _("no")))
    yield Choices(
        _("Verified"),
        tuple(
            Link(text, _link(query, asked, verified=value), value is asked.verified)
            for value, text in verified
        ),
    )
    file = _link(Query("/peers.csv", {}), asked)
    yield Choices(_("As a file"), (Link("peers.csv", file, False),))


def _pages(asked: PeerWish, pages: int, query: Query) -> Iterator[Choices]:
    if pages > 1:
        links = tuple(
            Link(f"{page + 1}", _link(query, asked, page=page), page == asked.page)
            for page in range(pages)
        )
        yield Choices(_("Page"), links)
