"""Alice and Bob on a practice bridge without sockets, each with a stream session."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.practice.bridging import Client, Practice

OK = b"STREAM STATUS RESULT=OK\n"


class StreamCase(SynchronousTestCase):
    """Alice and Bob have stream sessions."""

    def setUp(self) -> None:
        """A calm network."""
        self.begin(Practice())

    def begin(self, practice: Practice) -> None:
        """Let Alice and Bob join."""
        self.practice = practice
        self.alice, self.alices = practice.session("STREAM", "alice")
        self.bob, self.bobs = practice.session("STREAM", "bob")

    def acceptor(self, extra: str = "", version: str = "3.1") -> Client:
        """A connection of Bob's that accepts."""
        client = self.practice.client(version)
        client.tell(f"STREAM ACCEPT ID=bob {extra}")
        return client

    def caller(self, extra: str = "") -> Client:
        """A connection of Alice's that calls Bob."""
        client = self.practice.client()
        client.tell(f"STREAM CONNECT ID=alice DESTINATION={self.bobs} {extra}")
        return client

    def stream(self) -> tuple[Client, Client]:
        """Both ends of a stream."""
        acceptor, caller = self.acceptor(), self.caller()
        self.practice.wait()
        caller.read()
        acceptor.read()
        return caller, acceptor
