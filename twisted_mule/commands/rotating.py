"""``mule id rotate``: become another node, knowingly; the old identity is kept aside."""

from __future__ import annotations

import os
import time
from typing import Final

import click
from twisted.internet.defer import execute

from twisted_mule.commands.contacts import outcome
from twisted_mule.commands.verb import Call, Refusal, verb
from twisted_mule.store.database import Database
from twisted_mule.store.directory import (
    DATABASE,
    IDENTITY,
    PREFERENCES,
    StateDirectory,
    StateLockedError,
)
from twisted_mule.store.due_times import DueStore
from twisted_mule.store.identity import make_identity, read_identity, save_identity

#: What it costs, for whoever is about to do it.
COST: Final = (
    "A new identity is a new identifier, new destinations and a new verify secret.",
    "What that costs:",
    "  - contacts have to meet and verify this node again: their trust is in the old one;",
    "  - what is published of your files names the old node until it expires, and all of it has",
    "    to be published anew, within the fixed limits;",
    "  - others' tables lose this node, and what it holds for others is found there no more;",
    "  - whoever watches sees one node vanish and another one arrive: that is rare, and the",
    "    two can be linked by their time, their contacts and their files.",
    "The old identity is set aside in the state directory; nothing is deleted.",
)


@click.command()
@click.option("--yes", "agreed", is_flag=True, help="Do it without asking.")
@verb
def rotate(call: Call, *, agreed: bool) -> None:
    """
    Give this node a new identity, after saying what that costs and asking.

    The node must not run.  The old identity stays in the state directory, under a name with the
    date; the router makes the new destinations at the next start.

    Example: mule id rotate
    """
    data = call.settings().data
    directory = StateDirectory(data, time.time)
    old = read_identity(directory)
    if old is None:
        raise Refusal(f"There is no identity in {data} to change; the first start makes one.")
    try:
        directory.acquire()
    except StateLockedError as reason:
        raise Refusal(
            f"A node runs in {data}; stop it first, then change its identity."
        ) from reason
    try:
        if not agreed:
            _ask()
        # iMule's file goes first: it alone would give the old identifier to the new identity.
        kept = tuple(filter(None, map(directory.retire, (PREFERENCES, IDENTITY))))
        new = make_identity(os.urandom)
        save_identity(directory, new)
        _forget_due(directory)
    finally:
        directory.release()
    call.say(
        {"old": old.kad_id.hex, "new": new.kad_id.hex, "kept": kept},
        f"The node was {old.kad_id} and is {new.kad_id} from its next start on.",
        f"Kept in {data}: {', '.join(kept)}.",
    )


def _ask() -> None:
    for line in COST:
        click.echo(line, err=True)
    try:
        answer = click.prompt("Type yes to go on", default="no", show_default=False, err=True)
    except click.Abort:
        answer = ""
    if answer.strip().lower() != "yes":
        raise Refusal("Nothing was changed.")


def _forget_due(directory: StateDirectory) -> None:
    """What the network knows of the files names the old node: all of it is due."""
    if directory.path(DATABASE).exists():
        database = Database(directory, execute)
        outcome(database.open())
        try:
            outcome(DueStore(database).replace((), time.time()))
        finally:
            outcome(database.close())
