"""What stands around the node: its dashboard, its control socket, and its way to a router."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final

from attrs import define, field
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import inlineCallbacks, succeed
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import deferLater

from twisted_mule.clauses import fingerprint
from twisted_mule.control.server import ControlService
from twisted_mule.daemon import Daemon
from twisted_mule.desk import Desk
from twisted_mule.endpoints import is_socket
from twisted_mule.gallery import Gallery, setting_rows
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Seed
from twisted_mule.node import Gate
from twisted_mule.roles import Bridge
from twisted_mule.sam.bridge import SamBridge
from twisted_mule.sam.problems import no_exit
from twisted_mule.sam.streams import StreamHost
from twisted_mule.settings import Settings
from twisted_mule.status import RouterState, RouterStatus
from twisted_mule.store.directory import StateError
from twisted_mule.store.web_keys import load_web_keys
from twisted_mule.store.worker import Run, Worker
from twisted_mule.web.keys import ARGUMENT, Keys
from twisted_mule.web.pages import make_site

if TYPE_CHECKING:
    from twisted_mule.exit.process import ExitProcess
    from twisted_mule.node import Watch
    from twisted_mule.practice.neighbourhood import Neighbourhood
    from twisted_mule.practice.service import PracticeBridge

_NICKNAME: Final = "abcdefghijklmnopqrstuvwxyz"
_KEY: Final = 32


#: Whether the exit has a process of its own; see decision 9 for what is owed before it has.
EXIT_APART: Final[bool] = True


@define(eq=False)
class Premises:
    """
    The surroundings of one daemon.

    :ivar reactor: for sockets.
    :ivar worker: the thread for the database and small files, which must outlive everything else.
    :ivar hasher: the thread that waits for the user's disks.
    """

    reactor: Any
    settings: Settings
    chance: Chance
    worker: Worker
    hasher: Worker
    entropy: Callable[[int], bytes]
    practice: PracticeBridge | None = field(default=None, init=False)
    neighbourhood: Neighbourhood | None = field(default=None, init=False)
    exit: ExitProcess | None = field(default=None, init=False)
    _exits: int = field(default=0, init=False)
    _endpoint: str = field(default="", init=False)
    _online: bool = field(default=False, init=False)
    _streams: StreamHost | None = field(default=None, init=False)
    _port: IListeningPort | None = field(default=None, init=False)
    _control: ControlService | None = field(default=None, init=False)
    _trace: IO[str] | None = field(default=None, init=False)

    @inlineCallbacks
    def open(self, daemon: Daemon) -> Any:
        """Open the dashboard and the control socket; fire with the former's address and link."""
        self.worker.startService()
        self.hasher.startService()
        directory = daemon.keeper.directory
        control = ControlService(
            self.reactor, directory, daemon, daemon, Desk(daemon), self.worker.run
        )
        control.startService()
        self._control = control
        gallery = Gallery(daemon, setting_rows(self.settings))
        kept = load_web_keys(directory, self.entropy)
        # A Unix socket lets only its owner in, by its mode; a port would let in everybody here.
        keys = None if is_socket(self.settings.web) else Keys(kept.secret, kept.token)
        later = partial(deferLater, self.reactor, 0)
        site = make_site(gallery, reactor=self.reactor, keys=keys, later=later)
        try:
            self._port = yield serverFromString(self.reactor, self.settings.web).listen(site)
        except CannotListenError as reason:
            raise StateError(
                f"The dashboard cannot listen on {self.settings.web} ({reason.socketError});"
                " name another place with --web, such as --web tcp:0:interface=127.0.0.1."
            ) from reason
        where = address(self._port.getHost(), self.settings.web)
        return where, where if keys is None else f"{where}?{ARGUMENT}={keys.secret}"

    @inlineCallbacks
    def bridge(self, daemon: Daemon) -> Any:
        """Fire with the link to the router, the real one or the practice network's."""
        # txi2p takes long to import; do it before anything ticks.
        from twisted_mule.sam import grammar  # noqa: F401, PLC0415

        endpoint, udp_port = self.settings.sam, self.settings.sam_udp_port
        if self.settings.practice is not None:
            tcp_port, udp_port = yield self._open_practice(daemon, self.settings.practice)
            endpoint = f"tcp:127.0.0.1:{tcp_port}"
        self._endpoint = endpoint
        return self._link(daemon, endpoint, udp_port)

    def gate(self) -> Gate | None:
        """What stands between node and network: the exit process, once there is a bridge."""
        return None if self.exit is None else self.exit.exit

    def _link(self, daemon: Daemon, endpoint: str, udp_port: int) -> Bridge:
        nickname = self._nickname("nickname")
        if EXIT_APART:
            from twisted_mule.exit.process import ExitProcess  # noqa: PLC0415 - else not in memory

            identity = daemon.identity
            public = (nickname, identity.kad_id.wire, identity.verify_secret)
            self.exit = ExitProcess(self.reactor, public, self._exit_key)
        bridge = SamBridge(
            reactor=self.reactor,
            clock=daemon.clock,
            endpoint=endpoint,
            udp_port=udp_port,
            keys=daemon.identity.datagram_keys,
            nickname=nickname,
            options=self.settings.sam_options,
            random=self.chance.stream("session", 0),
            on_keys=daemon.keys_made,
            on_datagram=daemon.received,
            on_state=partial(self._router_changed, daemon),
            wall=daemon.wall,
            carriers=None if self.exit is None else self.exit.make_carrier,
        )
        if self.exit is not None:
            self.exit.heard = bridge.heard_network
            self.exit.failed = lambda why: bridge.broken(no_exit(why))
        return bridge

    def _exit_key(self) -> bytes:
        self._exits += 1
        return self.chance.stream("exit", self._exits).randbytes(_KEY)

    @inlineCallbacks
    def _open_practice(self, daemon: Daemon, count: int) -> Any:
        # Only who practises needs them in memory.
        from twisted_mule.practice.neighbourhood import Neighbourhood, neighbours  # noqa: PLC0415
        from twisted_mule.practice.service import PracticeBridge  # noqa: PLC0415

        self.practice = PracticeBridge(
            reactor=self.reactor,
            clock=daemon.clock,
            random=self.chance.stream("weather", 0),
            entropy=self.entropy,
        )
        self.practice.startService()
        ports = yield self.practice.listening
        people = neighbours(daemon.keeper.practice_seed(), count)
        key = self.chance.stream("neighbourhood", 0).randbytes(_KEY)
        self.neighbourhood = Neighbourhood(daemon.clock, self.practice.switch, people, key)
        self.neighbourhood.startService()
        daemon.tell(
            f"This is a practice network of {count} neighbours on this machine: no anonymity."
        )
        return ports

    @property
    def hashing(self) -> Run:
        """The thread that waits for the user's disks."""
        return self.hasher.run

    def open_streams(self, daemon: Daemon) -> None:
        """Have the destination for streams opened on the router that carries the datagrams."""
        keys = daemon.identity.stream_keys
        if keys is None:
            return
        self._streams = StreamHost(
            reactor=self.reactor,
            clock=daemon.clock,
            endpoint=self._endpoint,
            keys=keys,
            nickname=self._nickname("stream nickname"),
            options=self.settings.sam_options,
            random=self.chance.stream("streams", 0),
        )
        self._streams.startService()
        self._streams.datagrams(self._online)

    def _router_changed(self, daemon: Daemon, status: RouterStatus) -> None:
        self._online = status.state is RouterState.ONLINE
        if self.exit is not None:
            self.exit.online(self._online)
        if self._streams is not None:
            self._streams.datagrams(self._online)
        daemon.router_changed(status)

    def _nickname(self, purpose: str) -> str:
        draws = self.chance.stream(purpose, 0)
        return "".join(draws.choice(_NICKNAME) for _ in range(12))

    def watch(self, daemon: Daemon) -> Watch | None:
        """Open the trace that the user asked for, and say so where it cannot be overlooked."""
        path = self.settings.record
        if path is None:
            return None
        # Only who records needs it in memory.
        from twisted_mule.recording.files import opened  # noqa: PLC0415

        try:
            self._trace, recorder = opened(path, self.entropy, fingerprint())
        except OSError as reason:
            raise StateError(
                f"The trace {path} cannot be written ({reason.strerror}); name a new file."
            ) from reason
        daemon.facts.recording = str(path)
        daemon.tell(
            f"Recording: every datagram is written down in {path}. Who reads it sees what this"
            " node does; delete it once it is no longer needed."
        )
        return recorder

    def seeds(self) -> tuple[Seed, ...]:
        """On the practice network one neighbour, as a friend would name one."""
        if self.neighbourhood is None:
            return ()
        return (self.chance.stream("seed", 0).choice(self.neighbourhood.people).seed,)

    @inlineCallbacks
    def close(self) -> Any:
        """Close every socket."""
        if self._trace is not None:
            self._trace.close()
        for service in (self._streams, self.neighbourhood, self.practice, self._control):
            if service is not None:
                yield service.stopService()
        if self._port is not None:
            yield self._port.stopListening() or succeed(None)

    def finish(self) -> None:
        """End the threads."""
        for thread in (self.hasher, self.worker):
            if thread.running:
                thread.stopService()


def address(host: object, endpoint: str) -> str:
    """Where a reader finds the dashboard, in full."""
    if isinstance(host, IPv4Address):
        return f"http://{host.host}:{host.port}/"
    if isinstance(host, IPv6Address):
        return f"http://[{host.host}]:{host.port}/"
    return endpoint
