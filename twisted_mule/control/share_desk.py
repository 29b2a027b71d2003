"""The desk for what is shared, what is published of it, and the user's comments."""

from __future__ import annotations

import os
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule.control.commands import (
    GetLibrary,
    ListComments,
    ListShared,
    PutComment,
    RefusedError,
    RemoveComment,
    ShareAdd,
    ShareRemove,
    ShareRescan,
)
from twisted_mule.control.desk import Desk, Node, identifier, refusals
from twisted_mule.control.shared import (
    comment_document,
    file_documents,
    library_document,
    publishing_document,
)
from twisted_mule.kad.findings import BEST_RATING
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.published import COMMENT
from twisted_mule.sharing.links import LARGEST_FILE
from twisted_mule.sharing.names import clean
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.comments import Comment

#: Files in one document: what renders within 2 ms.
PAGE: Final = 100
#: Seconds that looking through a folder may take before the client is told to come back.
SOON: Final = 5.0

_log = Logger()


class ShareDesk(Desk):
    """Share and unshare, list, comment."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._listing: tuple[SharedFile, ...] = ()

    # --- paths -----------------------------------------------------------------------------

    @ShareAdd.responder
    def _share_add(self, path: bytes) -> Deferred[dict[str, object]]:
        return Deferred.fromCoroutine(self._add(_whole(path)))

    async def _add(self, path: str) -> dict[str, object]:
        with refusals():
            added = await self.node.actions.share_add(path)
        return {"path": os.fsencode(added.root), "absorbed": len(added.absorbed)}

    @ShareRemove.responder
    def _share_remove(self, path: bytes) -> Deferred[dict[str, object]]:
        return Deferred.fromCoroutine(self._remove(_whole(path)))

    async def _remove(self, path: str) -> dict[str, object]:
        with refusals():
            return {"path": os.fsencode(await self.node.actions.share_remove(path))}

    @ShareRescan.responder
    def _share_rescan(self, path: bytes | None = None) -> Deferred[dict[str, object]]:
        return Deferred.fromCoroutine(self._rescan(None if path is None else _whole(path)))

    async def _rescan(self, path: str | None) -> dict[str, object]:
        with refusals():
            return {"done": await _soon(self.node.actions.share_rescan(path), self.node.clock)}

    # --- files -----------------------------------------------------------------------------

    @GetLibrary.responder
    def _get_library(self) -> dict[str, int]:
        return self.offer_json(library_document(self.node.actions.library_status()))

    @ListShared.responder
    def _list_shared(self, since: int) -> dict[str, int]:
        if since <= 0:  # all pages of one listing show the same moment
            self._listing = self.node.actions.shared_files()
        start = max(since, 0)
        some = self._listing[start : start + PAGE]
        view = self.node.actions.publishing()
        return self.offer_json(
            {
                "files": file_documents(some, view),
                "next": start + len(some),
                "all": len(self._listing),
                "publishing": view and publishing_document(view),
            }
        )

    # --- comments --------------------------------------------------------------------------

    @ListComments.responder
    def _list_comments(self) -> dict[str, int]:
        return self.offer_json(list(map(comment_document, self.node.actions.comments())))

    @PutComment.responder
    def _put_comment(
        self, file_hash: str, name: str, size: int, text: str, rating: int
    ) -> Deferred[dict[str, object]]:
        if not 0 <= rating <= BEST_RATING:
            raise RefusedError(f"A rating is a number from 1 (fake) to {BEST_RATING} (excellent).")
        if len(text) > COMMENT:
            raise RefusedError(
                f"A comment has at most {COMMENT} characters and this one has {len(text)};"
                " shorten it."
            )
        key = identifier(file_hash)
        comment = Comment(key, *self._described(key, name, size), text, rating)
        if not comment.says_something:
            raise RefusedError("A comment needs a text or a rating; give one of them.")
        return Deferred.fromCoroutine(self._comment(comment))

    async def _comment(self, comment: Comment) -> dict[str, object]:
        with refusals():
            await self.node.actions.comment(comment)
        return {}

    def _described(self, key: KadID, name: str, size: int) -> tuple[str, int]:
        """Name and size of a file, which a note has to tell."""
        if name and 0 < size <= LARGEST_FILE:
            return clean(name), size
        for file in self.node.actions.shared_files():
            if file.hash == key:
                return file.name, file.size
        raise RefusedError("This file is not shared here; name it by its whole ed2k link.")

    @RemoveComment.responder
    def _remove_comment(self, file_hash: str) -> Deferred[dict[str, object]]:
        return Deferred.fromCoroutine(self._take_back(identifier(file_hash)))

    async def _take_back(self, key: KadID) -> dict[str, object]:
        with refusals():
            found = await self.node.actions.remove_comment(key)
        if not found:
            raise RefusedError("There is no comment of yours on this file; `mule comment` lists.")
        return {}


def _whole(path: bytes) -> str:
    text = os.fsdecode(path)
    if not text.startswith("/") or "\0" in text:
        raise RefusedError("The node needs a whole path, from / on.")
    return text


def _soon(work: Deferred[None], clock: IReactorTime) -> Deferred[bool]:
    """Fires when ``work`` does, or earlier: whether it did within :data:`SOON` seconds."""
    told: Deferred[bool] = Deferred()
    late = clock.callLater(SOON, told.callback, False)

    def settle(result: Failure | None) -> None:
        if late.active():
            late.cancel()
            told.callback(result if isinstance(result, Failure) else True)
        elif isinstance(result, Failure):  # nobody waits for it any more
            _log.info("Looking again ended early: {why}", why=result.getErrorMessage())

    work.addBoth(settle)
    return told
