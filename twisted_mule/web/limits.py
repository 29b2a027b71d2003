"""
What one client may take: time, connections, header bytes, and no request body.

A slow or greedy client costs a bounded amount of memory and never holds up the reactor.
"""

# ruff: noqa: N802, N815 - the names are those of twisted.web
from __future__ import annotations

from io import BytesIO
from typing import Final

from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

#: Seconds without a byte after which a connection ends.
IDLE: Final = 10.0
#: Seconds after which any connection ends: a request that comes byte by byte does not live on.
LIFE: Final = 60.0
#: Seconds that a client has to take what is written before a closing connection is cut.
PATIENCE: Final = 10.0
#: Connections at once; a browser opens six at the most, and some people open several.
CONNECTIONS: Final = 32
HEAD_SIZE: Final = 8_192
HEADERS: Final = 64
LINE_SIZE: Final = 4_096
#: Bytes of an unwanted request body that are read and forgotten before the connection ends.
BODY_SIZE: Final = 65_536


class Forgotten(BytesIO):
    """A request body, of which nothing is kept but its size."""

    size = 0

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Count ``data``, and let it go."""
        self.size += len(data)
        return len(data)


class BodilessRequest(Request):
    """A request that never stores a body, and whose every path has to pass the doors."""

    content: Forgotten

    def gotLength(self, length: int | None) -> None:
        """Keep neither memory nor a temporary file ready for a body."""
        self.content = Forgotten()

    def handleContentChunk(self, data: bytes) -> None:
        """Forget a part of the body; too many of them end the connection."""
        super().handleContentChunk(data)
        if self.content.size > BODY_SIZE:
            self.channel.loseConnection()

    def process(self) -> None:
        """Send ``*`` to the doors too, which Twisted would answer before them."""
        if self.path == b"*":
            self.path = b"/*"
        super().process()


class Channel(HTTPChannel):
    """An HTTP/1.1 connection of bounded size and life."""

    MAX_LENGTH = LINE_SIZE
    maxHeaders = HEADERS
    totalHeadersSize = HEAD_SIZE

    site: BoundedSite
    _end: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Start the life of the connection."""
        super().connectionMade()
        self.site.channels.add(self)
        self._end = self.callLater(LIFE, self.timeoutConnection)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """End the life of the connection."""
        super().connectionLost(reason)
        self.site.channels.discard(self)
        self._next(None)

    def timeoutConnection(self) -> None:
        """Close the connection, without a line in the log for every reader who went away."""
        self.setTimeout(None)
        self._next(self.callLater(PATIENCE, self.forceAbortClient))
        self.loseConnection()

    def _next(self, end: IDelayedCall | None) -> None:
        if self._end is not None and self._end.active():
            self._end.cancel()
        self._end = end


class BoundedSite(Site):
    """A site of bounded cost that keeps no record of who reads what."""

    # Twisted's own choice here also speaks HTTP/2, and hides the connection from us.
    protocol = Channel  # type: ignore[assignment]
    requestFactory = BodilessRequest
    noisy = False

    def __init__(self, resource: IResource, reactor: IReactorTime) -> None:
        super().__init__(resource, timeout=IDLE, reactor=reactor)
        self.channels: set[Channel] = set()

    def buildProtocol(self, addr: IAddress | None) -> Channel | None:  # type: ignore[override]
        """A channel, or ``None`` (the connection is closed) when there are enough."""
        if len(self.channels) >= CONNECTIONS:
            return None
        channel: Channel = super().buildProtocol(addr)
        return channel

    def startFactory(self) -> None:
        """No access log, hence no clock that wakes the reactor every second to stamp it."""

    def stopFactory(self) -> None:
        """Nothing was started."""

    def log(self, request: object) -> None:
        """Nothing is written about readers."""
