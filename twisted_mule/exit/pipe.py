"""Records over a pair of Unix sockets, each with its length before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import Int32StringReceiver
from twisted.python.failure import Failure

from twisted_mule.exit.records import ToExit, ToNode, decode, encode


class Pipe(Int32StringReceiver):
    """
    One end.

    :ivar take: called with each record that comes.
    :param lost: called when the other end is gone.
    """

    MAX_LENGTH = 1 << 20
    _log = Logger()

    take: Callable[[Any], None]

    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost

    def tell(self, record: ToExit | ToNode) -> None:
        """Hand a record to the other end; none waits for another."""
        if self.transport is not None and self.connected:
            self.sendString(encode(record))

    def stringReceived(self, string: bytes) -> None:  # noqa: N802 (a name of Twisted's)
        """A record came; a defect costs only itself."""
        record = decode(string)
        try:
            self.take(record)
        except Exception:  # noqa: BLE001 - the next record must be taken all the same
            self._log.failure("Taking a {kind} failed", kind=type(record).__name__)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The other process is gone, or has no use for us."""
        self._lost()
