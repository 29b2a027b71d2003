"""Reading source for what must not be on the wire path, and for writes to the contract."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

#: Whoever calls these waits or repeats by himself; a name that merely ends so counts as well.
TIMERS: Final = frozenset(
    {"callLater", "deferLater", "LoopingCall", "callInThread", "deferToThread", "callFromThread"}
)
#: Whoever calls these hands bytes to somebody.
SENDS: Final = frozenset({"write", "writeSequence", "send", "sendto", "sendMessage"})
#: Whoever calls these looks at a clock.
CLOCKS: Final = frozenset({"seconds", "time", "monotonic", "perf_counter"})
#: Modules of clocks, waits and sockets.
FOREIGN: Final = frozenset(
    {
        "asyncio",
        "datetime",
        "sched",
        "select",
        "selectors",
        "socket",
        "threading",
        "time",
        "twisted.internet.reactor",
        "twisted.internet.task",
        "twisted.internet.threads",
    }
)
#: The module that holds the numbers, and its last name.
NUMBERS: Final = "twisted_mule.contract"
CONTRACT: Final = "contract"


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The modules and members that a source imports, each with the name that it has there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, alias.asname or alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{node.module}.{alias.name}", alias.asname or alias.name


def trespasses(source: str) -> list[str]:
    """
    Every timer, send and clock that a source names, as the text of the expression.

    References count, not only calls: ``wait = clock.callLater`` is one.
    """
    tree = ast.parse(source)
    found = [
        f"import {name}"
        for name, _ in imported(tree)
        if any(name == one or name.startswith(f"{one}.") for one in FOREIGN)
    ]
    words = TIMERS | SENDS | CLOCKS
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in words:
            found.append(ast.unparse(node))
        elif isinstance(node, ast.Name) and node.id in TIMERS:
            found.append(node.id)
        elif isinstance(node, ast.Call) and _is_getattr(node):
            found.append(ast.unparse(node))
    return found


def contract_names(tree: ast.AST) -> set[str]:
    """How a source calls the module of the numbers."""
    return {local for name, local in imported(tree) if name == NUMBERS}


def contract_writes(source: str) -> list[str]:
    """Every way in which a source could change a number of the contract."""
    tree = ast.parse(source)
    names = contract_names(tree)
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) if _of_contract(node, names):
                found.append(ast.unparse(node))
            case ast.Call(func=ast.Name("setattr" | "delattr" | "vars"), args=[first, *_]) if (
                _is_contract(first, names)
            ):
                found.append(ast.unparse(node))
            case ast.Attribute(attr="__dict__", value=value) if _is_contract(value, names):
                found.append(ast.unparse(node))
            case ast.Call(func=ast.Attribute(attr="reload")):
                found.append(ast.unparse(node))
            case _:
                pass
    return found


def _is_getattr(node: ast.Call) -> bool:
    """Whether it fetches something on the list by a name in quotes."""
    match node:
        case ast.Call(func=ast.Name("getattr"), args=[_, ast.Constant(str(name)), *_]):
            return name in TIMERS | SENDS | CLOCKS
        case _:
            return False


def _is_contract(node: ast.expr, names: set[str]) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or (
        isinstance(node, ast.Attribute) and node.attr == CONTRACT
    )


def _of_contract(node: ast.Attribute, names: set[str]) -> bool:
    return _is_contract(node.value, names)
