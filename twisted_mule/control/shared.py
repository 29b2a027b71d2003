"""What is shared and published, and the user's comments, as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import asdict

from twisted_mule.kad.publishing import FilePublished, PublishingView
from twisted_mule.sharing.names import shown
from twisted_mule.sharing.progress import LibraryStatus
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.comments import Comment


def library_document(status: LibraryStatus) -> dict[str, Any]:
    """How far looking and hashing have come, with the sums of all shared paths."""
    document = asdict(status)
    for root in document["roots"]:
        root["left_out"] = dict(root["left_out"])
        root["path"] = shown(root["path"])
    document["looking"] = status.looking and shown(status.looking)
    for name in ("files", "bytes", "waiting", "waiting_bytes", "later", "share", "idle"):
        document[name] = getattr(status, name)
    return document


def publishing_document(view: PublishingView) -> dict[str, Any]:
    """How publishing stands, without the files."""
    document = asdict(view, recurse=False)
    del document["files"]
    return document


def file_documents(
    files: Iterable[SharedFile], view: PublishingView | None
) -> list[dict[str, Any]]:
    """
    Shared files, each with ``state``.

    ``found``: a node knows us as its source, and every word of its name leads to it; ``source``:
    only the former yet; ``next``: taken up, and nothing is known of it yet; ``waiting``: not
    taken up.
    """
    known = {} if view is None else {file.hash.value: file for file in view.files}
    return [_file(file, known.get(file.hash.value)) for file in files]


def _file(file: SharedFile, published: FilePublished | None) -> dict[str, Any]:
    return {
        "path": shown(file.path),
        "name": file.name,
        "size": file.size,
        "type": file.file_type or "",
        "hash": file.hash.hex,
        "link": file.link,
        "state": _state(published),
        "words": published and published.keywords,
        "words_known": published and published.keywords_known,
        "sources": published and published.sources,
        "again_in": published and published.source_in,
    }


def _state(published: FilePublished | None) -> str:
    if published is None:
        return "waiting"
    if not published.known:
        return "next"
    return "found" if published.keywords_known >= published.keywords else "source"


def comment_document(comment: Comment) -> dict[str, Any]:
    """What the user thinks of a file."""
    return {
        "hash": comment.hash.hex,
        "name": comment.name,
        "size": comment.size,
        "comment": comment.text,
        "rating": comment.rating,
    }
