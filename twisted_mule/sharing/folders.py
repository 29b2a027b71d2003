"""What lies under a shared path: files to share, and what is left out and why."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

from attrs import define, field

from twisted_mule.sharing.links import LARGEST_FILE
from twisted_mule.sharing.names import shown
from twisted_mule.sharing.sights import Folder, Found, LeftOut, SharingError, Sight, Why, modified

#: Levels of folders below a shared one; entries of one folder.
DEEPEST: Final = 64
MOST_ENTRIES: Final = 100_000
#: Sights that are handed over at a time; the reactor takes them in within one turn.
BATCH: Final = 200

#: Endings of what other programs are still writing, or keep for themselves.
_TEMPORARY: Final = (
    "~", ".!qb", ".!ut", ".aria2", ".bc!", ".crdownload", ".download", ".filepart",
    ".met", ".opdownload", ".part", ".partial", ".swp", ".temp", ".tmp",
)  # fmt: skip
_HOUSEKEEPING: Final = frozenset({"desktop.ini", "thumbs.db"})

_FILE: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_FOLDER: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY

Place = tuple[int, int]
"""Device and inode: one file or folder, whatever its paths."""


def examine(path: str, private: Iterable[str]) -> str:
    """
    The real path of ``path``, if that can be shared.

    :param private: folders that are never shared, nor anything in them.
    :raise SharingError: when it cannot.
    """
    real = real_path(path)
    try:
        mode = os.stat(real, follow_symlinks=False).st_mode
        readable = os.access(real, os.R_OK | (os.X_OK if stat.S_ISDIR(mode) else 0))
    except OSError as reason:
        raise SharingError(f"{shown(path)} cannot be shared ({reason.strerror}).") from reason
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise SharingError(f"{shown(path)} is neither a folder nor a file.")
    if not readable:
        raise SharingError(f"{shown(path)} cannot be read; change its permissions first.")
    if os.path.dirname(real) == real:
        raise SharingError("The whole file system cannot be shared; name a folder of it.")
    if not places([real, *_above(real)]).isdisjoint(places(private)):
        raise SharingError(f"{shown(path)} belongs to this program and is never shared.")
    return real


def real_path(path: str) -> str:
    """
    ``path`` without symbolic links.

    :raise SharingError: when it does not begin at the root of the file system, or is no path.
    """
    if not os.path.isabs(path):
        raise SharingError(f"{shown(path)} is not a whole path; begin it with /.")
    try:
        return os.path.realpath(path)
    except ValueError as reason:
        raise SharingError(f"{shown(path)} is not a path.") from reason


def places(paths: Iterable[str]) -> frozenset[Place]:
    """Where ``paths`` really are; those that do not exist are passed over."""
    found = set()
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        found.add((status.st_dev, status.st_ino))
    return frozenset(found)


def _above(path: str) -> Iterator[str]:
    while (parent := os.path.dirname(path)) != path:
        yield parent
        path = parent


class Look:
    """
    One walk through a shared path, some steps at a time.

    All of it waits for the disk and belongs into one thread.

    :param private: folders that are never shared.
    """

    def __init__(self, root: str, private: Iterable[str]) -> None:
        self._sights = walk(root, places(private))

    def batch(self) -> tuple[Sight, ...]:
        """
        What comes next; nothing at the end.

        :raise SharingError: when the root cannot be looked at.
        """
        return tuple(islice(self._sights, BATCH))

    def close(self) -> None:
        """Let go of the folder that is open."""
        self._sights.close()


def walk(root: str, private: frozenset[Place] = frozenset()) -> Generator[Sight, None, None]:
    """
    All that is at ``root`` and below: the files of a folder by name, then its folders.

    No symbolic link is followed and no folder visited twice, whatever changes meanwhile: every
    folder is opened name by name from the root.  What others left half-written, what is hidden,
    empty, too large or unreadable comes as :class:`LeftOut`.

    :raise SharingError: when the root itself cannot be looked at, or went away meanwhile.
    """
    status = _root_status(root)
    if stat.S_ISDIR(status.st_mode):
        yield from _Walk(root, dict.fromkeys(private, Why.PRIVATE)).sights()
        if not os.path.samestat(status, _root_status(root)):
            raise SharingError(f"{shown(root)} was replaced while it was looked at.")
    else:
        yield _judged(root, root, status)


def _root_status(root: str) -> os.stat_result:
    try:
        status = os.stat(root, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            os.close(os.open(root, _FOLDER))
    except OSError as reason:
        raise SharingError(f"{shown(root)} cannot be looked at ({reason.strerror}).") from reason
    return status


@define
class _Walk:
    """A walk through the folder ``root``; ``visited`` says why a place is not entered."""

    root: str
    visited: dict[Place, Why]
    _pending: list[tuple[str, ...]] = field(factory=lambda: [()], init=False)

    def sights(self) -> Iterator[Sight]:
        while self._pending:
            parts = self._pending.pop()
            below = len(self._pending)
            yield from self._folder("/".join((self.root, *parts)), parts)
            self._pending[below:] = reversed(self._pending[below:])

    def _folder(self, path: str, parts: tuple[str, ...]) -> Iterator[Sight]:
        yield Folder(path)
        if len(parts) > DEEPEST:
            yield LeftOut(path, Why.TOO_DEEP)
            return
        try:
            with _opened(self.root, parts) as descriptor:
                status = os.fstat(descriptor)
                place = (status.st_dev, status.st_ino)
                if place in self.visited:
                    yield LeftOut(path, self.visited[place])
                    return
                self.visited[place] = Why.TWICE
                yield from self._entries(path, parts, descriptor)
        except FileNotFoundError:
            return  # it went away while we looked
        except OSError as reason:
            yield LeftOut(path, Why.UNREADABLE, reason.strerror or "")

    def _entries(self, path: str, parts: tuple[str, ...], descriptor: int) -> Iterator[Sight]:
        with os.scandir(descriptor) as scan:
            names = sorted(entry.name for entry in islice(scan, MOST_ENTRIES + 1))
        if len(names) > MOST_ENTRIES:
            yield LeftOut(path, Why.TOO_FULL)
        for name in names[:MOST_ENTRIES]:
            try:
                status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            except FileNotFoundError:
                continue  # it went away while we looked
            except OSError as reason:
                yield LeftOut(f"{path}/{name}", Why.UNREADABLE, reason.strerror or "")
                continue
            if stat.S_ISDIR(status.st_mode) and not name.startswith("."):
                self._pending.append((*parts, name))
            else:
                inner = f"{path}/{name}"
                yield _unwanted(inner, name) or _judged(self.root, inner, status)


def _unwanted(path: str, name: str) -> LeftOut | None:
    if name.startswith("."):
        return LeftOut(path, Why.HIDDEN)
    return LeftOut(path, Why.TEMPORARY) if _temporary(name.lower()) else None


def _temporary(name: str) -> bool:
    return name.endswith(_TEMPORARY) or name.startswith("~$") or name in _HOUSEKEEPING


def _judged(root: str, path: str, status: os.stat_result) -> Sight:
    if stat.S_ISLNK(status.st_mode):
        return LeftOut(path, Why.LINK)
    if not stat.S_ISREG(status.st_mode):
        return LeftOut(path, Why.SPECIAL)
    if not status.st_size:
        return LeftOut(path, Why.EMPTY)
    if status.st_size > LARGEST_FILE:
        return LeftOut(path, Why.TOO_LARGE)
    return Found(root, path, status.st_size, modified(status))


def open_file(root: str, path: str) -> int:
    """
    A descriptor of the file at ``path``, below or at ``root``, for reading.

    No part of the way from the root may be a symbolic link, so nothing outside is ever opened;
    that holds even when somebody changes the tree at the same time.

    :raise OSError: when it cannot be opened so.
    """
    if path == root:
        return os.open(root, _FILE)
    *folders, name = path.removeprefix(root).lstrip("/").split("/")
    if ".." in folders:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    with _opened(root, tuple(folders)) as descriptor:
        return os.open(name, _FILE, dir_fd=descriptor)


@contextmanager
def _opened(root: str, parts: tuple[str, ...]) -> Iterator[int]:
    descriptor = os.open(root, _FOLDER)
    try:
        for part in parts:
            inner = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)
