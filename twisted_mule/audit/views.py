"""Traces and who sees what of them: the only code of the audit that reads rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from math import ceil, isfinite
from pathlib import Path
from typing import Any, Final, assert_never

import numpy as np
from attrs import field, frozen

from twisted_mule.audit.arrays import Flags, Floats, Ints
from twisted_mule.recording.rows import Header, PlaceKind, Row, TraceError, Way, read

#: Sizes are seen in fragments of a kibibyte: so I2P cuts them.
FRAGMENT: Final = 1024
#: A tick that is so far behind the latest one belongs to another start of the node.
_RESTART: Final = 5
#: The ticks of one start are numbered apart from those of the next.
_STARTS_APART: Final = 10**9
#: No number for a tick, no code for a type.
NONE: Final = -1
#: No number of a trace is as large: sizes, times, ticks.
_MOST: Final = 1e12
#: Seconds of the longest trace, a year: a stray time must not make windows for a lifetime.
LONGEST: Final = 366 * 86400.0


class Kind(Enum):
    """An adversary: everything at one place, one peer, some peers together, or two boots."""

    ALL = "all"
    PEER = "peer"
    COAL = "coal"
    LINK = "link"


@frozen
class View:
    """
    What one adversary sees.

    :ivar share: of all peers, those who work together.
    """

    kind: Kind
    share: float = field(default=0.0)

    @property
    def name(self) -> str:
        """As it stands in a report."""
        return f"COAL({self.share:g})" if self.kind is Kind.COAL else self.kind.name


ALL: Final = View(Kind.ALL)
PEER: Final = View(Kind.PEER)
COAL: Final = View(Kind.COAL, 0.05)
LINK: Final = View(Kind.LINK)


def view(text: str) -> View:
    """
    The view that ``text`` names: ``all``, ``peer``, ``coal:0.05`` or ``link``.

    :raise ValueError: when it names none.
    """
    word, _, share = text.lower().partition(":")
    try:
        kind = Kind(word)
        part = (float(share) if share else COAL.share) if kind is Kind.COAL else 0.0
    except ValueError:
        part, kind = -1.0, Kind.ALL
    if (share and kind is not Kind.COAL) or not 0.0 <= part <= 1.0:
        raise ValueError(f"There is no view {text!r}; there are all, peer, coal:SHARE and link.")
    return View(kind, part)


@frozen(eq=False)
class Trace:
    """
    A trace as columns, in order of time.

    :ivar out: which rows left; the others came.
    :ivar peer: a number for each pseudonym, in the order of their names.
    :ivar kind: an index into ``kinds``, ``NONE`` where no type is known.
    :ivar tick: ``NONE`` where unknown; each start of the node has numbers of its own.
    :ivar request, answer: which rows left as what, by their place or else by their type.
    """

    name: str
    header: Header
    t: Floats
    out: Flags
    peer: Ints
    size: Ints
    kind: Ints
    kinds: tuple[str, ...]
    tick: Ints
    request: Flags
    answer: Flags

    @property
    def live(self) -> bool:
        """Whether real timers ran, which are a little late."""
        return self.header.source != "simulator"

    @property
    def seconds(self) -> float:
        """From the first row to the last."""
        return float(self.t[-1] - self.t[0]) if len(self.t) else 0.0

    def only(self, chosen: Flags) -> Trace:
        """The chosen rows alone."""
        return Trace(
            self.name,
            self.header,
            self.t[chosen],
            self.out[chosen],
            self.peer[chosen],
            self.size[chosen],
            self.kind[chosen],
            self.kinds,
            self.tick[chosen],
            self.request[chosen],
            self.answer[chosen],
        )

    def between(self, begin: float, end: float) -> Trace:
        """The rows of a span, ``end`` not included."""
        low, high = np.searchsorted(self.t, [begin, end])
        chosen = np.zeros(len(self.t), dtype=bool)
        chosen[low:high] = True
        return self.only(chosen)


def load(path: Path) -> Trace:
    """
    The trace at ``path``.

    :raise TraceError: with one sentence, whatever is wrong with it.
    """
    try:
        with path.open(encoding="utf-8") as file:
            header, rows = read(file)
            return of_rows(_printable(path.name), header, rows)
    except OSError as reason:
        raise TraceError(f"{path} cannot be read ({reason.strerror}).") from reason
    except UnicodeDecodeError as reason:
        raise TraceError(f"{path}: This is no text.") from reason
    except RecursionError as reason:
        raise TraceError(f"{path}: This is not a trace.") from reason
    except TraceError as reason:
        raise TraceError(f"{path}: {reason}") from reason


def _printable(name: str) -> str:
    """A name that is no UTF-8 can be opened, but stands in no report."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def of_rows(name: str, header: Header, rows: Iterable[Row]) -> Trace:
    """
    The columns of ``rows``.

    :raise TraceError: when a value cannot be what it stands for.
    """
    ordered = _in_time(rows)
    peers = {peer: code for code, peer in enumerate(sorted({row.peer for row in ordered}))}
    kinds = tuple(sorted({row.type for row in ordered if row.type is not None}))
    codes = {kind: code for code, kind in enumerate(kinds)}
    out = np.array([row.way is Way.OUT for row in ordered], dtype=bool)
    answers = [_is_answer(row) for row in ordered]
    return Trace(
        name,
        header,
        np.array([row.t for row in ordered], dtype=np.float64),
        out,
        np.array([peers[row.peer] for row in ordered], dtype=np.int64),
        np.array([row.size for row in ordered], dtype=np.int64),
        np.array([NONE if row.type is None else codes[row.type] for row in ordered], np.int64),
        kinds,
        _ticks(ordered),
        out & np.array([answer is False for answer in answers], dtype=bool),
        out & np.array([answer is True for answer in answers], dtype=bool),
    )


def _in_time(rows: Iterable[Row]) -> list[Row]:
    ordered = sorted(map(_sound, rows), key=lambda row: row.t)
    if ordered and ordered[-1].t - ordered[0].t > LONGEST:
        raise TraceError(
            f"Its rows are more than a year apart, from {ordered[0].t:g} s to {ordered[-1].t:g} s; "
            "is one of those times wrong?"
        )
    return ordered


def _sound(row: Row) -> Row:
    """The reader takes types and ticks as they are written; here they must make sense."""
    written: tuple[Any, ...] = row.t, row.size, 0 if row.tick is None else row.tick
    kind: Any = row.type
    sound = (
        all(isinstance(one, int | float) and isfinite(one) for one in written)
        and abs(row.t) <= _MOST
        and 0 <= row.size <= _MOST
        and isinstance(written[2], int)
        and 0 <= written[2] < _STARTS_APART
        and (kind is None or (isinstance(kind, str) and kind.isprintable()))
    )
    if not sound:
        raise TraceError(f"A row at {row.t} s holds a value that it cannot have.")
    return row


def _is_answer(row: Row) -> bool | None:
    """Whether a row answers something; ``None`` when nobody can tell."""
    if row.place is not None:
        return row.place is PlaceKind.ANSWER
    if row.type is None:
        return None
    return is_answer(row.type)


def is_answer(kind: str) -> bool:
    """Whether datagrams of this type answer something."""
    return kind.endswith(("_response", "_ack", "pong"))


def _ticks(rows: Sequence[Row]) -> Ints:
    found, start, latest = [], 0, NONE
    for row in rows:
        if row.tick is None:
            found.append(NONE)
            continue
        if row.tick < latest - _RESTART:
            start, latest = start + 1, row.tick
        latest = max(latest, row.tick)
        found.append(start * _STARTS_APART + row.tick)
    return np.array(found, dtype=np.int64)


def start_of(tick: Ints) -> Ints:
    """Which start of the node each tick belongs to."""
    return tick // _STARTS_APART


def number_of(tick: Ints) -> Ints:
    """The number of each tick since its start."""
    return tick % _STARTS_APART


def seen(trace: Trace, by: View) -> Trace:
    """
    What of ``trace`` an adversary sees.

    ALL sees what leaves, by time and number of fragments, neither types nor peers nor ticks; PEER
    is the peer that sends most; COAL(f) are as many peers, whoever they are: pseudonyms are drawn
    by chance, so the first ones of them are a draw as well.
    """
    hidden = np.full(len(trace.t), NONE, dtype=np.int64)
    match by.kind:
        case Kind.ALL | Kind.LINK:
            cut = -(-trace.size // FRAGMENT)
            nobody = np.zeros(len(trace.t), dtype=np.int64)
            blind = np.zeros(len(trace.t), dtype=bool)
            whole = Trace(
                trace.name, trace.header, trace.t, trace.out, nobody, cut, hidden, (), hidden,
                blind, blind,
            )  # fmt: skip
            return whole.only(trace.out)
        case Kind.PEER:
            members = [_busiest(trace)]
        case Kind.COAL:
            everybody = int(trace.peer.max()) + 1 if len(trace.peer) else 0
            members = list(range(ceil(by.share * everybody)))
        case _:
            assert_never(by.kind)
    chosen = trace.only(np.isin(trace.peer, members))
    return Trace(
        chosen.name, chosen.header, chosen.t, chosen.out, chosen.peer, chosen.size, chosen.kind,
        chosen.kinds, np.full(len(chosen.t), NONE, dtype=np.int64), chosen.request, chosen.answer,
    )  # fmt: skip


def _busiest(trace: Trace) -> int:
    came = trace.peer[~trace.out]
    return int(np.bincount(came).argmax()) if len(came) else 0
