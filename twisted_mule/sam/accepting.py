"""
Streams that others open to us, through txi2p's server endpoint; a few at a time.

Like :mod:`twisted_mule.sam.creation`, to be imported late.
"""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from txi2p.address import I2PAddress
from txi2p.sam.endpoints import SAMI2PStreamServerEndpoint
from txi2p.sam.session import SAMSession
from zope.interface import implementer

from twisted_mule.sam.streaming import Approach


class Reception(Protocol):
    """Who hears how the router takes each ``STREAM ACCEPT``."""

    def asking(self) -> None:
        """One is on its way."""

    def accepting(self) -> None:
        """It was answered: the next stream that somebody opens comes to us."""

    def missed(self, reason: BaseException, *, answered: bool) -> None:
        """It ended without a stream, before it was answered or while it waited."""


@implementer(IStreamClientEndpoint)
class _Gate:
    """The way to the router for one session's ACCEPTs: shut while enough streams are open."""

    def __init__(self, session: ListeningSession, approach: Approach, most: int) -> None:
        self._session = session
        self._approach = approach
        self._most = most
        self._held: Any = None

    def connect(self, factory: Any) -> Deferred[Any]:
        """Ask for one more stream, now or when there is room for it; nobody waits for this."""
        self._held = factory
        if not self._session.closed:
            self.open()
        return Deferred()

    def open(self) -> None:
        """Ask for the stream that waits, if there is room by now."""
        factory = self._held
        if factory is None or self._session.streams >= self._most:
            return
        self._held = None
        self._session.reception.asking()
        self._approach.connect(factory).addErrback(self._session.unheard)


class ListeningSession(SAMSession):
    """
    An open session of ours, as txi2p's server endpoint knows one.

    :param nickname: its SAM ``ID``.
    :param version: of SAM, as the router answered.
    :param destination: its destination in base64.
    :param approach: the way to the router.
    :param most: how many streams may be open at once.
    """

    def __init__(
        self,
        *,
        nickname: str,
        version: str,
        destination: str,
        approach: Approach,
        most: int,
        reception: Reception,
    ) -> None:
        super().__init__()
        self.nickname = self.id = nickname
        self.samVersion = version
        self.address = I2PAddress(destination)
        self.samEndpoint = _Gate(self, approach, most)
        self.reception = reception
        self._approach = approach
        self._port: Any = None

    @property
    def closed(self) -> bool:
        """Whether nothing of it counts any more."""
        return bool(self._closed)

    @property
    def streams(self) -> int:
        """How many are open, the ACCEPT that waits for the next one included."""
        return len(self._streams)

    def listen(self, factory: IProtocolFactory) -> None:
        """Have ``factory`` build a protocol for each stream."""
        self._port = SAMI2PStreamServerEndpoint(self).listen(factory)

    def accept_again(self) -> None:
        """Ask for a stream once more, after an ACCEPT was missed."""
        self._port.openAccept()

    def close(self) -> Deferred[None]:
        """Close every stream and tell nothing more of them; fires once all are closed."""
        self._closed = True
        return self._approach.close()

    def abort(self) -> None:
        """Close at once what is still open."""
        self._approach.abort()

    # What txi2p calls.

    def addStream(self, stream: object) -> None:  # noqa: N802
        """An ACCEPT was answered."""
        self._streams.append(stream)
        if not self._closed:
            self.reception.accepting()

    def removeStream(self, stream: object) -> None:  # noqa: N802
        """A stream ended, and there is room again."""
        if stream in self._streams:
            self._streams.remove(stream)
        if not self._closed:
            self.samEndpoint.open()

    # What our protocols call.

    def missed(self, receiver: object, reason: Failure) -> None:
        """An ACCEPT ended without a stream."""
        answered = receiver in self._streams
        self.removeStream(receiver)
        self.unheard(reason, answered=answered)

    def unheard(self, reason: Failure, *, answered: bool = False) -> None:
        """The same, or it did not even reach the router."""
        if not self._closed and reason.value is not None:
            self.reception.missed(reason.value, answered=answered)
