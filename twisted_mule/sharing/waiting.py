"""The files that wait for their hash: small ones first, and none before its time."""

from __future__ import annotations

from heapq import heappop, heappush

from attrs import define, field

from twisted_mule.sharing.sights import Found


@define
class Waiting:
    """
    A queue of files, each path at most once.

    Times are Unix seconds, as those of the files are.
    """

    _files: dict[str, tuple[float, Found]] = field(factory=dict, init=False)
    _later: list[tuple[float, str]] = field(factory=list, init=False)
    _ready: list[tuple[int, str]] = field(factory=list, init=False)

    def __len__(self) -> int:
        return len(self._files)

    def get(self, path: str) -> Found | None:
        """The file at ``path``, if it waits."""
        _, found = self._files.get(path, (0.0, None))
        return found

    def of(self, root: str) -> list[Found]:
        """Those that belong to ``root``."""
        return [found for _, found in self._files.values() if found.root == root]

    def by_root(self, now: float) -> dict[str, list[tuple[Found, bool]]]:
        """All by the shared path they belong to, each with whether its time has come."""
        groups: dict[str, list[tuple[Found, bool]]] = {}
        for due, found in self._files.values():
            groups.setdefault(found.root, []).append((found, due <= now))
        return groups

    def put(self, found: Found, due: float) -> None:
        """Let ``found`` wait, not to be taken before ``due``; it replaces one of its path."""
        self._files[found.path] = (due, found)
        heappush(self._later, (due, found.path))

    def drop(self, path: str) -> None:
        """Forget the file at ``path``; one that does not wait is no fault."""
        self._files.pop(path, None)

    def pop(self, now: float) -> Found | None:
        """Take out the smallest file whose time has come."""
        while self._later and self._later[0][0] <= now:
            due, path = heappop(self._later)
            entry = self._files.get(path)
            if entry is not None and entry[0] == due:
                heappush(self._ready, (entry[1].size, path))
        while self._ready:
            size, path = heappop(self._ready)
            entry = self._files.get(path)
            # What was dropped, or put anew, left its old mark in the heap.
            if entry is not None and entry[0] <= now and entry[1].size == size:
                self.drop(path)
                return entry[1]
        return None

    def next_at(self) -> float | None:
        """When the next file may be taken, if any waits; in the past for one that is ready."""
        return min((due for due, _ in self._files.values()), default=None)
