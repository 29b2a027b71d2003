"""One session with the router after another: what every style of session has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.destination import Destination, DestinationError
from twisted_mule.sam import problems
from twisted_mule.sam.faults import WrongIdentity
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.session import Course, Life, session_life
from twisted_mule.sam.wishes import Wishes
from twisted_mule.status import Problem, RouterState

if TYPE_CHECKING:
    from twisted_mule.sam.creation import Conversation

#: Seconds that a connection gets to close in good order.
CLOSE_SPAN: Final = 2.0


class Watcher(Protocol):
    """Who hears of the session."""

    def changed(self, previous: RouterState) -> None:
        """The state or a step changed."""


@define(eq=False, repr=False)
class SessionLink(ABC):
    """
    The control side of a session of any style.

    It does what the session's machine wants, and tells it what happens; a style says how it tests
    an open session, and what more it does on the way.

    :ivar keys: ``None`` until the router made some; never replaced by others.
    """

    reactor: Any
    clock: IReactorTime
    wishes: Wishes
    keys: SessionKeys | None
    random: Draws
    watcher: Watcher
    course: Course = field(init=False)
    life: Life = field(init=False)
    state: RouterState = field(default=RouterState.OFFLINE, init=False)
    sam: Any = field(init=False)
    conversation: Conversation | None = field(default=None, init=False)
    closing: Deferred[object] | None = field(default=None, init=False)
    _connecting: Deferred[Any] | None = field(default=None, init=False)
    _deadline: IDelayedCall | None = field(default=None, init=False)

    style: ClassVar[str] = "DATAGRAM"
    subject: ClassVar[str] = "Router"
    _log: ClassVar[Logger] = Logger()

    def __attrs_post_init__(self) -> None:
        self.sam = clientFromString(self.reactor, self.wishes.endpoint)
        self.course = Course(self.wishes.endpoint, self, self.random)
        self.life = session_life(self.course)

    def start(self) -> None:
        """Have a session from now on."""
        # Not before: txi2p installs the reactor, and building its grammars takes a second or two,
        # which nobody may lose in the middle of the schedule.
        from twisted_mule.sam import grammar  # noqa: F401, PLC0415

        self.life.start(self.clock.seconds())

    # What the machine asks for.

    def connect(self) -> None:
        """Open the control connection."""
        from twisted_mule.sam.creation import Conversation  # noqa: PLC0415

        conversation = Conversation(self.wishes.nickname, self, self.style)
        self.conversation = conversation
        self._connecting = self.sam.connect(conversation)
        self._connecting.addErrback(self._unreached, conversation)

    def create(self) -> None:
        """Ask for the session, and for keys before it if there are none."""
        if self.conversation is None:
            return
        if self.keys is None:
            self.conversation.generate()
        else:
            self.ask_session(self.conversation, self.keys, made=False)

    def hang_up(self) -> None:
        """End the control connection, or the attempt at one."""
        conversation, self.conversation = self.conversation, None
        connecting, self._connecting = self._connecting, None
        if conversation is not None:
            forced = self.clock.callLater(CLOSE_SPAN, conversation.abort)
            self.closing = conversation.hang_up().addCallback(lambda _: cancel(forced))
        if connecting is not None:
            connecting.cancel()

    def changed(self) -> None:
        """Follow the machine into its state: its deadline, the log, the watcher."""
        cancel(self._deadline)
        self._deadline = None
        if self.course.deadline is not None:
            wait = max(0.0, self.course.deadline - self.clock.seconds())
            self._deadline = self.clock.callLater(wait, self._expire)
        previous, self.state = self.state, self.course.state
        if previous is not self.state:
            self._report()
        with self._log.failuresHandled("while telling of the router's state"):
            self.watcher.changed(previous)

    @abstractmethod
    def probe(self, after: float) -> None:
        """See whether the open session carries anything, from ``after`` seconds on."""

    @abstractmethod
    def unanswered(self) -> Problem:
        """Say why that test may have failed."""

    # What the conversation tells.

    def reached(self, transport: ITCPTransport) -> None:
        """The control connection is open."""
        self._connecting = None
        self.prepare(transport)

    def greeted(self, version: str) -> None:
        """HELLO was answered."""
        self.life.greeted(self.clock.seconds(), version)

    @abstractmethod
    def generated(self, private: str) -> None:
        """Keys were made."""

    @abstractmethod
    def opened(self, destination: str) -> None:
        """The session is open, and the router calls us so."""

    @abstractmethod
    def received(self, source: str, payload: bytes) -> None:
        """A datagram came over the control connection."""

    def ended(self, reason: BaseException) -> None:
        """The conversation, or the session that hangs on it, is over."""
        if not isinstance(reason, problems.FORESEEN):
            self._log.failure("A fault ended the session with the router", Failure(reason))
        problem = problems.explain(reason, self.wishes.endpoint)
        self.life.failed(self.clock.seconds(), problem)

    # For the styles.

    def prepare(self, _transport: ITCPTransport) -> None:
        """Do what has to be done before the greeting is answered."""
        self.life.reached(self.clock.seconds())

    def ask_session(self, conversation: Conversation, keys: SessionKeys, *, made: bool) -> None:
        """Ask for the session, with keys that were ``made`` just now or used before."""
        self.life.keyed(self.clock.seconds(), made)
        conversation.create(keys, {**self.own_options(), **self.wishes.options})

    def own_options(self) -> Mapping[str, object]:
        """What this style says in SESSION CREATE besides."""
        return {}

    def check_identity(self, destination: str) -> None:
        """
        See that the router opened the session for us.

        :raise WrongIdentity: when it is for somebody else.
        """
        try:
            known = Destination.from_base64(destination)
        except DestinationError as reason:
            raise WrongIdentity(str(reason)) from reason
        if self.keys is None or known != self.keys.destination:
            raise WrongIdentity("the router opened the session for another identity")

    def _unreached(self, failure: Failure, conversation: Conversation) -> None:
        if conversation is self.conversation and failure.value is not None:
            self.ended(failure.value)

    def _expire(self) -> None:
        self._deadline = None
        self.expire()

    def expire(self) -> None:
        """The deadline of the state passed."""
        self.life.expired(self.clock.seconds())

    def _report(self) -> None:
        if self.course.problem is not None and self.state is RouterState.WAITING:
            self._log.warn(
                "{subject}: {problem.headline}. {problem.advice} Next try in {wait:.0f} s.",
                subject=self.subject,
                problem=self.course.problem,
                wait=(self.course.deadline or 0.0) - self.clock.seconds(),
            )
        else:
            self._log.info("{subject}: {state}", subject=self.subject, state=self.state.value)


def cancel(timer: IDelayedCall | None) -> None:
    """End a timer, if there is one and it still runs."""
    if timer is not None and timer.active():
        timer.cancel()
