"""How long entries live, and how they go (node-behaviour 9.1)."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.published import (
    FILE,
    HOUR,
    NOW,
    PAULA,
    PETER,
    WORD,
    a_file,
    a_note,
    a_source,
    found,
    names,
)
from tests.samples import destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import SWEEP_EVERY, Index, Stored

LITTLE = 1e-3


def all_three(now: float = NOW) -> Index:
    """An index with an entry of each sort."""
    index = Index()
    index.publish_keyword(WORD, [a_file(1)], PETER, now)
    index.publish_source(FILE, KadID(9), a_source(1), PETER, now)
    index.publish_note(FILE, KadID(9), a_note(), PETER, now)
    return index


def served(index: Index, now: float) -> tuple[int, int, int]:
    """How many entries of each sort are served."""
    return (
        len(found(index, now=now)),
        len(index.find_sources(FILE, 0, 0, now)),
        len(index.find_notes(FILE, 0, now)),
    )


def held(index: Index) -> tuple[int, int, int]:
    """How many entries of each sort are in memory."""
    size = index.size()
    return size.keywords, size.sources, size.notes


class LifetimeTests(SynchronousTestCase):
    """24 hours, 5 hours, 24 hours from receipt, to the moment."""

    @given(st.floats(min_value=0.0, max_value=1e9))
    def test_exact(self, now: float) -> None:
        """Each sort is served for its whole life and not a moment longer, swept or not."""
        index = all_three(now)
        self.assertEqual((1, 1, 1), served(index, now + 5 * HOUR - LITTLE))
        self.assertEqual((1, 0, 1), served(index, now + 5 * HOUR))
        self.assertEqual((1, 0, 1), served(index, now + 24 * HOUR - LITTLE))
        self.assertEqual((0, 0, 0), served(index, now + 24 * HOUR))

    def test_renewed(self) -> None:
        """A publish by anybody begins the life of a file again."""
        index = all_three()
        index.publish_keyword(WORD, [a_file(1)], PAULA, NOW + 23 * HOUR)
        self.assertEqual(1, len(found(index, now=NOW + 47 * HOUR - LITTLE)))
        self.assertEqual([], found(index, now=NOW + 47 * HOUR))

    def test_source_renewed(self) -> None:
        """A source that is published again lives on with its new tags."""
        index = all_three()
        again = index.publish_source(
            FILE, KadID(9), a_source(1, complete=False), PETER, NOW + 4 * HOUR
        )
        self.assertEqual(Stored(0, 1, 0), again)
        self.assertEqual((1, 1, 1), served(index, NOW + 9 * HOUR - LITTLE))

    def test_expired_names(self) -> None:
        """What has expired hands nothing on to its successor, swept or not."""
        index = Index()
        for who in (1, 2, 3):
            index.publish_keyword(WORD, [a_file(1, "ubuntu old", 7)], destination(who), NOW)
        late = NOW + 24 * HOUR
        index.publish_keyword(WORD, [a_file(1, "ubuntu new", 7)], PETER, late)
        self.assertEqual(["ubuntu new"], names(index, now=late))
        self.assertEqual(1, index.size().publishers)

    def test_expired_sources_do_not_count(self) -> None:
        """The counts that a publisher is told are of living sources."""
        index = all_three()
        stored = index.publish_source(FILE, KadID(8), a_source(2), PAULA, NOW + 5 * HOUR)
        self.assertEqual(Stored(1, 1, 1), stored)


class SweepTests(SynchronousTestCase):
    """What has expired leaves the memory in time."""

    def test_all_at_once(self) -> None:
        """A sweep of everything leaves what lives."""
        index = all_three()
        index.expire(NOW + 5 * HOUR)
        self.assertEqual((1, 0, 1), held(index))
        index.expire(NOW + 24 * HOUR)
        self.assertEqual((0, 0, 0), held(index))
        self.assertEqual(0, index.size().publishers)
        self.assertEqual(0, index.size().room)

    def test_beats(self) -> None:
        """Between the beats of two sweeps lie 30 minutes, a quarter more or less, drawn anew."""
        swept = []
        for number in range(20):
            index, random = all_three(NOW - 24 * HOUR), Random(number)
            now = NOW
            while index.size().notes:
                index.beat(now, random)
                now += 1.0
            swept.append(now - NOW)
        self.assertGreater(min(swept), 0.75 * SWEEP_EVERY)
        self.assertLess(max(swept), 1.25 * SWEEP_EVERY + 10)
        self.assertEqual(20, len(set(swept)))

    def test_again_and_again(self) -> None:
        """Sweep follows sweep."""
        index, random = Index(), Random(1)
        for hour in range(60):
            index.publish_keyword(WORD, [a_file(hour)], PETER, NOW + hour * HOUR)
            for second in range(0, 3600, 10):
                index.beat(NOW + hour * HOUR + second, random)
        self.assertLessEqual(index.size().keywords, 26)

    def test_a_page_a_beat(self) -> None:
        """One beat looks at one page; many beats at all of them."""
        index = Index()
        for number in range(2000):
            index.publish_keyword(WORD, [a_file(number)], PETER, NOW)
        random, late = Random(1), NOW + 24 * HOUR
        index.beat(late, random)
        late += 2 * SWEEP_EVERY
        counts = []
        for second in range(20):
            index.beat(late + second, random)
            counts.append(index.size().keywords)
        self.assertEqual(0, counts[-1])
        steps = {before - after for before, after in pairwise(counts)}
        self.assertLessEqual(max(steps), 512)

    def test_silent_publishers(self) -> None:
        """An entry that lives on forgets who has not published it for 24 hours."""
        index = Index()
        index.publish_keyword(WORD, [a_file(1)], PETER, NOW)
        index.publish_keyword(WORD, [a_file(1)], PAULA, NOW + 20 * HOUR)
        index.expire(NOW + 24 * HOUR)
        self.assertEqual(2, index.size().publishers)
        index.expire(NOW + 24 * HOUR + 1)
        self.assertEqual((1, 1), (index.size().publishers, index.size().keywords))
        self.assertEqual(["ubuntu 1.iso"], names(index, now=NOW + 25 * HOUR))
