"""``mule share``: folders in, out, looked through again, and what has become of their files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Final

import click

from twisted_mule.commands.client import ControlClient
from twisted_mule.commands.hashing import watch
from twisted_mule.commands.naming import whole_path
from twisted_mule.commands.pace import file_state, publishing_lines
from twisted_mule.commands.results import Document, counted
from twisted_mule.commands.verb import Call, Refusal, verb
from twisted_mule.commands.wording import say, size_text
from twisted_mule.sharing.names import shown

#: A rescan that takes longer goes on in the node.
_GOES_ON: Final = "The node goes on; `mule share list` shows how far it is."

_wait = click.option(
    "--wait/--no-wait",
    default=None,
    help="Wait until all is hashed; the default on a terminal.",
)


@click.group()
def share() -> None:
    """Share folders and files, list them, look through them again."""


@share.command()
@click.argument("path")
@_wait
@verb
def add(call: Call, path: str, *, wait: bool | None) -> None:
    """
    Share the folder or file at PATH.

    The node looks through it, hashes what is in it and publishes that at the pace that all nodes
    have.  Names of files become public; hidden files and symbolic links are left out.

    With --json one document, at the end.

    Example: mule share add ~/Public
    """
    with call.node() as node:
        root = node.share_add(whole_path(path))
        library = _followed(node, wait)
    call.say({"path": root, "library": library}, f"{shown(root)} is shared.", *_outcome(library))


@share.command()
@click.argument("path")
@verb
def remove(call: Call, path: str) -> None:
    """
    Share the folder or file at PATH no longer; nothing of it on the disk is touched.

    What the network knows of it lapses within a day.

    Example: mule share remove ~/Public
    """
    with call.node() as node:
        root = node.share_remove(whole_path(path))
    call.say({"path": root}, f"{shown(root)} is not shared any more.")


@share.command()
@click.argument("path", required=False)
@_wait
@verb
def rescan(call: Call, path: str | None, *, wait: bool | None) -> None:
    """
    Look through PATH, or through all that is shared, again, now instead of within the hour.

    With --json one document, at the end.

    Example: mule share rescan ~/Public
    """
    with call.node() as node:
        done = node.share_rescan(None if path is None else whole_path(path))
        library = _followed(node, wait)
    call.say({"done": done, "library": library}, *_outcome(library, "Looked through."))


@share.command("list")
@click.argument("path", required=False)
@verb
def list_(call: Call, path: str | None) -> None:
    """
    Show what is shared, below PATH if given, and what of it is published.

    Each file has its size, type, state and ed2k link.  "published": it can be found by every word
    of its name; "1 of 2 words": not yet by all of them; "next": its turn comes; "waits": it is not
    taken up yet, and if the pace has no room for it, it will not be.

    Example: mule share list --json
    """
    with call.node() as node:
        library, shared = node.library(), node.shared()
    files, publishing = shared["files"], shared["publishing"]
    if path is not None:
        below = shown(whole_path(path))
        files = [file for file in files if _within(file["path"], below)]
        if not files:
            raise Refusal(f"Nothing at {below} is shared; `mule share list` shows what is.")
    if call.as_json:
        call.say({"library": library, "files": files, "publishing": publishing})
        return
    for line in (*_files(files), "", *_roots(library), *publishing_lines(publishing)):
        say(line)


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root.rstrip('/')}/")


def _followed(node: ControlClient, wait: bool | None) -> dict[str, Any] | None:
    """The library once all is hashed, ``None`` if nobody waits for that."""
    if wait is None:
        wait = sys.stderr.isatty()
    if not wait:
        return None
    try:
        return watch(node)
    except KeyboardInterrupt:
        return None


def _outcome(library: Document | None, first: str = "") -> Iterator[str]:
    if library is None:
        yield _GOES_ON
        return
    if first:
        yield first
    yield from _roots(library)


def _files(files: list[Document]) -> Iterator[str]:
    for file in files:
        kind = file["type"] or "-"
        state = file_state(file)
        yield f"{size_text(file['size']):>10}  {kind:<5}  {state:<13}  {file['path']}"
        yield f"            {file['link']}"


def _roots(library: Document) -> Iterator[str]:
    if not library["roots"]:
        yield "Nothing is shared; begin with: mule share add PATH"
    for root in library["roots"]:
        yield f"{root['path']}: {', '.join(_root(root))}."
        if root["trouble"]:
            yield f"  {root['trouble']}"
    for problem in library["problems"]:
        yield f"  left out: {problem['path']}, {problem['reason']}"
    if library["more_problems"]:
        yield f"  and {library['more_problems']} more"
    if library["trouble"]:
        yield library["trouble"]


def _root(root: Document) -> Iterator[str]:
    yield f"{counted(root['files'], 'file', 'files')} with {size_text(root['bytes'])}"
    if not root["looked"] and not root["trouble"]:
        yield "not looked through yet"
    if root["waiting"]:
        yield f"{root['waiting']} to be hashed ({size_text(root['waiting_bytes'])})"
    if root["later"]:
        yield f"{root['later']} hashed later, somebody seems to be writing them"
    for why, count in root["left_out"].items():
        yield f"{count} left out because {why}"
