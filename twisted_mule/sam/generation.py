"""
Keys for one more identity, over a control connection of their own.

Like :mod:`twisted_mule.sam.creation`, to be imported late.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint, ITCPTransport
from twisted.python.failure import Failure

from twisted_mule.sam.creation import Conversation
from twisted_mule.sam.faults import WrongIdentity
from twisted_mule.sam.keys import KeysError, SessionKeys


class _Generation:
    """The events of a conversation that is only about keys."""

    def __init__(self) -> None:
        self.conversation = Conversation("", self)
        self.made: Deferred[SessionKeys] = Deferred(lambda _: self.conversation.abort())

    def reached(self, _transport: ITCPTransport) -> None:
        """Nothing to do."""

    def greeted(self, _version: str) -> None:
        self.conversation.generate()

    def generated(self, private: str) -> None:
        try:
            keys = SessionKeys(private)
        except KeysError as reason:
            raise WrongIdentity(str(reason)) from reason
        self.conversation.hang_up().addCallback(lambda _: self.made.callback(keys))

    def opened(self, _destination: str) -> None:
        """Never: no session is asked for."""

    def received(self, _source: str, _payload: bytes) -> None:
        """Never: no session is asked for."""

    def ended(self, reason: BaseException) -> None:
        self.made.errback(Failure(reason))


def generate_keys(endpoint: IStreamClientEndpoint) -> Deferred[SessionKeys]:
    """
    Have the router make one more pair of DSA_SHA1 keys, over a connection of its own.

    Fails with :exc:`RouterError` or an error of the connection; may be cancelled.
    """
    generation = _Generation()
    return endpoint.connect(generation.conversation).addCallback(lambda _: generation.made)
