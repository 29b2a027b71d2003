"""One production node in virtual time among others who follow a script, and all that passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from attrs import define, field, frozen
from twisted.python.failure import Failure

from twisted_mule import contract
from twisted_mule.audit.views import NONE, Trace
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Me, SavedContact
from twisted_mule.kad.core import Kad
from twisted_mule.kad.datagram import message
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Heard
from twisted_mule.kad.ids import SIZE, KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.opening import open_datagram
from twisted_mule.kad.query import parse
from twisted_mule.kad.search import NotesOn, SearchWish, SourcesOf
from twisted_mule.kad.searching import SearchError
from twisted_mule.node import Gate, MuleNode
from twisted_mule.places import Outgoing
from twisted_mule.recording.rows import Header
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.simulation.hostile import somewhere
from twisted_mule.simulation.lean import unmeasured
from twisted_mule.studies.leaks.demand import (
    UNPUBLISHED,
    USUAL,
    Knock,
    bursts,
    crowd,
    pauses,
    prober,
)
from twisted_mule.studies.leaks.folk import Folk
from twisted_mule.studies.leaks.host import Ahead, Processor
from twisted_mule.studies.leaks.scene import BEFORE, Scene

#: The clock begins here: no time that is missing may look like one.
BEGINNING: Final = 10_000.0
SECRET: Final = 0x5EC2E7
#: How long the machine stands still, where it does (anonymity.md section 2).
PAUSE: Final = 0.3
#: Of the node's requests so many stay without an answer; the others are answered after a while.
LOSS: Final = 0.1
REPLY: Final = (0.6, 4.0)
_HEADER: Final = Header("simulator", "study")


class Row(NamedTuple):
    """A datagram that passed: when, which way, with whom, how large, what."""

    t: float
    out: bool
    peer: int
    size: int
    label: str | None
    answer: bool


class Design(Protocol):
    """How a node lets in, books and sends."""

    @property
    def name(self) -> str:
        """How it is called in tables."""

    @property
    def shared(self) -> bool:
        """Whether sender and handlers share one processor."""

    def core(self, core: Kad) -> Kad:
        """The core, changed if the design wants it."""

    def gate(self, stage: Stage) -> Gate | None:
        """What stands for the sender; ``None`` for the node's own."""


@define(eq=False)
class Stage:
    """
    A node of some design in some scene.

    :ivar key: of this run: everything is drawn from it.
    :ivar online: the node's link is there all the time.
    """

    scene: Scene
    design: Design
    key: bytes
    online: bool = True
    rows: list[Row] = field(factory=list, init=False)
    clock: HeapClock = field(factory=lambda: HeapClock(BEGINNING), init=False)
    folk: Folk = field(init=False)
    me: Me = field(init=False)
    processor: Processor = field(init=False)
    node: MuleNode = field(init=False)
    starts: int = field(default=0, init=False)
    _questions: int = field(default=0, init=False)
    _wishes: int = field(default=0, init=False)
    _hidden: set[float] = field(factory=set, init=False)
    _handled: set[object] = field(factory=set, init=False)
    _failure: Failure | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        chance = Chance(self.key)
        self.folk, draws = Folk(chance), chance.stream("me", 0)
        own, source = (KadID.from_natural(draws.randbytes(SIZE)) for _ in range(2))
        self.me = Me(own, somewhere(draws), somewhere(draws), source)
        self.processor = Processor(self.clock, self.design.shared)
        self._start(self.folk.contacts(), None)

    def _start(self, contacts: Sequence[SavedContact], index: Index | None) -> None:
        """A process with a fresh boot key."""
        chance = Chance(self.folk.chance.stream("boot", self.starts).randbytes(32))
        self.starts += 1
        now, random = self.clock.seconds(), chance.stream("start", 0)
        core = Kad(self.me, SECRET, contacts, now=now, random=random, index=index)
        core = self.design.core(core)
        gate = self.design.gate(self)
        self.node = MuleNode(self.clock, chance, core, SECRET, self, watch=self, gate=gate)
        unmeasured(self.node)
        if gate is None:
            ahead = Ahead(self.clock, self.processor, self.node)
            self.node.sender.requests, self.node.sender.upcoming = ahead, ahead.upcoming
            self.node.clock = self.processor  # type: ignore[assignment]
        self._charge(core)
        self.node.startService()

    def _charge(self, core: Kad) -> None:
        """Let handling take its time."""
        handle = core.handle

        def costly(heard: Heard, *rest: Any) -> Any:
            self.processor.work(self._cost(heard))
            return handle(heard, *rest)

        core.handle = costly  # type: ignore[method-assign, assignment]

    def _cost(self, heard: Heard) -> float:
        if self.scene.hit is None:
            return self.scene.cost
        about = type(heard.message), getattr(heard.message, "target", heard.source)
        seen = about in self._handled
        self._handled.add(about)
        return self.scene.hit if seen else self.scene.cost

    # --- what the node sees of the network -----------------------------------------------

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink: most of what is asked is answered, after a while."""
        one = self.folk.at(destination)
        asked = message(open_datagram(datagram, one.kad_id, one.secret))
        self._questions += 1
        reply = self.folk.answer(asked, one, self._questions)
        draws = self.folk.chance.stream("reply", self._questions)
        if reply is None or draws.random() < LOSS:
            return
        delay = draws.uniform(*REPLY)
        self.clock.callLater(delay, self._arrives, one.destination, one.says(reply, draws), 0.0)

    carry = send  # as rivals call it: no part of the node but its sender may say "send"

    def _arrives(self, source: Destination, datagram: bytes, when: float) -> None:
        """The stamp of arrival is exact, however late anybody comes to look."""
        self.node.received(source, datagram, when or self.clock.seconds())

    # --- what passes ---------------------------------------------------------------------

    def sent(self, outgoing: Outgoing, tick: int, now: float) -> None:
        """Something left; what answers a secret is nobody's observation."""
        del tick
        if outgoing.arrived in self._hidden:
            return
        one, size = self.folk.at(outgoing.destination).number, len(outgoing.datagram)
        answer = outgoing.arrived is not None
        self.rows.append(Row(now, True, one, size, outgoing.label, answer))

    def heard(self, source: Destination, size: int, arrived: float, label: str | None) -> None:
        """Something came."""
        if arrived not in self._hidden:
            one = self.folk.at(source).number
            self.rows.append(Row(arrived, False, one, size, label, answer=False))

    # --- the play ------------------------------------------------------------------------

    def play(self, seconds: float) -> Trace:
        """Let so much time pass after the warming up; the trace of all of it."""
        whole = self.scene.warm + seconds
        self._invite(whole)
        self.clock.run(self.scene.warm)
        if self.scene.restarts:
            self._restart()
        self.clock.run(BEGINNING + whole - self.clock.seconds())
        if self._failure is not None:
            self._failure.raiseException()
        return self.trace()

    def failed(self, reason: Failure) -> None:
        """A sender has stopped with an error: what was played is worth nothing."""
        self._failure = reason

    def _invite(self, seconds: float) -> None:
        mix = USUAL if self.scene.publishing else UNPUBLISHED
        for one in crowd(self.folk, self.me.kad_id, seconds, self.scene.demand, mix):
            self._expect(one)
        before = BEFORE[self.scene.before]
        for number in range(self.scene.probers):
            peer = self.folk.peers[number]
            for one in prober(self.folk, self.me.kad_id, seconds, peer, before):
                self._expect(one)
        for at in pauses(self.folk.chance, seconds) if self.scene.pausing else ():
            self.clock.callLater(at, self.processor.work, PAUSE)
        for at, count in bursts(self.folk.chance, seconds) if self.scene.searching else ():
            self.clock.callLater(at, self._search, count)

    def _expect(self, one: Knock) -> None:
        when = BEGINNING + one.at
        if one.secret:
            self._hidden.add(when)
        self.clock.callLater(one.at, self._arrives, one.peer.destination, one.datagram, when)

    def _search(self, count: int) -> None:
        """The user wants what users want: in the shares that cover has (docs/contract.md)."""
        for _ in range(count):
            self._wishes += 1
            draws = self.folk.chance.stream("wish", self._wishes)
            sort, file = draws.random(), KadID.from_natural(draws.randbytes(SIZE))
            wish: SearchWish = parse(f"word{draws.randrange(10_000)}")
            if sort >= contract.COVER_FILES:
                sources = sort < contract.COVER_FILES + contract.COVER_SOURCES
                wish = SourcesOf(file, 1000) if sources else NotesOn(file, 1000)
            try:
                self.node.core.search(wish)
            except SearchError:
                return  # too many wait: the user is told so, and does without

    def _restart(self) -> None:
        now, core = self.clock.seconds(), self.node.core
        self.node.stopService()
        self._start(core.saved(now), core.index)

    def trace(self) -> Trace:
        """All that passed so far, as the audit reads it."""
        rows = sorted(self.rows, key=lambda row: row.t)
        kinds = tuple(sorted({row.label for row in rows if row.label is not None}))
        codes = {kind: code for code, kind in enumerate(kinds)}
        out = np.array([row.out for row in rows], dtype=bool)
        answer = np.array([row.answer for row in rows], dtype=bool)
        hidden = np.full(len(rows), NONE, dtype=np.int64)
        kind = [NONE if row.label is None else codes[row.label] for row in rows]
        return Trace(
            self.scene.name,
            _HEADER,
            np.array([row.t for row in rows], dtype=np.float64),
            out,
            np.array([row.peer for row in rows], dtype=np.int64),
            np.array([row.size for row in rows], dtype=np.int64),
            np.array(kind, dtype=np.int64),
            kinds,
            hidden,
            out & ~answer,
            answer,
        )


@frozen
class Ours:
    """The node as it is: nothing of it is changed."""

    name: str = "ours"
    shared: bool = False

    def core(self, core: Kad) -> Kad:
        """The node's own."""
        return core

    def gate(self, stage: Stage) -> Gate | None:
        """The node's own places, intake and sender."""
        del stage
        return None
