"""What is shared, what is to be hashed next, and what changed: pure, told by others what is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from attrs import define, field, frozen

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.progress import Current, LibraryStatus
from twisted_mule.sharing.sights import Folder, Found, LeftOut, Sight, Why
from twisted_mule.sharing.tree import SharedFile, Tree
from twisted_mule.sharing.waiting import Waiting

#: Files that are known at most, hashed or waiting.
MOST_FILES: Final = 10_000
#: Problems in one status.
MOST_TOLD: Final = 100
#: Seconds for which a file must have stayed as it is: somebody may still be writing it.
SETTLED: Final = 10.0
#: Seconds until a file that changed while it was read is tried again, doubled every time.
RETRY: Final = 60.0
LONGEST_RETRY: Final = 3600.0
_NANO: Final = 1e9


@frozen
class Changes:
    """
    What is to be kept, and what no longer.

    :ivar hashed: files with their shared path.
    :ivar gone: paths.
    """

    hashed: tuple[tuple[str, SharedFile], ...]
    gone: tuple[str, ...]

    def slices(self, size: int) -> Iterator[Changes]:
        """The same in portions of at most ``size`` files and ``size`` paths."""
        for start in range(0, max(len(self.hashed), len(self.gone)), size):
            end = start + size
            yield Changes(self.hashed[start:end], self.gone[start:end])


@define
class Catalogue:
    """
    All shared paths and their files.

    Shared paths never lie in one another, so every file has one.  ``now`` is Unix time in
    seconds, to compare with the times of files.

    :ivar done: files hashed in the present work, or in the last one when there is none.
    :ivar done_bytes: what they hold.
    """

    done: int = field(default=0, init=False)
    done_bytes: int = field(default=0, init=False)
    _trees: dict[str, Tree] = field(factory=dict, init=False)
    _waiting: Waiting = field(factory=Waiting, init=False)
    _tries: dict[str, int] = field(factory=dict, init=False)
    _rested: bool = field(default=False, init=False)
    _hashed: dict[str, tuple[str, SharedFile]] = field(factory=dict, init=False)
    _gone: set[str] = field(factory=set, init=False)

    # --- shared paths ----------------------------------------------------------------------

    @property
    def roots(self) -> tuple[str, ...]:
        """The shared paths, in the order in which they were added."""
        return tuple(self._trees)

    def covering(self, path: str) -> str | None:
        """The shared path that is ``path`` or above it."""
        return next((root for root in self._trees if within(path, root)), None)

    def inside(self, path: str) -> tuple[str, ...]:
        """The shared paths below ``path``."""
        return tuple(root for root in self._trees if root != path and within(root, path))

    def restore(self, roots: Iterable[str], files: Iterable[tuple[str, SharedFile]]) -> None:
        """Take over what was kept: files count as shared until they are looked for."""
        for root in roots:
            self._trees[root] = Tree(root)
        for root, file in files:
            if root in self._trees:
                self._trees[root].shared[file.path] = file

    def add(self, root: str) -> None:
        """Share ``root``; shared paths below it become part of it, with their files."""
        tree = Tree(root)
        for inner in self.inside(root):
            absorbed = self._trees.pop(inner)
            tree.shared |= absorbed.shared
            tree.cached |= absorbed.cached
            self._drop_waiting(inner)
        self._trees[root] = tree
        for path, (_, file) in self._hashed.items():
            if within(path, root):
                self._hashed[path] = (root, file)

    def remove(self, root: str) -> None:
        """Share ``root`` no longer."""
        del self._trees[root]
        self._drop_waiting(root)
        self._hashed = {path: kept for path, kept in self._hashed.items() if kept[0] != root}

    def _drop_waiting(self, root: str) -> None:
        for found in self._waiting.of(root):
            self._drop(found.path)

    # --- looking ---------------------------------------------------------------------------

    def begin(self, root: str) -> None:
        """``root`` is going to be looked through."""
        if root in self._trees:
            self._trees[root].begin()

    def saw(self, root: str, sight: Sight, now: float) -> None:
        """Something is there."""
        tree = self._trees.get(root)
        if tree is None:
            return
        match sight:
            case Found():
                self._saw_file(tree, sight, now)
            case LeftOut(path):
                tree.leave_out(sight)
                self._forget(tree, path)
            case Folder():
                pass
            case _:
                assert_never(sight)

    def _saw_file(self, tree: Tree, found: Found, now: float) -> None:
        known = tree.recognised(found.path, found.size, found.modified)
        if known is not None:
            tree.share(known)
            self._drop(found.path)
            return
        self._forget(tree, found.path)
        if self._waiting.get(found.path) == found:
            return
        if self._count() >= MOST_FILES:
            tree.leave_out(LeftOut(found.path, Why.TOO_MANY))
            return
        if self._rested:
            self.done, self.done_bytes, self._rested = 0, 0, False
        self._waiting.put(found, _settled_at(found, now))

    def _count(self) -> int:
        known = sum(len(tree.shared) + len(tree.cached) for tree in self._trees.values())
        return known + len(self._waiting)

    def ended(self, root: str) -> None:
        """``root`` was looked through; what was not seen is not shared any more."""
        tree = self._trees.get(root)
        if tree is None:
            return
        for path in tree.end():
            self._forget(tree, path)
        for path in tree.unseen([found.path for found in self._waiting.of(root)]):
            self._drop(path)

    def unreachable(self, root: str, trouble: str) -> None:
        """``root`` cannot be looked at, which ``trouble`` says as a sentence."""
        if root in self._trees:
            self._trees[root].unreachable(trouble)
            self._drop_waiting(root)

    # --- hashing ---------------------------------------------------------------------------

    def next(self, now: float) -> Found | None:
        """The file to hash now; it does not wait any more, whatever comes of it."""
        return self._waiting.pop(now)

    def next_at(self) -> float | None:
        """When the next file may be hashed, if any waits; it may be in the past."""
        return self._waiting.next_at()

    def hashed(self, found: Found, file_hash: KadID) -> None:
        """``found``, as it was while it was read, has this hash."""
        tree = self._trees.get(found.root)
        if tree is None:
            return
        file = SharedFile.at(found.path, found.size, found.modified, file_hash)
        tree.share(file)
        self._drop(found.path)
        self._gone.discard(found.path)
        self._hashed[found.path] = (found.root, file)
        self.done += 1
        self.done_bytes += file.size

    def retry(self, found: Found, now: float) -> None:
        """``found`` changed while it was read: try again, later every time."""
        if found.root not in self._trees:
            return
        tries = self._tries[found.path] = self._tries.get(found.path, 0) + 1
        wait = min(RETRY * 2.0 ** min(tries - 1, 10), LONGEST_RETRY)
        self._waiting.put(found, now + wait)

    def failed(self, found: Found, why: Why | None, detail: str = "") -> None:
        """``found`` cannot be hashed; without a reason it is simply gone."""
        tree = self._trees.get(found.root)
        if tree is None:
            return
        self._drop(found.path)
        self._forget(tree, found.path)
        if why is not None:
            tree.leave_out(LeftOut(found.path, why, detail))

    def rest(self) -> None:
        """There is nothing to hash now: the work that comes next is counted from 0."""
        self._rested = not self._waiting

    def _drop(self, path: str) -> None:
        self._waiting.drop(path)
        self._tries.pop(path, None)

    def _forget(self, tree: Tree, path: str) -> None:
        if tree.forget(path):
            self._hashed.pop(path, None)
            self._gone.add(path)

    # --- for readers -----------------------------------------------------------------------

    def files(self) -> tuple[SharedFile, ...]:
        """Every shared file, those of equal content once each, under the first path."""
        distinct: dict[int, SharedFile] = {}
        for file in self.listing():
            distinct.setdefault(file.hash.value, file)
        return tuple(distinct.values())

    def listing(self, root: str | None = None) -> tuple[SharedFile, ...]:
        """Every shared file of every path, or of one, whatever it holds."""
        trees = self._trees.values() if root is None else (self._trees[root],)
        return tuple(file for tree in trees for file in tree.shared.values())

    def changes(self) -> Changes:
        """What changed since the last call, for the store."""
        changes = Changes(tuple(self._hashed.values()), tuple(self._gone))
        self._hashed, self._gone = {}, set()
        return changes

    def status(
        self, now: float, looking: str | None, current: Current | None, trouble: str
    ) -> LibraryStatus:
        """How it stands; what is not known here is put in as it is."""
        waiting = self._waiting.by_root(now)
        problems = [p for tree in self._trees.values() for p in tree.problems.values()]
        untold = sum(tree.untold for tree in self._trees.values())
        return LibraryStatus(
            tuple(tree.status(waiting.get(root, [])) for root, tree in self._trees.items()),
            looking,
            current,
            self.done,
            self.done_bytes,
            tuple(problems[:MOST_TOLD]),
            untold + max(0, len(problems) - MOST_TOLD),
            trouble,
        )


def within(path: str, root: str) -> bool:
    """Whether ``path`` is ``root`` or below it."""
    return path == root or path.startswith(f"{root}/")


def _settled_at(found: Found, now: float) -> float:
    """When nobody seems to write ``found`` any more; a time from the future means nothing."""
    modified = found.modified / _NANO
    return modified + SETTLED if modified <= now else now
