"""The first page: how the node stands, in words, in six figures and in what happened."""

from __future__ import annotations

from typing import Final, assert_never

from attrs import evolve, frozen

from twisted_mule.source import Source
from twisted_mule.status import ClauseStatus, Counter, NodeStatus, Phase
from twisted_mule.web import words
from twisted_mule.web.contract import kept
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.router import STATES
from twisted_mule.web.said import tell
from twisted_mule.web.sheet import Section
from twisted_mule.web.timelines import CONTACTS, TRAFFIC, over_time
from twisted_mule.web.traffic import counted
from twisted_mule.web.views import Happening, Tile, Verdict, happenings, place, table_tiles, told

EVENTS_SHOWN: Final = 8
_GROUPS: Final = {
    "received": mark("received: {what}"),
    "sent": mark("sent: {what}"),
    "dropped": mark("dropped: {what}"),
}


@frozen
class CounterRow:
    """One counter, in words."""

    name: str
    window: str
    total: str


@frozen
class OverviewPage:
    """The first page."""

    headline: str
    phase: str
    session: str
    advice: str
    tiles: tuple[Tile, ...]
    events: tuple[Happening, ...]
    clauses: tuple[tuple[ClauseStatus, Verdict], ...]
    counters: tuple[CounterRow, ...]
    window: str
    facts: tuple[tuple[str, str], ...]
    over: tuple[Section, ...] = ()


def overview(status: NodeStatus) -> OverviewPage:
    """The first page."""
    return OverviewPage(
        headline=told(status),
        phase=phase(status),
        session=session(status),
        advice=_advice(status),
        tiles=_tiles(status),
        events=happenings(status, status.events, EVENTS_SHOWN),
        clauses=tuple((clause, kept(clause)) for clause in status.contract),
        counters=tuple(
            CounterRow(_counter(name), words.count(counter.window), words.count(counter.total))
            for name, counter in sorted(status.counters.items())
        ),
        window=words.duration(status.window),
        facts=(
            (_("Node identifier"), status.kad_id),
            (_("Destination begins"), status.destination),
            (_("Running since"), f"{words.moment(status.started_at)} UTC"),
            (_("Data"), status.data),
            (_("Dashboard"), status.dashboard),
            (_("Version"), status.version),
            *_recording(status),
        ),
    )


def _advice(status: NodeStatus) -> str:
    problem = status.router.problem
    return words.sentence(tell(problem.advice)) if problem else ""


def _counter(name: str) -> str:
    group, _line, what = name.partition("_")
    if group not in _GROUPS:
        return counted(name)
    return _(_GROUPS[group]).format(what=counted(what))


def _recording(status: NodeStatus) -> tuple[tuple[str, str], ...]:
    """As long as a trace is written, it stands there."""
    if not status.recording:
        return ()
    return ((_("Recording"), status.recording),)


def overview_over_time(source: Source, query: Query) -> OverviewPage:
    """The first page with its time lines."""
    return evolve(
        overview(source.status()),
        over=(
            over_time(source, query, "known", _("Contacts over time"), CONTACTS),
            over_time(source, query, "traffic", _("Datagrams a minute"), TRAFFIC),
        ),
    )


def phase(status: NodeStatus) -> str:  # noqa: PLR0911 - one or two returns a phase
    """Where the node stands in its life, in a sentence."""
    match status.phase:
        case Phase.STARTING:
            return _("Starting.")
        case Phase.HOLDING:
            if status.starts_asking_in is None:
                return _("Answers everything and asks nobody yet, so that no start shows.")
            return _(
                "Answers everything; begins to ask others in {time}, so that no start shows."
            ).format(time=words.duration(status.starts_asking_in))
        case Phase.RUNNING:
            return _("Up for {time}.").format(time=words.duration(status.uptime))
        case Phase.DRAINING:
            if status.stops_in is None:
                return _("Answers what is under way, starts nothing new.")
            return _("Answers what is under way, starts nothing new, closes in {time}.").format(
                time=words.duration(status.stops_in)
            )
        case Phase.CLOSED:
            return _("Closed; this is the last snapshot.")
        case never:
            assert_never(never)


def session(status: NodeStatus) -> str:
    """How long the session with the router has stood as it does, in a sentence."""
    router = status.router
    if not router.endpoint or router.since_at <= 0:
        return ""
    past = words.duration(status.taken_at - router.since_at)
    return _("Router at {place}: {state} for {time}.").format(
        place=place(router.endpoint), state=_(STATES[router.state]), time=past
    )


def total(status: NodeStatus, group: str) -> Counter:
    """All counters whose name begins with ``group``, as one."""
    chosen = [each for name, each in status.counters.items() if name.partition("_")[0] == group]
    return Counter(sum(each.window for each in chosen), sum(each.total for each in chosen))


def _tiles(status: NodeStatus) -> tuple[Tile, ...]:
    return *table_tiles(status.routing), *(
        Tile(
            label,
            words.count(each.total),
            _("{count} in the last {time}").format(count=words.count(each.window), time=span),
        )
        for span in [words.duration(status.window)]
        for label, each in (
            (_("Received"), total(status, "received")),
            (_("Sent"), total(status, "sent")),
            (_("Dropped"), total(status, "dropped")),
        )
    )
