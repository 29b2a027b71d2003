"""The source of the package: which modules there are, and what each one imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import twisted_mule

ROOT = Path(twisted_mule.__file__).parent
OURS = "twisted_mule"


def imports(path: Path) -> Iterator[str]:
    """The dotted names that the module at ``path`` imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package, by its name within it."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts).removesuffix("__init__").removesuffix("."), path


def within(name: str, prefixes: set[str]) -> bool:
    """Whether ``name`` is one of ``prefixes`` or inside one."""
    return any(name == p or name.startswith(f"{p}.") for p in prefixes)


def third_party(name: str) -> bool:
    """Whether ``name`` is neither ours nor everybody's."""
    return name.split(".")[0] not in {*sys.stdlib_module_names, "attrs", "__future__"}
