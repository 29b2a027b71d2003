"""Scenarios: what is simulated, refused in one sentence when senseless."""

from __future__ import annotations

from typing import Final

from attrs import field, frozen

from twisted_mule.kad.ids import BITS
from twisted_mule.simulation.bounds import (
    COUNT,
    POSITIVE,
    SECONDS,
    SOME,
    Number,
    flag,
    share,
    text,
)
from twisted_mule.simulation.hostile import SYBIL_BITS, Malice
from twisted_mule.simulation.hosts import HostModel
from twisted_mule.simulation.laws import KAD_ABSENCE, KAD_SESSION, Weibull
from twisted_mule.simulation.network import Climate

#: More people than that no machine computes.
_PEOPLE: Final = 1_000_000
#: Room for sums of shares that are not whole in binary.
_ROUNDING: Final = 1e-9


@frozen
class Start:
    """
    How the network begins.

    :ivar knows: contacts that each node is given, as a ``nodes.dat`` would.
    :ivar dead: the share of them that will never answer.
    :ivar within: seconds within which all nodes are started.
    """

    knows: int = field(default=50, validator=COUNT)
    dead: float = field(default=0.0, validator=share)
    within: float = field(default=60.0, validator=SECONDS)


@frozen
class Churn:
    """
    How people come and go, always in equilibrium; ``None`` for all staying.

    :ivar crash: the share of sessions that end without a word.
    """

    session: Weibull = KAD_SESSION
    absence: Weibull = KAD_ABSENCE
    crash: float = field(default=0.3, validator=share)

    @property
    def availability(self) -> float:
        """The share of people who are there at any moment."""
        return self.session.mean / (self.session.mean + self.absence.mean)


@frozen
class Hosts:
    """Machines: the ``slow`` share of nodes runs on one like ``model``."""

    slow: float = field(default=0.0, validator=share)
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

    silent: float = field(default=0.0, validator=share)
    lying: float = field(default=0.0, validator=share)
    poisoning: float = field(default=0.0, validator=share)
    sybils: int = field(default=0, validator=COUNT)
    target: str = field(default="title00000", validator=text)
    bits: int = field(default=SYBIL_BITS, validator=Number(0, BITS - 1, whole=True))
    encirclers: int = field(default=0, validator=COUNT)
    victims: int = field(default=1, validator=COUNT)
    newcomers: bool = field(default=False, validator=flag)
    bait: float = field(default=0.0, validator=share)
    onset: float = field(default=300.0, validator=SECONDS)

    def __attrs_post_init__(self) -> None:
        if sum(part for _, part in self.shares) > 1.0 + _ROUNDING:
            raise ValueError("silent, lying and poisoning are at most 1 together")

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

    searching: float = field(default=0.0, validator=share)
    sharing: float = field(default=0.0, validator=share)
    every: float = field(default=300.0, validator=POSITIVE)
    files: int = field(default=5, validator=COUNT)
    catalogue: int = field(default=500, validator=SOME)
    vocabulary: int = field(default=200, validator=SOME)


@frozen
class Scenario:
    """
    One network and what happens in it.

    :ivar nodes: how many are there at a time, Sybils aside.
    :ivar obfuscation: whether datagrams are enciphered; without it only time is saved.
    :ivar recorded: of how many nodes a trace is written, where traces are asked for.
    """

    title: str = field(default="", validator=text)
    nodes: int = field(default=100, validator=Number(2, _PEOPLE, whole=True))
    minutes: float = field(default=30.0, validator=POSITIVE)
    seed: int = field(default=1, validator=Number(0, 10**18, whole=True))
    obfuscation: bool = field(default=True, validator=flag)
    recorded: int = field(default=5, validator=COUNT)
    start: Start = field(factory=Start)
    climate: Climate = field(factory=Climate)
    churn: Churn | None = None
    hosts: Hosts = field(factory=Hosts)
    hostile: Hostile = field(factory=Hostile)
    users: Users = field(factory=Users)

    def __attrs_post_init__(self) -> None:
        if self.people > _PEOPLE:
            raise ValueError(
                f"{self.people:,} people would come and go for {self.nodes:,} nodes; at most"
                f" {_PEOPLE:,} can: fewer nodes, a longer session or a shorter absence"
            )

    @property
    def people(self) -> int:
        """How many there are in all, there or not, Sybils aside."""
        return self.nodes if self.churn is None else round(self.nodes / self.churn.availability)
