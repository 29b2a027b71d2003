"""The page of the traffic: what came and went by kind, and how long answers waited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from twisted_mule.details import DELAY_STEP, DELAY_STEPS, TrafficStatus
from twisted_mule.source import Source
from twisted_mule.status import Counter, NodeStatus
from twisted_mule.web import words
from twisted_mule.web.drawings import Bar, bar_chart, ceiling
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Figure, Section, Sheet
from twisted_mule.web.tables import Column, table
from twisted_mule.web.timelines import TRAFFIC, over_time
from twisted_mule.web.views import Tile

_NONE: Final = Counter()
_DIRECTIONS: Final = ("received_", "sent_")
#: Counters that are no messages, and why something was dropped.
_COUNTED: Final = {
    "bytes_received": mark("bytes received"),
    "bytes_sent": mark("bytes sent"),
    "defects": mark("defects of our own, survived"),
    "malformed": mark("not readable"),
    "no_place": mark("no place left"),
    "oversize": mark("too large"),
    "late": mark("too late"),
}


def traffic(source: Source, query: Query) -> Sheet:
    """The page of the traffic."""
    status, seen = source.status(), source.traffic()
    answers = sum(seen.delays)
    return Sheet(
        _("Traffic"),
        _(
            "Datagrams by kind and direction, and the wait of every answer against the bounds that "
            "are the same in all nodes."
        ),
        (
            Section("pace", _("How datagrams leave"), tiles=_tiles(status, seen)),
            Section(
                "delays",
                _("How long answers waited"),
                figures=(_delays(seen, answers),) if answers else (),
                empty="" if answers else _("No answer has left yet."),
            ),
            over_time(source, query, "time", _("Datagrams a minute"), TRAFFIC),
            Section("kinds", _("By kind"), tables=(_kinds(status), _drops(status))),
        ),
    )


def _tiles(status: NodeStatus, seen: TrafficStatus) -> tuple[Tile, ...]:
    received = status.counters.get("bytes_received", _NONE)
    sent = status.counters.get("bytes_sent", _NONE)
    return (
        Tile(
            _("Places booked"),
            words.count(seen.booked),
            _("now, for answers; {places} in a tick").format(places=seen.places),
        ),
        Tile(
            _("Ticks"),
            words.count(seen.ticks),
            _("{requests} with a request of ours").format(
                requests=words.share(seen.requests, seen.ticks)
            ),
        ),
        Tile(
            _("Ticks skipped"),
            words.count(seen.skipped),
            _("for they came too late"),
        ),
        _bytes(_("Received"), received, status.window),
        _bytes(_("Sent"), sent, status.window),
        Tile(_("Datagrams sent"), words.count(seen.sent), _("since the start")),
    )


def _bytes(label: str, counter: Counter, window: float) -> Tile:
    rate = counter.window / window if window > 0 else 0.0
    return Tile(
        label, words.size(counter.total), _("{rate} a second now").format(rate=words.size(rate))
    )


def _delays(seen: TrafficStatus, answers: int) -> Figure:
    title = _("Delay of answers after the arrival of what they answer")
    names = list(map(_step, range(DELAY_STEPS)))
    bars = [
        Bar(f"{name}: {count}", count, count if _inside(step, seen) else 0)
        for step, (name, count) in enumerate(zip(names, seen.delays, strict=True))
    ]
    inside = sum(bar.solid for bar in bars)
    told = _("{inside} of {answers} answers left {least} to {most} s after arrival.").format(
        inside=words.count(inside),
        answers=words.count(answers),
        least=words.number(f"{seen.least:g}"),
        most=words.number(f"{seen.most:g}"),
    )
    rows = [
        (name, words.count(bar.whole), words.share(bar.whole, answers))
        for name, bar in zip(names, bars, strict=True)
    ]
    columns = (
        Column(_("Delay")),
        Column(_("Answers"), number=True),
        Column(_("Share"), number=True),
    )
    top = ceiling(bars)
    return Figure(
        bar_chart("delay-d", title, told, bars),
        table(title, columns, rows),
        told,
        scale=(words.count(top), words.count(top // 2), "0"),
        ends=(words.duration(0), words.duration(DELAY_STEPS * DELAY_STEP)),
        keys=(("full", _("within the bounds")), ("striped", _("outside"))),
    )


def _step(step: int) -> str:
    first = words.number(f"{step * DELAY_STEP:g}")
    if step == DELAY_STEPS - 1:
        return f"> {first} {_('s')}"
    return f"{first} – {words.number(f'{(step + 1) * DELAY_STEP:g}')} {_('s')}"


def _inside(step: int, seen: TrafficStatus) -> bool:
    return seen.least <= (step + 1) * DELAY_STEP and step * DELAY_STEP < seen.most


def _kinds(status: NodeStatus) -> Markup:
    names = sorted(
        {
            name.removeprefix(direction)
            for name in status.counters
            for direction in _DIRECTIONS
            if name.startswith(direction)
        }
    )
    columns = (
        Column(_("Kind")),
        Column(_("Received lately"), number=True),
        Column(_("Received"), number=True),
        Column(_("Sent lately"), number=True),
        Column(_("Sent"), number=True),
    )
    caption = _("Lately means the last {window}; the others are since the start").format(
        window=words.duration(status.window)
    )
    return table(caption, columns, (_kind(name, status) for name in names))


def _kind(name: str, status: NodeStatus) -> tuple[str, ...]:
    both = [status.counters.get(direction + name, _NONE) for direction in _DIRECTIONS]
    return counted(name), *_figures(both)


def counted(name: str) -> str:
    """What a counter counts; messages are called by the name of their opcode everywhere."""
    return _(_COUNTED[name]) if name in _COUNTED else name.replace("_", " ")


def _figures(counters: Iterable[Counter]) -> tuple[str, ...]:
    return tuple(words.count(figure) for each in counters for figure in (each.window, each.total))


def _drops(status: NodeStatus) -> Markup:
    columns = (
        Column(_("Dropped")),
        Column(_("Lately"), number=True),
        Column(_("In all"), number=True),
    )
    rows = [
        (counted(name.removeprefix("dropped_")), *_figures((counter,)))
        for name, counter in sorted(status.counters.items())
        if name.startswith("dropped_")
    ]
    nothing = [(_("nothing"), "0", "0")]
    return table(_("What came or was to go and was dropped"), columns, rows or nothing)
