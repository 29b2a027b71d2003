"""Byte records in the order of their keys: one list in pages, and no object for any of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain
from typing import Final

from twisted_mule.kad.page import Page

#: Records in one page before it is split: an insertion copies that many at the most.
PAGE: Final = 64
#: Records that a sweep gets at a time.
SWEPT: Final = 512

_HIGH: Final = b"\xff"


class Shelf:
    """
    Records that begin with a key of a fixed size, each key once.

    What is stored costs its bytes and little else (index entries are counted in tens of thousands),
    and an empty shelf costs next to nothing.

    :param key_size: bytes of the key.
    :param logged: whether :meth:`changes` is going to be called; without, nothing is remembered.
    """

    __slots__ = ("_changes", "_count", "_firsts", "_key_size", "_pages", "size")

    def __init__(self, key_size: int, *, logged: bool = False) -> None:
        self._key_size = key_size
        self._pages: list[Page] = []
        #: By page, the key of its first record.
        self._firsts: list[bytes] = []
        self._count = 0
        self._changes: dict[bytes, bytes | None] | None = {} if logged else None
        #: The bytes of all records.
        self.size = 0

    def __len__(self) -> int:
        return self._count

    def key(self, record: bytes) -> bytes:
        """What ``record`` is found by."""
        return record[: self._key_size]

    def get(self, prefix: bytes) -> bytes | None:
        """The first record that begins with ``prefix``."""
        page, slot = self._at(prefix)
        if page < len(self._pages) and self._pages[page][slot].startswith(prefix):
            return self._pages[page][slot]
        return None

    def put(self, record: bytes, *, restored: bool = False) -> None:
        """
        Keep ``record``, in place of one that has the same key.

        :param restored: whether it comes from where :meth:`changes` goes.
        """
        key = self.key(record)
        page, slot = self._seek(key)
        rows = self._pages[page] if self._pages else ()
        old = rows[slot] if slot < len(rows) else b""
        if old.startswith(key):
            self.size -= len(old)
            self._pages[page].replace(slot, record)
        else:
            self._insert(page, slot, record)
        self.size += len(record)
        if self._changes is not None and not restored:
            self._changes[key] = record

    def remove(self, record: bytes) -> None:
        """Forget ``record``; it must be there."""
        key = self.key(record)
        page, slot = self._at(key)
        rows = self._pages[page]
        self.size -= len(rows.remove(slot))
        self._count -= 1
        if not rows:
            del self._pages[page], self._firsts[page]
        elif not slot:
            self._firsts[page] = self.key(rows[0])
        if self._changes is not None:
            self._changes[key] = None

    def count(self, prefix: bytes) -> int:
        """How many records begin with ``prefix``."""
        (page, slot), (last, end) = self._seek(prefix), self._seek(self._behind(prefix))
        return sum(map(len, self._pages[page:last])) + end - slot

    def records(self, prefix: bytes, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """
        The records that begin with ``prefix``, in order; stop before the shelf is changed.

        :param begin: how many of them to pass over.
        :param end: the number of the first one that is not wanted any more.
        """
        return chain.from_iterable(self._slices(prefix, begin, end))

    def sample(self, most: int) -> list[bytes]:
        """At most ``most`` records from all over the shelf, at even steps."""
        step = max(1, -(-self._count // most))
        taken: list[bytes] = []
        offset = 0
        for page in self._pages:
            taken += page.take(offset, len(page), step)
            offset = (offset - len(page)) % step
        return taken

    def page_after(self, key: bytes) -> list[bytes]:
        """Some records behind the one with ``key`` (from the first on for no bytes), in order."""
        page, slot = self._at(self._behind(key) if key else key)
        rows: list[bytes] = []
        while page < len(self._pages) and len(rows) < SWEPT:
            rows += self._pages[page].take(slot, slot + SWEPT - len(rows))
            page, slot = page + 1, 0
        return rows

    def changes(self) -> dict[bytes, bytes | None]:
        """What changed since the last call, by key; ``None`` stands for what is gone."""
        if not self._changes:
            return {}
        changed, self._changes = self._changes, {}
        return changed

    def _insert(self, page: int, slot: int, record: bytes) -> None:
        self._count += 1
        if not self._pages:
            self._pages.append(Page())
            self._firsts.append(b"")
        rows = self._pages[page]
        rows.insert(slot, record)
        if not slot:
            self._firsts[page] = self.key(record)
        if len(rows) > PAGE:
            low, high = rows.take(0, PAGE // 2), rows.take(PAGE // 2, len(rows))
            self._pages[page : page + 1] = Page(low), Page(high)
            self._firsts.insert(page + 1, self.key(high[0]))

    def _slices(self, prefix: bytes, begin: int, end: int | None) -> Iterator[list[bytes]]:
        (page, slot), (last, stop) = self._seek(prefix), self._seek(self._behind(prefix))
        passed = 0
        for number, rows in enumerate(self._pages[page : last + 1], page):
            low = slot if number == page else 0
            high = stop if number == last else len(rows)
            if end is not None:
                high = min(high, low + end - passed)
            if low + begin - passed < high:
                yield rows.take(max(low, low + begin - passed), high)
            passed += high - low

    def _seek(self, key: bytes) -> tuple[int, int]:
        """Where a record that begins with ``key`` is or would be put: page and place in it."""
        # At a start, tens of thousands come in their order.
        if self._pages and key > (rows := self._pages[-1])[len(rows) - 1]:
            return len(self._pages) - 1, len(rows)
        page = max(bisect_right(self._firsts, key) - 1, 0)
        return page, bisect_left(self._pages[page], key) if self._pages else 0

    def _at(self, key: bytes) -> tuple[int, int]:
        """Page and place of the first record from ``key`` on; the page may be behind the last."""
        page, slot = self._seek(key)
        if self._pages and slot == len(self._pages[page]):
            return page + 1, 0
        return page, slot

    def _behind(self, prefix: bytes) -> bytes:
        """More than every record that begins with ``prefix``: behind the key no record has 0xff."""
        return prefix + _HIGH * (self._key_size + 1 - len(prefix))
