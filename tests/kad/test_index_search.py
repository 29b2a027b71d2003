"""Which entries a search selects, and in which order the index gives them (node-behaviour 7.3)."""

from __future__ import annotations

from random import Random
from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.published import FILE, NOW, PAULA, PETER, WORD, a_file, a_note, a_source, found
from tests.samples import destination
from twisted_mule.kad import keyword_entries
from twisted_mule.kad.expression import Comparison as Is
from twisted_mule.kad.expression import Expression, NumberTag, Or, Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.keyword_record import KeywordRecord
from twisted_mule.kad.tags import FILESIZE, Tag


def hot(count: int, name: str = "ubuntu {}.iso") -> Index:
    """An index with so many trusted files under one word."""
    index = Index()
    with patch.object(keyword_entries, "TRUSTED", 0.0):
        for number in range(count):
            index.publish_keyword(WORD, [a_file(number, name.format(number))], PETER, NOW)
    return index


def search(index: Index, expression: Expression | None, start: int = 0, seed: int = 1) -> list[int]:
    """The numbers of the files that are found."""
    entries = index.find_keyword(WORD, expression, start, NOW, Random(seed))
    return [entry.kad_id.value for entry in entries]


class SelectionTests(SynchronousTestCase):
    """What iMule takes, in its order."""

    def test_trusted_first(self) -> None:
        """Files with a trust of 1 come before the others, each by their numbers."""
        index = Index()
        for number in range(20):
            index.publish_keyword(WORD, [a_file(number)], PETER, NOW)
        for number in (50, 3, 7):
            index.publish_keyword(WORD, [a_file(number)], PAULA, NOW)
        others = [number for number in range(20) if number not in (3, 7)]
        self.assertEqual([3, 7, 50, *others], found(index))

    def test_spam_gives_way(self) -> None:
        """Of more than 300 files those of a spammer are left out first."""
        index = Index()
        for number in range(320):
            index.publish_keyword(WORD, [a_file(number)], PETER, NOW)
        for number in range(1000, 1010):
            index.publish_keyword(WORD, [a_file(number)], PAULA, NOW)
        served = found(index)
        self.assertEqual(300, len(served))
        self.assertEqual(list(range(1000, 1010)), served[:10])
        self.assertEqual(list(range(290)), served[10:])

    def test_start(self) -> None:
        """The offset skips so many matching files, trusted ones first."""
        index = Index()
        for number in range(20):
            index.publish_keyword(WORD, [a_file(number)], PETER, NOW)
        index.publish_keyword(WORD, [a_file(50)], PAULA, NOW)
        in_order = found(index)
        for start in (0, 1, 5, 20, 21, 0x7FFF):
            self.assertEqual(in_order[start:], found(index, start=start))

    def test_pages(self) -> None:
        """Going on where the last answer ended, one sees every file once."""
        index = hot(620)
        seen: list[int] = []
        while page := search(index, None, len(seen)):
            seen += page
        self.assertEqual(list(range(620)), sorted(seen))

    def test_expression(self) -> None:
        """Only files that fit are taken."""
        index = hot(50)
        larger = NumberTag(Is.GREATER_OR_EQUAL, Tag(FILESIZE, 1047))
        self.assertEqual([47, 48, 49], search(index, larger))
        either = Or(Words("ubuntu 12"), NumberTag(Is.EQUAL, Tag(FILESIZE, 1002)))
        self.assertEqual([2, 12], search(index, either))
        self.assertEqual([], search(index, Words("debian")))

    def test_sources_by_size(self) -> None:
        """A source of another size is left out; a size of 0 fits every other."""
        index = Index()
        for number, size in ((1, 0), (2, 1000), (3, 2000)):
            index.publish_source(
                FILE, KadID(number), a_source(100 + number, size=size), destination(number), NOW
            )
        for size, expected in ((0, [3, 2, 1]), (1000, [2, 1]), (2000, [3, 1]), (3000, [1])):
            sources = index.find_sources(FILE, size, 0, NOW)
            self.assertEqual(expected, [source.kad_id.value for source in sources])
        (last,) = index.find_sources(FILE, 0, 2, NOW)
        self.assertEqual(KadID(1), last.kad_id)

    def test_notes_by_size(self) -> None:
        """Notes are chosen by size like sources."""
        index = Index()
        for number, size in ((1, 0), (2, 1000), (3, 2000)):
            index.publish_note(
                FILE, KadID(number << 64), a_note(size=size), destination(number), NOW
            )
        notes = index.find_notes(FILE, 1000, NOW)
        self.assertEqual([2, 1], [note.kad_id.value >> 64 for note in notes])


class WorkTests(SynchronousTestCase):
    """A search looks at a bounded number of entries, whatever there is."""

    def looked(self, index: Index, expression: Expression | None, seed: int = 1) -> int:
        """How many entries a search looks at closely."""
        looks: list[bytes] = []

        def counting(record: bytes) -> KeywordRecord:
            looks.append(record)
            return KeywordRecord(record)

        with patch.object(keyword_entries, "KeywordRecord", counting):
            search(index, expression, seed=seed)
        return len(looks)

    def test_bounded(self) -> None:
        """Expressions that are more work look at fewer entries."""
        index = hot(1500)
        self.assertEqual(keyword_entries.CLOSE_LOOKS, self.looked(index, None))
        self.assertEqual(0, self.looked(index, Words("ubuntu debian")))
        self.assertLess(self.looked(index, Words("u b n t o")), keyword_entries.CLOSE_LOOKS)
        many = Or(Words("ubuntu"), Words("iso"))
        self.assertLess(self.looked(index, many), keyword_entries.CLOSE_LOOKS)
        monster = Words(" ".join(f"u{number}" for number in range(20_000)))
        self.assertLessEqual(self.looked(index, Or(monster, monster)), 1)

    def test_usual_answer(self) -> None:
        """Where the first half of the looks is enough, the answer is iMule's."""
        index = hot(1500)
        with patch.object(keyword_entries, "TRUSTED", 0.0):
            self.assertEqual(list(range(300)), search(index, None))

    def test_every_file_in_time(self) -> None:
        """Another part of a hot keyword comes with every search, so that nothing is lost in it."""
        index = hot(1500)
        larger, seen = NumberTag(Is.GREATER, Tag(FILESIZE, 2000)), set[int]()
        for seed in range(60):
            seen |= set(search(index, larger, seed=seed))
        self.assertEqual(set(range(1001, 1500)), seen)

    def test_pages_of_a_hot_keyword(self) -> None:
        """Without an expression the offset reaches every part of a hot keyword."""
        index = hot(1500)
        seen: set[int] = set()
        with patch.object(keyword_entries, "TRUSTED", 0.0):
            for start in range(0, 1500, 300):
                seen |= set(search(index, None, start))
        self.assertEqual(set(range(1500)), seen)
        self.assertEqual([], search(index, None, 1500))

    def test_pages_of_a_common_word(self) -> None:
        """So does the offset with an expression that fits almost everything."""
        index = hot(1500)
        seen: set[int] = set()
        with patch.object(keyword_entries, "TRUSTED", 0.0):
            for start in range(0, 1500, 250):
                seen |= set(search(index, Words("iso"), start))
        self.assertEqual(set(range(1500)), seen)

    def test_parts(self) -> None:
        """Of too many entries as many as allowed are looked at, none twice, the first ones too."""
        for seed in range(200):
            random = Random(seed)
            count, begin, most = random.randrange(100), random.randrange(50), 2 * seed % 40
            parts = keyword_entries.parts(count, begin, most, random)
            looked = [number for part in parts for number in range(*part)]
            self.assertEqual(min(most, max(count - begin, 0)), len(set(looked)))
            self.assertEqual(len(looked), len(set(looked)))
            first = range(begin, min(begin + most // 2, count))
            self.assertLessEqual(set(first), set(looked))
            self.assertTrue(all(begin <= number < count for number in looked))

    def test_no_draw_for_small_ones(self) -> None:
        """Chance is asked only where there is more than one search looks at."""
        random = Random(1)
        before = random.getstate()
        hot(50).find_keyword(WORD, None, 0, NOW, random)
        self.assertEqual(before, random.getstate())
