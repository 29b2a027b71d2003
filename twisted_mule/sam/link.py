"""The control side of the datagram session: its keys, its UDP port, its self-test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred, fail, gatherResults
from twisted.internet.error import CannotListenError, ConnectionClosed
from twisted.internet.interfaces import IDelayedCall, ITCPTransport

from twisted_mule.sam import problems
from twisted_mule.sam.carrier import Carrier, host_of, udp_port_of
from twisted_mule.sam.faults import KeysNotKept, WrongIdentity
from twisted_mule.sam.keys import KeysError, SessionKeys
from twisted_mule.sam.session import GREETING_SPAN, TEST_SPAN
from twisted_mule.sam.supervision import SessionLink, Watcher, cancel
from twisted_mule.status import Problem, RouterState

#: Seconds without any datagram after which an online session is tested again: a router may delete
#: a session without a word.
QUIET_SPAN: Final = 300.0
#: Seconds for the answer about a name; routers give up after 10 to 30.
LOOKUP_SPAN: Final = 60.0


class Owner(Watcher, Protocol):
    """Who hears of the session, and keeps its keys."""

    def keep_keys(self, keys: SessionKeys) -> None:
        """Keys that the router made: keep them now, or raise."""


@define(eq=False, repr=False)
class RouterLink(SessionLink):
    """
    One datagram session after another with the same keys.

    :ivar watcher: who keeps the keys, and hears of the session.
    :ivar carrier: the data side, which this side tells where the router is.
    """

    watcher: Owner
    carrier: Carrier
    _probing: IDelayedCall | None = field(default=None, init=False)
    _tries_tcp: bool = field(default=False, init=False)
    _udp_proven: bool = field(default=False, init=False)
    _ours: tuple[str, int] = field(default=("", 0), init=False)
    _tested_from: float = field(default=0.0, init=False)
    _doubted_from: float | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        SessionLink.__attrs_post_init__(self)
        self.carrier.own = None if self.keys is None else self.keys.destination

    def stop(self) -> Deferred[object]:
        """Have none any more; fires once every socket is closed."""
        self.life.stop(self.clock.seconds())
        closing = [] if self.closing is None else [self.closing]
        closed: Deferred[Any] = gatherResults([*closing, self.carrier.close()])
        return closed

    def generate_keys(self) -> Deferred[SessionKeys]:
        """One more pair of keys, over a connection of its own."""
        from twisted_mule.sam.generation import generate_keys  # noqa: PLC0415

        return generate_keys(self.sam).addTimeout(GREETING_SPAN, self.clock)

    def resolve(self, name: str) -> Deferred[str]:
        """The destination behind a name, asked for over the open session."""
        if self.conversation is None or self.state is not RouterState.ONLINE:
            return fail(ConnectionClosed())
        return self.conversation.resolve(name).addTimeout(LOOKUP_SPAN, self.clock)

    def echoed(self) -> None:
        """A datagram to ourselves came back."""
        self._udp_proven = self._udp_proven or not self._tries_tcp
        self.life.echoed(self.clock.seconds())

    # What the machine asks for.

    def probe(self, after: float) -> None:
        """Test the session from ``after`` seconds on, and then whenever it falls silent."""
        self._tested_from = self.clock.seconds()
        self._doubted_from = None
        self.carrier.self_test.forget()
        self._probe_in(after)

    def unanswered(self) -> Problem:
        """Why the self-test may have failed; the next one may go another way."""
        heard = self.carrier.heard_at is not None and self.carrier.heard_at >= self._tested_from
        problem = problems.nothing_back(self.carrier.router, self._ours, heard, self._tries_tcp)
        if not self._udp_proven:
            # Perhaps there is no way for UDP between us; datagrams can go over TCP (D14).
            self._tries_tcp = not self._tries_tcp
        return problem

    def hang_up(self) -> None:
        """End whatever is open but the UDP port, which costs nothing and keeps its number."""
        self.carrier.over_tcp = None
        cancel(self._probing)
        SessionLink.hang_up(self)

    def own_options(self) -> Mapping[str, object]:
        """Where the router forwards datagrams to."""
        # i2pd forwards only if both are there, and takes no host name.
        return {} if self._tries_tcp else {"PORT": self._ours[1], "HOST": self._ours[0]}

    # What the conversation tells.

    def prepare(self, transport: ITCPTransport) -> None:
        """Listen for datagrams: the connection shows which addresses the two ends have."""
        router = transport.getPeer()
        port = udp_port_of(router) if self.wishes.udp_port is None else self.wishes.udp_port
        self.carrier.router = (host_of(router), port)
        try:
            self._ours = self.carrier.listen(self.reactor, host_of(transport.getHost()))
        except CannotListenError as reason:
            self.ended(reason)
        else:
            self.life.reached(self.clock.seconds())

    def generated(self, private: str) -> None:
        """
        Keys were made: they are kept before they are used.

        :raise WrongIdentity: when they are of a kind that the network cannot carry.
        :raise KeysNotKept: when they cannot be kept.
        """
        try:
            keys = SessionKeys(private)
        except KeysError as reason:
            raise WrongIdentity(str(reason)) from reason
        try:
            self.watcher.keep_keys(keys)
        except Exception as reason:
            raise KeysNotKept(str(reason)) from reason
        self.keys = keys
        self.carrier.own = keys.destination
        if self.conversation is not None:
            self.ask_session(self.conversation, keys, made=True)

    def opened(self, destination: str) -> None:
        """
        The session is open.

        :raise WrongIdentity: when the router opened it for somebody else.
        """
        self.check_identity(destination)
        if self._tries_tcp and self.conversation is not None:
            self.carrier.over_tcp = self.conversation.write
        self.life.opened(self.clock.seconds())

    def received(self, source: str, payload: bytes) -> None:
        """A datagram came over the control connection."""
        self.carrier.take(source, payload, self.clock.seconds())

    # Timers.

    def _probe_in(self, seconds: float) -> None:
        cancel(self._probing)
        self._probing = self.clock.callLater(seconds, self._probe)

    def _probe(self) -> None:
        self._probing = None
        if self.state is RouterState.ONLINE and self._is_alive():
            return
        self.carrier.probe()
        self._probe_in(self.carrier.self_test.pause())

    def _is_alive(self) -> bool:
        """Whether an online session needs no probe now; says so when it is dead."""
        now = self.clock.seconds()
        silence = now - max(self.carrier.heard_at or 0.0, self._tested_from)
        if silence < QUIET_SPAN:
            self._doubted_from = None
            self._probe_in(QUIET_SPAN - silence + self.carrier.self_test.pause())
            return True
        self._doubted_from = now if self._doubted_from is None else self._doubted_from
        if now - self._doubted_from <= TEST_SPAN:
            return False
        self.life.failed(now, problems.gone_silent(silence))
        return True
