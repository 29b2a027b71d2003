"""A production node on the stage of the contract's tests, with all that passes written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from hashlib import blake2b
from typing import Final
from unittest import mock

from attrs import define, field

from tests.contract import stage
from tests.contract.peers import ASKERS, FOLK, PUBLIC, peer, peer_at
from tests.contract.script import Knock, even
from tests.contract.stage import Cost, Stage
from twisted_mule.audit.views import Trace, of_rows
from twisted_mule.kad.destination import Destination
from twisted_mule.places import Outgoing
from twisted_mule.recording.rows import Header, PlaceKind, Row, Way

#: How long a run is, and one that is for what shows at once; what the peers ask, how often.
SECONDS: Final = 1500.0
SHORT: Final = 300.0
RATE: Final = 2.0
KINDS: Final = ("REQ", "REQ", "PING", "HELLO_REQ", "SEARCH_SOURCE_REQ")
_HEADER: Final = Header("simulator", "tests")


def named(whom: Destination) -> str:
    """A pseudonym: as good as drawn, and the same in every run."""
    return f"{peer_at(whom).number * 2_654_435_761 % 2**32:08x}"


@define(eq=False)
class Tape(Stage):
    """
    A stage whose node is watched as ``--record`` does, and whose sink is as well.

    :ivar left: what left, to whom and when: what a trace does not hold.
    """

    rows: list[Row] = field(factory=list, init=False)
    left: list[tuple[float, Destination, bytes]] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        Stage.__attrs_post_init__(self)
        self.node.watch = self

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink sees everything, whoever calls it."""
        now = self.clock.seconds()
        self.rows.append(Row(now, Way.OUT, named(destination), len(datagram)))
        self.left.append((now, destination, datagram))
        Stage.send(self, destination, datagram)

    def sent(self, outgoing: Outgoing, tick: int, now: float) -> None:
        """The node says of what the sink saw last which place it had."""
        place = PlaceKind.REQUEST if outgoing.arrived is None else PlaceKind.ANSWER
        peer, size = named(outgoing.destination), len(outgoing.datagram)
        self.rows[-1] = Row(now, Way.OUT, peer, size, outgoing.label, tick, place)

    def heard(self, source: Destination, size: int, arrived: float, label: str | None) -> None:
        """A datagram came."""
        self.rows.append(Row(arrived, Way.IN, named(source), size, label))


@cache
def usual(seconds: float = SECONDS, rate: float = RATE, name: str = "mutants") -> tuple[Knock, ...]:
    """What everybody asks, in every run."""
    return even(seconds, rate, ASKERS, KINDS, name)


@define
class Plays:
    """
    Runs of the node as it is now; what several experiments look at is played once.

    :ivar draw: which draws; 0 are those of CI.
    """

    draw: int = 0
    _played: dict[str, Tape] = field(factory=dict, init=False)
    _traces: dict[str, Trace] = field(factory=dict, init=False)

    def tape(
        self,
        name: str,
        script: Iterable[Knock] | None = None,
        seconds: float = SHORT,
        *,
        key: str = "",
        before: Callable[[Tape], None] = lambda _: None,
        cost: Cost = lambda _: 0.0,
    ) -> Tape:
        """
        The run of this name.

        :param key: of the node's boot; its name if there is none.
        :param before: what else happens.
        :param cost: what each message costs to handle.
        """
        if name not in self._played:
            tape = Tape(key=f"{key or name}{self.draw or ''}".encode(), cost=cost)
            before(tape)
            tape.play(usual(seconds) if script is None else script, seconds)
            self._played[name] = tape
            self._traces[name] = of_rows(name, _HEADER, tape.rows)
        return self._played[name]

    def trace(self, name: str) -> Trace:
        """The trace of a run that was played."""
        return self._traces[name]


@contextmanager
def drawn_anew(draw: int) -> Iterator[Plays]:
    """
    Other draws than those of CI while this is open: of the node, and of what others do.

    Who the others are stays: they are made before.
    """
    for number in range(FOLK):
        peer(number)
    with ExitStack() as stack:
        if draw:
            keyed = blake2b(key=b"the public script %d" % draw)
            stack.enter_context(mock.patch.object(PUBLIC, "_keyed", keyed))
            stack.enter_context(mock.patch.object(stage, "KEY", b"start %d" % draw))
        usual.cache_clear()
        stack.callback(usual.cache_clear)
        yield Plays(draw)
