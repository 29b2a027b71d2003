"""
What the user may set, and where each value came from: flag over environment over file over default.

Pure: it is given the words of the command line, the environment and the parsed file, and returns
values.  No setting reaches a number of :mod:`twisted_mule.contract`; a node that could be tuned
could be told from the others (design.md D17).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from twisted_mule.endpoints import check_client, check_server, describe

DEFAULT_SAM: Final = "tcp:127.0.0.1:7656"
DEFAULT_WEB: Final = "tcp:4721:interface=127.0.0.1"
DEFAULT_SAM_UDP_PORT: Final = 7655
MOST_NEIGHBOURS: Final = 64

#: What we say to the router ourselves; another value would be another node, or none at all.
_OWN_SAM_OPTIONS: Final = frozenset(
    {"STYLE", "ID", "DESTINATION", "SIGNATURE_TYPE", "PORT", "HOST", "FROM_PORT", "TO_PORT"}
)
_SAM_WORD: Final = re.compile(r"[!-~]+")
_TUNING: Final = re.compile(
    r"alpha|batch|burst|cap|cover|delay|interval|jitter|limit|period|rate|spread|tick|time|timing"
)


class SettingsError(ValueError):
    """A setting that cannot be used: one plain sentence that names it and says what to write."""


@frozen
class Settings:
    """
    All settings, checked.

    :ivar data: the state directory.
    :ivar sam: client endpoint of the router's SAM bridge, as a Twisted endpoint string.
    :ivar sam_udp_port: where the router takes datagrams, on the host of ``sam``; by default the
        number before its port, as routers have it.
    :ivar sam_options: options that go into SESSION CREATE unchanged (design.md D22).
    :ivar web: server endpoint of the dashboard, loopback or a UNIX socket.
    :ivar nodes: a ``nodes.dat`` whose contacts are offered to the table at the start.
    :ivar record: a new file for a trace of every datagram; ``None``, and so no trace, unless asked.
    :ivar practice: how many neighbours the practice network has; ``None`` for the real one.
    :ivar origins: by name of the setting, what it was set by, in words.
    """

    data: Path
    sam: str = DEFAULT_SAM
    sam_udp_port: int = DEFAULT_SAM_UDP_PORT
    sam_options: Mapping[str, str] = field(factory=dict)
    web: str = DEFAULT_WEB
    nodes: Path | None = None
    practice: int | None = None
    record: Path | None = None
    origins: Mapping[str, str] = field(factory=dict, eq=False)


@frozen
class _Setting:
    """How one setting is written in each place, and checked."""

    name: str
    check: Callable[[object], object]
    flag: str | None
    variable: str | None
    key: tuple[str, ...] | None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("write it as text in quotes, not empty")
    return value.strip()


def _path(value: object) -> Path:
    text = _text(value)
    if "\0" in text:
        raise ValueError("a path has no null character")
    try:
        return Path(text).expanduser()
    except RuntimeError as reason:
        raise ValueError("there is no user of that name") from reason


def _whole(value: object, least: int, most: int) -> int:
    text = str(value).strip()
    fits = not isinstance(value, bool | float) and text.isascii() and text.isdecimal()
    if not fits or not least <= int(text[:20]) <= most:
        raise ValueError(f"write a whole number from {least} to {most}")
    return int(text)


def _client(value: object) -> str:
    return check_client(_text(value))


def _server(value: object) -> str:
    return check_server(_text(value))


def _neighbours(value: object) -> int:
    return _whole(value, 1, MOST_NEIGHBOURS)


def _port(value: object) -> int:
    return _whole(value, 1, 65_535)


def _sam_options(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError("write it as a table, such as [sam.options]")
    options = dict(_flattened(value))
    for name, text in options.items():
        if not _SAM_WORD.fullmatch(name) or not _SAM_WORD.fullmatch(text) or set(name) & set('="'):
            raise ValueError(f"option {name!r} needs a name and a value of plain characters")
        if '"' in text:
            raise ValueError(f"option {name!r} has a quote in its value")
        if name.upper() in _OWN_SAM_OPTIONS:
            raise ValueError(f"{name} is not an option of the router but said by the node itself")
    return options


def _flattened(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """``inbound.length = 1`` is a table in TOML; here it is a name with a dot again."""
    for name, value in table.items():
        match value:
            case Mapping():
                yield from _flattened(value, f"{prefix}{name}.")
            case bool():
                yield prefix + name, str(value).lower()
            case str() | int():
                yield prefix + name, str(value)
            case _:
                raise ValueError(f"option {prefix + name!r} is neither text nor a whole number")


_SETTINGS: Final = (
    _Setting("data", _path, "--data", "MULE_DATA", ("data",)),
    _Setting("sam", _client, "--sam", "MULE_SAM", ("sam", "endpoint")),
    _Setting("sam_udp_port", _port, None, "MULE_SAM_UDP_PORT", ("sam", "udp_port")),
    _Setting("sam_options", _sam_options, None, None, ("sam", "options")),
    _Setting("web", _server, "--web", "MULE_WEB", ("web",)),
    _Setting("nodes", _path, "--nodes", "MULE_NODES", ("nodes",)),
    _Setting("practice", _neighbours, "--practice", "MULE_PRACTICE", ("practice",)),
    # By its flag only: nobody shall record for months because of a forgotten file.
    _Setting("record", _path, "--record", None, None),
)
CONFIG_VARIABLE: Final = "MULE_CONFIG"


def parse_file(text: str, name: str) -> dict[str, Any]:
    """
    The content of a configuration file, every key known.

    :param name: of the file, for messages.
    :raise SettingsError: when it is not TOML, or has a key that is not known.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise SettingsError(f"{name} is not a TOML file: {reason}.") from reason
    if isinstance(content.get("sam"), str):
        content["sam"] = {"endpoint": content["sam"]}
    _refuse_unknown(content, tuple(s.key for s in _SETTINGS if s.key), name)
    return content


def _refuse_unknown(
    content: Mapping[str, Any], keys: tuple[tuple[str, ...], ...], name: str
) -> None:
    sections = {key[0] for key in keys if len(key) > 1}
    inner = {".".join(key) for key in keys}
    for key, value in content.items():
        if key not in {first for first, *_ in keys}:
            raise SettingsError(_unknown(key, inner | sections, name))
        if key in sections and not isinstance(value, Mapping):
            raise SettingsError(f"In {name}, {key} is text in quotes or a table [{key}].")
        for below in value if key in sections else ():
            if f"{key}.{below}" not in inner:
                raise SettingsError(_unknown(f"{key}.{below}", inner, name))


def _unknown(key: str, known: set[str], name: str) -> str:
    leaves = {full.rpartition(".")[2]: full for full in sorted(known)}
    near = get_close_matches(key.rpartition(".")[2], leaves, n=1, cutoff=0.6)
    sentence = f"In {name}, the key {key!r} is not known"
    if near:
        return f"{sentence}; did you mean {leaves[near[0]]!r}?"
    if _TUNING.search(key.lower()):
        return f"{sentence}: timing, rates and limits are the same in every node and cannot be set."
    return f"{sentence}; known keys are {', '.join(sorted(known))}."


def settings(
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    file: Mapping[str, Any],
    file_name: str,
    default_data: Path,
) -> Settings:
    """
    Every setting from the first place that has it.

    :param flags: by name of the setting, what the command line said; ``None`` for nothing.
    :param environment: all variables; an empty one counts as not set.
    :param file: what :func:`parse_file` gave.
    :param file_name: for messages and origins.
    :param default_data: the state directory when no place names one.
    :raise SettingsError: for the first value that cannot be used.
    """
    values: dict[str, Any] = {"data": default_data}
    origins = {setting.name: "default" for setting in _SETTINGS}
    for setting in _SETTINGS:
        for origin, value in _places(setting, flags, environment, file, file_name):
            values[setting.name] = _checked(setting, value, origin)
            origins[setting.name] = origin
            break
    if {origins["sam"], origins["practice"]} == {"--sam", "--practice"}:
        raise SettingsError("--practice brings a router of its own; leave out --sam or --practice.")
    if origins["sam_udp_port"] == "default":
        values["sam_udp_port"] = _usual_udp_port(values.get("sam", DEFAULT_SAM))
    return Settings(**values, origins=origins)


def _usual_udp_port(sam: str) -> int:
    """What routers listen on beside their SAM port: the number before it."""
    port = describe(sam).argument(1, "port")
    return DEFAULT_SAM_UDP_PORT if port in {None, "1"} else int(port or 0) - 1


def _places(
    setting: _Setting,
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    file: Mapping[str, Any],
    file_name: str,
) -> Iterator[tuple[str, object]]:
    """Where the setting is said, strongest first, with the value as it stands there."""
    if setting.flag and flags.get(setting.name) is not None:
        yield setting.flag, flags[setting.name]
    if setting.variable and environment.get(setting.variable):
        yield setting.variable, environment[setting.variable]
    value: Any = file if setting.key else {}
    for key in setting.key or ("",):
        if key not in value:
            return
        value = value[key]
    yield f"{'.'.join(setting.key or ())} in {file_name}", value


def _checked(setting: _Setting, value: object, origin: str) -> object:
    try:
        return setting.check(value)
    except ValueError as reason:
        shown = "" if isinstance(value, Mapping) else f" {str(value)[:60]!r}"
        raise SettingsError(f"{origin}{shown} cannot be used: {reason}.") from reason
