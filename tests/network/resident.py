"""Whole nodes in a practice network in memory: the daemon, with its files, on a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, execute, succeed
from twisted.python.failure import Failure

from tests.network.village import Village
from twisted_mule.daemon import Daemon
from twisted_mule.desk import Desk
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.search import SearchState, SearchView, SearchWish
from twisted_mule.keeping import Keeper
from twisted_mule.practice.keys import DSA_SHA1, generate, read_private
from twisted_mule.practice.router import Attachment, Parcel
from twisted_mule.roles import Bridge
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.snapshots import Facts
from twisted_mule.status import RouterState, RouterStatus
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.worker import Run

T = TypeVar("T")

#: Unix time when the clock of a village stands at 0.
EPOCH = 1_700_000_000.0
#: Searches that one resident wants at a time, and how often it looks what became of them.
AT_A_TIME = 6
LOOK_EVERY = 5.0


def at_once(work: Callable[[], T], /) -> Deferred[T]:
    """Blocking work, done here and now."""
    return execute(work)


def result(deferred: Deferred[T]) -> T:
    """What a Deferred has come to; a failure is raised, and so is one that has not fired."""
    outcome: list[T] = []
    reasons: list[Failure] = []
    deferred.addCallbacks(outcome.append, reasons.append)
    for reason in reasons:
        reason.raiseException()
    (value,) = outcome
    return value


@define(eq=False)
class SwitchBridge:
    """A router of which only the switch is left: it makes keys and carries datagrams."""

    daemon: Daemon
    village: Village
    random: Random
    attachment: Attachment | None = field(default=None, init=False)
    ready: Deferred[Destination] = field(factory=Deferred, init=False)

    @property
    def online(self) -> bool:
        """Whether datagrams can leave."""
        return self.attachment is not None

    def startService(self) -> None:
        """Take the place on the switch, with keys made at the first start."""
        keys = self.daemon.identity.datagram_keys
        if keys is None:
            keys = self._keys()
            self.daemon.keys_made(keys)
        self.attachment = self.village.switch.attach(read_private(keys.private), self._receive)
        self.ready.callback(keys.destination)

    def stopService(self) -> Deferred[object]:
        """Leave the switch."""
        if self.attachment is not None:
            self.attachment.close()
            self.attachment = None
        return succeed(None)

    def status(self) -> RouterStatus:
        """Where it stands."""
        return RouterStatus(state=RouterState.ONLINE if self.online else RouterState.OFFLINE)

    def generate_keys(self) -> Deferred[SessionKeys]:
        """One more pair of keys."""
        return succeed(self._keys())

    def heard_network(self) -> None:
        """The first answer came."""

    def when_ready(self) -> Deferred[Destination]:
        """Once the destination is known."""
        return self.ready

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink."""
        if self.attachment is not None:
            self.attachment.send(destination.base64, datagram)

    def _receive(self, parcel: Parcel) -> None:
        source = Destination.from_base64(parcel.sender)
        self.daemon.received(source, parcel.payload, self.village.clock.seconds())

    def _keys(self) -> SessionKeys:
        return SessionKeys(generate(DSA_SHA1, self.random.randbytes).private)


@define(eq=False)
class Doorstep:
    """What stands around a resident: a place on the switch, and one neighbour whom it knows."""

    village: Village
    random: Random

    def open(self, daemon: Daemon) -> Deferred[tuple[str, str]]:
        """No dashboard."""
        return succeed(("", ""))

    def bridge(self, daemon: Daemon) -> Deferred[Bridge]:
        """The link."""
        bridge: Bridge = SwitchBridge(daemon, self.village, self.random)
        return succeed(bridge)

    def open_streams(self, daemon: Daemon) -> None:
        """Nobody transfers anything here."""

    @property
    def hashing(self) -> Run:
        """Disks are waited for here and now."""
        return at_once

    def watch(self, daemon: Daemon) -> None:
        """Nobody records."""

    def seeds(self) -> tuple[Seed, ...]:
        """One neighbour, as a friend would name one."""
        return (self.random.choice(self.village.neighbourhood.people).seed,)

    def close(self) -> Deferred[None]:
        """Nothing is open."""
        return succeed(None)

    def finish(self) -> None:
        """No thread."""


@define(eq=False)
class Resident:
    """
    A node with a state directory of its own, which outlives its process.

    :ivar daemon: the present process.
    :ivar repeated: the numbers of the searches that brought nothing at first.
    """

    village: Village
    name: str
    root: Path
    daemon: Daemon = field(init=False)
    failures: list[str] = field(factory=list, init=False)
    repeated: set[int] = field(factory=set, init=False)
    _starts: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.start()

    def wall(self) -> float:
        """Unix time."""
        return EPOCH + self.village.clock.seconds()

    def start(self) -> None:
        """Start a process: everything it knows is what was saved, its boot key is fresh."""
        self._starts += 1
        boot = f"{self.name} {self._starts}"
        clock, random = self.village.clock, Random(boot)
        directory = StateDirectory(self.root, self.wall)
        directory.prepare()
        self.daemon = Daemon(
            clock=clock,
            wall=self.wall,
            chance=Chance(boot.encode()),
            keeper=Keeper(directory, at_once, self.wall, random.randbytes),
            surroundings=Doorstep(self.village, random),
            facts=Facts("", str(self.root), self.wall(), clock.seconds(), None),
            extra_nodes=None,
            fail=self.failures.append,
        )
        self.daemon.startService()

    def stop(self) -> None:
        """End the process, as an impatient user does."""
        stopped = self.daemon.stopService()
        self.daemon.hurry()
        result(stopped)

    @property
    def desk(self) -> Desk:
        """What its user can have it do."""
        return Desk(self.daemon)

    @property
    def streams(self) -> Destination:
        """Where its files could be fetched."""
        keys = self.daemon.identity.stream_keys
        if keys is None:
            raise ValueError(f"{self.name} has no streams")
        return keys.destination

    def search(self, wishes: Sequence[SearchWish]) -> list[SearchView]:
        """
        Search for all of this, some at a time; what came of each, in order.

        What came back empty is searched for once more, as people do: routers that have not talked
        to each other for a while lose the first datagram, and with it a whole walk may be lost.
        """
        waiting = list(wishes)
        numbers: list[int] = []
        done: dict[int, SearchView] = {}
        while len(done) < len(wishes):
            while waiting and len(numbers) - len(done) < AT_A_TIME:
                numbers.append(self.desk.search(waiting.pop(0)))
            self.village.run(LOOK_EVERY)
            for view in self.desk.searches():
                if view.number not in numbers or view.state is not SearchState.DONE:
                    continue
                if view.results or view.number in self.repeated:
                    done[view.number] = view
                else:
                    self.repeated.add(view.number)
                    self.desk.search_again(view.number)
        return [done[number] for number in numbers]
