"""
The life of the session with the router as a machine: connect, greet, create, test, carry, wait.

The machine touches neither socket nor clock: its owner tells it what happened and when, and it
calls back through :class:`Deeds` (design.md D13 and section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from attrs import define, field
from automat import TypeMachineBuilder

from twisted_mule import contract
from twisted_mule.kad.chance import Draws
from twisted_mule.sam import problems
from twisted_mule.sam.progress import Progress, Rung
from twisted_mule.status import Problem, RouterState

#: Seconds for the TCP connection, and for the answer to HELLO.
CONNECT_SPAN: Final = 30.0
GREETING_SPAN: Final = 30.0
#: Seconds for SESSION CREATE: 20 s to 4 min are usual, so an error before would be a lie.
CREATE_SPAN: Final = 300.0
#: Seconds of self-test before a session counts as dead: after a re-create i2pd loses the
#: datagrams of the first 15 to 20 s and delivers then (measured on 2.45.1).
TEST_SPAN: Final = 90.0
#: An OK for keys used before that comes sooner is suspect: for some seconds after the end of a
#: session i2pd hands out its remains, which echo at first and are deleted within 8 s (measured).
SUSPECT_SPAN: Final = 1.0
#: So long a suspect session is left alone before its test, and so long the test then lasts.
SETTLE_SPAN: Final = 10.0
SUSPECT_TEST_SPAN: Final = 30.0

#: How far each state is on the way; a problem is over once the session gets further.
_ORDER: Final = (
    RouterState.OFFLINE,
    RouterState.WAITING,
    RouterState.CONNECTING,
    RouterState.GREETING,
    RouterState.CREATING,
    RouterState.TESTING,
    RouterState.ONLINE,
)


class Deeds(Protocol):
    """What the machine asks of its owner, who has the sockets and the timer."""

    def connect(self) -> None:
        """Open the control connection."""

    def create(self) -> None:
        """Ask for the session, after keys are there."""

    def probe(self, after: float) -> None:
        """Send datagrams to ourselves, the first in ``after`` seconds, until the state changes."""

    def unanswered(self) -> Problem:
        """Say why the self-test may have failed."""

    def hang_up(self) -> None:
        """End whatever is open; what still comes from it counts no more."""

    def changed(self) -> None:
        """The state changed, and with it the deadline."""


class Life(Protocol):
    """What can happen to the session; ``now`` is in seconds on the owner's clock."""

    def start(self, now: float) -> None:
        """Have a session from now on."""

    def stop(self, now: float) -> None:
        """Have none any more."""

    def reached(self, now: float) -> None:
        """The control connection is open."""

    def greeted(self, now: float, version: str) -> None:
        """The router answered HELLO."""

    def keyed(self, now: float, made: bool) -> None:
        """The keys of the identity are known and kept; ``made`` means that they are new."""

    def opened(self, now: float) -> None:
        """The router says that the session is open."""

    def echoed(self, now: float) -> None:
        """A datagram to ourselves came back."""

    def failed(self, now: float, problem: Problem) -> None:
        """The attempt failed, or the session is lost."""

    def expired(self, now: float) -> None:
        """The deadline of the state passed."""


def back_off(failures: int, random: Draws) -> float:
    """
    Seconds to wait after so many failures in a row: 10 to 20, 20 to 40, 40 to 80, 60 to 120.

    Never under 10 s: i2pd deletes a session that is re-created sooner after its end.
    """
    doubled = contract.RECONNECT_LEAST * 2 ** min(max(failures - 1, 0), 8)
    least = min(doubled, contract.RECONNECT_MOST / 2)
    return random.uniform(least, 2 * least)


@define
class Course:
    """
    What the states share.

    :ivar endpoint: for the user's sentences only.
    :ivar deadline: when ``expired`` is due, ``None`` in a state that may last.
    :ivar failures: attempts that failed since the session was last online.
    :ivar asked: when the session was asked for.
    :ivar suspect: whether the open session may be the remains of an old one.
    :ivar problem: what keeps us from being online, if anything does.
    """

    endpoint: str
    deeds: Deeds
    random: Draws
    state: RouterState = RouterState.OFFLINE
    since: float = 0.0
    deadline: float | None = None
    version: str = ""
    failures: int = 0
    asked: float = 0.0
    suspect: bool = False
    problem: Problem | None = None
    progress: Progress = field(factory=Progress)
    _problem_at: RouterState = field(default=RouterState.OFFLINE, init=False)

    def enter(self, state: RouterState, now: float, span: float | None = None) -> None:
        """Be in ``state``, for at most ``span`` seconds."""
        self.state = state
        self.since = now
        self.deadline = None if span is None else now + span
        if _ORDER.index(state) > _ORDER.index(self._problem_at) or state is RouterState.ONLINE:
            self.problem = None
        self.deeds.changed()

    def rest(self, now: float, problem: Problem) -> None:
        """Close everything and wait for the next try."""
        self.problem, self._problem_at = problem, self.state
        if self.state is RouterState.ONLINE:
            self.progress.lose()
        else:
            self.progress.fail()
        self.failures += 1
        self.deeds.hang_up()
        self.enter(RouterState.WAITING, now, back_off(self.failures, self.random))


def _build() -> Callable[[Course], Life]:  # noqa: PLR0915 (a table of transitions)
    machine = TypeMachineBuilder(Life, Course)
    offline = machine.state("offline")
    connecting = machine.state("connecting")
    greeting = machine.state("greeting")
    creating = machine.state("creating")
    testing = machine.state("testing")
    online = machine.state("online")
    waiting = machine.state("waiting")

    @offline.upon(Life.start).to(connecting)
    @waiting.upon(Life.expired).to(connecting)
    def connect(_life: Life, course: Course, now: float) -> None:
        course.progress.begin(now)
        course.enter(RouterState.CONNECTING, now, CONNECT_SPAN)
        course.deeds.connect()

    @connecting.upon(Life.reached).to(greeting)
    def greet(_life: Life, course: Course, now: float) -> None:
        course.progress.reach(Rung.TCP, now)
        course.enter(RouterState.GREETING, now, GREETING_SPAN)

    @greeting.upon(Life.greeted).to(creating)
    def create(_life: Life, course: Course, now: float, version: str) -> None:
        course.version = version
        course.progress.reach(Rung.HELLO, now)
        course.enter(RouterState.CREATING, now, CREATE_SPAN)
        course.deeds.create()

    @creating.upon(Life.keyed).loop()
    def note_keys(_life: Life, course: Course, now: float, made: bool) -> None:
        course.asked = now
        course.suspect = not made
        course.progress.reach(Rung.KEYS, now)
        course.deeds.changed()

    @creating.upon(Life.opened).to(testing)
    def test(_life: Life, course: Course, now: float) -> None:
        course.suspect = course.suspect and now - course.asked < SUSPECT_SPAN
        settle = SETTLE_SPAN if course.suspect else 0.0
        span = settle + SUSPECT_TEST_SPAN if course.suspect else TEST_SPAN
        course.progress.reach(Rung.SESSION, now)
        course.enter(RouterState.TESTING, now, span)
        course.deeds.probe(settle)

    @testing.upon(Life.echoed).to(online)
    def carry(_life: Life, course: Course, now: float) -> None:
        course.failures = 0
        course.progress.reach(Rung.TEST, now)
        course.enter(RouterState.ONLINE, now)

    @connecting.upon(Life.expired).to(waiting)
    def reach_nobody(_life: Life, course: Course, now: float) -> None:
        course.rest(now, problems.no_router(course.endpoint))

    @greeting.upon(Life.expired).to(waiting)
    def hear_no_greeting(_life: Life, course: Course, now: float) -> None:
        course.rest(now, problems.silent_greeting(course.endpoint))

    @creating.upon(Life.expired).to(waiting)
    def get_no_session(_life: Life, course: Course, now: float) -> None:
        course.rest(now, problems.slow_session(CREATE_SPAN))

    @testing.upon(Life.expired).to(waiting)
    def hear_no_echo(_life: Life, course: Course, now: float) -> None:
        course.rest(now, problems.remains() if course.suspect else course.deeds.unanswered())

    @connecting.upon(Life.failed).to(waiting)
    @greeting.upon(Life.failed).to(waiting)
    @creating.upon(Life.failed).to(waiting)
    @testing.upon(Life.failed).to(waiting)
    @online.upon(Life.failed).to(waiting)
    def lose(_life: Life, course: Course, now: float, problem: Problem) -> None:
        course.rest(now, problem)

    @connecting.upon(Life.stop).to(offline)
    @greeting.upon(Life.stop).to(offline)
    @creating.upon(Life.stop).to(offline)
    @testing.upon(Life.stop).to(offline)
    @online.upon(Life.stop).to(offline)
    @waiting.upon(Life.stop).to(offline)
    def close(_life: Life, course: Course, now: float) -> None:
        course.deeds.hang_up()
        course.problem = None
        course.enter(RouterState.OFFLINE, now)

    # Two timers or sockets may speak in one turn of the reactor: the later one is no news.
    offline.upon(Life.keyed).loop().returns(None)
    waiting.upon(Life.keyed).loop().returns(None)
    offline.upon(Life.stop).loop().returns(None)
    offline.upon(Life.failed).loop().returns(None)
    offline.upon(Life.expired).loop().returns(None)
    waiting.upon(Life.failed).loop().returns(None)
    online.upon(Life.echoed).loop().returns(None)
    online.upon(Life.expired).loop().returns(None)
    for state in (offline, connecting, greeting, creating, waiting):
        state.upon(Life.echoed).loop().returns(None)
    for state in (connecting, greeting, creating, testing, online, waiting):
        state.upon(Life.start).loop().returns(None)
    return machine.build()


session_life: Final = _build()
