"""Processes until they end, and a user who starts them at a terminal of his own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

real_reactor: Any = reactor


class Running(ProcessProtocol):
    """A process until it ends."""

    def __init__(self) -> None:
        self.out, self.err = b"", b""
        self.ended: Deferred[tuple[int, str, str]] = Deferred()

    def outReceived(self, data: bytes) -> None:  # noqa: N802
        """Keep it."""
        self.out += data

    def errReceived(self, data: bytes) -> None:  # noqa: N802
        """Keep it too."""
        self.err += data

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        """All was said."""
        ended: Any = reason.value
        self.ended.callback((ended.exitCode, self.out.decode(), self.err.decode()))


@define(eq=False)
class User:
    """Somebody with a state directory, at a terminal of his own."""

    place: Path
    sam: str
    process: Any = field(default=None, init=False)

    @property
    def nodes(self) -> Path:
        """The file of contacts in the state directory."""
        return self.place / "state" / "nodes.dat"

    def keep(self, content: bytes) -> None:
        """Have such a file."""
        self.nodes.parent.mkdir(mode=0o700)
        self.nodes.touch(0o600)
        self.nodes.write_bytes(content)

    def fetch(self, *words: str) -> Deferred[tuple[int, str, str]]:
        """Run the command: its exit code, and what it said in both ways."""
        (self.place / "empty.toml").touch()
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "MULE_DATA": str(self.nodes.parent),
            "MULE_CONFIG": str(self.place / "empty.toml"),
            "MULE_SAM": self.sam,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        program = (sys.executable, "-c", "from twisted_mule.cli import main; main()")
        running = Running()
        self.process = real_reactor.spawnProcess(
            running, sys.executable, (*program, "nodes", "fetch", *words), environment
        )
        return running.ended.addTimeout(60.0, real_reactor)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.signalProcess("INT")
