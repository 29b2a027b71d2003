"""The files under every keyword that others publish to us (node-behaviour 9.1 and 9.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, starmap
from typing import Final

from attrs import define, field

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.descriptions import MOST_BYTES, MOST_TAGS, described
from twisted_mule.kad.ids import SIZE as ID_SIZE
from twisted_mule.kad.keyword_record import (
    KEY_SIZE,
    KeywordRecord,
    expires,
    is_whole,
    key,
    merged,
    pack,
)
from twisted_mule.kad.matching import Matcher
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.shelf import Shelf
from twisted_mule.kad.tags import encode_tags
from twisted_mule.kad.trust import TRUSTED, Publishers

LIFETIME: Final = 24 * 3600.0
#: Entries in all, and under one keyword.
MOST_ENTRIES: Final = 60_000
MOST_FILES: Final = 50_000
#: With more files under a keyword, those that are there are not renewed any more.
FREEZE: Final = 45_000
#: What all entries may take, three times what 60,000 usual ones need.
MOST_ROOM: Final = 24 * 1024 * 1024
#: Results of one search at the most.
RESULTS: Final = 300

#: How many entries one search may look at for the words that it needs ...
LOOKS: Final = 2048
#: ... and how many of them closely: expression, age and trust.  More than twice the results, so
#: that the first half of the looks can be enough.
CLOSE_LOOKS: Final = 640
#: Of the work of a close look, so much is there without any expression.
LOOK_COST: Final = 8

FULL: Final = 100


@define(eq=False)
class KeywordEntries:
    """
    Entries by keyword, file and size.

    Source of limits and answers: node-behaviour 9.1.
    """

    shelf: Shelf
    publishers: Publishers = field(factory=Publishers)

    def publish(self, keyword: bytes, entry: Entry, publisher: int, now: float) -> int | None:
        """
        Store a file under a keyword.

        :param keyword: natural bytes.
        :return: the load to answer, ``None`` for what is no entry; a refused entry is answered as
            if it were stored, with a load of 100.
        """
        if self._full():
            return FULL
        description = described(entry.tags)
        name = description.name.encode()
        if not name or not description.size or len(description.others) > MOST_TAGS - 2:
            return None
        tags = encode_tags(description.others)
        if ID_SIZE + len(name) + len(tags) > MOST_BYTES:
            return None
        file = entry.kad_id.natural
        count = self.shelf.count(keyword)
        known = self.shelf.get(keyword + file) is not None
        if count >= MOST_FILES or (known and count > FREEZE):
            return FULL
        self._store(key(keyword, file, description.size), name, tags, publisher, now, known=known)
        return 1 if not count else count * FULL // MOST_FILES

    def holds(self, keyword: bytes, file: bytes) -> bool:
        """Whether there is a file under a keyword, of whatever size."""
        return self.shelf.get(keyword + file) is not None

    def _store(
        self, key: bytes, name: bytes, tags: bytes, publisher: int, now: float, *, known: bool
    ) -> None:
        names, publishers = [(1, name)], b""
        old = self._merging(key, now) if known else None
        if old is None:
            publishers, _ = self.publishers.spoken(b"", publisher, now)
        else:
            publishers, fast = self.publishers.spoken(old.publishers, publisher, now)
            names = merged(old.names, name, counts=not fast)
        self.shelf.put(pack(key, now + LIFETIME, names, publishers, tags))

    def _merging(self, key: bytes, now: float) -> KeywordRecord | None:
        """The entry that is renewed; one that has expired is forgotten first."""
        record = self.shelf.get(key)
        if record is None:
            return None
        if expires(record) <= now:
            self._remove(record)
            return None
        return KeywordRecord(record)

    def find(
        self, keyword: bytes, wanted: Matcher | None, start: int, now: float, random: Draws
    ) -> list[bytes]:
        """
        At most 300 written results from number ``start`` on.

        They are what iMule takes, in its order: first the entries with a trust of 1 or more by file
        number, then the others.

        The work is bounded, whatever is stored.  At most 2,048 entries are looked at for the words
        that the expression needs, and at most 640 of what is left (fewer, the more work the
        expression is) are looked at closely.  Where there are more, :func:`parts` says which, and
        ``start`` passes over entries before they are looked at closely, not over results.
        """
        count, take = self._fitting_at_a_glance(keyword, wanted, random)
        closely = _closely(wanted)
        begin = start if count > closely else 0
        rows = chain(*starmap(take, parts(count, begin, closely, random)))
        first = start - begin
        trusted, others = self._by_trust(self._matching(rows, wanted, now), first + RESULTS)
        return [entry.answer() for entry in (trusted + others)[first : first + RESULTS]]

    def _fitting_at_a_glance(
        self, keyword: bytes, wanted: Matcher | None, random: Draws
    ) -> tuple[int, Callable[[int, int], Iterator[bytes]]]:
        """The records that may fit: how many, and how to take some of them."""
        count, take = self.shelf.count(keyword), partial(self.shelf.records, keyword)
        if wanted is None or not wanted.needed:
            return count, take
        looked = chain(*starmap(take, parts(count, 0, LOOKS, random)))
        having = list(_having(wanted.needed, looked))
        return len(having), lambda begin, end: iter(having[begin:end])

    def _matching(
        self, rows: Iterable[bytes], wanted: Matcher | None, now: float
    ) -> Iterator[KeywordRecord]:
        for record in rows:
            entry = KeywordRecord(record)
            if entry.expires > now and (wanted is None or wanted.holds(entry)):
                yield entry

    def _by_trust(
        self, entries: Iterable[KeywordRecord], most: int
    ) -> tuple[list[KeywordRecord], list[KeywordRecord]]:
        """Those that are trusted, up to ``most``, and the others that came before these."""
        trusted: list[KeywordRecord] = []
        others: list[KeywordRecord] = []
        for entry in entries:
            if self.publishers.trust(entry.publishers) < TRUSTED:
                others.append(entry)
                continue
            trusted.append(entry)
            if len(trusted) == most:
                break
        return trusted, others

    def sweep(self, after: bytes, now: float) -> bytes | None:
        """
        Forget what has expired on one page of the shelf, and who has been silent for 24 hours.

        :param after: what the last call returned; no bytes at first.
        :return: where to go on, ``None`` at the end.
        """
        rows = self.shelf.page_after(after)
        for record in rows:
            if expires(record) <= now:
                self._remove(record)
                continue
            entry = KeywordRecord(record)
            packed = entry.publishers
            heard = self.publishers.heard(packed, now)
            if heard != packed:
                self.shelf.put(entry.with_publishers(heard))
        return self.shelf.key(rows[-1]) if rows else None

    def restore(self, rows: Iterable[tuple[bytes, float]], now: float) -> int:
        """
        Take back records that :meth:`Shelf.changes` gave to a disk; how many were good.

        :param rows: each with the seconds that it has left.
        """
        before = len(self.shelf)
        for record, left in rows:
            if left <= 0.0 or self._full() or not is_whole(record):
                continue
            entry = KeywordRecord(record)
            moved = entry.moved(now + min(left, LIFETIME) - entry.expires)
            if self.shelf.get(moved[:KEY_SIZE]) is None:
                self.publishers.add(KeywordRecord(moved).publishers)
                self.shelf.put(moved, restored=True)
        return len(self.shelf) - before

    def _full(self) -> bool:
        return len(self.shelf) >= MOST_ENTRIES or self.shelf.size >= MOST_ROOM

    def _remove(self, record: bytes) -> None:
        self.publishers.remove(KeywordRecord(record).publishers)
        self.shelf.remove(record)


def parts(count: int, begin: int, most: int, random: Draws) -> list[tuple[int, int]]:
    """
    Which of ``count`` entries, from number ``begin`` on, one search looks at: ``most`` of them.

    All if there are no more; else half as many from there on, so that the usual answer is iMule's,
    and half as many from a drawn place on, so that every file is found in time.
    """
    half = most // 2
    middle, rest = begin + half, count - begin - half
    if rest <= half:
        return [(begin, count)]
    turn = middle + random.randrange(rest)
    over = max(turn + half - count, 0)
    return [(begin, middle), (turn, turn + half - over), (middle, middle + over)]


def _having(words: tuple[bytes, ...], rows: Iterable[bytes]) -> Iterator[bytes]:
    """The records that have these words anywhere: a glance at the bytes, nothing is read."""
    for record in rows:
        lowered = record.lower()
        for word in words:
            if word not in lowered:
                break
        else:
            yield record


def _closely(wanted: Matcher | None) -> int:
    """How many entries are looked at closely: the fewer, the more work the expression is."""
    cost = 0 if wanted is None else wanted.cost
    return max(1, CLOSE_LOOKS * LOOK_COST // (LOOK_COST + cost))
