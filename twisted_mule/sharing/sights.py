"""What is seen at a shared path, as values."""

from __future__ import annotations

import os
from enum import Enum
from typing import Final

from attrs import frozen

_LATEST: Final = (1 << 63) - 1


class SharingError(Exception):
    """What was asked for cannot be shared; the text is one plain sentence for the local user."""


class Why(Enum):
    """Why something is not shared; the value says it to the user."""

    HIDDEN = "it is hidden"
    TEMPORARY = "it is a temporary file"
    EMPTY = "it is empty"
    LINK = "it is a symbolic link; share what it leads to"
    SPECIAL = "it is no ordinary file"
    TOO_LARGE = "it is larger than 256 GiB"
    TOO_DEEP = "it lies too many folders deep"
    TOO_FULL = "it holds too many entries; not all of them are shared"
    TOO_MANY = "there are too many files already; share fewer folders"
    PRIVATE = "it belongs to this program"
    TWICE = "it is the same folder as another one"
    UNREADABLE = "it cannot be read"


@frozen
class Found:
    """
    A file that can be shared.

    :ivar root: the shared path that it belongs to.
    :ivar path: as :func:`os.fsdecode` gives it.
    :ivar size: bytes.
    :ivar modified: time of its modification, nanoseconds of Unix time.
    """

    root: str
    path: str
    size: int
    modified: int


@frozen
class LeftOut:
    """Something that is not shared; ``detail`` is the system's word on it, when there is one."""

    path: str
    why: Why
    detail: str = ""


@frozen
class Folder:
    """A folder that is being looked through."""

    path: str


Sight = Found | LeftOut | Folder
"""What looking through a shared path gives, one after the other."""


def modified(status: os.stat_result) -> int:
    """
    When a file was modified, in nanoseconds of Unix time.

    It stops at the largest number that a database holds: some file systems know later times.
    """
    return min(status.st_mtime_ns, _LATEST)
