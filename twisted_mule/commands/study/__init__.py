"""``mule study``: the studies of docs/studies, each a verb that loads what it needs."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

import click

from twisted_mule.commands import outputs
from twisted_mule.commands.verb import Refusal

#: The studies, by the module of this folder with a command of the same name.
NAMES: Final[tuple[str, ...]] = ("leaks", "churn", "sybils", "cost", "growth")
#: Of those that compute with the packages of the extra ``audit``, what they do.
AUDITED: Final[dict[str, str]] = {
    "leaks": "What each secret of a node leaks, ours against weaker designs.",
}


class Studies(click.Group):
    """A group whose commands are loaded when they are asked for: some need the extra ``audit``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All studies."""
        del ctx
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The study of this name."""
        del ctx
        if cmd_name not in NAMES:
            return None
        if cmd_name in AUDITED:
            try:
                outputs.demand(*outputs.AUDIT, extra="audit")
            except Refusal as reason:
                return _wanting(cmd_name, reason)
        return cast(click.Command, getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name))


def _wanting(name: str, reason: Refusal) -> click.Command:
    """What stands for a study whose packages are missing: it says so, however it is called."""

    def refuse(**_: object) -> None:
        raise reason

    return click.Command(
        name,
        callback=refuse,
        help=f"{AUDITED[name]}\n\n{reason.message}",
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
    )


@click.group(cls=Studies)
def study() -> None:
    """
    Repeat a study: what an observer learns, what lookups find, what it costs.

    Nothing is sent anywhere: networks of the real node are computed.  docs/studies says what came
    of each, with the command that gives its tables and pictures.
    """
