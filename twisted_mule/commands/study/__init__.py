"""``mule study``: the studies of docs/studies, each a verb that loads what it needs."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

import click

#: The studies, by the module of this folder with a command of the same name.
NAMES: Final[tuple[str, ...]] = ("leaks", "churn", "sybils", "cost", "growth")


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
        return cast(click.Command, getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name))


@click.group(cls=Studies)
def study() -> None:
    """
    Repeat a study: what an observer learns, what lookups find, what it costs.

    Nothing is sent anywhere: networks of the real node are computed.  docs/studies says what came
    of each, with the command that gives its tables and pictures.
    """
