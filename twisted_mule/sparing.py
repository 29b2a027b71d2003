"""How a process stays small: import this first of all (docs/decisions/0004)."""

from __future__ import annotations

import ctypes
import gc
import linecache
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
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


class _Later:
    """Finds one module, and has it loaded when somebody first wants something of it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, if it is the one."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == self._name else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def import_later(late: str, *names: str) -> None:
    """Import ``names``; ``late``, which they import too, is loaded when it is first used."""
    finder = _Later(late)
    sys.meta_path.insert(0, finder)
    try:
        for name in names:
            import_module(name)
    finally:
        sys.meta_path.remove(finder)


def tidy() -> None:
    """
    Give back what importing has left behind, before the node's own data comes.

    That is cycles of garbage, and the text of generated methods, kept for tracebacks by attrs.
    """
    linecache.clearcache()
    gc.collect()


_spare_the_heap()
