"""``mule status`` and ``mule id``: how the node is, and who it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from twisted_mule.commands.client import NoNodeError, connected
from twisted_mule.commands.verb import Call, Exit, Refusal, verb
from twisted_mule.store.directory import DASHBOARD_KEY, StateDirectory
from twisted_mule.store.identity import read_identity


@click.command()
@verb
def status(call: Call) -> None:
    """
    Say how the running node is.

    Ends with 0 when the node is in the network, 4 when it is on its way there, 3 when no node
    runs.

    Example: mule status --json
    """
    with connected(call.settings().data) as node:
        snapshot = node.status()
    call.say(snapshot, *_told(snapshot, _link(snapshot["dashboard"], call.settings().data)))
    if not snapshot["ready"]:
        click.get_current_context().exit(int(Exit.NOT_READY))


def _link(dashboard: str, data: Path) -> str:
    """The dashboard's address with the secret that opens it; it is in a file of the owner's."""
    secret = StateDirectory(data, float).read(DASHBOARD_KEY)
    if secret is None or not dashboard.startswith("http"):
        return dashboard
    return f"{dashboard}?k={secret.decode('ascii', 'replace').strip()}"


def _told(snapshot: dict[str, Any], link: str) -> Iterator[str]:
    """The snapshot for a person: the verdict first, then what it rests on."""
    router, routing = snapshot["router"], snapshot["routing"]
    yield snapshot["headline"]
    if router["problem"] is not None:
        yield f"{router['problem']['headline']}: {router['problem']['advice']}"
    network = _network(snapshot["practice"])
    yield ""
    yield f"Phase      {snapshot['phase']}, up {duration(snapshot['uptime'])}, {network}"
    yield f"Router     {router['state']}{_router(router)}"
    yield (
        f"Contacts   {routing['contacts']}, {routing['verified']} verified,"
        f" {routing['heard']} heard since the start"
    )
    yield f"Identifier {snapshot['kad_id']}"
    yield f"Dashboard  {link}"
    yield f"State      {snapshot['data']}"


def _network(practice: int | None) -> str:
    return "the real network" if practice is None else f"practice with {practice} neighbours"


def _router(router: dict[str, Any]) -> str:
    words = f" at {router['endpoint']}" if router["endpoint"] else ""
    if router["next_try_in"] is not None:
        words += f", next try in {duration(router['next_try_in'])}"
    return words


def duration(seconds: float) -> str:
    """So many seconds in words: ``42 s``, ``3 min 5 s``, ``2 h 10 min``, ``3 d 4 h``."""
    whole = max(0, int(seconds))
    parts = (("d", whole // 86_400), ("h", whole // 3_600 % 24), ("min", whole // 60 % 60))
    shown = [f"{count} {unit}" for unit, count in (*parts, ("s", whole % 60)) if count]
    return " ".join(shown[:2]) or "0 s"


@click.group("id", invoke_without_command=True)
@verb
def identity(call: Call) -> None:
    """
    Say who this node is: its Kad identifier and its I2P destination.

    Works whether or not the node runs.  No secret is shown.

    Example: mule id
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    data = call.settings().data
    found = read_identity(StateDirectory(data, float))
    if found is None:
        raise Refusal(
            f"There is no identity in {data} yet; the first start makes one: twistd -n mule"
        )
    destination = found.destination
    document = {
        "kad_id": found.kad_id.hex,
        "destination": destination and destination.base64,
        "dest_hash": destination and destination.dest_hash,
        "running": _runs(call),
    }
    none_yet = "none yet: the router makes it when the node starts"
    call.say(
        document,
        f"Kad identifier  {found.kad_id}",
        f"Destination     {none_yet if destination is None else destination.base64}",
    )


def _runs(call: Call) -> bool:
    try:
        with connected(call.settings().data):
            return True
    except NoNodeError:
        return False
