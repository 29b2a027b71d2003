"""The control socket's address, also where the directory's name is too long for one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

#: Bytes that a socket address has for a path, its final zero left out (Linux; BSD has 103).
LONGEST: Final = 107

_OWN_FILES: Final = Path("/proc/self/fd")


@contextmanager
def address(path: Path) -> Iterator[str]:
    """
    A name for the socket at ``path`` that is short enough, good as long as the context lasts.

    :raise ValueError: in one plain sentence, when the path is too long and the system offers no
        shorter name for its directory.
    :raise OSError: when the directory is not there.
    """
    size = len(os.fsencode(path))
    if size <= LONGEST:
        yield str(path)
        return
    if not _OWN_FILES.is_dir():
        raise ValueError(
            f"The path of the control socket has {size} bytes, and {LONGEST} are possible;"
            " name a state directory with a shorter path with --data."
        )
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield str(_OWN_FILES / str(directory) / path.name)
    finally:
        os.close(directory)
