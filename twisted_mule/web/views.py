"""What several pages show, made from one snapshot by pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, assert_never

from attrs import frozen

from twisted_mule.status import NodeStatus, Phase, RouterState, RoutingStatus
from twisted_mule.web import words
from twisted_mule.web.language import LANGUAGES, _, code, direction, mark, plural
from twisted_mule.web.query import REFRESHES, Query
from twisted_mule.web.said import tell

NAME: Final = "twisted_mule"
PAGES: Final[Mapping[str, str]] = {
    "/": mark("Overview"),
    "/router": mark("Router"),
    "/routing": mark("Routing"),
    "/keyspace": mark("Keyspace"),
    "/peers": mark("Peers"),
    "/lookups": mark("Lookups"),
    "/store": mark("Store"),
    "/traffic": mark("Traffic"),
    "/contract": mark("Contract"),
    "/searches": mark("Searches"),
    "/events": mark("Events"),
    "/config": mark("Settings"),
    "/help": mark("Help"),
}


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
class Language:
    """A language that can be chosen."""

    code: str
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
    :ivar to: where each page is, the choice of refresh kept.
    :ivar refresh: seconds until the page loads itself again, 0 for never.
    """

    title: str
    verdict: Verdict
    practice: str
    refresh: int
    pages: tuple[Link, ...]
    to: Mapping[str, str]
    refreshes: tuple[Link, ...]
    languages: tuple[Language, ...]
    language: str
    direction: str
    stamp: str
    moment: str
    version: str


def verdict(status: NodeStatus) -> Verdict:  # noqa: PLR0911 - one return a state
    """How the node stands, in one word."""
    if status.phase is Phase.CLOSED:
        return Verdict(Tone.IDLE, _("Stopped"))
    if status.phase is Phase.DRAINING:
        return Verdict(Tone.WAIT, _("Stopping"))
    match status.router.state:
        case RouterState.OFFLINE:
            return Verdict(Tone.IDLE, _("Offline"))
        case RouterState.CONNECTING | RouterState.GREETING | RouterState.CREATING:
            return Verdict(Tone.WAIT, _("Connecting"))
        case RouterState.TESTING:
            return Verdict(Tone.WAIT, _("Testing"))
        case RouterState.WAITING:
            return Verdict(Tone.BAD, _("Waiting for the router"))
        case RouterState.ONLINE:
            return _online(status)
        case state:
            assert_never(state)


def _online(status: NodeStatus) -> Verdict:
    if status.ready:
        return Verdict(Tone.GOOD, _("Online"))
    if status.phase in {Phase.STARTING, Phase.HOLDING}:
        return Verdict(Tone.WAIT, _("Listening"))
    return Verdict(Tone.WAIT, _("Asking") if status.routing.contacts else _("No contacts"))


def frame(status: NodeStatus, query: Query) -> Frame:
    """What is around the page that was asked for."""
    state = verdict(status)
    name = _(PAGES[query.path])
    title = told(status) if query.path == "/" else f"{state.word} · {name}"
    return Frame(
        title=f"{title} · {NAME}",
        verdict=state,
        practice=practice(status),
        refresh=query.refresh,
        pages=tuple(Link(_(text), query.link(to), to == query.path) for to, text in PAGES.items()),
        to={to: query.link(to) for to in PAGES},
        refreshes=tuple(
            Link(
                _("every {seconds} s").format(seconds=each) if each else _("off"),
                query.link(refresh=each),
                each == query.refresh,
            )
            for each in REFRESHES
        ),
        languages=tuple(
            Language(each, text, query.link(lang=each), each == code()) for each, text in LANGUAGES
        ),
        language=code(),
        direction=direction(),
        stamp=words.stamp(status.taken_at),
        moment=words.moment(status.taken_at),
        version=status.version,
    )


def told(status: NodeStatus) -> str:
    """The verdict in words; good news begins with its word, once, and other news is its own."""
    state, headline = verdict(status), words.printable(tell(status.headline))
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
    told = plural(
        "{count} neighbour lives inside this program, and nothing here reaches I2P.",
        "{count} neighbours live inside this program, and nothing here reaches I2P.",
        status.practice,
    )
    return told.format(count=status.practice)


def happenings(
    status: NodeStatus, pairs: Sequence[tuple[float, str]], most: int
) -> tuple[Happening, ...]:
    """The newest ``most`` of ``pairs`` (wall time, text), newest first."""
    return tuple(
        Happening(words.stamp(at), words.moment(at), words.ago(status.taken_at - at), tell(text))
        for at, text in sorted(pairs, key=lambda pair: pair[0], reverse=True)[:most]
    )


def table_tiles(routing: RoutingStatus) -> tuple[Tile, ...]:
    """The three figures of the routing table."""
    known, size = routing.contacts, routing.network_size
    return (
        Tile(
            _("Contacts"),
            words.count(known),
            _("{verified} verified ({share})").format(
                verified=words.count(routing.verified), share=words.share(routing.verified, known)
            ),
        ),
        Tile(
            _("Heard"),
            words.count(routing.heard),
            _("since the start; handshakes: {handshakes}").format(
                handshakes=words.count(routing.handshakes)
            ),
        ),
        Tile(
            _("Network"),
            f"≈ {words.count(size)}" if size > 0 else "?",
            _("nodes, estimated") if size > 0 else _("size not known yet"),
        ),
    )


def readiness(status: NodeStatus) -> str:
    """Why the node is not ready, in one line; empty when it is."""
    if status.ready:
        return ""
    problem = status.router.problem
    return words.printable(problem.headline if problem else status.headline) or "not ready"
