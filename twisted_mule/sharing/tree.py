"""One shared path and what is known of the files in it."""

from __future__ import annotations

from typing import Final, Self

from attrs import define, field, frozen

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.filetypes import FileType, file_type
from twisted_mule.sharing.links import FileLink
from twisted_mule.sharing.names import published, shown
from twisted_mule.sharing.progress import Problem, RootStatus
from twisted_mule.sharing.sights import Found, LeftOut, Why

#: Problems that are told one by one for each shared path.
MOST_PROBLEMS: Final = 50
#: What is left out as a matter of course: counted, not told one by one.
_EXPECTED: Final = frozenset({Why.HIDDEN, Why.TEMPORARY, Why.EMPTY, Why.SPECIAL, Why.PRIVATE})


@frozen
class SharedFile:
    """
    A file that is shared.

    :ivar path: as :func:`os.fsdecode` gives it; it may hold halves of characters.
    :ivar name: as the network gets it.
    :ivar size: bytes.
    :ivar hash: eMule's ed2k hash.
    :ivar modified: time of its modification, nanoseconds of Unix time.
    """

    path: str
    name: str
    size: int
    hash: KadID
    file_type: FileType | None
    modified: int

    @classmethod
    def at(cls, path: str, size: int, modified: int, file_hash: KadID) -> Self:
        """The file at ``path``; name and type follow from it."""
        name = published(path)
        return cls(path, name, size, file_hash, file_type(name), modified)

    @property
    def link(self) -> str:
        """Its ed2k link."""
        return str(FileLink(self.name, self.size, self.hash))


@define
class Tree:
    """
    What is shared at and below ``root``.

    :ivar shared: the files that are hashed and were there when last looked for, by path.
    :ivar cached: files whose hash is known and that may come back, as with a disk that is away.
    :ivar problems: what the user should know of, by path; ``untold`` counts what is beyond.
    :ivar left_out: how many things are not shared, by the reason.
    :ivar looked: whether it was looked through.
    :ivar trouble: why it cannot be looked at now, as a sentence; else empty.
    """

    root: str
    shared: dict[str, SharedFile] = field(factory=dict)
    cached: dict[str, SharedFile] = field(factory=dict)
    problems: dict[str, Problem] = field(factory=dict, init=False)
    left_out: dict[Why, int] = field(factory=dict, init=False)
    looked: bool = field(default=False, init=False)
    trouble: str = field(default="", init=False)
    untold: int = field(default=0, init=False)
    _seen: set[str] = field(factory=set, init=False)
    _whole: bool = field(default=True, init=False)

    def begin(self) -> None:
        """It is going to be looked through."""
        self._seen, self._whole = set(), True
        self.problems, self.left_out, self.untold = {}, {}, 0
        self.trouble = ""

    def leave_out(self, sight: LeftOut) -> None:
        """``sight`` is not shared."""
        self.left_out[sight.why] = self.left_out.get(sight.why, 0) + 1
        self._whole &= sight.why is not Why.UNREADABLE
        if sight.why not in _EXPECTED:
            detail = f" ({sight.detail})" if sight.detail else ""
            self.complain(sight.path, sight.why.value + detail)

    def complain(self, path: str, reason: str) -> None:
        """Tell the user about ``path``."""
        if path in self.problems or len(self.problems) < MOST_PROBLEMS:
            self.problems[path] = Problem(shown(path), reason)
        else:
            self.untold += 1

    def recognised(self, path: str, size: int, modified: int) -> SharedFile | None:
        """The file that is there now, if its hash is known from before."""
        self._seen.add(path)
        known = self.shared.get(path) or self.cached.get(path)
        if known is None or (known.size, known.modified) != (size, modified):
            return None
        return known

    def share(self, file: SharedFile) -> bool:
        """``file`` is there; whether that is new."""
        self.cached.pop(file.path, None)
        self.problems.pop(file.path, None)
        new = self.shared.get(file.path) != file
        self.shared[file.path] = file
        return new

    def forget(self, path: str) -> bool:
        """The file at ``path`` is gone or another one; whether it was known."""
        known = (self.shared.pop(path, None), self.cached.pop(path, None))
        return known != (None, None)

    def unseen(self, paths: list[str]) -> list[str]:
        """Those of ``paths`` that were not there."""
        return [path for path in paths if path not in self._seen]

    def end(self) -> list[str]:
        """
        It was looked through; the paths that are to be forgotten.

        What cannot be seen because a folder cannot be read is kept back, with its hash; so is
        everything when there is no file at all: an empty folder may be where a disk belongs.
        """
        self.looked = True
        missing = self.unseen(list(self.shared))
        if self._whole and self._seen:
            return missing + self.unseen(list(self.cached))
        self.hold_back(missing)
        return []

    def unreachable(self, trouble: str) -> None:
        """It cannot be looked at; what it held is not shared for now."""
        self.looked, self.trouble = True, trouble
        self.hold_back(list(self.shared))

    def hold_back(self, paths: list[str]) -> None:
        """Share these no longer, but keep their hashes."""
        for path in paths:
            self.cached[path] = self.shared.pop(path)

    def status(self, waiting: list[tuple[Found, bool]]) -> RootStatus:
        """How it stands, with the files of it that wait, each with whether its time has come."""
        ready = [found.size for found, due in waiting if due]
        return RootStatus(
            shown(self.root),
            len(self.shared),
            sum(file.size for file in self.shared.values()),
            len(ready),
            sum(ready),
            len(waiting) - len(ready),
            tuple((why.value, count) for why, count in self.left_out.items()),
            self.looked,
            self.trouble,
        )
