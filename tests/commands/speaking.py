"""A shell whose commands speak with a node over the real protocol, without a socket between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from attrs import define, field
from twisted.internet.defer import execute
from twisted.internet.task import Clock, Cooperator
from twisted.internet.testing import StringTransport

from tests.commands.calling import CommandCase
from tests.control.actions import FakeActions
from tests.control.nodes import FakeNode
from twisted_mule.commands import following, hashing, verb
from twisted_mule.commands.client import ControlClient
from twisted_mule.control.desk import Node
from twisted_mule.control.server import ControlProtocol


@define
class Line:
    """What a client takes for its socket: the node's own protocol, answering at once."""

    node: FakeNode
    actions: FakeActions
    clock: Clock = field(factory=Clock)
    _server: ControlProtocol = field(init=False)
    _said: StringTransport = field(factory=StringTransport)
    _read: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        cooperator = Cooperator(scheduler=lambda turn: self.clock.callLater(0.0, turn))
        node = Node(self.node, self.node, self.actions, execute, self.clock, cooperator)
        self._server = ControlProtocol(node, self.clock, set())
        self._server.makeConnection(self._said)

    def sendall(self, content: bytes) -> None:
        """The node gets it, and has some seconds to answer."""
        self._server.dataReceived(content)
        while self._read == len(self._said.value()) and not self._said.disconnecting:
            self.clock.advance(1.0)

    def recv(self, size: int) -> bytes:
        """What the node said."""
        part: bytes = self._said.value()[self._read : self._read + size]
        self._read += len(part)
        return part

    def gettimeout(self) -> float:
        """Of no use here."""
        return 0.0


@define
class Waits:
    """Time for commands that wait: it passes by their waiting alone."""

    now: float = 0.0
    interrupted_at: float | None = None

    def monotonic(self) -> float:
        """The clock."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait; at some point the user presses Ctrl-C."""
        self.now += seconds
        if self.interrupted_at is not None and self.now >= self.interrupted_at:
            self.interrupted_at = None
            raise KeyboardInterrupt


class SpeakingCase(CommandCase):
    """Commands, and the node that they speak with."""

    def setUp(self) -> None:
        """A node that runs."""
        super().setUp()
        self.node, self.actions, self.waits = FakeNode(), FakeActions(), Waits()

        @contextmanager
        def connected(data: Path) -> Iterator[ControlClient]:
            yield ControlClient(cast(Any, Line(self.node, self.actions)), data)

        for module, name, instead in (
            (verb, "connected", connected),
            (following, "monotonic", self.waits.monotonic),
            (following, "sleep", self.waits.sleep),
            (hashing, "sleep", self.waits.sleep),
        ):
            patcher = patch.object(module, name, instead)
            patcher.start()
            self.addCleanup(patcher.stop)

    def json_lines(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """What a streaming command says to a program."""
        output = self.mule(*words, "--json", code=code).stdout
        return [json.loads(line) for line in output.splitlines()]
