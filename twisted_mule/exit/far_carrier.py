"""The carrier of the exit process, as the session with the router sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from twisted_mule.exit import records
from twisted_mule.kad.destination import Destination
from twisted_mule.sam.selftest import SelfTest


@define(eq=False)
class FarCarrier:
    """
    The carrier there, as the session with the router sees it.

    :ivar open: binds a socket for a fresh process on a host and gives its address.
    :ivar shut: ends the process.
    """

    clock: IReactorTime
    self_test: SelfTest
    echo: Callable[[], None]
    write: Callable[[records.ToExit], None]
    open: Callable[[str], tuple[str, int]]
    shut: Callable[[], Deferred[object]]
    heard_at: float | None = field(default=None, init=False)
    counts: Counter[str] = field(factory=Counter, init=False)
    _earlier: Counter[str] = field(factory=Counter, init=False)
    _own: Destination | None = field(default=None, init=False)
    _router: tuple[str, int] = field(default=("", 0), init=False)
    _over_tcp: Callable[[bytes], None] | None = field(default=None, init=False)

    @property
    def own(self) -> Destination | None:
        """Our destination."""
        return self._own

    @own.setter
    def own(self, own: Destination | None) -> None:
        self._own = own
        if own is not None:
            self.write(records.Own(own.raw))

    @property
    def router(self) -> tuple[str, int]:
        """The router's SAM UDP address."""
        return self._router

    @router.setter
    def router(self, router: tuple[str, int]) -> None:
        self._router = router
        self.write(records.Router(*router))

    @property
    def over_tcp(self) -> Callable[[bytes], None] | None:
        """Writes to the control connection."""
        return self._over_tcp

    @over_tcp.setter
    def over_tcp(self, write: Callable[[bytes], None] | None) -> None:
        self._over_tcp = write
        self.write(records.OverTcp(write is not None))

    def listen(self, _reactor: Any, host: str) -> tuple[str, int]:
        """
        Have a process that listens on ``host``; returns its address.

        :raise CannotListenError: when the machine refuses.
        """
        return self.open(host)

    def began(self) -> None:
        """A fresh process is there: tell it what it has to know."""
        self._earlier = self.counts
        self.own, self.router, self.over_tcp = self._own, self._router, self._over_tcp

    def close(self) -> Deferred[object]:
        """Fires when the process has ended."""
        return self.shut()

    def probe(self) -> None:
        """Send the next datagram of the self-test."""
        self.write(records.Probe(self.self_test.payload()))

    def take(self, source: str, payload: bytes, arrived: float) -> None:
        """A datagram came over the control connection."""
        self.write(records.Taken(source, payload, arrived))

    def told(self, record: records.ToNode) -> bool:
        """Take what is for the session; whether that is all."""
        match record:
            case records.FromOurselves(payload, arrived):
                self.heard_at = arrived
                if self.self_test.knows(payload):
                    self.echo()
            case records.TcpWrite(data):
                if self._over_tcp is not None:
                    self._over_tcp(data)
            case records.Report():
                self.heard_at = max(self.heard_at or 0.0, record.heard_at or 0.0) or None
                self.counts = self._earlier + Counter(record.counts)
                return False
            case _:
                return False
        return True
