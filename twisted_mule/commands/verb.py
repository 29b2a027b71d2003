"""What every verb of ``mule`` shares: where its node is, how it answers, how it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import IntEnum
from functools import wraps
from typing import Any, TypeVar

import click
from attrs import frozen

from twisted_mule.commands.client import (
    ControlClient,
    ControlError,
    NoNodeError,
    NotYetError,
    connected,
)
from twisted_mule.options import load_settings
from twisted_mule.settings import Settings, SettingsError
from twisted_mule.store.directory import StateError

F = TypeVar("F", bound=Callable[..., Any])


class Exit(IntEnum):
    """How a command ends, for scripts."""

    OK = 0
    ERROR = 1
    USAGE = 2
    NO_NODE = 3
    NOT_READY = 4
    NO_ROUTER = 5


class Refusal(click.ClickException):
    """
    The command cannot do it.

    :param message: one plain sentence, with the next step where there is one.
    """

    def __init__(self, message: str, code: Exit = Exit.ERROR) -> None:
        super().__init__(" ".join(message.split()))
        self.exit_code = int(code)  # type: ignore[misc]  # click means it to be set so


@frozen
class Call:
    """
    One call of a verb.

    :ivar data: what ``--data`` said.
    :ivar config: what ``--config`` said.
    :ivar as_json: whether a program reads the answer.
    """

    data: str | None
    config: str | None
    as_json: bool

    def settings(self, **flags: object) -> Settings:
        """
        The settings with which the node would run.

        :param flags: by name of the setting, what else the command line said.
        :raise Refusal: when one of them cannot be used.
        """
        try:
            return load_settings({"data": self.data, **flags}, os.environ, self.config)
        except SettingsError as reason:
            raise Refusal(str(reason), Exit.USAGE) from reason

    def node(self) -> AbstractContextManager[ControlClient]:
        """The node that runs with these settings; see :func:`client.connected`."""
        return connected(self.settings().data)

    def say(self, document: object, *lines: str) -> None:
        """Answer a program with ``document``, a person with ``lines``."""
        if self.as_json:
            click.echo(json.dumps(document))
        else:
            for line in lines:
                click.echo(line)


def called(data: str | None, config: str | None, *, as_json: bool) -> Call:
    """A call of a verb: what it leaves open is as ``mule`` itself was told."""
    shared = click.get_current_context().find_root().params
    return Call(data or shared.get("data"), config or shared.get("config"), as_json)


def verb(function: F) -> F:
    """Give a command the options that all have, and let it end with a sentence, never a trace."""

    @click.option("--data", metavar="DIR", help="State directory of the node.")
    @click.option("--config", metavar="FILE", help="Configuration file of the node.")
    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")
    @wraps(function)
    def command(
        data: str | None, config: str | None, *, as_json: bool, **arguments: object
    ) -> object:
        call = called(data, config, as_json=as_json)
        try:
            return function(call, **arguments)
        except NoNodeError as reason:
            raise Refusal(f"{reason} Start it with: twistd -n mule", Exit.NO_NODE) from reason
        except NotYetError as reason:
            raise Refusal(str(reason), Exit.NOT_READY) from reason
        except (ControlError, StateError) as reason:
            raise Refusal(str(reason)) from reason

    return command  # type: ignore[return-value]
