"""
A session of its own for one errand: streams out, under keys that end with it.

Like :mod:`twisted_mule.sam.creation`, to be imported late.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IStreamClientEndpoint, ITCPTransport
from twisted.python.failure import Failure
from txi2p.address import I2PAddress
from txi2p.sam.endpoints import SAMI2PStreamClientEndpoint
from txi2p.sam.session import SAMSession

from twisted_mule.sam.creation import Conversation
from twisted_mule.sam.streaming import Approach

#: What clients of the I2P web have; DSA_SHA1 would single us out as somebody of Kad.
SIGNATURE_TYPE: Final = "EdDSA_SHA512_Ed25519"


class Visit:
    """
    One transient STREAM session.

    :param endpoint: where the router's SAM port is.
    :param nickname: the SAM ``ID``: unique in the router, and telling nothing.
    :param options: further options of SESSION CREATE (D22).
    """

    def __init__(
        self, endpoint: IStreamClientEndpoint, nickname: str, options: Mapping[str, str]
    ) -> None:
        self._sam = endpoint
        self._options = options
        self._approach = Approach(endpoint)
        self._session = SAMSession()
        self._session.nickname = self._session.id = nickname
        self._session.samEndpoint = self._approach
        self._conversation = Conversation(nickname, self, "STREAM", SIGNATURE_TYPE)
        self._opening: Deferred[None] = Deferred(lambda _: self._conversation.abort())

    def open(self) -> Deferred[None]:
        """
        Ask for the session; fires once it stands, which takes minutes at times.

        Fails with :exc:`~twisted_mule.sam.faults.RouterError` or an error of the connection;
        may be cancelled.
        """
        connecting: Deferred[Any] = self._sam.connect(self._conversation)
        return connecting.addCallback(lambda _: self._opening)

    def endpoint(self, host: str) -> IStreamClientEndpoint:
        """The way to ``host``, a name that ends in ``.i2p`` or a destination in base64."""
        endpoint: IStreamClientEndpoint = SAMI2PStreamClientEndpoint(self._session, host)
        return endpoint

    def close(self) -> Deferred[Any]:
        """End the session and its streams at once; fires when every socket is closed."""
        self._conversation.abort()
        closed = self._approach.close()
        self._approach.abort()
        return gatherResults([self._conversation.hang_up(), closed])

    # What the conversation tells.

    def reached(self, _transport: ITCPTransport) -> None:
        """Nothing to do."""

    def greeted(self, version: str) -> None:
        """The session can be asked for."""
        self._session.samVersion = version
        self._conversation.create(None, self._options)

    def generated(self, _private: str) -> None:
        """Never: keys are made with the session."""

    def opened(self, destination: str) -> None:
        """The session stands."""
        self._session.address = I2PAddress(destination)
        self._opening.callback(None)

    def received(self, _source: str, _payload: bytes) -> None:
        """Never: the session has no datagrams."""

    def ended(self, reason: BaseException) -> None:
        """It is over, and so are its streams."""
        self._approach.abort()
        if not self._opening.called:
            self._opening.errback(Failure(reason))
