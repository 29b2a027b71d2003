"""The page of the lookups: what each asked, and how it came nearer to its target."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from twisted_mule.details import LookupStatus
from twisted_mule.source import Source
from twisted_mule.web import words
from twisted_mule.web.drawings import Line, Span, gantt, lines
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Choices, Figure, Section, Sheet
from twisted_mule.web.tables import Cell, Column, link, table
from twisted_mule.web.views import Link

#: Steps of time of the drawing of the distance.
_STEPS: Final = 60
_BITS: Final = 128
_AIMS: Final = {
    "node": mark("finds nodes"),
    "value": mark("asks for entries"),
    "store": mark("stores an entry"),
}

_ORIGINS: Final = {
    "user": mark("you"),
    "publishing": mark("publishing"),
    "maintenance": mark("upkeep"),
    "cover": mark("nobody: cover"),
}
_KINDS: Final = {
    "node": mark("nodes near a point"),
    "node_complete": mark("nodes near this one"),
    "keyword": mark("files under a keyword"),
    "source": mark("sources of a file"),
    "notes": mark("notes on a file"),
    "store_keyword": mark("publishes a file under a keyword"),
    "store_source": mark("publishes a source"),
    "store_notes": mark("publishes a note"),
}


def lookups(source: Source, query: Query) -> Sheet:
    """The page; who wanted a lookup is told only with ``origin=1``."""
    every = source.lookups()
    open_ = query.text("origin") == "1"
    chosen = next((one for one in every if one.number == query.number("trace")), None)
    if chosen is None:
        told = [one for one in every if one.progress]
        whole = [one for one in told if one.ended is not None]
        chosen = next(iter((*whole, *told, *every)), None)
    note = _(
        "Others cannot tell the lookups of this node's user from those of upkeep and of cover, and "
        "neither does this page, unless asked to: somebody may look over your shoulder."
    )
    sections = [
        Section(
            "list",
            _("The latest lookups"),
            note=note,
            choices=(_origin(open_, chosen, query),),
            tables=(_list(every, open_, query),) if every else (),
            empty="" if every else _("No lookup has begun yet."),
        )
    ]
    if chosen is not None:
        sections.insert(0, _trace(chosen))
    return Sheet(
        _("Lookups"),
        _(
            "A lookup asks step by step for the contacts nearest to a target, {most} at the most; "
            "traces are in memory only."
        ).format(most=24),
        tuple(sections),
    )


def _origin(shown: bool, chosen: LookupStatus | None, query: Query) -> Choices:
    trace = None if chosen is None else chosen.number
    return Choices(
        _("Who wanted it"),
        (
            Link(_("hidden"), query.link(trace=trace), not shown),
            Link(_("shown"), query.link(trace=trace, origin=1), shown),
        ),
    )


def _list(every: Sequence[LookupStatus], shown: bool, query: Query) -> Markup:
    columns = [
        Column(_("Target")),
        Column(_("Sort")),
        Column(_("Began")),
        Column(_("Asked"), number=True),
        Column(_("Answered"), number=True),
        Column(_("Nearest (bits)"), number=True),
        Column(_("Lasted")),
    ]
    if shown:
        columns += [Column(_("Wanted by")), Column(_("Really for"))]
    rows = [_row(one, shown, query) for one in every]
    return table(_("The newest first"), columns, rows)


def _row(one: LookupStatus, shown: bool, query: Query) -> tuple[Cell, ...]:
    here = query.link(trace=one.number, origin=1 if shown else None)
    cells: tuple[Cell, ...] = (
        link(here, f"{one.target}…"),
        _(_AIMS.get(one.aim, one.aim)),
        words.ago(one.began),
        f"{len(one.asked)}",
        f"{sum(each.answered is not None for each in one.asked)}",
        f"{one.progress[-1][1]}" if one.progress else "–",
        _("goes on") if one.ended is None else words.duration(one.ended),
    )
    if not shown:
        return cells
    return *cells, _(_ORIGINS.get(one.origin, one.origin)), _(_KINDS.get(one.kind, one.kind))


def _trace(one: LookupStatus) -> Section:
    heading = _("Lookup towards {target}…, begun {ago}").format(
        target=one.target, ago=words.ago(one.began)
    )
    if not one.asked:
        return Section("trace", heading, empty=_("It has not asked anybody yet."))
    last = max(one.ended or 0.0, *(max(a.at, a.answered or 0.0) for a in one.asked), 1.0)
    return Section("trace", heading, figures=(_distance(one, last), _requests(one, last)))


def _distance(one: LookupStatus, last: float) -> Figure:
    """The least distance of an answering contact over time, in bits that are won."""
    title = _("Distance to the target over time")
    nearest = one.progress[-1][1] if one.progress else 0
    low = max(0, nearest - (_BITS - nearest) // 2 - 1)
    values: list[float | None] = [None] * (_STEPS + 1)
    for (when, bits), (until, _bits) in pairwise((*one.progress, (last, 0))):
        first = min(round(_STEPS * when / last), _STEPS)
        for step in range(first, min(round(_STEPS * until / last), _STEPS) + 1):
            values[step] = float(bits - low)
    told = (
        _("From {far} to {near} bits in {time}.").format(
            far=one.progress[0][1],
            near=one.progress[-1][1],
            time=words.duration(one.progress[-1][0]),
        )
        if one.progress
        else _("Nobody has answered.")
    )
    rows = [(words.duration(when), f"{bits}") for when, bits in one.progress]
    columns = (Column(_("After")), Column(_("Nearest (bits)"), number=True))
    return Figure(
        lines("near", title, told, (Line(values),), _BITS - low),
        table(title, columns, rows),
        told,
        scale=(_("{bits} bits").format(bits=_BITS), f"{low}"),
        ends=(words.duration(0), words.duration(last)),
    )


def _requests(one: LookupStatus, last: float) -> Figure:
    title = _("Requests and their answers")
    spans, rows = [], []
    for number, each in enumerate(one.asked, 1):
        waited = None if each.answered is None else each.answered - each.at
        took = _("no answer") if waited is None else words.duration(waited)
        step = _("last step") if each.finishing else _("walk")
        spans.append(
            Span(
                f"{number}: {each.distance} · {step} · {took}",
                each.at,
                each.answered,
                1 if each.finishing else 0,
            )
        )
        brought = f"{each.results if each.finishing else each.contacts}"
        rows.append((f"{number}", words.duration(each.at), f"{each.distance}", step, took, brought))
    columns = (
        Column(_("Request")),
        Column(_("After")),
        Column(_("Distance (bits)"), number=True),
        Column(_("Step")),
        Column(_("Answer after")),
        Column(_("Brought"), number=True),
    )
    told = _("{asked} requests from top to bottom; a bar ends with the answer.").format(
        asked=len(one.asked)
    )
    return Figure(
        gantt("gantt", title, told, spans, last),
        table(title, columns, rows),
        told,
        ends=(words.duration(0), words.duration(last)),
        keys=(
            ("span-0", _("walk")),
            ("span-1", _("last step: a search or a publish")),
            ("open", _("no answer")),
        ),
    )
