"""What the user shares and searches for, as frozen details for the dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from twisted_mule.details import FILES, FileStatus, ResultStatus, SearchStatus, SharingStatus
from twisted_mule.kad.findings import Found, FoundFile, FoundNote, FoundSource
from twisted_mule.kad.publishing import FilePublished, PublishingView
from twisted_mule.kad.query import Query
from twisted_mule.kad.search import Locate, NotesOn, SearchView, SearchWish, SourcesOf
from twisted_mule.sharing.links import FileLink
from twisted_mule.sharing.progress import LibraryStatus
from twisted_mule.sharing.tree import SharedFile


def searches(views: Iterable[SearchView], chosen: int | None) -> tuple[SearchStatus, ...]:
    """All searches, the newest first; the chosen one with its first results."""
    return tuple(_search(view, view.number == chosen) for view in reversed(tuple(views)))


def _search(view: SearchView, whole: bool) -> SearchStatus:
    kind, wish = _wish(view.wish)
    return SearchStatus(
        number=view.number,
        kind=kind,
        wish=wish,
        state="stopped" if view.stopped else view.state.value,
        begins_in=view.begins_in,
        found=len(view.results),
        lookups=view.lookups,
        asked=sum(len(trace.asked) for trace in view.traces),
        answered=sum(trace.answered for trace in view.traces),
        results=tuple(_result(one) for one in view.results[:FILES]) if whole else (),
    )


def _wish(wish: SearchWish) -> tuple[str, str]:
    match wish:
        case Query(text=text):
            return "files", text
        case SourcesOf(file):
            return "sources", file.hex
        case NotesOn(file):
            return "notes", file.hex
        case Locate(target):
            return "nodes", target.hex
        case _:
            assert_never(wish)


def _result(found: Found) -> ResultStatus:
    match found:
        case FoundFile():
            link = str(FileLink(found.name, found.size, found.hash))
            return ResultStatus(found.name, found.size, found.file_type, found.sources, link)
        case FoundSource():
            note = "complete" if found.complete else "parts"
            return ResultStatus(found.destination.short, found.size, note, 1, "")
        case FoundNote():
            stars = "★" * found.rating
            return ResultStatus(found.name, found.size, f"{stars} {found.comment}".strip(), 0, "")
        case _:
            assert_never(found)


def sharing(
    library: LibraryStatus,
    files: Sequence[SharedFile],
    view: PublishingView | None,
    page: int,
) -> SharingStatus:
    """One page of the shared files, and how publishing stands."""
    pages = max(1, -(-len(files) // FILES))
    page = min(max(page, 0), pages - 1)
    known = {} if view is None else {file.hash.value: file for file in view.files}
    shown = files[page * FILES : (page + 1) * FILES]
    return SharingStatus(
        shared=library.files,
        size=library.bytes,
        hashing=library.waiting,
        taken=0 if view is None else view.taken,
        room=0 if view is None else view.room,
        overdue=0 if view is None else view.overdue,
        page=page,
        pages=pages,
        files=tuple(_file(file, known.get(file.hash.value)) for file in shown),
    )


def _file(file: SharedFile, published: FilePublished | None) -> FileStatus:
    words = 0 if published is None else published.keywords
    led = 0 if published is None else published.keywords_known
    if published is None:
        state = "waits"
    elif not published.known:
        state = "next"
    else:
        state = "published" if led >= words else "partly"
    sources = 0 if published is None else published.sources
    return FileStatus(file.name, file.size, state, words, led, sources, file.link)
