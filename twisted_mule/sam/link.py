"""The control side of the session: does what its machine wants, and tells it what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import clientFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.sam import problems
from twisted_mule.sam.carrier import Carrier, host_of, udp_port_of
from twisted_mule.sam.keys import KeysError, SessionKeys
from twisted_mule.sam.session import GREETING_SPAN, TEST_SPAN, Course, Life, session_life
from twisted_mule.sam.wishes import Wishes
from twisted_mule.status import Problem, RouterState

if TYPE_CHECKING:
    from twisted_mule.sam.creation import Conversation

#: Seconds without any datagram after which an online session is tested again: a router may delete
#: a session without a word.
QUIET_SPAN: Final = 300.0
#: Seconds that a connection gets to close in good order.
CLOSE_SPAN: Final = 2.0


class Owner(Protocol):
    """Who hears of the session."""

    def keep_keys(self, keys: SessionKeys) -> None:
        """Keys that the router made: keep them now, or raise."""

    def changed(self, previous: RouterState) -> None:
        """The state or a step changed."""


@define(eq=False, repr=False)
class RouterLink:
    """
    One session after another with the same keys.

    :ivar keys: ``None`` until the router made some; never replaced by others.
    :ivar carrier: the data side, which this side tells where the router is.
    """

    reactor: Any
    clock: IReactorTime
    wishes: Wishes
    keys: SessionKeys | None
    random: Draws
    carrier: Carrier
    owner: Owner
    course: Course = field(init=False)
    life: Life = field(init=False)
    _endpoint: Any = field(init=False)
    _conversation: Conversation | None = field(default=None, init=False)
    _connecting: Deferred[Any] | None = field(default=None, init=False)
    _closing: Deferred[object] | None = field(default=None, init=False)
    _deadline: IDelayedCall | None = field(default=None, init=False)
    _probing: IDelayedCall | None = field(default=None, init=False)
    _state: RouterState = field(default=RouterState.OFFLINE, init=False)
    _tries_tcp: bool = field(default=False, init=False)
    _udp_proven: bool = field(default=False, init=False)
    _ours: tuple[str, int] = field(default=("", 0), init=False)
    _tested_from: float = field(default=0.0, init=False)
    _doubted_from: float | None = field(default=None, init=False)

    _log: ClassVar[Logger] = Logger()

    def __attrs_post_init__(self) -> None:
        self._endpoint = clientFromString(self.reactor, self.wishes.endpoint)
        self.course = Course(self.wishes.endpoint, self, self.random)
        self.life = session_life(self.course)
        self.carrier.own = None if self.keys is None else self.keys.destination

    def start(self) -> None:
        """Have a session from now on."""
        # Not before: txi2p installs the reactor, and building its grammars takes a second or two,
        # which nobody may lose in the middle of the schedule.
        from twisted_mule.sam import creation  # noqa: F401, PLC0415

        self.life.start(self.clock.seconds())

    def stop(self) -> Deferred[object]:
        """Have none any more; fires once every socket is closed."""
        self.life.stop(self.clock.seconds())
        closing = [] if self._closing is None else [self._closing]
        closed: Deferred[Any] = gatherResults([*closing, self.carrier.close()])
        return closed

    def generate_keys(self) -> Deferred[SessionKeys]:
        """One more pair of keys, over a connection of its own."""
        from twisted_mule.sam.generation import generate_keys  # noqa: PLC0415

        return generate_keys(self._endpoint).addTimeout(GREETING_SPAN, self.clock)

    def echoed(self) -> None:
        """A datagram to ourselves came back."""
        self._udp_proven = self._udp_proven or not self._tries_tcp
        self.life.echoed(self.clock.seconds())

    # What the machine asks for.

    def connect(self) -> None:
        """Open the control connection."""
        from twisted_mule.sam.creation import Conversation  # noqa: PLC0415

        conversation = Conversation(self.wishes.nickname, self)
        self._conversation = conversation
        self._connecting = self._endpoint.connect(conversation)
        self._connecting.addErrback(self._unreached, conversation)

    def create(self) -> None:
        """Ask for the session, and for keys before it if there are none."""
        if self._conversation is None:
            return
        if self.keys is None:
            self._conversation.generate()
        else:
            self._ask_session(self._conversation, self.keys, made=False)

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
        conversation, self._conversation = self._conversation, None
        connecting, self._connecting = self._connecting, None
        self.carrier.over_tcp = None
        _cancel(self._probing)
        if conversation is not None:
            forced = self.clock.callLater(CLOSE_SPAN, conversation.abort)
            self._closing = conversation.hang_up().addCallback(lambda _: _cancel(forced))
        if connecting is not None:
            connecting.cancel()

    def changed(self) -> None:
        """Follow the machine into its state: its deadline, the log, the owner."""
        _cancel(self._deadline)
        self._deadline = None
        if self.course.deadline is not None:
            wait = max(0.0, self.course.deadline - self.clock.seconds())
            self._deadline = self.clock.callLater(wait, self._expire)
        previous, self._state = self._state, self.course.state
        if previous is not self._state:
            self._report()
        with self._log.failuresHandled("while telling of the router's state"):
            self.owner.changed(previous)

    # What the conversation tells.

    def reached(self, transport: ITCPTransport) -> None:
        """The control connection is open: it shows which addresses the two ends have."""
        self._connecting = None
        router = transport.getPeer()
        port = udp_port_of(router) if self.wishes.udp_port is None else self.wishes.udp_port
        self.carrier.router = (host_of(router), port)
        try:
            self._ours = self.carrier.listen(self.reactor, host_of(transport.getHost()))
        except CannotListenError as reason:
            self.ended(reason)
        else:
            self.life.reached(self.clock.seconds())

    def greeted(self, version: str) -> None:
        """HELLO was answered."""
        self.life.greeted(self.clock.seconds(), version)

    def generated(self, private: str) -> None:
        """
        Keys were made: they are kept before they are used.

        :raise WrongIdentity: when they are of a kind that the network cannot carry.
        :raise KeysNotKept: when they cannot be kept.
        """
        try:
            keys = SessionKeys(private)
        except KeysError as reason:
            raise problems.WrongIdentity(str(reason)) from reason
        try:
            self.owner.keep_keys(keys)
        except Exception as reason:
            raise problems.KeysNotKept(str(reason)) from reason
        self.keys = keys
        self.carrier.own = keys.destination
        if self._conversation is not None:
            self._ask_session(self._conversation, keys, made=True)

    def opened(self, destination: str) -> None:
        """
        The session is open.

        :raise WrongIdentity: when the router opened it for somebody else.
        """
        try:
            known = Destination.from_base64(destination)
        except DestinationError as reason:
            raise problems.WrongIdentity(str(reason)) from reason
        if self.keys is None or known != self.keys.destination:
            raise problems.WrongIdentity("the router opened the session for another identity")
        if self._tries_tcp and self._conversation is not None:
            self.carrier.over_tcp = self._conversation.write
        self.life.opened(self.clock.seconds())

    def received(self, source: str, payload: bytes) -> None:
        """A datagram came over the control connection."""
        self.carrier.take(source, payload, self.clock.seconds())

    def ended(self, reason: BaseException) -> None:
        """The conversation is over."""
        if not isinstance(reason, problems.FORESEEN):
            self._log.failure("A fault ended the session with the router", Failure(reason))
        problem = problems.explain(reason, self.wishes.endpoint)
        self.life.failed(self.clock.seconds(), problem)

    def _unreached(self, failure: Failure, conversation: Conversation) -> None:
        if conversation is self._conversation:
            self.ended(failure.value or failure.type())

    def _ask_session(self, conversation: Conversation, keys: SessionKeys, made: bool) -> None:
        self.life.keyed(self.clock.seconds(), made)
        # i2pd forwards only if both are there, and takes no host name.
        ours = {} if self._tries_tcp else {"PORT": self._ours[1], "HOST": self._ours[0]}
        conversation.create(keys, {**ours, **self.wishes.options})

    # Timers.

    def _expire(self) -> None:
        self._deadline = None
        self.life.expired(self.clock.seconds())

    def _probe_in(self, seconds: float) -> None:
        _cancel(self._probing)
        self._probing = self.clock.callLater(seconds, self._probe)

    def _probe(self) -> None:
        self._probing = None
        if self._state is RouterState.ONLINE and self._is_alive():
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

    def _report(self) -> None:
        if self.course.problem is not None and self._state is RouterState.WAITING:
            self._log.warn(
                "Router: {problem.headline}. {problem.advice} Next try in {wait:.0f} s.",
                problem=self.course.problem,
                wait=(self.course.deadline or 0.0) - self.clock.seconds(),
            )
        else:
            self._log.info("Router: {state}", state=self._state.value)


def _cancel(timer: IDelayedCall | None) -> None:
    if timer is not None and timer.active():
        timer.cancel()
