"""The session with the I2P router as a service: what the node sends through and hears from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.destination import Destination
from twisted_mule.sam.carrier import Carrier
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.link import RouterLink
from twisted_mule.sam.progress import Rung
from twisted_mule.sam.selftest import SelfTest
from twisted_mule.sam.wishes import Wishes
from twisted_mule.status import Disconnect, Problem, RouterState, RouterStatus

#: Losses that are remembered for the user.
DISCONNECTS: Final = 10


class SamBridge(Service):
    """
    One datagram session with the router, supervised: lost, it comes back by itself (D13, D14).

    :param reactor: for the sockets.
    :param clock: a clock that never jumps.
    :param endpoint: Twisted client endpoint string of the SAM port, such as
        ``tcp:127.0.0.1:7656``.
    :param keys: of our identity; ``None`` has the router make some.
    :param nickname: the SAM ``ID``: unique in the router, and telling nothing.
    :param options: further options of SESSION CREATE (D22).
    :param random: for back-off and self-test; nothing else draws from it.
    :param on_keys: keeps fresh keys; they are not used when it raises.
    :param on_datagram: called with source, payload and time of arrival on ``clock``.
    :param on_state: called after every change.
    :param wall: the wall clock, for what people read.
    :param carriers: makes another carrier than one in this process, from our self-test and what to
        call when it succeeds.
    :param udp_port: the router's SAM UDP port, ``None`` for its TCP port - 1.
    :raise ValueError: for an endpoint, a nickname or an option that cannot be.
    """

    name = "sam"

    def __init__(
        self,
        *,
        reactor: Any,
        clock: IReactorTime,
        endpoint: str,
        keys: SessionKeys | None,
        nickname: str,
        options: Mapping[str, str],
        random: Draws,
        on_keys: Callable[[SessionKeys], None],
        on_datagram: Callable[[Destination, bytes, float], None],
        on_state: Callable[[RouterStatus], None] | None,
        wall: Callable[[], float],
        udp_port: int | None = None,
        carriers: Callable[[SelfTest, Callable[[], None]], Any] | None = None,
    ) -> None:
        wishes = Wishes(endpoint, nickname, dict(options), udp_port)
        test = SelfTest(random)
        if carriers is None:
            carrier = Carrier(clock, nickname, test, on_datagram, self._echoed)
        else:
            carrier = carriers(test, self._echoed)
        self._on_keys = on_keys
        self._on_state = on_state
        self._wall = wall
        self._since_at = wall()
        self._disconnects: deque[Disconnect] = deque(maxlen=DISCONNECTS)
        self._waiters: list[Deferred[Destination]] = []
        self._clock = clock
        self._link = RouterLink(reactor, clock, wishes, keys, random, self, carrier)

    @property
    def destination(self) -> Destination | None:
        """Ours, once the keys are known."""
        return None if self._link.keys is None else self._link.keys.destination

    @property
    def online(self) -> bool:
        """Whether datagrams can leave now."""
        return self._link.course.state is RouterState.ONLINE

    @property
    def counts(self) -> Mapping[str, int]:
        """Datagrams since the start, by what became of them."""
        return dict(self._link.carrier.counts)

    def send(self, destination: Destination, datagram: bytes) -> None:
        """
        Hand one datagram to the router: the one sink of the node.

        Dropped in silence while the session is not online; never raises, never waits.
        """
        if self.online:
            self._link.carrier.send(destination, datagram)

    def heard_network(self) -> None:
        """Somebody answered: the last step towards the network is done."""
        self._link.course.progress.reach(Rung.NETWORK, self._clock.seconds())
        self._tell()

    def when_ready(self) -> Deferred[Destination]:
        """
        A Deferred of our destination, fired once the keys are known and kept.

        Cancelled when the service stops before.
        """
        waiter: Deferred[Destination] = Deferred()
        if self.destination is None:
            self._waiters.append(waiter)
        else:
            waiter.callback(self.destination)
        return waiter

    def generate_keys(self) -> Deferred[SessionKeys]:
        """
        Have the router make the keys of one more identity, such as that for streams (D12).

        Fails with :exc:`~twisted_mule.sam.faults.RouterError`, or an error of the connection.
        """
        return self._link.generate_keys()

    def resolve(self, name: str) -> Deferred[str]:
        """
        The destination, in base64, that the router finds for a host name or b32 address.

        Asked over the session, so in vain while that is not online.  Fails with
        :exc:`~twisted_mule.sam.faults.Refused` when it finds none, with ``TimeoutError`` when it
        does not answer, or with an error of the connection.
        """
        return self._link.resolve(name)

    def startService(self) -> None:
        """Begin to connect, and go on for ever."""
        super().startService()
        self._link.start()

    def stopService(self) -> Deferred[object]:
        """Close everything; fires once it is closed."""
        super().stopService()
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.cancel()
        return self._link.stop()

    def status(self) -> RouterStatus:
        """Where the session stands now."""
        course = self._link.course
        waits = course.deadline if course.state is RouterState.WAITING else None
        return RouterStatus(
            state=course.state,
            since_at=self._since_at,
            next_try_in=None if waits is None else max(0.0, waits - self._clock.seconds()),
            endpoint=self._link.wishes.endpoint,
            sam_version=course.version,
            steps=course.progress.steps(),
            disconnects=tuple(self._disconnects),
            problem=course.problem,
        )

    def broken(self, problem: Problem) -> None:
        """What carried the datagrams is gone: the session is lost, and comes back by itself."""
        self._link.life.failed(self._clock.seconds(), problem)

    # What the link tells.

    def keep_keys(self, keys: SessionKeys) -> None:
        """Fresh keys: nobody may use them before they are kept."""
        self._on_keys(keys)

    def changed(self, previous: RouterState) -> None:
        """The state, or a step of it, changed."""
        course = self._link.course
        if course.state is not previous:
            self._since_at = self._wall()
            if previous is RouterState.ONLINE and course.problem is not None:
                self._disconnects.append(Disconnect(self._since_at, course.problem.headline))
        if self.destination is not None:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                waiter.callback(self.destination)
        self._tell()

    def _echoed(self) -> None:
        self._link.echoed()

    def _tell(self) -> None:
        if self._on_state is not None:
            self._on_state(self.status())
