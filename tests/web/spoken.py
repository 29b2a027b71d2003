"""What the node says: all its sentences, its problems, and the texts of the modules that speak."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

from twisted.internet.error import (
    CannotListenError,
    ConnectError,
    ConnectionClosed,
    DNSLookupError,
)

import twisted_mule
from twisted_mule.sam import problems
from twisted_mule.sam.faults import KeysNotKept, NotSam, Refused, Unreadable, WrongIdentity
from twisted_mule.status import Problem
from twisted_mule.web.said import Saying, parsed
from twisted_mule.web.sentences import SENTENCES

PACKAGE: Final = Path(twisted_mule.__file__).resolve().parent
#: Where the sentences are made that a page can show.
SPEAKERS: Final = (
    "chronicle.py",
    "clauses.py",
    "daemon.py",
    "holdings.py",
    "kad/destination.py",
    "keeping.py",
    "premises.py",
    "sam/keys.py",
    "sam/problems.py",
    "sam/progress.py",
    "sam/streams.py",
    "sam/supervision.py",
    "saving.py",
    "selfcheck/caps.py",
    "selfcheck/failures.py",
    "selfcheck/ordering.py",
    "selfcheck/participation.py",
    "selfcheck/persistence.py",
    "selfcheck/timing.py",
    "selfcheck/verdicts.py",
    "snapshots.py",
    "store/database.py",
    "store/directory.py",
    "store/identity.py",
    "store/index_store.py",
    "store/nodes_dat.py",
    "store/preferences.py",
)
#: Rooms whose sentences go to a terminal or into a report, never onto a page.
ELSEWHERE: Final = ("web", "commands", "control", "probing", "sharing", "simulation", "studies")
#: Calls whose first texts are for the user, by the last part of their name.
_SAID: Final = {"Problem", "StateError", "Event", "ClauseStatus", "CheckStatus", "KeysError"}
#: Calls whose texts are for the log, for SQLite, or names of streams of chance.
_UNSEEN: Final = {"info", "warn", "failure", "failuresHandled", "execute", "stream", "_nickname"}
_PLACE: Final = "{}"
#: What may stand in a place whose value is not known from the source.
FILLS: Final = ("7", "read", "offline", "/srv/mule")
PLACE: Final = "127.0.0.1:7656"


def texts(path: Path) -> Iterator[str]:
    """Every text of several words in a module, ``{}`` for each value in it."""
    tree = ast.parse(path.read_text("utf-8"))
    unseen: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                unseen.add(id(node.value))
            case ast.Call() if called(node) in _UNSEEN:
                unseen |= {id(each) for each in ast.walk(node)}
            case ast.JoinedStr():
                unseen |= {id(each) for each in ast.walk(node) if each is not node}
    for node in ast.walk(tree):
        if id(node) not in unseen and (text := _text(node)) and re.search(r"\w \w|\w: ", text):
            yield text


def called(call: ast.Call) -> str:
    """The last part of what is called."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else _PLACE for part in parts
            )
        case _:
            return ""


def speakers() -> set[str]:
    """The modules that make a sentence for the user."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(tuple(f"{room}/" for room in ELSEWHERE)) and _speaks(path):
            found.add(name)
    return found


def _speaks(path: Path) -> bool:
    return any(
        isinstance(node, ast.Call)
        and (called(node) in _SAID or called(node) == "tell")
        and any(_text(value) for value in node.args)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    )


def filled(saying: Saying) -> str:
    """A sentence with something that fits in every place."""
    values = dict.fromkeys(saying.names, FILLS[0]) | {"state": "offline"}
    return saying.text.format(**values)


#: Every sentence of the book, as the node would say it.
EVERY: Final = tuple(sorted(filled(parsed(text)) for text in SENTENCES))


def all_problems() -> list[Problem]:
    """Every kind of problem with the router."""
    addresses = ("127.0.0.1", 7655), ("127.0.0.1", 40_000)
    refused = [
        Refused(command, result, "no. reason")
        for command, result in product(
            ("HELLO", "SESSION CREATE"),
            ("NOVERSION", "DUPLICATED_DEST", "INVALID_KEY", "I2P_ERROR"),
        )
    ]
    reasons = (
        *refused,
        NotSam(b""),
        NotSam(b"SSH-2.0"),
        Unreadable(b"220 mail"),
        WrongIdentity("this is not I2P base64"),
        KeysNotKept("/srv/mule/identity cannot be read (Permission denied)."),
        CannotListenError("127.0.0.1", 0, OSError()),
        CannotListenError("", 0, OSError()),
        DNSLookupError(),
        ConnectError(),
        ConnectionClosed(),
        ValueError("a defect"),
    )
    return [
        *(problems.explain(reason, f"tcp:{PLACE}") for reason in reasons),
        *(
            problems.nothing_back(*addresses, heard=h, over_tcp=t)
            for h, t in ((False, False), (True, False), (False, True))
        ),
        problems.silent_greeting(f"tcp:{PLACE}"),
        problems.slow_session(420.0),
        problems.gone_silent(600.0),
        problems.remains(),
        problems.no_exit(
            "A process has ended with a probable error condition: process ended by signal 9."
        ),
    ]
