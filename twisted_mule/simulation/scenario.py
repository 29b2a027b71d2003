"""Scenarios: what is simulated, read from TOML, refused in one sentence when senseless."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final

from attrs import evolve, field, fields_dict, frozen
from attrs.validators import ge, gt, instance_of, lt

from twisted_mule.kad.ids import BITS
from twisted_mule.simulation.hostile import SYBIL_BITS, Malice
from twisted_mule.simulation.hosts import HostModel
from twisted_mule.simulation.laws import (
    KAD_ABSENCE,
    KAD_SESSION,
    Delay,
    ExponentialDelay,
    LogNormalDelay,
    UniformDelay,
    Weibull,
)
from twisted_mule.simulation.network import Climate

_DELAYS: Final[dict[str, Callable[..., Delay]]] = {
    "uniform": UniformDelay,
    "lognormal": LogNormalDelay,
    "exponential": ExponentialDelay,
}
_SHIPPED: Final = files("twisted_mule.simulation") / "scenarios"
_NUMBER: Final = instance_of((int, float))
_COUNT: Final = [instance_of(int), ge(0)]


class ScenarioError(ValueError):
    """A scenario cannot be used; the text says why, in one sentence."""


def _share(value: object) -> object:
    if not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise ValueError(f"a share lies between 0 and 1, not at {value}")
    return value


@frozen
class Start:
    """
    How the network begins.

    :ivar knows: contacts that each node is given, as a ``nodes.dat`` would.
    :ivar dead: the share of them that will never answer.
    :ivar within: seconds within which all nodes are started.
    """

    knows: int = field(default=50, validator=_COUNT)
    dead: float = field(default=0.0, converter=_share)
    within: float = field(default=60.0, validator=_NUMBER)


@frozen
class Churn:
    """
    How people come and go, always in equilibrium; ``None`` for all staying.

    :ivar crash: the share of sessions that end without a word.
    """

    session: Weibull = KAD_SESSION
    absence: Weibull = KAD_ABSENCE
    crash: float = field(default=0.3, converter=_share)

    @property
    def availability(self) -> float:
        """The share of people who are there at any moment."""
        return self.session.mean / (self.session.mean + self.absence.mean)


@frozen
class Hosts:
    """Machines: the ``slow`` share of nodes runs on one like ``model``."""

    slow: float = field(default=0.0, converter=_share)
    model: HostModel = field(factory=HostModel)


@frozen
class Hostile:
    """
    Nodes that do not play fair.

    :ivar silent: the share of nodes that are so, as ``lying`` and ``poisoning``.
    :ivar sybils: how many surround ``target``, a keyword, on top of all nodes.
    :ivar bits: that a Sybil's identifier shares with the target's.
    :ivar encirclers: how many close in on the ``victims``, on top of all nodes.
    :ivar victims: how many of the nodes they close in on.
    :ivar newcomers: whether the victims come when the attackers are there, or the other way round.
    :ivar bait: of a newcomer's first contacts, the share that are attackers.
    :ivar onset: seconds after which the later ones come.
    """

    silent: float = field(default=0.0, converter=_share)
    lying: float = field(default=0.0, converter=_share)
    poisoning: float = field(default=0.0, converter=_share)
    sybils: int = field(default=0, validator=_COUNT)
    target: str = field(default="title00000", validator=instance_of(str))
    bits: int = field(default=SYBIL_BITS, validator=[instance_of(int), ge(0), lt(BITS)])
    encirclers: int = field(default=0, validator=_COUNT)
    victims: int = field(default=1, validator=_COUNT)
    newcomers: bool = field(default=False, validator=instance_of(bool))
    bait: float = field(default=0.0, converter=_share)
    onset: float = field(default=300.0, validator=[_NUMBER, ge(0.0)])

    @property
    def shares(self) -> tuple[tuple[Malice, float], ...]:
        """Of all nodes, by what they do."""
        return (
            (Malice.SILENT, self.silent),
            (Malice.LYING, self.lying),
            (Malice.POISONING, self.poisoning),
        )


@frozen
class Users:
    """
    What people do; who is in no share rests.

    :ivar every: seconds between two searches, about.
    :ivar files: that one shares; ``catalogue`` is how many there are, ``vocabulary`` of words.
    """

    searching: float = field(default=0.0, converter=_share)
    sharing: float = field(default=0.0, converter=_share)
    every: float = field(default=300.0, validator=[_NUMBER, gt(0.0)])
    files: int = field(default=5, validator=_COUNT)
    catalogue: int = field(default=500, validator=[instance_of(int), gt(0)])
    vocabulary: int = field(default=200, validator=[instance_of(int), gt(0)])


@frozen
class Scenario:
    """
    One network and what happens in it.

    :ivar nodes: how many are there at a time, Sybils aside.
    :ivar obfuscation: whether datagrams are enciphered; without it only time is saved.
    :ivar recorded: of how many nodes a trace is written, where traces are asked for.
    """

    title: str = ""
    nodes: int = field(default=100, validator=[instance_of(int), gt(1)])
    minutes: float = field(default=30.0, validator=[_NUMBER, gt(0.0)])
    seed: int = field(default=1, validator=_COUNT)
    obfuscation: bool = field(default=True, validator=instance_of(bool))
    recorded: int = field(default=5, validator=_COUNT)
    start: Start = field(factory=Start)
    climate: Climate = field(factory=Climate)
    churn: Churn | None = None
    hosts: Hosts = field(factory=Hosts)
    hostile: Hostile = field(factory=Hostile)
    users: Users = field(factory=Users)

    @property
    def people(self) -> int:
        """How many there are in all, there or not, Sybils aside."""
        return self.nodes if self.churn is None else round(self.nodes / self.churn.availability)


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
    readers: dict[str, Callable[[dict[str, Any]], Any]] = {
        "start": lambda t: Start(**_known(Start, t, "[start]")),
        "network": _climate,
        "churn": _churn,
        "hosts": _hosts,
        "hostile": lambda t: Hostile(**_known(Hostile, t, "[hostile]")),
        "users": lambda t: Users(**_known(Users, t, "[users]")),
    }
    try:
        parts = {name: readers[name](table.pop(name)) for name in readers if name in table}
        if "network" in parts:
            parts["climate"] = parts.pop("network")
        return Scenario(**{**_known(Scenario, table, "the file"), **parts})
    except (ValueError, TypeError, AttributeError) as reason:
        raise ScenarioError(f"{where}: {reason}") from reason


def altered(scenario: Scenario, **values: Any) -> Scenario:
    """
    The scenario with other values where they are not ``None``.

    :raise ScenarioError: when one of them makes no sense.
    """
    try:
        return evolve(scenario, **{name: v for name, v in values.items() if v is not None})
    except (ValueError, TypeError) as reason:
        raise ScenarioError(str(reason)) from reason


def _known(kind: type, table: dict[str, Any], where: str) -> dict[str, Any]:
    for name in table:
        if name not in fields_dict(kind):
            raise ValueError(f"{where} has no setting {name!r}")
    return table


def _climate(table: dict[str, Any]) -> Climate:
    law = _DELAYS.get(table.get("law", "lognormal"))
    if law is None:
        raise ValueError(f"[network] law is one of {', '.join(_DELAYS)}")
    own = {name: table[name] for name in table if name in fields_dict(Climate)}
    rest = {name: table[name] for name in table if name not in own and name != "law"}
    if "search" in own:
        low, high = own["search"]
        own["search"] = (float(low), float(high))
    kind = {"uniform": UniformDelay, "exponential": ExponentialDelay}.get(
        table.get("law", ""), LogNormalDelay
    )
    return Climate(delay=law(**_known(kind, rest, "[network]")), **own)


def _churn(table: dict[str, Any]) -> Churn:
    for name in ("session", "absence"):
        if name in table:
            table[name] = Weibull(**_known(Weibull, table[name], f"[churn.{name}]"))
    return Churn(**_known(Churn, table, "[churn]"))


def _hosts(table: dict[str, Any]) -> Hosts:
    slow = table.pop("slow", 0.0)
    return Hosts(slow, HostModel(**_known(HostModel, table, "[hosts]")))
