"""The client of the control socket, with nodes that do not do as they should."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Thread

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.commands.client import ControlError, NoNodeError, connected
from twisted_mule.store.directory import CONTROL


class ClientTests(SynchronousTestCase):
    """A client and one connection of a bad node."""

    def setUp(self) -> None:
        """A directory with a short name."""
        self.data = Path(mkdtemp())
        self.addCleanup(rmtree, self.data)

    @contextmanager
    def answering(self, answer: bytes | None) -> Iterator[None]:
        """While something there says ``answer`` to everything and hangs up, or says nothing."""
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.data / CONTROL))
            listening.listen()

            def serve() -> None:
                line, _ = listening.accept()
                with line, contextlib.suppress(OSError):  # trial reads a module's ``suppress``
                    line.recv(4096)
                    if answer is None:
                        line.recv(1)
                    else:
                        line.sendall(answer)

            thread = Thread(target=serve)
            thread.start()
            yield
            thread.join(5.0)

    def refused(self, answer: bytes | None, patience: float = 5.0) -> str:
        """The sentence that comes of it."""
        with (
            self.answering(answer),
            self.assertRaises(ControlError) as caught,
            connected(self.data, patience) as node,
        ):
            node.status()
        return str(caught.exception)

    def test_nobody(self) -> None:
        """Without a socket, without a directory, and with a file in its place there is no node."""
        for data in (self.data, self.data / "nowhere", self.data / ("x" * 200)):
            with self.assertRaises(NoNodeError), connected(data) as node:
                node.status()

    def test_crashed(self) -> None:
        """A socket on which nobody listens any more is no node."""
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(self.data / CONTROL))
        with self.assertRaises(NoNodeError), connected(self.data) as node:
            node.status()

    def test_not_ours(self) -> None:
        """A place that cannot be connected to at all is told with the system's reason."""
        (self.data / CONTROL).symlink_to(CONTROL)
        with self.assertRaises(ControlError) as caught, connected(self.data) as node:
            node.status()
        self.assertIn("cannot be reached", str(caught.exception))

    def test_silent(self) -> None:
        """A node that does not answer is waited for so long and no longer."""
        self.assertIn("did not answer within 0.05 seconds", self.refused(None, 0.05))

    def test_hung_up(self) -> None:
        """A node that goes away in the middle is told so, wherever the middle is."""
        for answer in (b"", b"\0", b"\0\7_answer\0\1", b"\0\0"):
            self.assertIn("closed the connection", self.refused(answer))
            (self.data / CONTROL).unlink()

    def test_error(self) -> None:
        """An error of the node is passed on as it is."""
        box = b"\0\6_error\x00\x011\0\x0b_error_code\0\1X\0\x12_error_description\0\4Full\0\0"
        self.assertEqual("Full", self.refused(box))
