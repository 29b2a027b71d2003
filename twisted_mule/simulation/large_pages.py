"""Large pages for processes that simulate, where the system has them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

_MALLOC: Final = "PYTHONMALLOC"
_TUNABLES: Final = "GLIBC_TUNABLES"
_PAGES: Final = "glibc.malloc.hugetlb"
#: The first version of glibc that asks for large pages when it is told to.
_SINCE: Final = (2, 35)


@contextmanager
def large_pages() -> Iterator[None]:
    """
    Let the processes that are started meanwhile have their memory in large pages.

    What a thousand nodes remember lies scattered over 200 MB.  With pages of 4 KiB the processor
    keeps forgetting where they are, and to look it up again takes up to a sixth of the time.
    Python's own allocator asks for no other pages, glibc's does (the tunable
    ``glibc.malloc.hugetlb``, and ``madvise`` in the kernel's settings or ``always``).  What is
    computed stays the same.
    """
    added = additions(os.environ, libc_version())
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def additions(environment: Mapping[str, str], libc: str) -> dict[str, str]:
    """
    What a process needs in its environment besides ``environment``; what the user chose stays.

    :param libc: name and version, such as ``glibc 2.36``.
    """
    name, _, version = libc.partition(" ")
    if name != "glibc" or tuple(map(int, version.split(".")[:2])) < _SINCE:
        return {}
    chosen = environment.get(_TUNABLES, "")
    if _MALLOC in environment or _PAGES in chosen:
        return {}
    tunables = f"{chosen}:{_PAGES}=1" if chosen else f"{_PAGES}=1"
    return {_MALLOC: "malloc", _TUNABLES: tunables}


def libc_version() -> str:
    """Name and version of the C library, empty where it does not say."""
    name = "CS_GNU_LIBC_VERSION"
    return (os.confstr(name) or "") if name in os.confstr_names else ""
