"""
What readers may know of the node: one frozen snapshot, made anew at most every few seconds.

The dashboard, the control socket and the machine readers see nothing else.  No secret is ever in
it: no private key, no verify secret, no chance key.  Times are seconds; ``*_at`` are wall-clock
Unix times for people, everything else is a duration.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol, assert_never

from attrs import field, frozen

SCHEMA: Final = 1


class Phase(Enum):
    """Where the node stands in its life."""

    STARTING = "starting"
    HOLDING = "holding"  # answers everything, asks nothing yet
    RUNNING = "running"
    DRAINING = "draining"  # answers, starts nothing new
    CLOSED = "closed"


class RouterState(Enum):
    """Where the session with the router stands."""

    OFFLINE = "offline"  # not started, or closed for good
    CONNECTING = "connecting"
    GREETING = "greeting"
    CREATING = "creating"  # the router builds tunnels
    TESTING = "testing"  # a datagram to ourselves is under way
    ONLINE = "online"
    WAITING = "waiting"  # lost or refused; the next try has a time


class StepState(Enum):
    """How far one step towards the network is."""

    TODO = "todo"
    NOW = "now"
    DONE = "done"
    FAILED = "failed"


@frozen
class Problem:
    """
    What is wrong, for the local user only: it never reaches a peer.

    :ivar headline: one plain sentence.
    :ivar advice: the next thing to do, one sentence.
    """

    headline: str
    advice: str


@frozen
class Step:
    """One step from the router's TCP port to the first answer of the network."""

    name: str
    state: StepState
    took: float | None = None  # seconds, once done
    typical: str = ""  # what is usual, in words


@frozen
class Disconnect:
    """One loss of the router: when, and why."""

    at: float
    reason: str


@frozen
class RouterStatus:
    """The session with the router."""

    state: RouterState = RouterState.OFFLINE
    since_at: float = 0.0
    next_try_in: float | None = None
    endpoint: str = ""
    sam_version: str = ""
    steps: tuple[Step, ...] = ()
    disconnects: tuple[Disconnect, ...] = ()
    problem: Problem | None = None


@frozen
class BinStatus:
    """
    One leaf of the routing table.

    :ivar prefix: the leading bits of the distance that its contacts share, as text of 0 and 1.
    :ivar types: how many contacts are of type 0 (proven for hours) to 4 (silent).
    :ivar oldest: seconds since its least recently heard contact was heard; ``None`` if none was.
    """

    prefix: str
    contacts: int
    verified: int
    types: tuple[int, int, int, int, int]
    oldest: float | None = None
    newest: float | None = None


@frozen
class RoutingStatus:
    """
    The routing table.

    :ivar verified: contacts marked as verified, by a handshake or taken over as such.
    :ivar handshakes: contacts verified by a handshake that this node completed itself.
    :ivar heard: contacts heard at all since the start.
    :ivar network_size: estimate of the number of nodes, 0 while unknown.
    :ivar types: how many contacts are of type 0 to 4.
    :ivar leaves: how many leaves there are; ``bins`` are the farthest of them, at most 64.
    """

    contacts: int = 0
    verified: int = 0
    handshakes: int = 0
    heard: int = 0
    network_size: int = 0
    types: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    leaves: int = 0
    bins: tuple[BinStatus, ...] = ()


class Finding(Enum):
    """What a measurement of our own behaviour comes to."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "unknown"  # not enough data yet


class Unit(Enum):
    """What a figure of the self-check counts, in base units."""

    COUNT = "count"
    RATIO = "ratio"
    SECONDS = "seconds"
    BYTES = "bytes"


def _amount(value: float, unit: Unit) -> str:
    match unit:
        case Unit.COUNT:
            return f"{value:,.0f}"
        case Unit.BYTES:
            return f"{value:,.0f} bytes"
        case Unit.RATIO:
            return f"{value:.3f}"
        case Unit.SECONDS:
            return f"{1000 * value:.0f} ms" if value < 1.0 else f"{value:,.1f} s"
        case never:
            assert_never(never)


@frozen
class CheckStatus:
    """
    One measurement of the self-check.

    :ivar name: stable, for programs, such as ``delay_law``.
    :ivar label: what is measured, for people.
    :ivar figure: the measurement, 0 before there is any.
    :ivar limit: what it may be at the most, or at the least if ``least``.
    :ivar n: how many observations it rests on.
    """

    name: str
    label: str
    finding: Finding
    figure: float
    limit: float
    n: int
    unit: Unit = Unit.RATIO
    least: bool = False

    @property
    def measured(self) -> str:
        """The figure in words."""
        return _amount(self.figure, self.unit)

    @property
    def bound(self) -> str:
        """The limit in words, such as ``at the most 0.048``."""
        side = "at least" if self.least else "at the most"
        return f"{side} {_amount(self.limit, self.unit)}"


@frozen
class ClauseStatus:
    """
    One clause of the contract.

    :ivar kept_by: what in the program keeps it, in one sentence.
    :ivar figures: live figures as (label, value, bound or "") in words.
    :ivar kept: ``None`` while too little was measured to tell.
    :ivar checks: what the self-check measured of it.
    """

    number: int
    title: str
    rule: str
    kept_by: str
    figures: tuple[tuple[str, str, str], ...]
    kept: bool | None = None
    checks: tuple[CheckStatus, ...] = ()


@frozen
class Counter:
    """A count over the window since the last snapshot but one, and since the start."""

    window: int = 0
    total: int = 0


@frozen
class NodeStatus:
    """
    The whole snapshot.

    :ivar practice: how many neighbours the practice network has, ``None`` on a real router.
    :ivar headline: the verdict in words, such as "Online: 43 of 152 contacts verified".
    :ivar counters: by name, such as ``sent_hello_req`` or ``dropped_malformed``.
    :ivar window: how many seconds the counters' window covers.
    """

    version: str
    kad_id: str
    destination: str  # its first characters only
    dashboard: str
    data: str
    taken_at: float
    started_at: float
    uptime: float
    phase: Phase
    practice: int | None
    headline: str
    stops_in: float | None = None  # while draining
    starts_asking_in: float | None = None  # while holding
    router: RouterStatus = field(factory=RouterStatus)
    routing: RoutingStatus = field(factory=RoutingStatus)
    contract: tuple[ClauseStatus, ...] = ()
    counters: dict[str, Counter] = field(factory=dict)
    window: float = 0.0
    recording: str = ""  # the file to which every datagram is written down, if any
    events: tuple[tuple[float, str], ...] = ()  # (wall time, one plain sentence), newest last
    schema: int = SCHEMA

    @property
    def ready(self) -> bool:
        """Whether the node has heard from the network since it came online."""
        return self.router.state is RouterState.ONLINE and self.routing.heard > 0


class StatusSource(Protocol):
    """Whatever can give a snapshot."""

    def status(self) -> NodeStatus:
        """The newest snapshot; cheap, it is made elsewhere."""
