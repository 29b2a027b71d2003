"""What several pages show, made from one snapshot by pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final, assert_never

from attrs import frozen

from twisted_mule.status import NodeStatus, Phase, RouterState, RoutingStatus
from twisted_mule.web import words

NAME: Final = "twisted_mule"
PAGES: Final = (
    ("/", "Overview"),
    ("/router", "Router"),
    ("/routing", "Routing"),
    ("/contract", "Contract"),
)
#: Seconds between two loads of a page, by the reader's choice.
REFRESHES: Final = (0, 10, 60)


class Tone(Enum):
    """How good news is: one icon and one colour each, always beside words."""

    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"
    IDLE = "idle"


@frozen
class Verdict:
    """One word about how something stands."""

    tone: Tone
    word: str


@frozen
class Link:
    """A link, and whether it leads to where the reader is."""

    text: str
    href: str
    current: bool


@frozen
class Tile:
    """One figure that is worth a glance."""

    label: str
    value: str
    note: str


@frozen
class Happening:
    """Something that happened: for machines, for people, and how long ago."""

    stamp: str
    moment: str
    ago: str
    text: str


@frozen
class Frame:
    """
    What is around the matter of every page.

    :ivar practice: what the banner adds to its warning; empty on a real router.
    :ivar refresh: seconds until the page loads itself again, 0 for never.
    """

    title: str
    verdict: Verdict
    practice: str
    refresh: int
    pages: tuple[Link, ...]
    refreshes: tuple[Link, ...]
    stamp: str
    moment: str
    version: str


def refresh_choice(values: Sequence[bytes]) -> int:
    """The reader's choice from the query string; anything else than a known choice is 0."""
    return next((each for each in REFRESHES if values == [b"%d" % each]), 0)


def address(path: str, refresh: int) -> str:
    """Where ``path`` is, with the choice of refresh kept."""
    return f"{path}?refresh={refresh}" if refresh else path


def verdict(status: NodeStatus) -> Verdict:  # noqa: PLR0911 - one return a state
    """How the node stands, in one word."""
    if status.phase is Phase.CLOSED:
        return Verdict(Tone.IDLE, "Stopped")
    if status.phase is Phase.DRAINING:
        return Verdict(Tone.WAIT, "Stopping")
    match status.router.state:
        case RouterState.OFFLINE:
            return Verdict(Tone.IDLE, "Offline")
        case RouterState.CONNECTING | RouterState.GREETING | RouterState.CREATING:
            return Verdict(Tone.WAIT, "Connecting")
        case RouterState.TESTING:
            return Verdict(Tone.WAIT, "Testing")
        case RouterState.WAITING:
            return Verdict(Tone.BAD, "Waiting for the router")
        case RouterState.ONLINE:
            return _online(status)
        case state:
            assert_never(state)


def _online(status: NodeStatus) -> Verdict:
    if status.ready:
        return Verdict(Tone.GOOD, "Online")
    if status.phase in {Phase.STARTING, Phase.HOLDING}:
        return Verdict(Tone.WAIT, "Listening")
    return Verdict(Tone.WAIT, "Asking" if status.routing.contacts else "No contacts")


def frame(status: NodeStatus, path: str, refresh: int) -> Frame:
    """What is around the page at ``path``."""
    state = verdict(status)
    name = dict(PAGES)[path]
    return Frame(
        title=f"{told(status)} · {NAME}" if path == "/" else f"{state.word} · {name} · {NAME}",
        verdict=state,
        practice=practice(status),
        refresh=refresh,
        pages=tuple(Link(text, address(to, refresh), to == path) for to, text in PAGES),
        refreshes=tuple(
            Link(f"every {each} s" if each else "off", f"{path}?refresh={each}", each == refresh)
            for each in REFRESHES
        ),
        stamp=words.stamp(status.taken_at),
        moment=words.moment(status.taken_at),
        version=status.version,
    )


def told(status: NodeStatus) -> str:
    """The verdict in words; good news begins with its word, once, and other news is its own."""
    state, headline = verdict(status), words.printable(status.headline)
    if state.tone is not Tone.GOOD or headline.startswith(state.word):
        return headline
    return f"{state.word}: {headline}"


def place(endpoint: str) -> str:
    """Where an endpoint string leads, for people: ``127.0.0.1:7656``."""
    return endpoint.removeprefix("tcp:")


def practice(status: NodeStatus) -> str:
    """What the practice banner adds; empty on a real router."""
    if status.practice is None:
        return ""
    others = words.many(status.practice, "neighbour")
    verb = "lives" if status.practice == 1 else "live"
    return f"{others} {verb} inside this program, and nothing here reaches I2P."


def happenings(
    status: NodeStatus, pairs: Sequence[tuple[float, str]], most: int
) -> tuple[Happening, ...]:
    """The newest ``most`` of ``pairs`` (wall time, text), newest first."""
    return tuple(
        Happening(words.stamp(at), words.moment(at), words.ago(status.taken_at - at), text)
        for at, text in sorted(pairs, key=lambda pair: pair[0], reverse=True)[:most]
    )


def table_tiles(routing: RoutingStatus) -> tuple[Tile, ...]:
    """The three figures of the routing table."""
    known, size = routing.contacts, routing.network_size
    return (
        Tile(
            "Contacts",
            words.count(known),
            f"{words.count(routing.verified)} verified ({words.share(routing.verified, known)})",
        ),
        Tile(
            "Heard",
            words.count(routing.heard),
            f"since the start; {words.many(routing.handshakes, 'handshake')}",
        ),
        Tile(
            "Network",
            f"≈ {words.count(size)}" if size > 0 else "?",
            "nodes, estimated" if size > 0 else "size not known yet",
        ),
    )


def readiness(status: NodeStatus) -> str:
    """Why the node is not ready, in one line; empty when it is."""
    if status.ready:
        return ""
    problem = status.router.problem
    return words.printable(problem.headline if problem else status.headline) or "not ready"
