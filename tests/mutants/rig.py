"""A production node on the stage of the contract's tests, with all that passes written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from attrs import define, field

from tests.contract.peers import ASKERS, peer_at
from tests.contract.script import Knock, even
from tests.contract.stage import Stage
from twisted_mule.audit.views import Trace, of_rows
from twisted_mule.kad.destination import Destination
from twisted_mule.places import Outgoing
from twisted_mule.recording.rows import Header, PlaceKind, Row, Way

#: How long a run is; what the peers ask, how often.
SECONDS: Final = 1500.0
RATE: Final = 2.0
KINDS: Final = ("REQ", "REQ", "PING", "HELLO_REQ", "SEARCH_SOURCE_REQ")
_HEADER: Final = Header("simulator", "tests")


def named(whom: Destination) -> str:
    """A pseudonym: as good as drawn, and the same in every run."""
    return f"{peer_at(whom).number * 2_654_435_761 % 2**32:08x}"


@define(eq=False)
class Tape(Stage):
    """A stage whose node is watched as ``--record`` does, and whose sink is as well."""

    rows: list[Row] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        Stage.__attrs_post_init__(self)
        self.node.watch = self

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink sees everything, whoever calls it."""
        now = self.clock.seconds()
        self.rows.append(Row(now, Way.OUT, named(destination), len(datagram)))
        Stage.send(self, destination, datagram)

    def sent(self, outgoing: Outgoing, tick: int, now: float) -> None:
        """The node says of what the sink saw last which place it had."""
        place = PlaceKind.REQUEST if outgoing.arrived is None else PlaceKind.ANSWER
        peer, size = named(outgoing.destination), len(outgoing.datagram)
        self.rows[-1] = Row(now, Way.OUT, peer, size, outgoing.label, tick, place)

    def heard(self, source: Destination, size: int, arrived: float, label: str | None) -> None:
        """A datagram came."""
        self.rows.append(Row(arrived, Way.IN, named(source), size, label))

    def trace(self, name: str) -> Trace:
        """All that passed so far."""
        return of_rows(name, _HEADER, self.rows)


@cache
def usual(seconds: float = SECONDS, rate: float = RATE, name: str = "mutants") -> tuple[Knock, ...]:
    """What everybody asks, in every run."""
    return even(seconds, rate, ASKERS, KINDS, name)


def taped(
    name: str = "run",
    script: Iterable[Knock] | None = None,
    seconds: float = SECONDS,
    before: Callable[[Tape], None] = lambda _: None,
    stage: Tape | None = None,
) -> Trace:
    """The trace of one run; its name is the node's boot key unless there is a ``stage``."""
    tape = Tape(key=name.encode()) if stage is None else stage
    before(tape)
    tape.play(usual(seconds) if script is None else script, seconds)
    return tape.trace(name)
