"""Who published an entry and when, and how far that speaks for it (node-behaviour 9.2)."""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct
from typing import Final

from twisted_mule.kad.destination import Destination

#: Publishers that an entry remembers; the one that was silent for longest is forgotten.
MOST_PUBLISHERS: Final = 100
#: Sooner than this a publisher's second word for the same entry says nothing new.
FAST_REFRESH: Final = 4 * 3600.0
#: A publisher that was silent for so long does not speak for the entry any more.
SILENCE: Final = 24 * 3600.0
#: What every publisher shares out among all the entries that it has here ...
POINTS: Final = 10.0
#: ... and what an entry needs to be served before those that have less.
TRUSTED: Final = 1.0

#: One publisher in a record: its key, and when it last published, in whole seconds.
_PUBLISHER: Final = Struct(">Qi")
SIZE: Final = _PUBLISHER.size
_KEY: Final = 8


def publisher_key(destination: Destination) -> int:
    """
    60 bits that stand for a destination.

    They come from all of it, since four bytes of one's choice are easily had (node-behaviour
    11.2), and an integer of 60 bits is as small as CPython has them.
    """
    return int.from_bytes(blake2b(destination.raw, digest_size=_KEY).digest(), "big") >> 4


class Publishers:
    """
    For every publisher, in how many entries it is remembered.

    The publishers of one entry are bytes, twelve for each, the longest silent first; whoever keeps
    such bytes in an entry got them from :meth:`spoken` or counted them with :meth:`add`.
    """

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def spoken(self, packed: bytes, publisher: int, now: float) -> tuple[bytes, bool]:
        """
        The publishers of an entry after ``publisher`` has published it.

        :return: them, and whether this was a fast refresh, which makes no name more popular.
        """
        at = _found(packed, publisher)
        said = _PUBLISHER.pack(publisher, int(now))
        if at is not None:
            (_, last) = _PUBLISHER.unpack_from(packed, at)
            return packed[:at] + packed[at + SIZE :] + said, now - last < FAST_REFRESH
        self._count(publisher, 1)
        if len(packed) == MOST_PUBLISHERS * SIZE:
            self.remove(packed[:SIZE])
            packed = packed[SIZE:]
        return packed + said, False

    def heard(self, packed: bytes, now: float) -> bytes:
        """``packed`` without those that have been silent for 24 hours."""
        silent = 0
        for _, last in _PUBLISHER.iter_unpack(packed):
            if now - last <= SILENCE:
                break
            silent += SIZE
        self.remove(packed[:silent])
        return packed[silent:]

    def add(self, packed: bytes) -> None:
        """An entry with these publishers is there."""
        for publisher, _ in _PUBLISHER.iter_unpack(packed):
            self._count(publisher, 1)

    def remove(self, packed: bytes) -> None:
        """An entry with these publishers is there no more."""
        for publisher, _ in _PUBLISHER.iter_unpack(packed):
            self._count(publisher, -1)

    def trust(self, packed: bytes) -> float:
        """The sum over these publishers of 10 / (the entries that each one has here)."""
        entries = self._entries
        if len(packed) == SIZE:  # as a rule
            return POINTS / entries[int.from_bytes(packed[:_KEY], "big")]
        return sum([POINTS / entries[publisher] for publisher, _ in _PUBLISHER.iter_unpack(packed)])

    def _count(self, publisher: int, more: int) -> None:
        entries = self._entries.get(publisher, 0) + more
        if entries:
            self._entries[publisher] = entries
        else:
            del self._entries[publisher]


def moved(packed: bytes, seconds: float) -> bytes:
    """The same publishers on a clock that shows ``seconds`` more."""
    return b"".join(
        _PUBLISHER.pack(publisher, int(last + seconds))
        for publisher, last in _PUBLISHER.iter_unpack(packed)
    )


def _found(packed: bytes, publisher: int) -> int | None:
    """Where in ``packed`` this publisher is."""
    key = publisher.to_bytes(_KEY, "big")
    at = packed.find(key)
    while at % SIZE and at >= 0:
        at = packed.find(key, at + 1)
    return None if at < 0 else at
