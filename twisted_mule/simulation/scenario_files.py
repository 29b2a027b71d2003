"""Files of scenarios: TOML, read strictly, refused in one sentence that names the setting."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Final, TypeVar

from attrs import NOTHING, AttrsInstance, evolve, fields_dict

from twisted_mule.simulation.hosts import HostModel
from twisted_mule.simulation.laws import (
    Delay,
    ExponentialDelay,
    LogNormalDelay,
    UniformDelay,
    Weibull,
)
from twisted_mule.simulation.network import Climate
from twisted_mule.simulation.scenario import Churn, Hostile, Hosts, Scenario, Start, Users

_Made = TypeVar("_Made", bound=AttrsInstance)

_DELAYS: Final[dict[str, type[Delay]]] = {
    "uniform": UniformDelay,
    "lognormal": LogNormalDelay,
    "exponential": ExponentialDelay,
}
#: Settings of a climate that do not belong to its law.
_CLIMATE: Final = ("loss", "fragment", "search", "memory")
#: What a scenario consists of besides its own settings.
_PARTS: Final = frozenset(
    {"start", "climate", "churn", "hosts", "hostile", "users", "delay", "model"}
)
_SHIPPED: Final = files("twisted_mule.simulation") / "scenarios"


class ScenarioError(ValueError):
    """A scenario cannot be used; the text says why, in one sentence."""


def shipped() -> tuple[str, ...]:
    """The names of the scenarios that come with the program."""
    names = (one.name for one in _SHIPPED.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load(name: str) -> Scenario:
    """
    A scenario that comes with the program.

    :raise ScenarioError: when there is none of that name.
    """
    if name not in shipped():
        raise ScenarioError(f"There is no scenario {name!r}; there are {', '.join(shipped())}.")
    return parse((_SHIPPED / f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml")


def parse(text: str, where: str) -> Scenario:
    """
    The scenario that a TOML text describes.

    :raise ScenarioError: for whatever it does not mean.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise ScenarioError(f"{where} is not TOML: {reason}.") from reason
    try:
        parts = {
            name: read(_table(table.pop(name), f"[{name}]"))
            for name, read in _READERS.items()
            if name in table
        }
        if "network" in parts:
            parts["climate"] = parts.pop("network")
        return _made(Scenario, table, "", **parts)
    except ValueError as reason:
        raise ScenarioError(f"{where}: {reason}.") from reason


def altered(scenario: Scenario, **values: Any) -> Scenario:
    """
    The scenario with other values where they are not ``None``.

    :raise ScenarioError: when one of them makes no sense.
    """
    try:
        return evolve(scenario, **{name: v for name, v in values.items() if v is not None})
    except ValueError as reason:
        raise ScenarioError(f"{reason}.") from reason


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is a table of settings, not {value!r}")
    return value


def _made(kind: type[_Made], table: Mapping[str, Any], where: str, **parts: Any) -> _Made:
    """What a table of the file describes, besides the parts of it that were read before."""
    known = {name: one for name, one in fields_dict(kind).items() if name not in _PARTS}
    for name in table:
        if name not in known or name in parts:
            raise ValueError(f"{where or 'the file'} has no setting {name!r}")
    for name, one in known.items():
        if one.default is NOTHING and name not in table:
            raise ValueError(f"{where} lacks the setting {name!r}")
    try:
        return kind(**table, **parts)
    except ValueError as reason:
        raise ValueError(f"{where} {reason}".strip()) from reason


def _climate(table: dict[str, Any]) -> Climate:
    law = table.pop("law", "lognormal")
    if not isinstance(law, str) or law not in _DELAYS:
        raise ValueError(f"[network] law is one of {', '.join(_DELAYS)}, not {law!r}")
    own: dict[str, Any] = {name: table.pop(name) for name in _CLIMATE if name in table}
    if isinstance(own.get("search"), list):
        own["search"] = tuple(own["search"])
    return _made(Climate, own, "[network]", delay=_made(_DELAYS[law], table, "[network]"))


def _churn(table: dict[str, Any]) -> Churn:
    times = {}
    for name in ("session", "absence"):
        if name in table:
            where = f"[churn.{name}]"
            times[name] = _made(Weibull, _table(table.pop(name), where), where)
    return _made(Churn, table, "[churn]", **times)


def _hosts(table: dict[str, Any]) -> Hosts:
    own = {"slow": table.pop("slow")} if "slow" in table else {}
    return _made(Hosts, own, "[hosts]", model=_made(HostModel, table, "[hosts]"))


#: What reads the tables of a file.
_READERS: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "start": lambda table: _made(Start, table, "[start]"),
    "network": _climate,
    "churn": _churn,
    "hosts": _hosts,
    "hostile": lambda table: _made(Hostile, table, "[hostile]"),
    "users": lambda table: _made(Users, table, "[users]"),
}
