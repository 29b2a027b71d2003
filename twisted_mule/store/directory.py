"""The state directory: private, locked by one process, every file replaced whole or set aside."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from attrs import define, field

IDENTITY: Final = "identity.json"
PREFERENCES: Final = "preferencesKad.dat"
NODES: Final = "nodes.dat"
DATABASE: Final = "mule.sqlite"
LOCK: Final = "lock"
CONTROL: Final = "control"
DASHBOARD_KEY: Final = "dashboard.key"
METRICS_TOKEN: Final = "metrics.token"  # noqa: S105 - its name

PRIVATE_DIRECTORY: Final = 0o700
PRIVATE_FILE: Final = 0o600

#: What belongs to us in a directory; permissions of anything else there are not our business.
_OURS: Final = (IDENTITY, PREFERENCES, NODES, DATABASE, LOCK, CONTROL, DASHBOARD_KEY, METRICS_TOKEN)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class StateError(Exception):
    """
    The state directory cannot be used.

    Its text is one plain sentence for the local user, with the reason and the next step.
    """


class StateLockedError(StateError):
    """
    Another process uses the state directory.

    :ivar pid: that process, or ``None`` when it did not say.
    """

    def __init__(self, message: str, pid: int | None) -> None:
        super().__init__(message)
        self.pid = pid


@define
class StateDirectory:
    """
    The one place where a node keeps things.

    Reading needs no lock; everything that writes must hold it.

    :ivar root: the directory; every file of ours lies directly in it.
    :ivar wall_clock: Unix time, only to name files that are set aside.
    """

    root: Path
    wall_clock: Callable[[], float]
    _lock: int | None = field(default=None, init=False)

    def path(self, name: str) -> Path:
        """Where the file ``name`` is or would be."""
        return self.root / name

    @property
    def locked(self) -> bool:
        """Whether this object holds the lock."""
        return self._lock is not None

    def prepare(self) -> tuple[str, ...]:
        """
        Make the directory, or make it private.

        :return: one plain sentence for each permission that had to be repaired.
        :raise StateError: when it cannot be made or is not ours to use.
        """
        try:
            self.root.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            self._refuse_strangers()
            return self._make_private()
        except OSError as reason:
            raise StateError(
                f"The state directory {self.root} cannot be used ({reason.strerror});"
                " name another one with --data."
            ) from reason

    def acquire(self) -> None:
        """
        Take the lock, which lasts until :meth:`release` or the end of the process.

        The lock belongs to the open file, so take it after ``twistd`` has become a daemon: the
        process number inside would be that of a parent that is gone.

        :raise StateLockedError: when another process holds it.
        :raise StateError: when there is no such directory or it cannot be written to.
        """
        if self._lock is not None:
            return
        try:
            lock = os.open(self.path(LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as reason:
            raise _refused(self.path(LOCK), "written", reason) from reason
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as reason:
            pid = _number(os.read(lock, 32))
            os.close(lock)
            raise _in_use(self.root, pid) from reason
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)
        self._lock = lock

    def release(self) -> None:
        """Give the lock back; the file stays, empty, so that no two processes lock two files."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def read(self, name: str) -> bytes | None:
        """
        The content of ``name``, or ``None`` when there is no such file.

        :raise StateError: when it is there and cannot be read.
        """
        try:
            return self.path(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as reason:
            raise _refused(self.path(name), "read", reason) from reason

    def write(self, name: str, content: bytes) -> None:
        """
        Replace ``name`` as a whole: a crash leaves the old content or the new, never half of one.

        :raise StateError: when that fails; the old content is then still there.
        """
        target = self.path(name)
        sibling = self.path(f"{name}.new")
        try:
            _write_through(sibling, content)
            sibling.replace(target)
            self._sync()
        except OSError as reason:
            sibling.unlink(missing_ok=True)
            raise _refused(target, "written", reason) from reason

    def set_aside(self, name: str, reason: str) -> str:
        """
        Rename the damaged file ``name``, so that nothing overwrites what it still holds.

        :return: one plain sentence that says what happened and where the file is now.
        :raise StateError: when it cannot be renamed.
        """
        place = self._free_name(f"{name}.damaged-{self._stamp()}")
        try:
            self.path(name).rename(place)
            self._sync()
        except OSError as failure:
            raise _refused(self.path(name), "set aside", failure) from failure
        return f"{name} is damaged ({reason}); it was set aside as {place.name}."

    def retire(self, name: str) -> str | None:
        """
        Rename ``name``, which is whole but no longer to be used; nothing ever overwrites it.

        :return: its new name, which says when; ``None`` when there is no such file.
        :raise StateError: when it cannot be renamed.
        """
        if self.read(name) is None:
            return None
        place = self._free_name(f"{name}.retired-{self._stamp()}")
        try:
            self.path(name).chmod(PRIVATE_FILE)
            self.path(name).rename(place)
            self._sync()
        except OSError as failure:
            raise _refused(self.path(name), "set aside", failure) from failure
        return place.name

    def keep_old(self, name: str) -> None:
        """
        Keep a copy of ``name`` as ``name.old``, in place of an earlier copy.

        :raise StateError: when that fails.
        """
        content = self.read(name)
        if content is not None:
            self.write(f"{name}.old", content)

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self.wall_clock(), UTC).strftime("%Y%m%d-%H%M%S")

    def _free_name(self, name: str) -> Path:
        place, count = self.path(name), 1
        while os.path.lexists(place):
            count += 1
            place = self.path(f"{name}-{count}")
        return place

    def _sync(self) -> None:
        directory = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _refuse_strangers(self) -> None:
        """A shared directory full of other things is a mistake, such as ``--data /tmp``."""
        status = self.root.stat()
        if status.st_uid != os.geteuid():
            raise StateError(
                f"The state directory {self.root} belongs to another user;"
                " name one of your own with --data."
            )
        names = [entry.name for entry in self.root.iterdir()]
        if names and status.st_mode & _OTHERS and not any(_is_ours(name) for name in names):
            raise StateError(
                f"{self.root} holds other files and is open to other users;"
                " name an empty or a new directory with --data."
            )

    def _make_private(self) -> tuple[str, ...]:
        notices = []
        if self.root.stat().st_mode & _OTHERS:
            self.root.chmod(PRIVATE_DIRECTORY)
            notices.append(f"{self.root} was open to other users; now only you can enter it.")
        for entry in sorted(self.root.iterdir()):
            mode = entry.lstat().st_mode
            plain = stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
            if _is_ours(entry.name) and plain and mode & _OTHERS:
                entry.chmod(PRIVATE_FILE)
                notices.append(f"{entry.name} was open to other users; now only you can read it.")
        return tuple(notices)


def _is_ours(name: str) -> bool:
    return any(name == ours or name.startswith((f"{ours}.", f"{ours}-")) for ours in _OURS)


def _write_through(path: Path, content: bytes) -> None:
    """Write ``content`` to the disk itself, in a file that was never readable by others."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, PRIVATE_FILE), "wb") as file:
        os.fchmod(file.fileno(), PRIVATE_FILE)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _number(text: bytes) -> int | None:
    return int(text) if text.strip().isdigit() else None


def _in_use(root: Path, pid: int | None) -> StateLockedError:
    process = "Another process" if pid is None else f"Process {pid}"
    return StateLockedError(
        f"{process} already uses the state directory {root};"
        " stop it first, or give this one a directory of its own with --data.",
        pid,
    )


def _refused(path: Path, verb: str, reason: OSError) -> StateError:
    return StateError(
        f"{path} cannot be {verb} ({reason.strerror}); check the directory's owner and free space."
    )
