"""From the running node to the one frozen snapshot that readers see."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from attrs import define, field

from twisted_mule import __version__
from twisted_mule.clauses import Measured, clauses
from twisted_mule.details import Event
from twisted_mule.kad.survey import LeafSurvey
from twisted_mule.node import MuleNode
from twisted_mule.status import (
    BinStatus,
    NodeStatus,
    Phase,
    RouterState,
    RouterStatus,
    RoutingStatus,
)

T = TypeVar("T")

EVENTS: Final = 200
_ENDING: Final = {
    Phase.DRAINING: "Stopping: answers are still given until the node closes",
    Phase.CLOSED: "Stopped",
}


@define
class Facts:
    """What a snapshot says besides the node: where this process runs, and what it has told."""

    kad_id: str
    data: str
    started_at: float
    started: float
    practice: int | None
    dashboard: str = ""
    destination: str = ""
    phase: Phase = Phase.STARTING
    saved_at: float | None = None
    recording: str = ""
    events: deque[Event] = field(factory=lambda: deque(maxlen=EVENTS))


def measured(node: MuleNode, since_saved: float | None) -> Measured:
    """The node's own figures for the contract page."""
    record, intake, counters = node.sender.record, node.intake, node.counters
    return Measured(
        ticks=record.ticks,
        skipped=record.skipped,
        sent=record.sent,
        requests=node.requests,
        mean=record.total / record.sent if record.sent else 0.0,
        worst=record.worst,
        booked=node.places.booked,
        waiting=node.places.waiting(),
        full=node.places.refused,
        late=node.places.late,
        received=intake.received,
        refused_peer=intake.admission.refused_peer,
        refused_global=intake.admission.refused_global,
        malformed=counters.total("dropped_malformed"),
        defects=counters.total("defects"),
        contacts=len(node.core.table),
        saved=since_saved,
    )


def headline(
    phase: Phase,
    router: RouterStatus,
    routing: RoutingStatus,
    wait: float | None,
    *,
    asked: bool = False,
) -> str:
    """
    The verdict in words.

    :param wait: seconds until the first question.
    :param asked: whether anybody was asked yet.
    """
    if phase in _ENDING:
        return _ENDING[phase]
    if router.state is not RouterState.ONLINE:
        waiting = "Not connected to the I2P router yet"
        return router.problem.headline if router.problem else waiting
    if phase is Phase.HOLDING and wait is not None and not routing.heard:
        return f"Online: the first question goes out in {wait:.0f} s"
    if not routing.contacts:
        asking = "Online: those known to begin with are asked; none has answered yet"
        return asking if asked else "Online, but no contact is known"
    if not routing.heard:
        return f"{routing.contacts} contacts are known; none has answered yet"
    return f"{routing.verified} of {routing.contacts} contacts verified"


def snapshot(
    facts: Facts,
    router: RouterStatus,
    node: MuleNode | None,
    now: float,
    wall: float,
    *,
    routing: RoutingStatus | None = None,
) -> NodeStatus:
    """
    The whole of it, at monotonic time ``now`` and Unix time ``wall``.

    :param routing: the table in figures, if it has just been looked over.
    """
    if routing is None:
        routing = RoutingStatus() if node is None else routing_status(node, now)
    phase = facts.phase if node is None else node.phase
    asks_in = None if node is None else _until(node.asks_at, now)
    counters, window = ({}, 0.0) if node is None else node.counters.report(now)
    since_saved = None if facts.saved_at is None else wall - facts.saved_at
    seen = Measured() if node is None else measured(node, since_saved)
    return NodeStatus(
        version=__version__,
        kad_id=facts.kad_id,
        destination=facts.destination,
        dashboard=facts.dashboard,
        data=facts.data,
        taken_at=wall,
        started_at=facts.started_at,
        uptime=now - facts.started,
        phase=phase,
        practice=facts.practice,
        headline=headline(phase, router, routing, asks_in, asked=seen.requests > 0),
        stops_in=None if node is None else _until(node.closes_at, now),
        starts_asking_in=asks_in if phase is Phase.HOLDING else None,
        router=router,
        routing=routing,
        contract=clauses(seen, {} if node is None else node.check.checks),
        counters=counters,
        window=window,
        events=tuple((event.at, event.text) for event in facts.events),
        recording=facts.recording,
    )


def _until(when: float | None, now: float) -> float | None:
    return None if when is None else max(when - now, 0.0)


def routing_status(node: MuleNode, now: float) -> RoutingStatus:
    """The table in figures."""
    seen = node.core.survey(now)
    return RoutingStatus(
        contacts=seen.contacts,
        verified=seen.verified,
        handshakes=seen.handshakes,
        heard=seen.heard,
        network_size=seen.network_size,
        types=seen.types,
        leaves=seen.leaf_count,
        bins=tuple(map(_bin, seen.leaves)),
    )


def _bin(leaf: LeafSurvey) -> BinStatus:
    return BinStatus(
        leaf.prefix, leaf.contacts, leaf.verified, leaf.types, leaf.oldest, leaf.newest
    )


@define
class Cached(Generic[T]):
    """
    A picture that is made anew at most once in ``least`` seconds, whoever asks how often.

    :ivar make: makes one.
    :ivar seconds: the caller's clock.
    """

    make: Callable[[], T]
    seconds: Callable[[], float]
    least: float = 1.0
    _made: float | None = field(default=None, init=False)
    _last: T | None = field(default=None, init=False)

    def status(self) -> T:
        """The newest one."""
        now = self.seconds()
        if self._last is None or self._made is None or now - self._made >= self.least:
            self._last, self._made = self.make(), now
        return self._last
