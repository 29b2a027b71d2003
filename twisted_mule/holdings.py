"""What the node holds: entries of others in its index, and the files that its user shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from twisted_mule.chronicle import Recorder
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.published import Published
from twisted_mule.keeping import Keeper
from twisted_mule.sharing.service import Library
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.status import NodeStatus
from twisted_mule.store.comments import Comment, CommentStore
from twisted_mule.store.index_store import IndexKeeping, IndexStore
from twisted_mule.store.shared_files import SharedFileStore
from twisted_mule.store.timelines import TimelineStore
from twisted_mule.store.worker import Run


@define(eq=False)
class Holdings:
    """
    Index, shared files and comments of one node, kept in its database.

    The two never meet: what the user shares or finds is not put into the index, for a node that
    serves what it searches for tells what it searches for (design.md D7).

    :ivar hashing: a thread for work that waits for disks.
    :ivar status: the newest snapshot, for the time lines.
    :ivar changed: called whenever the files to publish have changed.
    """

    keeper: Keeper
    clock: IReactorTime
    hashing: Run
    tell: Callable[[str], None]
    changed: Callable[[tuple[Published, ...]], object]
    status: Callable[[], NodeStatus]
    index: Index = field(init=False)
    library: Library = field(init=False)
    recorder: Recorder = field(init=False)
    comments: dict[KadID, Comment] = field(factory=dict, init=False)
    _indexing: IndexKeeping = field(init=False)

    def __attrs_post_init__(self) -> None:
        keeper, database = self.keeper, self.keeper.database
        self.index = Index(logged=True)
        store = IndexStore(database, self.index, keeper.wall, self.clock.seconds)
        self._indexing = IndexKeeping(store, self.clock, self.tell)
        self.library = Library(
            SharedFileStore(database),
            self.hashing,
            self.clock,
            keeper.wall,
            (str(keeper.directory.root),),
            self._files_changed,
        )
        self.recorder = Recorder(
            self.clock, keeper.wall, self.status, self._entries, TimelineStore(database), self.tell
        )

    @inlineCallbacks
    def open(self) -> Any:
        """Fill the index and the comments; the database must be open."""
        yield self._indexing.store.load()
        for comment in (yield CommentStore(self.keeper.database).load()):
            self.comments[comment.hash] = comment
        yield self.recorder.open()

    def start(self) -> None:
        """Begin to keep the index and to look after the shared files."""
        self._indexing.startService()
        self.library.startService()
        self.recorder.startService()

    @inlineCallbacks
    def stop(self) -> Any:
        """Stop hashing, and write what is left of the index."""
        if self.library.running:
            yield self.library.stopService()
        if self._indexing.running:
            yield self._indexing.stopService()
        if self.recorder.running:
            yield self.recorder.stopService()

    def _entries(self) -> int:
        size = self.index.size()
        return size.keywords + size.sources + size.notes

    @inlineCallbacks
    def comment(self, comment: Comment) -> Any:
        """
        Keep what the user thinks of a file, and publish it when its turn comes.

        Fires with :class:`FullError` when there are too many comments.
        """
        yield CommentStore(self.keeper.database).put(comment)
        self.comments[comment.hash] = comment
        self._files_changed(self.library.files())

    @inlineCallbacks
    def remove_comment(self, file_hash: KadID) -> Any:
        """Take a comment back; fires with whether there was one."""
        removed = yield CommentStore(self.keeper.database).remove(file_hash)
        if self.comments.pop(file_hash, None) is not None:
            self._files_changed(self.library.files())
        return removed

    def _files_changed(self, files: tuple[SharedFile, ...]) -> None:
        shared = {file.hash: self._published(file) for file in files}
        noted = (note for key, note in self.comments.items() if key not in shared)
        self.changed((*shared.values(), *map(_remarked, noted)))

    def _published(self, file: SharedFile) -> Published:
        note = self.comments.get(file.hash)
        return Published(
            file.hash,
            file.name,
            file.size,
            file.file_type or "",
            comment=note.text if note else "",
            rating=note.rating if note else 0,
        )


def _remarked(note: Comment) -> Published:
    """A file of others that the user has something to say of."""
    return Published(
        note.hash,
        note.name,
        note.size,
        complete=False,
        comment=note.text,
        rating=note.rating,
        held=False,
    )
