"""The control socket: what the owner of the state directory may ask of the running node."""

from __future__ import annotations

import stat
from collections.abc import Callable, Generator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

from attrs import define, field, frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall, IListeningPort, IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import Cooperator
from twisted.logger import Logger
from twisted.protocols.amp import BinaryBoxProtocol, BoxDispatcher, CommandLocator
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

from twisted_mule.control.address import address
from twisted_mule.control.commands import (
    LARGEST_DOCUMENT,
    PART,
    ExportNodes,
    FetchPart,
    GetStatus,
    HandPart,
    ImportNodes,
    RefusedError,
)
from twisted_mule.control.rendering import status_json
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.errors import DecodeError
from twisted_mule.status import StatusSource
from twisted_mule.store import nodes_dat
from twisted_mule.store.contacts import node_of, seed_of
from twisted_mule.store.directory import CONTROL, PRIVATE_FILE, StateDirectory, StateError
from twisted_mule.store.nodes_dat import NodesFile
from twisted_mule.store.worker import Run

#: Seconds after which a silent client is let go.
IDLE: Final = 30.0
MOST_CLIENTS: Final = 8
#: Contacts that are offered in one turn of the reactor: no turn may take 5 ms (design.md D21).
SLICE: Final = 25


class TableAccess(Protocol):
    """What the socket may do to the node: take contacts in, give them out."""

    def learn(self, seeds: tuple[Seed, ...]) -> int:
        """Offer contacts to the table; how many of them it took."""

    def contacts(self) -> tuple[Seed, ...]:
        """The contacts of the table."""


@frozen
class Node:
    """What a connection speaks for."""

    source: StatusSource
    table: TableAccess
    run: Run
    cooperator: Cooperator


class ControlProtocol(BinaryBoxProtocol, TimeoutMixin):
    """
    One client's connection.

    It is what ``AMP`` is made of, without its log lines: a command that asks every few seconds
    would fill the log with them.

    :param clients: all that are connected; it enters itself there.
    """

    def __init__(self, node: Node, clock: IReactorTime, clients: set[ControlProtocol]) -> None:
        super().__init__(BoxDispatcher(_Desk(node)))
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


class _Desk(CommandLocator):
    """What is being done for one client: the document it fetches, the file it hands over."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._ready = b""
        self._handed = bytearray()

    @GetStatus.responder
    def _get_status(self) -> dict[str, int]:
        return self._offer(status_json(self._node.source.status()))

    @ExportNodes.responder
    def _export_nodes(self) -> dict[str, int]:
        return self._offer(nodes_dat.write(map(node_of, self._node.table.contacts())))

    def _offer(self, document: bytes) -> dict[str, int]:
        self._ready = document
        return {"size": len(document)}

    @FetchPart.responder
    def _fetch_part(self, offset: int) -> dict[str, bytes]:
        if offset < 0:
            raise RefusedError("A document begins at 0.")
        return {"content": self._ready[offset : offset + PART]}

    @HandPart.responder
    def _hand_part(self, content: bytes) -> dict[str, object]:
        if len(self._handed) + len(content) > LARGEST_DOCUMENT:
            self._handed.clear()
            raise RefusedError(f"A file of contacts has at most {LARGEST_DOCUMENT} bytes.")
        self._handed += content
        return {}

    @ImportNodes.responder
    def _import_nodes(self) -> Deferred[dict[str, int]]:
        content = bytes(self._handed)
        self._handed.clear()
        return Deferred.fromCoroutine(self._import(content))

    async def _import(self, content: bytes) -> dict[str, int]:
        try:
            found: NodesFile = await self._node.run(lambda: nodes_dat.read(content))
        except DecodeError as reason:
            raise RefusedError(f"This is not a nodes.dat file: {reason}.") from reason
        seeds = found.contacts if found.bootstrap_only else found.trusted()
        offer = _Offer(self._node.table, tuple(map(seed_of, seeds)))
        await self._node.cooperator.cooperate(offer.slices()).whenDone()
        return {"read": len(seeds), "new": offer.taken, "skipped": found.skipped + found.missing}


@define
class _Offer:
    """Contacts on their way into the table, some in each turn of the reactor."""

    table: TableAccess
    seeds: tuple[Seed, ...]
    taken: int = 0

    def slices(self) -> Generator[None]:
        waiting = iter(self.seeds)
        while some := tuple(islice(waiting, SLICE)):
            self.taken += self.table.learn(some)
            yield


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
    run: Run
    _port: IListeningPort | None = field(default=None, init=False)
    _factory: _ControlFactory = field(init=False)
    _held: ExitStack = field(factory=ExitStack, init=False)

    name = "control"
    _log = Logger()

    def __attrs_post_init__(self) -> None:
        cooperator = Cooperator(scheduler=lambda turn: self.reactor.callLater(0.0, turn))
        node = Node(self.source, self.table, self.run, cooperator)
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
