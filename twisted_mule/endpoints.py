"""What an endpoint string of the user names, read far enough to refuse one that is not safe."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from attrs import frozen

_PORT: Final = re.compile(r"[0-9]{1,5}")
_MODE: Final = re.compile(r"0?[0-7]{3}")


@frozen
class Description:
    """
    An endpoint string, cut up.

    :ivar kind: what stands before the first colon, such as ``tcp``.
    """

    kind: str
    arguments: tuple[str, ...]
    options: dict[str, str]

    def argument(self, position: int, name: str) -> str | None:
        """An argument that may be given by its place or by its name."""
        if name in self.options:
            return self.options[name]
        return self.arguments[position] if position < len(self.arguments) else None


def describe(text: str) -> Description:
    """
    The parts of an endpoint string, read as Twisted reads it.

    Colons part, the first equals sign of a part ends a name, a backslash takes the next character
    as it is.

    :raise ValueError: when a name comes twice, the kind has a value, or a backslash ends the text.
    """
    (kind, *values), *parts = _parts(text)
    if values:
        raise ValueError("its kind comes first, such as tcp")
    options: dict[str, str] = {}
    for name, *value in parts:
        if value and name in options:
            raise ValueError(f"{name} comes twice")
        if value:
            options[name] = value[0]
    return Description(kind, tuple(part[0] for part in parts if len(part) == 1), options)


def _parts(text: str) -> list[list[str]]:
    """What stands between colons: one text each, or a name and a value."""
    parts, separators = [[""]], ":="
    characters = iter(text)
    for character in characters:
        if character not in separators:
            taken = next(characters, None) if character == "\\" else character
            if taken is None:
                raise ValueError("it ends in a backslash")
            parts[-1][-1] += taken
        elif character == ":":
            parts.append([""])
            separators = ":="
        else:
            parts[-1].append("")
            separators = ":"
    return parts


def check_server(text: str) -> str:
    """
    ``text``, when it names a place that only this machine can reach; a socket is made private.

    :raise ValueError: for any other endpoint, with what to write instead.
    """
    described = describe(text)
    match described.kind:
        case "tcp" | "tcp6":
            _check_port(described.argument(0, "port"), least=0)
            interface = described.argument(1, "interface")
            if not _is_loopback(interface):
                raise ValueError(
                    "the dashboard is for this machine only;"
                    " write tcp:PORT:interface=127.0.0.1 or unix:PATH"
                )
        case "unix":
            _check_socket(described, "address")
            mode = described.argument(1, "mode")
            if mode is None:
                return f"{text}:mode=600"  # Twisted's own default lets everybody in
            if not _is_private(mode):
                raise ValueError("the socket must not be open to other users; write mode=600")
        case _:
            raise ValueError("write tcp:PORT:interface=127.0.0.1 or unix:PATH")
    return text


def is_socket(text: str) -> bool:
    """Whether an endpoint string names a Unix socket."""
    return describe(text).kind == "unix"


def check_client(text: str) -> str:
    """
    ``text``, when it names where a SAM bridge may listen.

    :raise ValueError: for any other endpoint, with what to write instead.
    """
    described = describe(text)
    match described.kind:
        case "tcp" | "tcp6":
            if not described.argument(0, "host"):
                raise ValueError("write tcp:HOST:PORT, such as tcp:127.0.0.1:7656")
            _check_port(described.argument(1, "port"), least=1)
        case "unix":
            _check_socket(described, "path")
        case _ if _PORT.fullmatch(text.rpartition(":")[2]):
            raise ValueError(f"write tcp:{text}")
        case _:
            raise ValueError("write tcp:HOST:PORT, such as tcp:127.0.0.1:7656")
    return text


def _check_port(text: str | None, least: int) -> None:
    if text is None or not _PORT.fullmatch(text) or not least <= int(text) <= 65_535:
        raise ValueError(f"its port must be a number from {least} to 65535")


def _check_socket(described: Description, name: str) -> None:
    """Twisted calls it ``address`` where it listens, and ``path`` where it connects."""
    if not described.argument(0, name):
        raise ValueError("write unix:PATH")


def _is_loopback(interface: str | None) -> bool:
    """Only literal addresses: what a name means is decided elsewhere."""
    try:
        return interface is not None and ip_address(interface).is_loopback
    except ValueError:
        return False


def _is_private(mode: str) -> bool:
    return _MODE.fullmatch(mode) is not None and int(mode, 8) & 0o077 == 0
