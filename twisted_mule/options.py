"""The command line of ``twistd mule`` and what else sets something on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from attrs import evolve
from platformdirs import user_config_path, user_data_path
from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from twisted_mule.settings import (
    CONFIG_VARIABLE,
    DEFAULT_SAM,
    DEFAULT_WEB,
    MOST_NEIGHBOURS,
    Settings,
    SettingsError,
    parse_file,
    settings,
)

_NAME: Final = "mule"
_FILE: Final = "config.toml"
_LARGEST: Final = 1 << 20
_MORE: Final = """
Each setting comes from the first of: its flag, its environment variable
(MULE_DATA, MULE_SAM, MULE_SAM_UDP_PORT, MULE_WEB, MULE_NODES, MULE_PRACTICE),
the configuration file, the default. The file is TOML:

    web = "tcp:4721:interface=127.0.0.1"

    [sam]
    endpoint = "tcp:127.0.0.1:7656"
    udp_port = 7655

    [sam.options]              # goes to the router as it stands
    "inbound.length" = 3

Timing, rates and limits are the same in every node and cannot be set.

Examples:
    twistd -n mule --practice 8
        Look around without a router, among eight neighbours on this machine.
    twistd -n mule --nodes nodes.dat
        Join the network through the router at 127.0.0.1:7656.
    twistd -n mule --web unix:/run/mule/web.sock:mode=600
        Offer the dashboard on a socket that only you can open.

While it runs, `mule status` and `mule doctor` say how it is.
Defaults here: --data {data}
               --config {config}
"""


def default_data() -> Path:
    """The state directory when nobody names one: identities are data, not a cache."""
    return user_data_path(_NAME, appauthor=False)


def default_config() -> Path:
    """The configuration file that is read when nobody names one; it need not exist."""
    return user_config_path(_NAME, appauthor=False) / _FILE


def load_settings(
    flags: Mapping[str, object], environment: Mapping[str, str], config: str | None = None
) -> Settings:
    """
    The settings of this machine and this command line.

    :param flags: by name of the setting, what the command line said; ``None`` for nothing.
    :param config: what ``--config`` said; such a file must exist.
    :return: with absolute paths: ``twistd`` may change its directory later.
    :raise SettingsError: for the first thing that cannot be used, in one sentence.
    """
    named = config or environment.get(CONFIG_VARIABLE)
    path = Path(named).expanduser() if named else default_config()
    content = _read(path, must_exist=bool(named))
    found = settings(flags, environment, content, str(path), default_data())
    record = None if found.record is None else found.record.absolute()
    found = evolve(found, data=found.data.absolute(), record=record)
    if found.nodes is None:
        return found
    if not found.nodes.is_file():
        origin = found.origins["nodes"]
        raise SettingsError(f"{origin} names {found.nodes}, which is not a file.")
    return evolve(found, nodes=found.nodes.absolute())


def _read(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SettingsError(f"{path} is too large for a configuration file.")
        return parse_file(content.decode(), str(path))
    except (FileNotFoundError, NotADirectoryError) as reason:
        if must_exist:
            raise SettingsError(f"There is no configuration file {path}.") from reason
        return {}
    except UnicodeDecodeError as reason:
        raise SettingsError(f"{path} is not a TOML file: it is not UTF-8 text.") from reason
    except OSError as reason:
        raise SettingsError(f"{path} cannot be read ({reason.strerror}).") from reason


class Options(UsageOptions):
    """
    What the user typed after ``mule``.

    :ivar settings: the outcome, once parsed.
    :cvar environment: where variables are looked up.
    """

    synopsis = "[options]"
    longdesc = (
        "Run a KAD node over I2P: it answers and asks as any other node does, and shows this"
        " machine, and no other, a read-only dashboard."
    )
    environment: ClassVar[Mapping[str, str]] = os.environ

    optParameters: ClassVar[list[list[object]]] = [
        ["sam", "s", None, f"client endpoint of the router's SAM bridge [default: {DEFAULT_SAM}]"],
        ["data", "d", None, "state directory: identity, contacts, control socket"],
        [
            "web",
            "w",
            None,
            "server endpoint of the dashboard, on loopback or a unix: socket"
            f" [default: {DEFAULT_WEB}]",
        ],
        ["nodes", "n", None, "a nodes.dat file with contacts to begin with"],
        [
            "practice",
            "p",
            None,
            f"run among this many neighbours (1 to {MOST_NEIGHBOURS}) on this machine,"
            " without a router",
        ],
        [
            "record",
            None,
            None,
            "write a trace of all datagrams to this new file, for audits; it shows what you do",
        ],
        ["config", "c", None, "configuration file"],
    ]

    settings: Settings

    def postOptions(self) -> None:
        """Bring together flags, environment and file; refuse what cannot be used."""
        flags = {name: value for name, value in self.items() if name != "config"}
        try:
            self.settings = load_settings(flags, self.environment, self["config"])
        except SettingsError as reason:
            raise UsageError(str(reason)) from reason

    def getUsage(self, width: int | None = None) -> str:  # noqa: N802 (Twisted's name)
        """The help text, with paragraphs and examples, which Twisted would run together."""
        places = {"data": default_data(), "config": default_config()}
        return str(super().getUsage(width)) + _MORE.format(**places)
