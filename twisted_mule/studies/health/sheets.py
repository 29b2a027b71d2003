"""The figures of runs as tables of text, for the terminal and for the pages in docs/studies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import frozen

#: Sorts of lookups, in the order in which their figures stand in one cell.
_SORTS: Final = ("value", "store", "node")
#: Columns that fit beside each other.
_WIDE: Final = 8

Document = dict[str, Any]
Cell = Callable[[Document], str]


@frozen
class Sheet:
    """A table: its title, the names of its columns, its rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def turned(self) -> Sheet:
        """The same with a line for each column, where there are too many columns to be read."""
        if len(self.columns) <= _WIDE:
            return self
        lines = tuple(zip(self.columns, *self.rows, strict=True))
        return Sheet(self.title, lines[0], lines[1:])

    @property
    def markdown(self) -> str:
        """As a page has it."""
        lines = [self.columns, ("---",) * len(self.columns), *self.rows]
        body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"**{self.title}**\n\n{body}\n"


def _sheet(title: str, rows: Iterable[Sequence[tuple[str, str]]]) -> Sheet:
    table = list(rows)
    names = tuple(name for name, _ in table[0]) if table else ()
    return Sheet(title, names, tuple(tuple(text for _, text in row) for row in table)).turned


# --- how figures are written ---------------------------------------------------------------


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _share(one: Document | None) -> str:
    if one is None:
        return "–"
    return (
        f"{_percent(one['share'])} ({100 * one['low']:.1f} to {100 * one['high']:.1f}; "
        f"{one['found']} of {one['of']})"
    )


def _who(one: Document) -> list[tuple[str, str]]:
    plan = one["plan"]
    return [
        ("rules", plan["breed"]),
        ("nodes", f"{plan['nodes']:,}"),
        ("minutes", f"{plan['minutes']:g}"),
        ("seed", f"{plan['seed']}"),
    ]


def _requests(plan: Document) -> str:
    if plan["breed"] == "imule":
        return "as many as it takes"
    return f"{plan['walk']} + {plan['finish']}" if plan["walk"] else "14 + 10"


def _at_once(plan: Document) -> str:
    return "as many as are wanted" if plan["breed"] == "imule" else str(plan.get("at_once") or 2)


# --- study (b) -----------------------------------------------------------------------------


def near(documents: Sequence[Document], title: str) -> Sheet:
    """How near lookups came, a row a run."""
    rows = []
    for one in documents:
        sorts = [one["lookups"].get(aim) for aim in _SORTS]
        rows.append(
            [
                *_who(one),
                ("walk + finish", _requests(one["plan"])),
                ("contacts a step", str(one["plan"].get("wanted") or "2, 4, 11")),
                ("at once", _at_once(one["plan"])),
                *_each("lookups", sorts, "ended", lambda value: _number(value, 0)),
                *_each("requests", sorts, "requests", _number),
                *_each("answered", sorts, "answered", _percent),
                *_each("closest 10 found", sorts, "closest_found", _percent),
                *_each("closest found", sorts, "nearest_found", _percent),
                *_each("hops", sorts, "hops", lambda value: _number(value, 2)),
            ]
        )
    return _sheet(title, rows)


def _each(
    name: str, sorts: Iterable[Document | None], key: str, write: Callable[[float | None], str]
) -> list[tuple[str, str]]:
    """One cell with a figure of each sort of lookup."""
    texts = [write(None if sort is None else sort[key]).removesuffix(" %") for sort in sorts]
    unit = ", %" if write is _percent else ""
    return [(f"{name}{unit}", " · ".join(texts))]


def found(documents: Sequence[Document]) -> Sheet:
    """Keywords found by age."""
    every = {age for one in documents for age in one["searches"]}
    ages = sorted(every, key=lambda age: float(age.split()[0]))
    rows = [
        [*_who(one), ("keys", _number(one["keys"], 0))]
        + [(f"after {age}", _share(one["searches"].get(age))) for age in ages]
        for one in documents
    ]
    return _sheet("Keywords found, with 95 % intervals", rows)


def stores(documents: Sequence[Document]) -> Sheet:
    """What publishing cost."""
    rows = []
    for one in documents:
        for kind, stored in one["stores"].items():
            rows.append(
                [
                    *_who(one),
                    ("records", kind.removeprefix("store_")),
                    ("kept", _number(stored["kept"], 0)),
                    ("publishes", _number(stored["publishes"], 0)),
                    ("acknowledged by", _number(stored["holders"])),
                    ("messages a publish", _number(stored["messages_each"])),
                    ("messages a key kept", _number(stored["messages_a_key"])),
                ]
            )
    return _sheet("Publishing: requests of its lookups and their answers", rows)


# --- study (d) -----------------------------------------------------------------------------


def _lookups(one: Document) -> tuple[float, float]:
    """Lookups in all, and the requests of one."""
    sorts = [one["lookups"][aim] for aim in _SORTS if aim in one["lookups"]]
    ended = sum(sort["ended"] for sort in sorts)
    asked = sum(sort["requests"] * sort["ended"] for sort in sorts)
    return ended, asked / max(ended, 1)


def traffic(documents: Sequence[Document]) -> Sheet:
    """Messages and bytes."""
    rows = []
    for one in documents:
        wire = one["wire"]
        rows.append(
            [
                *_who(one),
                ("datagrams sent a node-hour", _number(wire["sent_per_hour"], 0)),
                ("KiB sent a node-hour", _number((wire["sent_bytes_per_hour"] or 0) / 1024, 0)),
                ("datagrams heard", _number(wire["heard_per_hour"], 0)),
                ("lookups a node-hour", _number(one.get("lookups_per_hour"))),
                ("requests a lookup", _number(_lookups(one)[1])),
            ]
        )
    return _sheet("Messages and bytes", rows)


def waiting(documents: Sequence[Document]) -> Sheet:
    """How long answers and searches take."""
    rows = []
    for one in documents:
        delay, trip = one["wire"]["answer_delay"], _value(one).get("round_trip")
        search = one["searches"].get("shared", {})
        row = [
            *_who(one),
            ("answer held back, s", _span(delay)),
            ("round trip, s", _span(trip)),
            ("search begins, s", _span(search.get("began"))),
            ("first result, s", _span(search.get("first"))),
            ("search over, s", _span(search.get("done"))),
        ]
        rows.append(row)
    return _sheet("Time, median and (90th percentile)", rows)


def _span(values: Document | None) -> str:
    if not values or values["median"] is None:
        return "–"
    return f"{values['median']:.1f} ({values['p90']:.1f})"


# --- study (e) -----------------------------------------------------------------------------


def grown(documents: Sequence[Document]) -> Sheet:
    """Hops, messages, memory."""
    return _sheet("Growth", [[*_walked(one), *_spent(one)] for one in documents])


def _walked(one: Document) -> list[tuple[str, str]]:
    """Who asked, and what the lookups came to."""
    lookups, ended = one["lookups"], _lookups(one)
    seen = [len(lookups[aim]["hops_seen"]) for aim in _aims(lookups)]
    sorts = [lookups.get(aim) for aim in _SORTS]
    return [
        ("nodes", f"{one['plan']['nodes']:,}"),
        ("of which ask", _percent(one["plan"]["askers"])),
        ("minutes", f"{one['plan']['minutes']:g}"),
        ("lookups", _number(ended[0], 0)),
        ("hops", _number(_hops(lookups), 2)),
        ("most hops", str(max(seen, default=0))),
        ("requests", _number(ended[1], 1)),
        *_each("closest 10 found", sorts, "closest_found", _percent),
        ("s to the closest", _number(_value(one).get("nearest_seconds", {}).get("median"), 0)),
    ]


def _spent(one: Document) -> list[tuple[str, str]]:
    """Messages and memory."""
    wire = one["wire"]
    return [
        ("sent a node-hour", _number(wire["sent_per_hour"], 0)),
        ("KiB sent a node-hour", _number((wire["sent_bytes_per_hour"] or 0) / 1024, 0)),
        ("contacts", _number(one["contacts"], 0)),
        ("KiB a node", _number(one["kib_per_node"], 0)),
    ]


def _value(one: Document) -> Document:
    """The lookups of keywords; nothing when none has ended."""
    found: Document = one["lookups"].get("value", {})
    return found


def _aims(lookups: Document) -> list[str]:
    return [name for name in lookups if " " not in name]


def _hops(lookups: Document) -> float:
    sorts = [lookups[aim] for aim in _aims(lookups)]
    ended = sum(sum(sort["hops_seen"]) for sort in sorts)
    total: float = sum(float(sort["hops"] or 0.0) * sum(sort["hops_seen"]) for sort in sorts)
    return total / max(ended, 1.0)


def sheets(study: str, documents: Sequence[Document]) -> list[Sheet]:
    """All tables of a study, of those runs that there are."""
    parts: dict[str, list[Document]] = {}
    for one in documents:
        parts.setdefault(one["plan"]["part"], []).append(one)
    match study:
        case "cost":
            return [traffic(documents), waiting(documents), stores(documents)]
        case "growth":
            tables = [grown(parts["growth"])] if "growth" in parts else []
            counts = parts.get("counts", [])
            title = "Other numbers of contacts a step (value · store · node lookups)"
            return [*tables, near(counts, title)] if counts else tables
        case _:
            chosen = []
            for part, title in _NEAR.items():
                if part in parts:
                    chosen.append(near(parts[part], title))
            if "retrieval" in parts:
                those = parts["retrieval"]
                chosen += [found(those), stores(those), traffic(those)]
                chosen.append(near(those, "Lookups under churn (value · store · node)"))
            return chosen


_NEAR = {
    "dead": "Half of all contacts have just died (value · store · node lookups)",
    "variants": "The same with other lookups (value · store · node)",
    "start": "A start with half of the known contacts dead (value · store · node lookups)",
}
