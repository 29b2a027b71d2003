"""The page of what the node holds for others: how much, how old, against the bounds."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from twisted_mule.details import AGES, Held, StoreStatus
from twisted_mule.source import Source
from twisted_mule.web import words
from twisted_mule.web.drawings import Bar, bar_chart, ceiling
from twisted_mule.web.language import _, mark
from twisted_mule.web.query import Query
from twisted_mule.web.sheet import Figure, Section, Sheet
from twisted_mule.web.tables import Column, table
from twisted_mule.web.timelines import ENTRIES, over_time
from twisted_mule.web.views import Tile

_SORTS: Final = {
    "keyword": mark("Files under keywords"),
    "source": mark("Sources of files"),
    "note": mark("Notes on files"),
}


def store(source: Source, query: Query) -> Sheet:
    """The page; names and words are left out on purpose."""
    seen = source.store()
    return Sheet(
        _("Store"),
        _(
            "What others have published to this node, for anybody who asks. It is theirs: neither "
            "words nor names are shown here."
        ),
        (
            Section("bounds", _("Against the bounds"), tiles=_tiles(seen), tables=(_bounds(seen),)),
            over_time(source, query, "time", _("Entries over time"), ENTRIES),
            *(
                Section(
                    held.sort,
                    _(_SORTS.get(held.sort, held.sort)),
                    figures=(_ages(held, seen.sample),) if held.entries else (),
                    empty="" if held.entries else _("Nothing is held."),
                )
                for held in seen.held
            ),
        ),
    )


def _tiles(seen: StoreStatus) -> tuple[Tile, ...]:
    return (
        Tile(_("Entries"), words.count(sum(held.entries for held in seen.held)), _("of all sorts")),
        Tile(_("Room"), words.size(sum(held.room for held in seen.held)), _("in memory")),
        Tile(_("Publishers"), words.count(seen.publishers), _("stand behind the keywords")),
    )


def _bounds(seen: StoreStatus) -> Markup:
    columns = (
        Column(_("Sort")),
        Column(_("Entries"), number=True),
        Column(_("Bound"), number=True),
        Column(_("Room"), number=True),
        Column(_("Bound of the room"), number=True),
        Column(_("Kept for")),
    )
    rows = [
        (
            _(_SORTS.get(held.sort, held.sort)),
            words.count(held.entries),
            "–" if held.most is None else words.count(held.most),
            words.size(held.room),
            f"{words.size(held.most_room)} ({words.share(held.room, held.most_room)})",
            words.duration(held.life),
        )
        for held in seen.held
    ]
    return table(_("What is held, and how much may be"), columns, rows)


def _ages(held: Held, sample: int) -> Figure:
    title = _("{sort} by age").format(sort=_(_SORTS.get(held.sort, held.sort)))
    hour = held.life / AGES
    names = [
        f"{words.duration(step * hour)} – {words.duration((step + 1) * hour)}"
        for step in range(AGES)
    ]
    bars = [
        Bar(f"{name}: {count}", count, count) for name, count in zip(names, held.ages, strict=True)
    ]
    young = sum(held.ages[: AGES // 4])
    told = _("{entries} entries, {young} of them in the first quarter of their life.").format(
        entries=words.count(held.entries), young=words.share(young, sum(held.ages))
    )
    if held.entries > sample:
        told += " " + _("Estimated from a sample of {sample}.").format(sample=words.count(sample))
    columns = (Column(_("Age")), Column(_("Entries"), number=True))
    rows = [(name, words.count(count)) for name, count in zip(names, held.ages, strict=True)]
    top = ceiling(bars)
    return Figure(
        bar_chart(f"{held.sort}-d", title, told, bars),
        table(title, columns, rows),
        told,
        scale=(words.count(top), words.count(top // 2), "0"),
        ends=(_("just come"), words.duration(held.life)),
    )
