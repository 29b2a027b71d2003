"""``mule nodes``: files of contacts in, out, and looked into."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from twisted.internet.defer import Deferred, execute
from twisted.python.failure import Failure

from twisted_mule.commands.client import Imported, NoNodeError, connected
from twisted_mule.commands.verb import Call, Refusal, verb
from twisted_mule.control.commands import LARGEST_DOCUMENT
from twisted_mule.kad.errors import DecodeError
from twisted_mule.store import nodes_dat
from twisted_mule.store.contacts import ContactStore, merge, node_of
from twisted_mule.store.database import Database
from twisted_mule.store.directory import DATABASE, NODES, StateDirectory
from twisted_mule.store.nodes_dat import NodesFile, StoredNode

T = TypeVar("T")

_STANDARD: Final = "-"
_NOTHING: Final = NodesFile(2, ())


@click.group()
def nodes() -> None:
    """Bring in, give out and look into files of contacts (nodes.dat)."""


@nodes.command("import")
@click.argument("file")
@verb
def import_(call: Call, file: str) -> None:
    """
    Offer the contacts of FILE ("-" for standard input) to the node.

    A running node takes them at once.  Otherwise they are added to the nodes.dat of its state
    directory for the next start, and the file as it was is kept as nodes.dat.old.

    Example: mule nodes import ~/Downloads/nodes.dat
    """
    content = content_of(file)
    take_in(call, content, contacts_in(content, file))


def take_in(call: Call, content: bytes, found: NodesFile) -> None:
    """Offer a file's contacts to the node, running or not, and say what became of them."""
    data = call.settings().data
    try:
        with connected(data) as node:
            outcome, running = node.import_nodes(content), True
    except NoNodeError:
        outcome, running = _kept(data, found), False
    when = "The node has them now." if running else "The node takes them when it starts."
    call.say(
        {
            "read": outcome.read,
            "new": outcome.new,
            "skipped": outcome.skipped,
            "running": running,
        },
        f"{outcome.read} contacts read, {outcome.skipped} not usable, {outcome.new} new.",
        *([when] if outcome.new else []),
    )


def _kept(data: Path, found: NodesFile) -> Imported:
    """Merge into the state directory, under its lock."""
    directory = StateDirectory(data, time.time)
    notices = list(directory.prepare())
    directory.acquire()
    try:
        known = _saved_file(directory, notices)
        merged = merge(known.trusted(), found)
        if merged.new:
            directory.keep_old(NODES)
            directory.write(NODES, nodes_dat.write(merged.nodes))
    finally:
        directory.release()
    for notice in notices:
        click.echo(notice, err=True)
    return Imported(len(found.contacts), merged.new, found.skipped + found.missing)


def _saved_file(directory: StateDirectory, notices: list[str]) -> NodesFile:
    content = directory.read(NODES)
    if content is None:
        return _NOTHING
    try:
        return nodes_dat.read(content)
    except DecodeError as reason:
        notices.append(directory.set_aside(NODES, str(reason)))
        return _NOTHING


@nodes.command()
@click.argument("file")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@verb
def export(call: Call, file: str, *, force: bool) -> None:
    """
    Write the node's contacts to FILE ("-" for standard output), in the form that iMule reads.

    Comes from the running node, or else from what it kept when it last ran.

    Example: mule nodes export nodes.dat
    """
    data = call.settings().data
    try:
        with connected(data) as node:
            content = node.export_nodes()
    except NoNodeError:
        content = nodes_dat.write(_saved(data))
    count = len(nodes_dat.read(content).contacts)
    if not count:
        raise Refusal(f"The node at {data} knows no contact yet; {file} was not written.")
    if file == _STANDARD:
        sys.stdout.buffer.write(content)
        return
    _write(Path(file), content, force=force)
    call.say({"written": count, "file": file}, f"{count} contacts written to {file}.")


def _saved(data: Path) -> tuple[StoredNode, ...]:
    """What the node kept: its table, and what was imported since."""
    directory = StateDirectory(data, time.time)
    if not directory.root.is_dir():
        raise NoNodeError(f"No node runs with the state directory {data}, and none ever did.")
    directory.acquire()
    try:
        notices: list[str] = []
        known: tuple[StoredNode, ...] = ()
        if directory.path(DATABASE).exists():
            known = _of_database(directory, notices)
        merged = merge(known, _saved_file(directory, notices))
    finally:
        directory.release()
    for notice in notices:
        click.echo(notice, err=True)
    return merged.nodes


def _of_database(directory: StateDirectory, notices: list[str]) -> tuple[StoredNode, ...]:
    database = Database(directory, execute)
    notices += outcome(database.open()).notices
    try:
        saved = outcome(ContactStore(database).load(time.time()))
    finally:
        outcome(database.close())
    return tuple(node_of(contact.seed) for contact in saved)


def outcome(deferred: Deferred[T]) -> T:
    """What a Deferred that has fired already holds."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    (result,) = results
    if isinstance(result, Failure):
        result.raiseException()
    outcome: T = result
    return outcome


def _write(path: Path, content: bytes, *, force: bool) -> None:
    """Whole or not at all; an existing file only goes when it is meant to."""
    sibling = path.with_name(f"{path.name}.new")
    try:
        sibling.write_bytes(content)
        if force:
            sibling.replace(path)
        else:
            os.link(sibling, path)
            sibling.unlink()
    except FileExistsError as reason:
        sibling.unlink(missing_ok=True)
        raise Refusal(f"{path} exists; name another file, or add --force.") from reason
    except OSError as reason:
        sibling.unlink(missing_ok=True)
        raise Refusal(f"{path} cannot be written ({reason.strerror}).") from reason


@nodes.command()
@click.argument("file")
@verb
def inspect(call: Call, file: str) -> None:
    """
    Show the contacts in FILE ("-" for standard input), a nodes.dat of any form.

    Example: mule nodes inspect nodes.dat --json
    """
    found = contacts_in(content_of(file), file)
    skipped = found.skipped + found.missing
    contacts = [
        {
            "id": node.kad_id.hex,
            "version": node.version,
            "dest_hash": node.destination.dest_hash,
            "udp_key": node.udp_key,
            "verified": node.verified,
        }
        for node in found.contacts
    ]
    verified = sum(node.verified for node in found.contacts)
    call.say(
        {"form": found.form, "contacts": contacts, "skipped": skipped},
        f"Form {found.form}: {len(contacts)} contacts, {verified} verified, {skipped} not usable.",
        *(_line(node) for node in found.contacts),
    )


def _line(node: StoredNode) -> str:
    mark = "verified" if node.verified else "-"
    return f"{node.kad_id}  {node.destination.short}  version {node.version}  {mark}"


def content_of(file: str) -> bytes:
    """
    The bytes of a file, or of standard input.

    :raise Refusal: when they cannot be read, or are too many.
    """
    try:
        if file == _STANDARD:
            content = sys.stdin.buffer.read(LARGEST_DOCUMENT + 1)
        else:
            with Path(file).open("rb") as stream:
                content = stream.read(LARGEST_DOCUMENT + 1)
    except OSError as reason:
        raise Refusal(f"{file} cannot be read ({reason.strerror}).") from reason
    if len(content) > LARGEST_DOCUMENT:
        raise Refusal(f"{file} is too large for a file of contacts.")
    return content


def contacts_in(content: bytes, file: str) -> NodesFile:
    """
    The contacts that the bytes of a ``nodes.dat`` hold.

    :raise Refusal: when they are no such file.
    """
    try:
        return nodes_dat.read(content)
    except DecodeError as reason:
        raise Refusal(f"{file} is not a nodes.dat file: {reason}.") from reason
