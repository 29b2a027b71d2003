"""One run of a study: what it computes, told apart from others by its values alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from attrs import asdict, frozen

from twisted_mule import contract
from twisted_mule.kad import lookup, slots
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.simulation.breeds import REAL, Breed
from twisted_mule.simulation.laws import UniformDelay
from twisted_mule.simulation.lean import shared_reading, without_cipher
from twisted_mule.simulation.network import Climate
from twisted_mule.simulation.person import Person
from twisted_mule.studies.imule.node import IMULE
from twisted_mule.studies.prompt import PROMPT, UNCOVERED

#: The sorts of nodes that are compared.
BREEDS: Final[dict[str, Breed]] = {
    "ours": REAL,
    "uncovered": UNCOVERED,
    "prompt": PROMPT,
    "imule": IMULE,
}

#: One to five seconds one way, two in a hundred fragments lost, and every lease set known.
OPEN: Final = Climate(UniformDelay(1.0, 5.0), loss=0.02, search=(0.0, 0.0))

#: Told the share of a run that is done.
Progress = Callable[[float], None]


@frozen
class Plan:
    """
    One run.

    :ivar part: which of a study's experiments.
    :ivar dead: the share of contacts that are nobody.
    :ivar askers: the share of nodes that ask; the others only answer, which saves time.
    :ivar walk: steps of a lookup's walk, ``finish`` its last requests; 0 for the contract's.
    :ivar wanted: contacts that each step asks for; 0 for 2, 4 or 11 by the sort of lookup.
    :ivar at_once: lookups that share the request places; 0 for the contract's.
    """

    study: str
    part: str
    breed: str
    nodes: int
    minutes: float
    seed: int
    dead: float = 0.0
    askers: float = 1.0
    walk: int = 0
    finish: int = 0
    wanted: int = 0
    at_once: int = 0

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def read(cls, document: Any) -> Plan | None:
        """The plan that a line says; ``None`` if it says none."""
        try:
            plan = cls(**document)
            hash(plan)  # a list where a number should be
        except TypeError:
            return None
        return plan

    @property
    def title(self) -> str:
        """A few words."""
        numbers = f", {self.walk}+{self.finish} requests" if self.walk else ""
        numbers += f", {self.wanted} contacts a step" if self.wanted else ""
        numbers += f", {self.at_once} at once" if self.at_once else ""
        return f"{self.part}: {self.nodes} {self.breed}{numbers}, seed {self.seed}"


def listen(person: Person) -> None:
    """Only answer: such a node stands for one that asks others than those who are looked at."""
    if person.node is not None:
        person.node.core.stop_initiating()


@contextmanager
def surroundings(plan: Plan) -> Iterator[None]:
    """What a run takes: no cipher, shared reading, and other lookups where the plan says so."""
    with ExitStack() as around:
        around.enter_context(shared_reading())
        around.enter_context(without_cipher())
        if plan.walk or plan.at_once:
            around.enter_context(_other_lookups(plan))
        if plan.wanted:
            around.enter_context(_other_counts(plan.wanted))
        yield


class _Numbers:
    """The contract's numbers, but for some; nothing but the lookups of a study reads them here."""

    def __init__(self, **other: int) -> None:
        self._other = other

    def __getattr__(self, name: str) -> Any:
        return self._other[name] if name in self._other else getattr(contract, name)


@contextmanager
def _other_lookups(plan: Plan) -> Iterator[None]:
    """Let the lookups of this process go by other numbers; no constant changes."""
    walk, finish = plan.walk or contract.LOOKUP_WALK, plan.finish or contract.LOOKUP_FINISH
    numbers = _Numbers(
        LOOKUP_WALK=walk,
        LOOKUP_FINISH=finish,
        LOOKUP_REQUESTS=walk + finish,
        LOOKUPS_AT_ONCE=plan.at_once or contract.LOOKUPS_AT_ONCE,
    )
    with ExitStack() as around:
        for module in (lookup, slots):
            around.callback(setattr, module, "contract", contract)
            module.__dict__["contract"] = numbers
        yield


@contextmanager
def _other_counts(wanted: int) -> Iterator[None]:
    """Let every step of the lookups of this process ask for so many contacts."""
    before = {kind: kind.contacts_wanted for kind in LookupKind}
    for kind in LookupKind:
        kind.__dict__["contacts_wanted"] = wanted
    try:
        yield
    finally:
        for kind, count in before.items():
            kind.__dict__["contacts_wanted"] = count
