"""Some byte records as one bytes object: what they cost is their bytes, and four more for each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate


class Page:
    """Records in an order of the caller's; a change makes all bytes anew, so it should be small."""

    __slots__ = ("_bytes", "_ends")

    def __init__(self, records: Sequence[bytes] = ()) -> None:
        self._bytes = b"".join(records)
        self._ends = array("I", accumulate(map(len, records)))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, slot: int) -> bytes:
        return self._bytes[self._ends[slot - 1] if slot else 0 : self._ends[slot]]

    def take(self, begin: int, end: int, step: int = 1) -> list[bytes]:
        """The records from number ``begin`` on, before number ``end``."""
        return [self[slot] for slot in range(begin, min(end, len(self)), step)]

    def insert(self, slot: int, record: bytes) -> None:
        """Have ``record`` there, and what was there and behind it one further."""
        if slot == len(self._ends):
            self._bytes += record
            self._ends.append(len(self._bytes))
            return
        self._change(slot, slot, record, array("I", (self._begin(slot) + len(record),)))

    def replace(self, slot: int, record: bytes) -> None:
        """Have ``record`` there, in place of what was."""
        self._change(slot, slot + 1, record, array("I", (self._begin(slot) + len(record),)))

    def remove(self, slot: int) -> bytes:
        """Have what is there no more; returns it."""
        record = self[slot]
        self._change(slot, slot + 1, b"", array("I"))
        return record

    def _begin(self, slot: int) -> int:
        return self._ends[slot - 1] if slot else 0

    def _change(self, begin: int, end: int, new: bytes, added: array[int]) -> None:
        first, last = self._begin(begin), self._begin(end)
        longer = len(new) - (last - first)
        moved = array("I", [old + longer for old in self._ends[end:]])
        self._bytes = b"".join((self._bytes[:first], new, self._bytes[last:]))
        self._ends = self._ends[:begin] + added + moved
