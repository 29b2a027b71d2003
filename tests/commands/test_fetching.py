"""``mule nodes fetch``, but for what comes over the router."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import click
from twisted.internet.task import Clock

from tests.commands.calling import CommandCase
from tests.control.nodes import FakeNode, nodes_file, seed
from twisted_mule.commands import fetching
from twisted_mule.commands.download import DownloadError
from twisted_mule.commands.fetching import Line
from twisted_mule.store.directory import NODES

URL = "http://example.i2p/nodes.dat"


@contextmanager
def brought(content: bytes | BaseException) -> Iterator[None]:
    """While this is what comes over the router."""

    def turn(_job: Any) -> bytes:
        if isinstance(content, BaseException):
            raise content
        return content

    with patch.object(fetching, "turn", turn):
        yield


class FetchTests(CommandCase):
    """The verb."""

    def test_from_the_web(self) -> None:
        """What comes is merged for the next start, and the file as it was is kept."""
        self.prepared().write(NODES, nodes_file(1))
        with brought(nodes_file(1, 2)):
            outcome = self.answer("nodes", "fetch", URL)
        self.assertEqual({"read": 2, "new": 1, "skipped": 0, "running": False}, outcome)
        self.assertEqual(nodes_file(1, 2), (self.data / NODES).read_bytes())
        self.assertEqual(nodes_file(1), (self.data / f"{NODES}.old").read_bytes())

    def test_running(self) -> None:
        """A running node takes it at once."""
        node = FakeNode()
        with self.running(node), brought(nodes_file(5)):
            text = self.mule("nodes", "fetch", URL).stdout
        self.assertIn("The node has them now.", text)
        self.assertEqual((seed(5),), node.contacts())

    def test_from_a_file(self) -> None:
        """A file is taken as import takes it."""
        outcome = self.answer("nodes", "fetch", self.file(nodes_file(1, 2)))
        self.assertEqual(2, outcome["new"])
        self.assertIn("1 new", self.mule("nodes", "fetch", "-", stdin=nodes_file(3)).stdout)

    def test_checked_first(self) -> None:
        """Neither garbage nor an empty list changes anything."""
        self.prepared().write(NODES, nodes_file(1))
        for content, words in (
            (b"<html>", "is not a nodes.dat file"),
            (b"", "is not a nodes.dat file"),
            (nodes_file(), "There is no usable contact"),
        ):
            with brought(content):
                self.assertIn(words, self.sentence("nodes", "fetch", URL))
            self.assertIn(words, self.sentence("nodes", "fetch", self.file(content)))
        self.assertEqual(nodes_file(1), (self.data / NODES).read_bytes())
        self.assertFalse((self.data / f"{NODES}.old").exists())

    def test_refused(self) -> None:
        """What lies outside of I2P is a mistake of the command line, and nobody is asked."""
        with brought(AssertionError()):
            text = self.sentence("nodes", "fetch", "http://example.org/nodes.dat", code=2)
            self.assertIn("not within I2P", text)
            self.sentence("nodes", "fetch", "ed2k://|file|x|1|00|/", code=2)

    def test_failed(self) -> None:
        """What went wrong on the way is said, and the lack of a router has its own end."""
        with brought(DownloadError("It is off.")):
            self.assertEqual("Error: It is off.\n", self.sentence("nodes", "fetch", URL))
        with brought(DownloadError("No router.", no_router=True)):
            self.sentence("nodes", "fetch", URL, code=5)

    def test_given_up(self) -> None:
        """Ctrl-C changes nothing."""
        with brought(click.Abort()):
            self.assertIn("Aborted", self.mule("nodes", "fetch", URL, code=1).stderr)
        self.assertFalse(self.data.exists())

    def test_practice(self) -> None:
        """The practice network has no web, unless a router is named for this once."""
        self.environment["MULE_PRACTICE"] = "8"
        with brought(nodes_file(1)):
            self.assertIn("no web on the practice", self.sentence("nodes", "fetch", URL))
            self.answer("nodes", "fetch", URL, "--sam", "tcp:127.0.0.1:7656")

    def test_bad_endpoint(self) -> None:
        """A router that cannot be is a mistake of the command line."""
        self.assertIn("--sam", self.sentence("nodes", "fetch", URL, "--sam", "nowhere", code=2))


class LineTests(CommandCase):
    """The line that tells how it goes."""

    def test_on_a_terminal(self) -> None:
        """On a terminal the wait and its usual length are told, second by second, then wiped."""
        clock, shown = Clock(), list[str]()
        with (
            patch.object(sys.stderr, "isatty", lambda: True, create=True),
            patch.object(click, "echo", lambda text, **_: shown.append(text)),
        ):
            line = Line(clock)
            line.stage("Waiting", "20 s")
            clock.pump([1.0] * 3)
            line.received(2048, 4096)
            clock.advance(1.0)
            line.received(4096, None)
            clock.advance(1.0)
            line.over()
            clock.pump([1.0] * 3)
        self.assertEqual("\r\033[KWaiting (usually 20 s): 3 s", shown[3])
        self.assertIn("2 of 4 KiB received", shown[4])
        self.assertIn("4 KiB received", shown[5])
        self.assertEqual("\r\033[K", shown[6])
        self.assertEqual(7, len(shown))

    def test_elsewhere(self) -> None:
        """Where nobody looks, nothing is written."""
        shown: list[str] = []
        with patch.object(click, "echo", shown.append):
            line = Line(Clock())
            line.stage("Waiting", "20 s")
            line.over()
        self.assertEqual([], shown)
