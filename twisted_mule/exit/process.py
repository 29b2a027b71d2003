"""The exit process as a child: started with its socket, watched, and ended by closing its pipe."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule.exit import records
from twisted_mule.exit.far_carrier import FarCarrier
from twisted_mule.exit.outside import Exit
from twisted_mule.exit.pipe import Pipe
from twisted_mule.sam.selftest import SelfTest

#: Seconds that it gets to end by itself.
LEAVE: Final = 5.0


class _Child(ProcessProtocol):
    """What it prints goes into our log; that it ends is told."""

    _log = Logger()

    def __init__(self, ended: Callable[[str], None]) -> None:
        self._ended = ended

    def childDataReceived(self, childFD: int, data: bytes) -> None:  # noqa: N802, N803
        """It said something, for people."""
        for line in data.decode("utf-8", "replace").splitlines():
            self._log.info("exit process: {line}", line=line)

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        """It is gone."""
        self._ended(reason.getErrorMessage())


@define(eq=False)
class ExitProcess:
    """
    At most one exit process at a time, and the state that outlives each.

    :ivar who: our nickname, identifier and verify secret, of :class:`records.Setup`.
    :ivar key: a fresh key for the streams of a process.
    :ivar failed: called with a reason when a process ended that should not have.
    :ivar heard: called when the network answered us.
    """

    reactor: Any
    who: tuple[str, bytes, int]
    key: Callable[[], bytes]
    failed: Callable[[str], None] = field(init=False)
    heard: Callable[[], None] = field(init=False)
    exit: Exit = field(init=False)
    carrier: FarCarrier | None = field(default=None, init=False)
    pid: int | None = field(default=None, init=False)
    _pipe: Pipe | None = field(default=None, init=False)
    _host: str = field(default="", init=False)
    _address: tuple[str, int] = field(default=("", 0), init=False)
    _online: bool = field(default=False, init=False)
    _transport: Any = field(default=None, init=False)
    _gone: Deferred[object] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.exit = Exit(self.reactor, self.write, self._heard)

    def make_carrier(self, test: SelfTest, echo: Callable[[], None]) -> FarCarrier:
        """What the session with the router takes for its carrier."""
        self.carrier = FarCarrier(self.reactor, test, echo, self.write, self.open, self.shut)
        return self.carrier

    def online(self, online: bool) -> None:
        """Whether datagrams can leave."""
        if online != self._online:
            self._online = online
            self.write(records.Online(online))

    def write(self, record: records.ToExit) -> None:
        """Hand a record to the process, if there is one."""
        if self._pipe is not None:
            self._pipe.tell(record)

    def open(self, host: str) -> tuple[str, int]:
        """
        Have a process with a socket on ``host``, the present one if it has; the address of it.

        :raise CannotListenError: when the machine refuses.
        """
        if self._pipe is None or self._host != host:
            self.shut()
            self._start(host)
        return self._address

    def shut(self) -> Deferred[object]:
        """Close the pipe, which ends the process; fires when it is gone."""
        pipe, self._pipe = self._pipe, None
        if pipe is None or pipe.transport is None:
            return succeed(None)
        pipe.transport.loseConnection()
        transport, gone = self._transport, Deferred[object]()
        self._gone = gone
        forced = self.reactor.callLater(LEAVE, transport.signalProcess, "KILL")
        gone.addCallback(lambda _: forced.cancel() if forced.active() else None)
        return gone

    def _start(self, host: str) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        udp = socket.socket(family, socket.SOCK_DGRAM)
        try:
            udp.bind((host, 0))
        except OSError as reason:
            udp.close()
            raise CannotListenError(host, 0, reason) from reason
        self._host, self._address = host, udp.getsockname()[:2]
        ours, theirs = socket.socketpair()
        with udp, ours, theirs:
            ours.setblocking(False)
            theirs.setblocking(False)
            pipe = Pipe(lambda: None)
            pipe.take = self._take
            self.reactor.adoptStreamConnection(
                ours.fileno(), socket.AF_UNIX, Factory.forProtocol(lambda: pipe)
            )
            files = {0: os.open(os.devnull, os.O_RDONLY), 1: "r", 2: "r"}
            self._transport = self.reactor.spawnProcess(
                _Child(lambda why: self._ended(pipe, why)),
                sys.executable,
                [sys.executable, "-P", "-m", "twisted_mule.child"],
                env=None,
                childFDs={**files, 3: theirs.fileno(), 4: udp.fileno()},
            )
            os.close(files[0])  # type: ignore[arg-type]
        self.pid = self._transport.pid
        self._pipe = pipe
        self.write(records.Setup(self.who[0], self.key(), *self.who[1:], self.exit.next_tick))
        self.write(records.Online(self._online))
        if self.carrier is not None:
            self.carrier.began()
        self.exit.began()

    def _take(self, record: records.ToNode) -> None:
        if self.carrier is not None and not self.carrier.told(record):
            self.exit.take(record)

    def _heard(self) -> None:
        self.heard()

    def _ended(self, pipe: Pipe, why: str) -> None:
        if self._pipe is pipe:
            self._pipe = None
            self.failed(why)
        elif self._gone is not None and not self._gone.called:
            self._gone.callback(None)
