"""
The trace format: JSON lines, a header and then one row a datagram (docs/simulation.md).

A row says when, which way, with whom, how large, and what is known beyond that.  Nobody is named: a
peer is a pseudonym under a key that belongs to this trace alone, so that two traces cannot be
joined by it.  Same rows, same bytes, on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from hashlib import blake2b
from typing import IO, Any, Final

from attrs import frozen

from twisted_mule.kad.destination import Destination

#: The number of this format; a reader refuses any other.
FORMAT: Final = 1
#: Digits after the point of a time: microseconds.
_DIGITS: Final = 6
_PSEUDONYM: Final = 6


class TraceError(ValueError):
    """A file is no trace; the text says why in one sentence."""


class Way(Enum):
    """Which way a datagram went, as the recorded node sees it."""

    IN = "in"
    OUT = "out"


class PlaceKind(Enum):
    """Which sort of place of its tick a datagram left in."""

    REQUEST = "request"
    ANSWER = "answer"


@frozen
class Header:
    """
    The first line.

    :ivar source: who wrote it: ``simulator``, ``node`` or ``tap``.
    :ivar software: the program and its version.
    :ivar contract: the fingerprint of the contract's numbers, ``None`` where it is not known.
    :ivar notes: whatever else is worth knowing, such as a seed; never a secret of the run.
    """

    source: str
    software: str
    contract: str | None = None
    notes: Mapping[str, Any] = {}

    @property
    def line(self) -> str:
        """As it is written."""
        return _line(
            {
                "trace": FORMAT,
                "source": self.source,
                "software": self.software,
                "contract": self.contract,
                "notes": dict(self.notes),
            }
        )


@frozen
class Row:
    """
    One datagram.

    :ivar t: seconds on a clock that never jumps.
    :ivar peer: a pseudonym, see :class:`Pseudonyms`.
    :ivar size: bytes of the Kad datagram, without what I2P puts around it.
    :ivar type: the name of its opcode, ``None`` when nobody can read it.
    :ivar tick: the how-manieth tick of the node it left in, where that is known.
    :ivar place: the sort of its place in that tick, where that is known.
    """

    t: float
    way: Way
    peer: str
    size: int
    type: str | None = None
    tick: int | None = None
    place: PlaceKind | None = None

    @property
    def line(self) -> str:
        """As it is written."""
        document: dict[str, Any] = {
            "t": round(self.t, _DIGITS),
            "dir": self.way.value,
            "peer": self.peer,
            "size": self.size,
            "type": self.type,
        }
        if self.tick is not None:
            document["tick"] = self.tick
        if self.place is not None:
            document["place"] = self.place.value
        return _line(document)


class Pseudonyms:
    """
    Names for peers that mean nothing outside one trace.

    :param key: 16 bytes, drawn for this trace and written nowhere.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._names: dict[Destination, str] = {}

    def __call__(self, peer: Destination) -> str:
        """What ``peer`` is called."""
        name = self._names.get(peer)
        if name is None:
            digest = blake2b(peer.raw, digest_size=_PSEUDONYM, key=self._key).hexdigest()
            name = self._names[peer] = digest
        return name


def write(file: IO[str], header: Header, rows: Iterable[Row]) -> None:
    """Write a whole trace."""
    file.write(header.line)
    for row in rows:
        file.write(row.line)


def read(lines: Iterable[str]) -> tuple[Header, Iterator[Row]]:
    """
    The header, and the rows one by one as they are asked for.

    A last line that was cut off, as by a machine that went out, is left out.

    :raise TraceError: here when the first line is no header, later for a row that cannot be read.
    """
    remaining = iter(lines)
    first = next(remaining, "")
    head = _object(first)
    if head is None or head.get("trace") != FORMAT:
        raise TraceError(f"This is not a trace of format {FORMAT}.")
    try:
        header = Header(
            str(head["source"]), str(head["software"]), head.get("contract"), head.get("notes", {})
        )
    except KeyError as reason:
        raise TraceError(f"The header of the trace has no {reason}.") from reason
    return header, _rows(remaining)


def _rows(lines: Iterator[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 2):
        if not line.endswith("\n"):
            return
        document = _object(line)
        try:
            if document is None:
                raise ValueError
            place = document.get("place")
            yield Row(
                float(document["t"]),
                Way(document["dir"]),
                str(document["peer"]),
                int(document["size"]),
                document.get("type"),
                document.get("tick"),
                None if place is None else PlaceKind(place),
            )
        except (KeyError, ValueError, TypeError, OverflowError) as reason:
            raise TraceError(f"Line {number} of the trace cannot be read.") from reason


def _object(line: str) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":")) + "\n"
