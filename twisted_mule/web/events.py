"""The page of what happened: filtered by part, what was repeated folded into one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import define

from twisted_mule.details import Event, Part
from twisted_mule.source import Source
from twisted_mule.web import words
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.said import tell
from twisted_mule.web.sheet import Choices, Section, Sheet
from twisted_mule.web.tables import Column, foreign, table
from twisted_mule.web.views import Link

SHOWN: Final = 60
#: Of how many events back one may be a repetition of another.
_WINDOW: Final = 8
_PARTS: Final = {
    Part.NODE: mark("node"),
    Part.ROUTER: mark("router"),
    Part.STATE: mark("state directory"),
    Part.SHARING: mark("sharing"),
}


@define
class Folded:
    """Equal events, close to each other; ``at`` is the latest of ``times``."""

    event: Event
    times: int = 1


def folded(events: Iterable[Event]) -> list[Folded]:
    """The events, the newest first; what was told before shortly counts into the newer one."""
    rows: list[Folded] = []
    for event in reversed(tuple(events)):
        for row in rows[-_WINDOW:]:
            if (row.event.part, row.event.text) == (event.part, event.text):
                row.times += 1
                break
        else:
            rows.append(Folded(event))
    return rows


def events(source: Source, query: Query) -> Sheet:
    """The page of what happened."""
    part = query.choice("part", Part)
    rows = folded(each for each in source.events() if part in (None, each.part))
    now = source.status().taken_at
    columns = (
        Column(_("Time (UTC)")),
        Column(_("Ago")),
        Column(_("Part")),
        Column(_("Event")),
        Column(_("Times"), number=True),
    )
    lines = [_line(row, now) for row in rows[:SHOWN]]
    links = (
        Link(_("all"), query.link(), part is None),
        *(
            Link(_(name), query.link(part=each.value), each is part)
            for each, name in _PARTS.items()
        ),
    )
    return Sheet(
        _("Events"),
        _("What the node has told since it started. No secrets, no names of others."),
        (
            Section(
                "log",
                _("The newest first"),
                choices=(Choices(_("Part"), links),),
                tables=(table(_("Events"), columns, lines),) if lines else (),
                empty="" if lines else _("Nothing worth a line has happened yet."),
            ),
        ),
    )


def _line(row: Folded, now: float) -> tuple[str, ...]:
    event = row.event
    return (
        words.moment(event.at),
        words.ago(now - event.at),
        _(_PARTS[event.part]),
        foreign(tell(event.text)),
        f"×{row.times}" if row.times > 1 else "1",
    )
