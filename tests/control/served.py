"""A client and the node's protocol, connected by hand."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock, Cooperator
from twisted.internet.testing import StringTransport
from twisted.protocols.amp import AMP, Command
from twisted.trial.unittest import SynchronousTestCase

from tests.control.actions import FakeActions
from tests.control.nodes import FakeNode
from twisted_mule.control.commands import FetchPart, RefusedError
from twisted_mule.control.desk import Node
from twisted_mule.control.server import ControlProtocol


class ServedCase(SynchronousTestCase):
    """One client and the node, connected by hand."""

    def setUp(self) -> None:
        """Connect them."""
        self.clock = Clock()
        self.node, self.actions = FakeNode(), FakeActions()
        cooperator = Cooperator(scheduler=lambda turn: self.clock.callLater(0.0, turn))
        self.clients: set[ControlProtocol] = set()
        self.server = ControlProtocol(
            Node(self.node, self.node, self.actions, execute, self.clock, cooperator),
            self.clock,
            self.clients,
        )
        self.client = AMP()
        self.lines = (StringTransport(), StringTransport())
        self.server.makeConnection(self.lines[0])
        self.client.makeConnection(self.lines[1])

    def pump(self) -> None:
        """Carry bytes and let turns pass until nothing moves any more."""
        for _ in range(1000):
            self.clock.advance(0.0)
            said, asked = (line.value() for line in self.lines)
            for line in self.lines:
                line.clear()
            if not said and not asked and not self.clock.getDelayedCalls()[1:]:
                return
            self.server.dataReceived(asked)
            self.client.dataReceived(said)

    def ask(self, command: type[Command], **arguments: object) -> Deferred[dict[str, Any]]:
        """What the node answers."""
        answer: Deferred[dict[str, Any]] = Deferred()
        self.client.callRemote(command, **arguments).addCallbacks(answer.callback, answer.errback)
        self.pump()
        return answer

    def fetched(self, command: type[Command], **arguments: object) -> bytes:
        """A whole document."""
        size = self.successResultOf(self.ask(command, **arguments))["size"]
        document = b""
        while len(document) < size:
            answer = self.ask(FetchPart, offset=len(document))
            document += self.successResultOf(answer)["content"]
        return document

    def document(self, command: type[Command], **arguments: object) -> Any:
        """A whole document, read."""
        return json.loads(self.fetched(command, **arguments))

    def refused(self, command: type[Command], **arguments: object) -> str:
        """The sentence of a refusal."""
        return str(self.failureResultOf(self.ask(command, **arguments), RefusedError).value)
