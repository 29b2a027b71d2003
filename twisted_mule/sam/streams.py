"""The node's destination for streams: it accepts, listens to nothing, and closes after a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import define, field, frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.destination import Destination
from twisted_mule.sam.guests import Guests
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.session import GREETING_SPAN, back_off
from twisted_mule.sam.supervision import CLOSE_SPAN, SessionLink, cancel
from twisted_mule.sam.wishes import Wishes
from twisted_mule.status import Problem, RouterState

if TYPE_CHECKING:
    from twisted_mule.sam.accepting import ListeningSession

#: Streams that may be open at once; the router keeps further callers waiting, or turns them away.
MOST_STREAMS: Final = 8


@frozen
class StreamStatus:
    """
    Where the stream destination stands.

    :ivar state: the words of the router's state; ``TESTING`` means that the first ``STREAM
        ACCEPT`` is not answered yet.
    :ivar next_try_in: seconds, ``None`` when nothing is awaited.
    :ivar open: streams open now.
    :ivar accepted: streams since the start.
    """

    state: RouterState
    next_try_in: float | None = None
    problem: Problem | None = None
    open: int = 0
    accepted: int = 0


@define(eq=False, repr=False)
class StreamLink(SessionLink):
    """
    One STREAM session after another with the same keys (design.md D12, D13).

    Its test is the first ``STREAM ACCEPT``: a session that is only the remains of an old one does
    not answer it, or dies of it.

    :ivar allowed: whether a session may be opened now; one that is open stays.
    """

    guests: Guests
    allowed: bool = field(default=False, init=False)
    _session: ListeningSession | None = field(default=None, init=False)
    _left: list[Deferred[None]] = field(factory=list, init=False)
    _asked: IDelayedCall | None = field(default=None, init=False)
    _next: IDelayedCall | None = field(default=None, init=False)
    _overdue: bool = field(default=False, init=False)

    style: ClassVar[str] = "STREAM"
    subject: ClassVar[str] = "Streams"

    def allow(self, allowed: bool) -> None:
        """Whether sessions may be opened from now on; what was due meanwhile is done now."""
        self.allowed = allowed
        overdue, self._overdue = self._overdue, self._overdue and not allowed
        if allowed and overdue:
            self.expire()

    def stop(self) -> Deferred[object]:
        """Have no session any more; fires once everything is closed."""
        self._overdue = False
        self.life.stop(self.clock.seconds())
        closing = [] if self.closing is None else [self.closing]
        closed: Deferred[Any] = gatherResults([*closing, *self._left])
        return closed

    # What the machine asks for.

    def probe(self, after: float) -> None:
        """Accept streams from ``after`` seconds on."""
        self._next = self.clock.callLater(after, self._listen)

    def unanswered(self) -> Problem:
        """Why nothing is accepted."""
        return _not_accepting()

    def hang_up(self) -> None:
        """End the session and every stream of it."""
        cancel(self._asked)
        cancel(self._next)
        session, self._session = self._session, None
        if session is not None:
            forced = self.clock.callLater(CLOSE_SPAN, session.abort)
            left = session.close().addCallback(lambda _: cancel(forced))
            self._left = [one for one in (*self._left, left) if not one.called]
        SessionLink.hang_up(self)

    def expire(self) -> None:
        """The deadline of the state passed; the next session may have to wait for datagrams."""
        if self.state is RouterState.WAITING and not self.allowed:
            self._overdue = True
        else:
            SessionLink.expire(self)

    # What the conversation tells.

    def generated(self, _private: str) -> None:
        """Never: the keys of the identity are given."""

    def opened(self, destination: str) -> None:
        """
        The session is open.

        :raise WrongIdentity: when the router opened it for somebody else.
        """
        self.check_identity(destination)
        self.life.opened(self.clock.seconds())

    def received(self, _source: str, _payload: bytes) -> None:
        """Never: the session has no datagrams."""

    # What txi2p's streams tell.

    def asking(self) -> None:
        """A ``STREAM ACCEPT`` is on its way."""
        cancel(self._asked)
        self._asked = self.clock.callLater(GREETING_SPAN, self._unheard)

    def accepting(self) -> None:
        """It was answered."""
        cancel(self._asked)
        self.life.echoed(self.clock.seconds())

    def missed(self, reason: BaseException, *, answered: bool) -> None:
        """It ended: asked anew later, unless the session itself must be at fault."""
        cancel(self._asked)
        if self._session is None:
            return
        if answered:
            self._next = self.clock.callLater(back_off(1, self.random), self._session.accept_again)
        else:
            self.ended(reason)

    def _listen(self) -> None:
        from twisted_mule.sam.accepting import ListeningSession  # noqa: PLC0415
        from twisted_mule.sam.streaming import Approach  # noqa: PLC0415

        assert self.keys is not None  # noqa: S101 (a stream link is made with keys)
        self._session = ListeningSession(
            nickname=self.wishes.nickname,
            version=self.course.version,
            destination=self.keys.destination.base64,
            approach=Approach(self.sam),
            most=MOST_STREAMS,
            reception=self,
        )
        self._session.listen(self.guests)

    def _unheard(self) -> None:
        self.life.failed(self.clock.seconds(), _not_accepting())


def _not_accepting() -> Problem:
    return Problem(
        "The router opened a session for streams, but takes no calls for it",
        "It is opened anew by itself; datagrams are not touched by this.",
    )


class StreamHost(Service):
    """
    The stream destination, supervised: opened when datagrams flow, lost, and opened again.

    Whoever calls is accepted, listened to without an answer, and seen out after some seconds;
    transfers of files are not made.  Nothing of it touches datagrams.

    :param reactor: for the sockets.
    :param clock: a clock that never jumps.
    :param endpoint: Twisted client endpoint string of the SAM port.
    :param keys: of the stream destination, never those of the datagrams.
    :param nickname: the SAM ``ID``: unique in the router, and telling nothing.
    :param options: further options of SESSION CREATE (D22).
    :param random: for back-off and the length of calls; nothing else draws from it.
    :param on_state: called after every change.
    :raise ValueError: for an endpoint, a nickname or an option that cannot be.
    """

    name = "streams"

    def __init__(
        self,
        *,
        reactor: Any,
        clock: IReactorTime,
        endpoint: str,
        keys: SessionKeys,
        nickname: str,
        options: Mapping[str, str],
        random: Draws,
        on_state: Callable[[StreamStatus], None] | None = None,
    ) -> None:
        self._clock = clock
        self._on_state = on_state
        self._destination = keys.destination
        self._guests = Guests(clock, random)
        wishes = Wishes(endpoint, nickname, dict(options))
        self._link = StreamLink(reactor, clock, wishes, keys, random, self, self._guests)

    @property
    def destination(self) -> Destination:
        """What a source record names besides."""
        return self._destination

    def datagrams(self, online: bool) -> None:
        """Hear whether datagrams flow: only then is a session for streams opened."""
        self._link.allow(online)
        if self.running and online:
            self._link.start()

    def startService(self) -> None:
        """From now on open a session when datagrams flow."""
        super().startService()
        self.datagrams(self._link.allowed)

    def stopService(self) -> Deferred[object]:
        """Close everything; fires once it is closed."""
        super().stopService()
        return self._link.stop()

    def status(self) -> StreamStatus:
        """Where it stands now."""
        course = self._link.course
        waits = course.deadline if course.state is RouterState.WAITING else None
        return StreamStatus(
            state=course.state,
            next_try_in=None if waits is None else max(0.0, waits - self._clock.seconds()),
            problem=course.problem,
            open=len(self._guests.present),
            accepted=self._guests.count,
        )

    # What the link tells.

    def changed(self, _previous: RouterState) -> None:
        """The state, or a step of it, changed."""
        if self._on_state is not None:
            self._on_state(self.status())
