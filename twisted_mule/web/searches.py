"""The page of the user's searches and shared files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twisted_mule.details import FileStatus, ResultStatus, SearchStatus, SharingStatus
from twisted_mule.source import Source
from twisted_mule.web import words
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Choices, Section, Sheet
from twisted_mule.web.tables import Cell, Column, code, foreign, link, table
from twisted_mule.web.views import Link, Tile

#: Bytes of names and links that one table may bring: the page stays light whatever strangers say.
_ROOM: Final = 9_000
_LONGEST_NAME: Final = 100
_KINDS: Final = {
    "files": mark("files"),
    "sources": mark("sources of a file"),
    "notes": mark("notes on a file"),
    "nodes": mark("nodes near a point"),
}
_STATES: Final = {
    "waiting": mark("waits for its turn"),
    "walking": mark("under way"),
    "done": mark("done"),
    "stopped": mark("stopped"),
}
_PARTS: Final = {"complete": mark("the whole file"), "parts": mark("parts of it")}
_FILES: Final = {
    "published": mark("published"),
    "next": mark("next"),
    "waits": mark("waits"),
}


def searches(source: Source, query: Query) -> Sheet:
    """The page."""
    found = source.searches(query.number("search"))
    sharing = source.sharing(max((query.number("page") or 1) - 1, 0))
    chosen = next((one for one in found if one.number == query.number("search")), None)
    sections = [_list(found, query)]
    if chosen is not None:
        sections.append(_results(chosen))
    sections.append(_shared(sharing, query))
    return Sheet(
        _("Searches"),
        _(
            "What you search for and share. Searches are kept in memory only; the files that you "
            "share are public by their names."
        ),
        tuple(sections),
    )


def _list(found: Sequence[SearchStatus], query: Query) -> Section:
    columns = (
        Column(_("Search")),
        Column(_("For")),
        Column(_("State")),
        Column(_("Found"), number=True),
        Column(_("Asked"), number=True),
        Column(_("Answered"), number=True),
    )
    rows = [_row(one, query) for one in found[:32]]
    return Section(
        "searches",
        _("Your searches"),
        tables=(table(_("The newest first"), columns, rows),) if rows else (),
        empty="" if rows else _("Nothing is searched for. Begin with: mule search WORDS"),
    )


def _row(one: SearchStatus, query: Query) -> tuple[Cell, ...]:
    state = _(_STATES.get(one.state, one.state))
    if one.begins_in is not None and one.state == "waiting":
        state += " (" + _("in about {time}").format(time=words.duration(one.begins_in)) + ")"
    return (
        link(query.link(search=one.number), _cut(one.wish)),
        _(_KINDS.get(one.kind, one.kind)),
        state,
        words.count(one.found),
        f"{one.asked}",
        f"{one.answered}",
    )


def _results(one: SearchStatus) -> Section:
    columns = (
        Column(_("Name")),
        Column(_("Size"), number=True),
        Column(_("Sources"), number=True),
        Column(_("Note")),
        Column(_("Link to copy")),
    )
    rows: list[tuple[Cell, ...]] = []
    room = _ROOM
    for result in one.results:
        room -= len(result.name.encode(errors="replace")) + 2 * len(result.link) + 120
        if room < 0:
            break
        copied = code(result.link) if 0 < len(result.link) <= words.LONGEST else ""
        size = words.size(result.size)
        rows.append(
            (foreign(_cut(result.name)), size, f"{result.sources}", _note(one, result), copied)
        )
    caption = _("{shown} of {found} results, as strangers tell them").format(
        shown=len(rows), found=words.count(one.found)
    )
    return Section(
        "results",
        _("Results of the search for {wish}").format(wish=_cut(one.wish)),
        note=_("mule searches {number} has them all.").format(number=one.number),
        tables=(table(caption, columns, rows),) if rows else (),
        empty="" if rows else _("Nothing has been found yet."),
    )


def _note(one: SearchStatus, result: ResultStatus) -> str:
    """What a stranger wrote stays as it is; of a source the note is the node's own."""
    own = one.kind == "sources" and result.note in _PARTS
    return _(_PARTS[result.note]) if own else _cut(result.note)


def _shared(sharing: SharingStatus, query: Query) -> Section:
    tiles = (
        Tile(_("Shared files"), words.count(sharing.shared), words.size(sharing.size)),
        Tile(
            _("Kept published"),
            words.count(sharing.taken),
            _("of about {room} that the pace allows").format(room=words.count(sharing.room)),
        ),
        Tile(_("Due now"), words.count(sharing.overdue), _("records to publish")),
    )
    columns = (
        Column(_("Name")),
        Column(_("Size"), number=True),
        Column(_("State")),
        Column(_("Sources"), number=True),
        Column(_("Link to copy")),
    )
    rows: list[tuple[Cell, ...]] = []
    room = _ROOM
    for file in sharing.files:
        room -= len(file.name.encode(errors="replace")) + 2 * len(file.link) + 120
        if room < 0:
            break
        copied = code(file.link) if len(file.link) <= words.LONGEST else ""
        size = words.size(file.size)
        rows.append((foreign(_cut(file.name)), size, _state(file), f"{file.sources}", copied))
    caption = _("Page {page} of {pages}; mule share list has them all").format(
        page=sharing.page + 1, pages=sharing.pages
    )
    return Section(
        "shared",
        _("Shared files"),
        tiles=tiles,
        choices=_pages(sharing, query),
        tables=(table(caption, columns, rows),) if rows else (),
        empty="" if rows else _("Nothing is shared. Begin with: mule share add FOLDER"),
    )


def _pages(sharing: SharingStatus, query: Query) -> tuple[Choices, ...]:
    if sharing.pages == 1:
        return ()
    near = range(max(0, sharing.page - 5), min(sharing.pages, sharing.page + 6))
    numbers = sorted({0, *near, sharing.pages - 1})
    links = tuple(
        Link(f"{page + 1}", query.link(page=page + 1), page == sharing.page) for page in numbers
    )
    return (Choices(_("Page"), links),)


def _state(file: FileStatus) -> str:
    if file.state == "partly":
        return _("{known} of {words} words").format(known=file.words_known, words=file.words)
    return _(_FILES.get(file.state, file.state))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"
