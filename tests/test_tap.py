"""Tests for :mod:`twisted_mule.tap` and its drop-in."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from twisted.application.service import IServiceMaker
from twisted.internet.task import Clock
from twisted.plugin import getPlugins
from twisted.trial.unittest import SynchronousTestCase

import twisted_mule
from twisted_mule import tap
from twisted_mule.daemon import Daemon
from twisted_mule.keeping import PRACTICE
from twisted_mule.premises import address
from twisted_mule.store.directory import IDENTITY, StateDirectory


class PluginTests(SynchronousTestCase):
    """``twistd`` offers the subcommand."""

    def test_found(self) -> None:
        """Exactly one plugin is called ``mule``, and it leads to our options."""
        (plugin,) = [p for p in getPlugins(IServiceMaker) if p.tapname == "mule"]
        self.assertIs(tap.Options, plugin.options)
        self.assertEqual(tap.makeService, plugin.makeService)

    def test_no_package_files(self) -> None:
        """An ``__init__.py`` in our ``twisted`` would hide Twisted itself."""
        checkout = Path(twisted_mule.__file__).parents[1]
        self.assertTrue((checkout / "twisted" / "plugins" / "mule_plugin.py").exists())
        ours = checkout / "setup.cfg"
        found = list((checkout / "twisted").rglob("__init__.py")) if ours.exists() else []
        self.assertEqual([], found)


class Reactor(Clock):
    """Just enough of a reactor: it remembers what is to happen when it runs and ends."""

    def __init__(self) -> None:
        super().__init__()
        self.starting: list[tuple[Any, tuple[Any, ...]]] = []
        self.ending: list[tuple[Any, ...]] = []

    def callWhenRunning(self, act: Any, *arguments: Any) -> None:  # noqa: N802 (Twisted's name)
        """Later."""
        self.starting.append((act, arguments))

    def addSystemEventTrigger(self, *trigger: Any) -> None:  # noqa: N802 (Twisted's name)
        """Later still."""
        self.ending.append(trigger)

    def stop(self) -> None:
        """End."""


class SteadyTests(SynchronousTestCase):
    """All timers run on a clock that nobody can set."""

    def test_monotonic(self) -> None:
        """The reactor's own seconds are those of the monotonic clock."""
        reactor = Reactor()
        tap.steady(reactor)
        before = time.monotonic()
        self.assertTrue(before <= reactor.seconds() <= time.monotonic())

    def test_giving_up(self) -> None:
        """A node that cannot start says why, stops the reactor, and leaves with 1."""
        reactor = Reactor()
        tap._give_up(reactor, "The dashboard cannot listen there.")
        self.assertEqual([(reactor.stop, ())], reactor.starting)
        self.assertEqual([("after", "shutdown", os._exit, 1)], reactor.ending)


class MakeServiceTests(SynchronousTestCase):
    """What cannot be used is refused before anything starts, in one sentence."""

    def setUp(self) -> None:
        """A reactor that is put back, and a place for the state."""
        from twisted.internet import reactor

        self.patch(reactor, "seconds", reactor.seconds)
        self.patch(reactor, "callWhenRunning", lambda *_: None)
        self.root = Path(self.mktemp()).absolute()

    def make(self, *words: str) -> Daemon:
        """The service of this command line."""
        options = tap.Options()
        options.parseOptions(["--data", str(self.root), *words])
        service = tap.makeService(options)
        assert isinstance(service, Daemon)
        return service

    def refused(self, *words: str) -> str:
        """The sentence with which this command line is refused."""
        return str(self.assertRaises(SystemExit, self.make, *words))

    def test_makes_a_daemon(self) -> None:
        """Wired and not started: the directory is there, private and not locked."""
        daemon = self.make()
        self.assertFalse(daemon.running)
        self.assertFalse(daemon.keeper.directory.locked)
        self.assertEqual(0o700, self.root.stat().st_mode & 0o777)
        self.assertIsNone(daemon.facts.practice)

    def test_every_boot_draws_anew(self) -> None:
        """The key of the streams is fresh at every start."""
        one, other = self.make(), self.make()
        draws = [daemon.chance.stream("x", 0).random() for daemon in (one, other)]
        self.assertNotEqual(*draws)

    def test_locked(self) -> None:
        """A directory in use is refused with the process that uses it."""
        holder = StateDirectory(self.root, time.time)
        holder.prepare()
        holder.acquire()
        self.addCleanup(holder.release)
        self.assertIn(f"Process {os.getpid()} already uses", self.refused())

    def test_practice_state_on_the_real_network(self) -> None:
        """Keys and contacts of a practice network are refused on the real one."""
        self.make("--practice", "2")
        (self.root / PRACTICE).write_bytes(bytes(32))
        self.assertIn("belongs to a practice network", self.refused())
        self.assertEqual(2, self.make("--practice", "2").facts.practice)

    def test_real_state_on_a_practice_network(self) -> None:
        """And those of the real one are refused for practice."""
        self.make()
        (self.root / IDENTITY).write_text("{}")
        self.assertIn("belongs to a node of the real network", self.refused("--practice", "2"))


class AddressTests(SynchronousTestCase):
    """The dashboard's address is told in full."""

    def test_kinds(self) -> None:
        """A browser's address for TCP, the endpoint as it stands for a socket."""
        from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

        self.assertEqual(
            "http://127.0.0.1:4721/", address(IPv4Address("TCP", "127.0.0.1", 4721), "tcp:4721")
        )
        self.assertEqual("http://[::1]:1/", address(IPv6Address("TCP", "::1", 1), "tcp6:1"))
        self.assertEqual("unix:/x", address(UNIXAddress("/x"), "unix:/x"))
