"""How a process stays small: import this first of all (docs/decisions/0004)."""

from __future__ import annotations

import ctypes
import gc
import linecache
import sys
from importlib import import_module
from typing import Any, Final

#: glibc's names for numbers of ``mallopt`` (malloc.h), and what they are set to: give back what is
#: free at the end of the heap sooner, take little ahead, and let all threads share one heap.
_MALLOC: Final = {
    "M_TRIM_THRESHOLD": (-1, 1 << 16),
    "M_TOP_PAD": (-2, 1 << 14),
    "M_ARENA_MAX": (-8, 1),
}


def _spare_the_heap() -> None:
    """Where the C library is not glibc, nothing is done."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        for option, value in _MALLOC.values():
            set_option(option, value)


def import_without(absent: str, *names: str) -> None:
    """Import ``names`` as if ``absent`` were not installed; if it is in use already, with it."""
    modules: dict[str, Any] = sys.modules
    if absent in modules:
        return
    modules[absent] = None  # Python's mark for what is not there
    try:
        for name in names:
            import_module(name)
    finally:
        del modules[absent]


def tidy() -> None:
    """
    Give back what importing has left behind, before the node's own data comes.

    That is cycles of garbage, and the text of generated methods, kept for tracebacks by attrs.
    """
    linecache.clearcache()
    gc.collect()


_spare_the_heap()
