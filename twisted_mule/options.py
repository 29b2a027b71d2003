"""The command line of ``twistd mule``: words in, checked settings out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import ClassVar, Final

from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from twisted_mule.settings import DEFAULT_SAM, DEFAULT_WEB, MOST_NEIGHBOURS, Settings, SettingsError
from twisted_mule.settings_file import default_config, default_data, load_settings

_MORE: Final = """
Each setting comes from the first of: its flag, its environment variable
(MULE_DATA, MULE_SAM, MULE_SAM_UDP_PORT, MULE_WEB, MULE_NODES, MULE_PRACTICE),
the configuration file, the default. The file is TOML:

    web = "tcp:8080:interface=127.0.0.1"

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
