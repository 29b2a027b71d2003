"""The control socket: what the owner of the state directory may ask of the running node."""

from __future__ import annotations

import stat
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall, IListeningPort, IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import Cooperator
from twisted.logger import Logger
from twisted.protocols.amp import BinaryBoxProtocol, BoxDispatcher
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from twisted_mule.control.actions import NodeActions
from twisted_mule.control.address import address
from twisted_mule.control.desk import Node, TableAccess
from twisted_mule.control.search_desk import SearchDesk
from twisted_mule.control.share_desk import ShareDesk
from twisted_mule.control.table_desk import TableDesk
from twisted_mule.status import StatusSource
from twisted_mule.store.directory import CONTROL, PRIVATE_FILE, StateDirectory, StateError
from twisted_mule.store.worker import Run

#: Seconds after which a silent client is let go.
IDLE: Final = 30.0
MOST_CLIENTS: Final = 8


class _Desks(TableDesk, SearchDesk, ShareDesk):
    """Everything that one client can be served with."""


class ControlProtocol(BinaryBoxProtocol, TimeoutMixin):
    """
    One client's connection.

    It is what ``AMP`` is made of, without its log lines: a command that asks every few seconds
    would fill the log with them.

    :param clients: all that are connected; it enters itself there.
    """

    def __init__(self, node: Node, clock: IReactorTime, clients: set[ControlProtocol]) -> None:
        super().__init__(BoxDispatcher(_Desks(node)))
        self._clock = clock
        self._clients = clients

    def connectionMade(self) -> None:
        """Let the client go when it stays silent."""
        super().connectionMade()
        self._clients.add(self)
        self.setTimeout(IDLE)

    def callLater(self, delay: float, act: Callable[[], object]) -> IDelayedCall:
        """The clock of the time-out."""
        return self._clock.callLater(delay, act)

    def dataReceived(self, data: bytes) -> None:
        """Whatever comes starts the time-out anew."""
        self.resetTimeout()
        super().dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget it."""
        self._clients.discard(self)
        self.setTimeout(None)
        super().connectionLost(reason)


class _ControlFactory(Factory):
    """Connections, a few at a time."""

    noisy = False

    def __init__(self, node: Node, clock: IReactorTime) -> None:
        self._node = node
        self._clock = clock
        self.clients: set[ControlProtocol] = set()

    def buildProtocol(self, addr: object) -> ControlProtocol | None:
        """One more client, unless there are too many."""
        if len(self.clients) >= MOST_CLIENTS:
            return None
        return ControlProtocol(self._node, self._clock, self.clients)


@define(eq=False)
class ControlService(Service):
    """
    Listen on ``control`` in the state directory, mode 0600, while the service runs.

    The directory must be locked by this process: whatever lies at that place is then left over.

    :ivar reactor: for UNIX sockets and time, as ``IReactorUNIX`` and ``IReactorTime``.
    """

    reactor: Any
    directory: StateDirectory
    source: StatusSource
    table: TableAccess
    actions: NodeActions
    run: Run
    _port: IListeningPort | None = field(default=None, init=False)
    _factory: _ControlFactory = field(init=False)
    _held: ExitStack = field(factory=ExitStack, init=False)

    name = "control"
    _log = Logger()

    def __attrs_post_init__(self) -> None:
        cooperator = Cooperator(scheduler=lambda turn: self.reactor.callLater(0.0, turn))
        node = Node(self.source, self.table, self.actions, self.run, self.reactor, cooperator)
        self._factory = _ControlFactory(node, self.reactor)

    def startService(self) -> None:
        """
        Begin to listen.

        :raise StateError: when that is not possible.
        """
        path = self.directory.path(CONTROL)
        try:
            self.directory.root.stat()
            _remove_leftover(path)
            name = self._held.enter_context(address(path))
            self._port = self.reactor.listenUNIX(name, self._factory, mode=PRIVATE_FILE)
        except CannotListenError as reason:
            self._held.close()
            raise StateError(
                f"The control socket {path} cannot be opened ({reason.socketError})."
            ) from reason
        except OSError as reason:
            raise StateError(
                f"The control socket {path} cannot be opened ({reason.strerror})."
            ) from reason
        except ValueError as reason:
            raise StateError(str(reason)) from reason
        super().startService()

    def stopService(self) -> Deferred[None]:
        """Close the socket and let every client go."""
        super().stopService()
        port, self._port = self._port, None
        for client in tuple(self._factory.clients):
            if client.transport is not None:
                client.transport.loseConnection()
        stopped = maybeDeferred(port.stopListening) if port is not None else maybeDeferred(int)
        return stopped.addBoth(self._let_go)

    def _let_go(self, result: object) -> None:
        self._held.close()
        # Twisted misses the socket's name when somebody has removed it; that is no news of ours.
        if isinstance(result, Failure) and result.check(FileNotFoundError) is None:
            self._log.failure("the control socket did not close", failure=result)


def _remove_leftover(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ValueError(f"{path} is in the way of the control socket; move it elsewhere.")
    path.unlink()
