"""The stage: one production node in virtual time among others who follow a public script."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Final

from attrs import define, evolve, field

from tests.contract.peers import ME, PUBLIC, answer, peer, peer_at, written
from tests.contract.script import Knock
from tests.contract.views import Row
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.core import Kad
from twisted_mule.kad.datagram import message, to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import ForKey, Heard
from twisted_mule.kad.opening import open_datagram
from twisted_mule.node import MuleNode
from twisted_mule.outbound import Departed
from twisted_mule.places import Outgoing
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.studies.leaks.host import Processor

#: When the curtain rises, on the clock of the stage.
CURTAIN: Final = 100_000.0
KEY: Final = b"one boot key for all twins"
SECRET: Final = 0xDEADBEEF
#: Contacts that the node knows at the curtain.
KNOWN: Final = 40
#: What handling a message costs, in seconds of the processor.
Cost = Callable[[Heard], float]
#: What a peer of its own mind does with a datagram.
Guest = Callable[[bytes], None]


@define
class Recording(Departed):
    """The sender's own account, and a row for each datagram that left."""

    curtain: float = CURTAIN
    rows: list[Row] = field(factory=list)
    ticks_at: list[float] = field(factory=list)
    scheduled: float = 0.0

    def tick(self, when: float) -> int:
        """Which tick after the curtain was the last one at ``when``."""
        return bisect_right(self.ticks_at, when) - 1

    def note(self, now: float, scheduled: float) -> None:
        """Remember the schedule of what leaves."""
        Departed.note(self, now, scheduled)
        self.scheduled = scheduled

    def write(self, outgoing: Outgoing, now: float) -> None:
        """A row for what just left."""
        self.rows.append(
            Row(
                tick=self.tick(self.scheduled),
                scheduled=self.scheduled - self.curtain,
                left=now - self.curtain,
                peer=peer_at(outgoing.destination).number,
                size=len(outgoing.datagram),
                label=outgoing.label,
                arrived=None if outgoing.arrived is None else outgoing.arrived - self.curtain,
            )
        )


@define(eq=False)
class Stage:
    """
    A node, its clock and its link.

    :ivar cost: what each message costs to handle.
    :ivar shared: whether the sender has to wait while a message is handled.
    :ivar first_tick: how many ticks the node has seen already.
    :ivar guests: who does not follow the script, and what they do with what they get.
    """

    cost: Cost = lambda _: 0.0
    shared: bool = False
    key: bytes = KEY
    core: Kad = field(factory=lambda: veteran(3600.0))
    curtain: float = CURTAIN
    first_tick: int = 0
    online: bool = True
    guests: dict[Destination, Guest] = field(factory=dict)
    record: Recording = field(init=False)
    clock: HeapClock = field(factory=HeapClock, init=False)
    processor: Processor = field(init=False)
    node: MuleNode = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.clock.advance(self.curtain)
        self.record = Recording(curtain=self.curtain)
        self.processor = Processor(self.clock, self.shared)
        self.node = MuleNode(self.clock, Chance(self.key), self.core, SECRET, self)
        self.node.clock = self.processor  # type: ignore[assignment]
        self.node.sender.record = self.record
        self.node.sender.requests = self
        self.node.sender.schedule._first = self.first_tick
        handle = self.core.handle

        def costly(heard: Heard, *rest: object) -> object:
            self.processor.work(self.cost(heard))
            return handle(heard, *rest)  # type: ignore[arg-type]

        self.core.handle = costly  # type: ignore[method-assign, assignment]
        self.node.startService()

    # --- the seams of the sender -----------------------------------------------------------

    def request_for(self, tick: int, now: float) -> Outgoing | None:
        """Ask the node, and note when the tick is."""
        self.record.ticks_at.append(self.node.sender.schedule.time_of(tick))
        return self.node.request_for(tick, now)

    def departed(self, outgoing: Outgoing, now: float) -> None:
        """Write a row, and tell the node."""
        self.record.write(outgoing, now)
        self.node.departed(outgoing, now)

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink: what is asked is answered, after a while that the tick's number decides."""
        if destination in self.guests:
            self.guests[destination](datagram)
            return
        one = peer_at(destination)
        opened = open_datagram(datagram, one.kad_id, one.secret)
        asked = message(opened)
        tick = self.record.tick(self.clock.seconds())
        if isinstance(asked, m.HelloResponse):
            self._acknowledge(destination, asked, opened.envelope.sender_key, tick)
            return
        said = answer(asked, one, tick)
        draws = PUBLIC.stream("delay", tick)
        if said is None or draws.random() < 0.1:
            return
        reply = written(said, one, draws, plain=draws.random() < 0.5)
        self.arrives(destination, reply, self.record.ticks_at[tick] + draws.uniform(0.6, 4.0))

    def _acknowledge(self, whom: Destination, said: m.HelloResponse, key: int, tick: int) -> None:
        if not said.tags or not key:
            return
        one = peer_at(whom)
        draws = PUBLIC.stream("acknowledgement", tick, one.number)
        reply = to_wire(m.HelloResponseAck(one.kad_id), ForKey(key), one.secret, draws)
        self.arrives(whom, reply, self.record.ticks_at[tick] + draws.uniform(0.6, 4.0))

    def arrives(self, source: Destination, datagram: bytes, when: float) -> None:
        """The stamp of arrival is exact, however late anybody comes to look."""
        delay = max(when - self.clock.seconds(), 0.0)
        self.clock.callLater(delay, self.node.received, source, datagram, when)

    # --- the play ----------------------------------------------------------------------------

    def play(self, script: Iterable[Knock], seconds: float) -> list[Row]:
        """Let all of ``script`` arrive, and time pass; what left in order of the schedule."""
        for one in script:
            self.arrives(one.peer.destination, one.datagram, self.curtain + one.at)
        self.run(seconds)
        return sorted(self.record.rows, key=lambda row: row.scheduled)

    def pause(self, seconds: float, times: Iterable[float]) -> None:
        """The processor does nothing for so long at these times."""
        for at in times:
            self.clock.callLater(at, self.processor.work, seconds)

    def run(self, seconds: float) -> None:
        """Let time pass from one call to the next."""
        self.clock.run(seconds)


def veteran(age: float = 3600.0, known: int = KNOWN) -> Kad:
    """A core that has been up for ``age`` seconds at the curtain, and knows ``known`` peers."""
    return Kad(
        ME,
        SECRET,
        [evolve(peer(number).saved, expires=age + 3600.0) for number in range(known)],
        now=CURTAIN - age,
        random=Chance(KEY).stream("start", 0),
    )
