"""Daemons on one state directory, with a bridge and surroundings that are none."""

from __future__ import annotations

from pathlib import Path
from random import Random

from attrs import define, field
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.test_keeping import at_once
from twisted_mule.daemon import Daemon
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.keeping import Keeper
from twisted_mule.practice.keys import DSA_SHA1, generate
from twisted_mule.roles import Bridge
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.snapshots import Facts
from twisted_mule.status import RouterState, RouterStatus
from twisted_mule.store.directory import StateDirectory, StateError
from twisted_mule.store.worker import Run


def fresh_keys(number: int) -> SessionKeys:
    """Keys as a router makes them."""
    return SessionKeys(generate(DSA_SHA1, Random(number).randbytes).private)


@define(eq=False)
class FakeBridge:
    """A router that makes keys, and remembers what was sent."""

    daemon: Daemon
    ready: Deferred[Destination] = field(factory=Deferred)
    state: RouterState = RouterState.ONLINE
    sent: list[tuple[Destination, bytes]] = field(factory=list)
    log: list[str] = field(factory=list)
    refusals: int = 0

    @property
    def online(self) -> bool:
        """Whether datagrams can leave."""
        return self.state is RouterState.ONLINE

    def startService(self) -> None:
        """Make the keys of the datagrams, unless there are some."""
        self.log.append("bridge up")
        keys = self.daemon.identity.datagram_keys
        if keys is None:
            keys = fresh_keys(1)
            self.daemon.keys_made(keys)
        self.ready.callback(keys.destination)

    def stopService(self) -> Deferred[object]:
        """Close."""
        self.log.append("bridge down")
        return succeed(None)

    def status(self) -> RouterStatus:
        """Where it stands."""
        return RouterStatus(state=self.state)

    def generate_keys(self) -> Deferred[SessionKeys]:
        """More keys."""
        self.log.append("more keys")
        if self.refusals:
            self.refusals -= 1
            return fail(ConnectionRefusedError("nobody listens"))
        return succeed(fresh_keys(2))

    def heard_network(self) -> None:
        """The first answer."""
        self.log.append("network heard")

    def when_ready(self) -> Deferred[Destination]:
        """Once the destination is known."""
        return self.ready

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink."""
        self.sent.append((destination, datagram))


@define(eq=False)
class FakeSurroundings:
    """A dashboard, a socket and a bridge that are none."""

    broken: str = ""
    friends: tuple[Seed, ...] = ()
    refusals: int = 0
    log: list[str] = field(factory=list)
    link: FakeBridge | None = None

    def open(self, daemon: Daemon) -> Deferred[tuple[str, str]]:
        """Open, or fail as a taken port does."""
        self.log.append("open")
        return (
            fail(StateError(self.broken))
            if self.broken
            else succeed(("http://127.0.0.1:1/", "http://127.0.0.1:1/?k=s"))
        )

    def bridge(self, daemon: Daemon) -> Deferred[Bridge]:
        """The link."""
        self.link = FakeBridge(daemon, log=self.log, refusals=self.refusals)
        bridge: Bridge = self.link
        return succeed(bridge)

    @property
    def hashing(self) -> Run:
        """Blocking work, here and now."""
        return at_once

    def open_streams(self, daemon: Daemon) -> None:
        """Note it."""
        self.log.append("streams")

    def watch(self, daemon: Daemon) -> None:
        """Nobody records."""

    def seeds(self) -> tuple[Seed, ...]:
        """Whom to ask."""
        return self.friends

    def close(self) -> Deferred[None]:
        """Close."""
        self.log.append("close")
        return succeed(None)

    def finish(self) -> None:
        """The very end."""
        self.log.append("finish")


class DaemonCase(SynchronousTestCase):
    """One state directory, and daemons that use it one after the other."""

    def setUp(self) -> None:
        """A clock and a wall clock that go together."""
        self.clock = Clock()
        self.clock.advance(500.0)
        self.root = Path(self.mktemp())
        self.failures: list[str] = []
        self.daemon, self.around = self.make()

    def wall(self) -> float:
        """Unix time."""
        return 1_700_000_000.0 + self.clock.seconds()

    def make(self, **around: object) -> tuple[Daemon, FakeSurroundings]:
        """A daemon as a new process has it."""
        directory = StateDirectory(self.root, self.wall)
        directory.prepare()
        surroundings = FakeSurroundings(**around)  # type: ignore[arg-type]
        daemon = Daemon(
            clock=self.clock,
            wall=self.wall,
            chance=Chance(b"boot"),
            keeper=Keeper(directory, at_once, self.wall, Random(3).randbytes),
            surroundings=surroundings,
            facts=Facts("", str(self.root), self.wall(), self.clock.seconds(), None),
            extra_nodes=None,
            fail=self.failures.append,
        )
        return daemon, surroundings

    def stop(self, daemon: Daemon) -> None:
        """Stop as after two signals."""
        stopped = daemon.stopService()
        daemon.hurry()
        self.successResultOf(stopped)

    def run_for(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.pump([0.05] * round(seconds / 0.05))
