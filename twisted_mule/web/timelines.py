"""Sections that show figures over an hour, a day or a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from twisted_mule.source import Source
from twisted_mule.spans import Span, Timeline
from twisted_mule.web import words
from twisted_mule.web.drawings import Line, lines
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Choices, Figure, Section
from twisted_mule.web.tables import Column, table
from twisted_mule.web.views import Link

#: Rows of the table of a time line; it has the newest of more.
_ROWS: Final = 24
_SPANS: Final = {Span.HOUR: mark("1 hour"), Span.DAY: mark("24 hours"), Span.WEEK: mark("7 days")}
CONTACTS: Final = {
    "contacts": mark("contacts"),
    "verified": mark("verified"),
    "heard": mark("heard"),
}
TRAFFIC: Final = {"received": mark("received"), "sent": mark("sent"), "dropped": mark("dropped")}
ENTRIES: Final = {"entries": mark("entries")}


def over_time(
    source: Source, query: Query, key: str, title: str, names: Mapping[str, str]
) -> Section:
    """At most three figures as lines, with the choice of the span."""
    span = query.choice("span", Span) or Span.HOUR
    links = tuple(
        Link(_(text), query.link(span=each.value), each is span) for each, text in _SPANS.items()
    )
    timeline = source.timeline(span)
    known = any(value is not None for name in names for value in timeline.figures[name])
    return Section(
        key,
        title,
        choices=(Choices(_("Over"), links),),
        figures=(_figure(key, title, timeline, names, _(_SPANS[span])),) if known else (),
        empty="" if known else _("Nothing is recorded yet; a first point comes after a minute."),
    )


def _figure(
    key: str, title: str, timeline: Timeline, names: Mapping[str, str], span: str
) -> Figure:
    chosen = {name: timeline.figures[name] for name in names}
    highest = max(value or 0.0 for values in chosen.values() for value in values)
    top = _round_up(highest)
    drawn = tuple(Line(values, style) for style, values in enumerate(chosen.values()))
    newest = {
        name: next((v for v in reversed(line) if v is not None), 0.0)
        for name, line in chosen.items()
    }
    told = _("Lately: {figures}.").format(
        figures=", ".join(f"{_(names[name])} {_short(value)}" for name, value in newest.items())
    )
    columns = (Column(_("Ago")), *(Column(_(text), number=True) for text in names.values()))
    return Figure(
        lines(f"{key}-d", title, told, drawn, top),
        table(title, columns, _rows(timeline, names)),
        told,
        scale=(_short(top), _short(top / 2), "0"),
        ends=(_("{span} ago").format(span=span), _("now")),
        keys=tuple((f"line-{style}", _(text)) for style, text in enumerate(names.values())),
    )


def _last(values: Sequence[float | None]) -> float:
    return next((value for value in reversed(values) if value is not None), 0.0)


def _rows(timeline: Timeline, names: Mapping[str, str]) -> list[tuple[str, ...]]:
    rows = list(zip(*(timeline.figures[name] for name in names), strict=True))
    return [
        (words.duration(place * timeline.step), *("–" if v is None else _short(v) for v in row))
        for place, row in enumerate(reversed(rows))
        if any(value is not None for value in row)
    ][:_ROWS]


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, ..."""
    top = 1.0
    while True:
        for factor in (1, 2, 5):
            if factor * top >= value:
                return factor * top
        top *= 10


def _short(value: float) -> str:
    if value >= 10 or value == int(value):
        return words.count(round(value))
    return words.number(f"{value:.1f}")
