"""The control socket without a socket: commands in, answers out."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from twisted.internet.defer import Deferred, execute
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.trial.unittest import SynchronousTestCase

from tests.control.actions import FakeActions
from tests.control.nodes import FakeNode, nodes_file, seed, snapshot
from tests.control.served import ServedCase
from twisted_mule.control.commands import (
    LARGEST_DOCUMENT,
    PART,
    ExportNodes,
    FetchPart,
    GetStatus,
    HandPart,
    ImportNodes,
    RefusedError,
)
from twisted_mule.control.rendering import status_json
from twisted_mule.control.server import IDLE, MOST_CLIENTS, ControlService
from twisted_mule.store.directory import CONTROL, StateDirectory, StateError


class ProtocolTests(ServedCase):
    """One client and the node, connected by hand."""

    def handed(self, content: bytes) -> Deferred[dict[str, Any]]:
        """What comes of handing a file over."""
        for start in range(0, len(content), PART):
            self.successResultOf(self.ask(HandPart, content=content[start : start + PART]))
        return self.ask(ImportNodes)

    def test_status(self) -> None:
        """The newest snapshot comes as JSON."""
        self.assertEqual(status_json(snapshot()), self.fetched(GetStatus))

    def test_a_document_of_many_parts(self) -> None:
        """What is longer than a value of AMP comes in parts."""
        self.node.learn(tuple(seed(number) for number in range(1, 400)))
        document = self.fetched(ExportNodes)
        self.assertGreater(len(document), 2 * PART)
        self.assertEqual(nodes_file(*range(1, 400)), document)

    def test_past_the_end(self) -> None:
        """Behind the end there is nothing, and before the beginning a refusal."""
        answer = self.ask(FetchPart, offset=10_000)
        self.assertEqual({"content": b""}, self.successResultOf(answer))
        self.failureResultOf(self.ask(FetchPart, offset=-1), RefusedError)

    def test_import(self) -> None:
        """Contacts of a file go to the table; what it knew is not new."""
        self.node.learn((seed(1),))
        outcome = self.successResultOf(self.handed(nodes_file(1, 2, 3)))
        self.assertEqual({"read": 3, "new": 2, "skipped": 0}, outcome)
        self.assertEqual({seed(1), seed(2), seed(3)}, set(self.node.contacts()))

    def test_a_large_import_goes_in_slices(self) -> None:
        """A turn of the reactor takes a few contacts, however long the file."""
        outcome = self.successResultOf(self.handed(nodes_file(*range(1, 300))))
        self.assertEqual(299, outcome["new"])
        self.assertLessEqual(max(self.node.slices), 25)

    def test_cut_short(self) -> None:
        """Records that a file promises and does not hold count as skipped."""
        outcome = self.successResultOf(self.handed(nodes_file(1, 2, 3)[:-1]))
        self.assertEqual({"read": 2, "new": 2, "skipped": 1}, outcome)

    def test_no_nodes_file(self) -> None:
        """Anything else is refused with a sentence, and nothing is taken."""
        for content in (b"", b"\0\0\0\0\x09\0\0\0\1\0\0\0", b"no"):
            failure = self.failureResultOf(self.handed(content), RefusedError)
            self.assertIn("not a nodes.dat file", str(failure.value))
        self.assertEqual((), self.node.contacts())

    def test_each_file_once(self) -> None:
        """A file that was used, or refused, is not there any more."""
        self.successResultOf(self.handed(nodes_file(1)))
        self.failureResultOf(self.ask(ImportNodes), RefusedError)

    def test_too_large(self) -> None:
        """More than any file of contacts is refused before it fills the memory."""
        for _ in range(LARGEST_DOCUMENT // PART):
            self.successResultOf(self.ask(HandPart, content=bytes(PART)))
        self.failureResultOf(self.ask(HandPart, content=bytes(PART)), RefusedError)

    def test_silence(self) -> None:
        """Who says nothing is let go; every command starts the time anew."""
        self.clock.advance(IDLE - 1)
        self.fetched(GetStatus)
        self.clock.advance(IDLE - 1)
        self.assertFalse(self.lines[0].disconnecting)
        self.clock.advance(1)
        self.assertTrue(self.lines[0].disconnecting)


class ServiceTests(SynchronousTestCase):
    """Listening, on a reactor without sockets."""

    def setUp(self) -> None:
        """A state directory with a short name."""
        root = Path(mkdtemp())
        self.addCleanup(rmtree, root)
        self.directory = StateDirectory(root, lambda: 0.0)
        self.reactor = MemoryReactorClock()
        node = FakeNode()
        self.service = ControlService(
            self.reactor, self.directory, node, node, FakeActions(), execute
        )

    def test_private(self) -> None:
        """The socket lies in the state directory, for its owner only."""
        self.service.startService()
        ((name, _factory, _backlog, mode, _pid),) = self.reactor.unixServers
        self.assertEqual((str(self.directory.path(CONTROL)), 0o600), (name, mode))
        self.successResultOf(self.service.stopService())

    def test_only_so_many(self) -> None:
        """The ninth client finds no one."""
        self.service.startService()
        factory = self.reactor.unixServers[0][1]
        for _ in range(MOST_CLIENTS):
            factory.buildProtocol(None).makeConnection(StringTransport())
        self.assertIsNone(factory.buildProtocol(None))
        self.successResultOf(self.service.stopService())

    def test_clients_are_let_go(self) -> None:
        """When the service stops, so do its connections."""
        self.service.startService()
        line = StringTransport()
        self.reactor.unixServers[0][1].buildProtocol(None).makeConnection(line)
        self.successResultOf(self.service.stopService())
        self.assertTrue(line.disconnecting)

    def test_stopped_unstarted(self) -> None:
        """Stopping what never started is no fault."""
        self.successResultOf(self.service.stopService())

    def test_something_in_the_way(self) -> None:
        """A file of that name is not removed; a sentence says what to do."""
        self.directory.write(CONTROL, b"mine")
        with self.assertRaisesRegex(StateError, "in the way"):
            self.service.startService()
        self.assertEqual(b"mine", self.directory.read(CONTROL))
