"""Somebody with a node: who it is, when it runs, what outlives its process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, field

from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Me, SavedContact, Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.index import Index
from twisted_mule.kad.messages import VERSION
from twisted_mule.kad.published import DueRow
from twisted_mule.node import MuleNode, Watch
from twisted_mule.simulation.breeds import REAL, Breed
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.simulation.hostile import DeceitfulKad, Deceive
from twisted_mule.simulation.hosts import HostModel, SlowHost
from twisted_mule.simulation.lean import short_memory, unmeasured
from twisted_mule.simulation.network import Port
from twisted_mule.simulation.users import User

_KEY: Final = 32


def _to_nobody(_person: Person) -> None:
    """Nobody has to know."""


@define(eq=False)
class Person:
    """
    One person, whose node starts and stops as a process does: what it knew is kept.

    :ivar number: a small one, by which chance knows it.
    :ivar seeds: the contacts of its first start.
    :ivar stays: whether churn passes it by.
    :ivar begins: when it first comes, where that is not the beginning.
    :ivar looked_at: whether somebody looks at its lookups, of which it then keeps traces.
    :ivar starts: how often its node was started.
    :ivar breed: what sort of node it runs.
    :ivar contacts: its table while its node does not run.
    :ivar started: called with it whenever its node has started.
    :ivar node: while it runs.
    :ivar card: how it stands in the lists of others, one for all of them.
    """

    number: int
    me: Me
    secret: int
    port: Port
    clock: HeapClock
    chance: Chance
    user: User
    model: HostModel
    deceive: Deceive | None = None
    seeds: tuple[Seed, ...] = ()
    watch: Watch | None = None
    stays: bool = False
    begins: float = 0.0
    looked_at: bool = False
    starts: int = 0
    breed: Breed = REAL
    contacts: tuple[SavedContact, ...] = ()
    started: Callable[[Person], None] = _to_nobody
    node: MuleNode | None = None
    host: SlowHost | None = field(default=None, init=False)
    card: Seed = field(init=False)
    _due: tuple[DueRow, ...] = field(default=(), init=False)
    _index: Index | None = field(default=None, init=False)
    _left: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self.card = Seed(self.me.kad_id, self.me.destination, VERSION)

    def start(self) -> None:
        """Start a process: it knows what was saved, its boot key is fresh."""
        boot = self.chance.stream("boot", self.number, self.starts).randbytes(_KEY)
        chance, now = Chance(boot), self.clock.seconds()
        self.host = self._slow_host()
        core = self._core(now, chance)
        if not self.starts:
            core.learn(self.seeds, now, chance.stream("learn", 0))
        clock = self.clock if self.host is None else self.host
        self.node = self.breed.node(clock, chance, core, self.secret, self.port, watch=self.watch)
        unmeasured(self.node)
        self.port.open(self._receive)
        self.node.startService()
        self.starts += 1
        self.user.begin(core, now)
        self.started(self)

    def stop(self) -> None:
        """End the process; contacts, index and due times outlive it."""
        if self.node is None:
            return
        now, core = self.clock.seconds(), self.node.core
        self.contacts, self._due, self._index = core.saved(now), core.due_rows(now), core.index
        self._left = now
        self.port.close()
        self.node.stopService()
        if self.host is not None:
            self.host.stop()
        self.node = self.host = None

    def _core(self, now: float, chance: Chance) -> Kad:
        away = now - self._left if self.starts else 0.0
        kind = (
            DeceitfulKad if self.deceive is not None or self.host is not None else self.breed.core
        )
        core = kind(
            self.me,
            self.secret,
            [contact.aged(away) for contact in self.contacts],
            now=now,
            random=chance.stream("start", 0),
            seeds=self.seeds,
            due=[row.aged(away) for row in self._due],
            index=self._index,
        )
        self.contacts = ()
        short_memory(core, looked_at=self.looked_at)
        if isinstance(core, DeceitfulKad):
            core.deceive = self.deceive
            core.spend = None if self.host is None else self.host.spend
        return core

    def _slow_host(self) -> SlowHost | None:
        if self.model.ideal:
            return None
        return SlowHost(
            self.clock, self.model, self.chance.stream("host", self.number, self.starts)
        )

    def _receive(self, source: Destination, datagram: bytes) -> None:
        node = self.node
        if node is None:
            return
        if self.host is None:
            node.received(source, datagram, self.clock.rightNow)
        else:
            self.host.arrive(source, datagram, node.received)
