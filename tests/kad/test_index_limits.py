"""The limits of the index and the load that publishers are told (node-behaviour 9.1)."""

from __future__ import annotations

from random import Random
from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.published import FILE, HOUR, NOW, PETER, WORD, a_file, a_note, a_source, found
from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.kad import keyword_entries, note_entries, source_entries, trust
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index, Stored
from twisted_mule.kad.messages import Entry, Tags
from twisted_mule.kad.tags import DESCRIPTION, FILENAME, FILESIZE, SOURCEDEST, SOURCETYPE, Tag

OTHER = KadID(WORD.value + 1)


class NumberTests(SynchronousTestCase):
    """Our numbers are iMule's."""

    def test_recorded(self) -> None:
        """Limits and lifetimes are those that iMule was compiled with."""
        theirs = {row["name"]: row["value"] for row in recorded("constants_imule")["constants"]}
        for ours, name in (
            (keyword_entries.MOST_FILES, "KADEMLIAMAXINDEX"),
            (keyword_entries.MOST_ENTRIES, "KADEMLIAMAXENTRIES"),
            (source_entries.MOST_SOURCES, "KADEMLIAMAXSOURCEPERFILE"),
            (note_entries.MOST_NOTES, "KADEMLIAMAXNOTESPERFILE"),
            (keyword_entries.LIFETIME, "KADEMLIAREPUBLISHTIMEK"),
            (source_entries.LIFETIME, "KADEMLIAREPUBLISHTIMES"),
            (note_entries.LIFETIME, "KADEMLIAREPUBLISHTIMEN"),
        ):
            self.assertEqual(theirs[name], ours, name)
        self.assertEqual(keyword_entries.FREEZE, keyword_entries.MOST_FILES - 5000)
        self.assertEqual(100, trust.MOST_PUBLISHERS)
        self.assertEqual((10.0, 1.0), (trust.POINTS, trust.TRUSTED))


class KeywordLimitTests(SynchronousTestCase):
    """Files under keywords, with limits small enough to be met."""

    def setUp(self) -> None:
        """60 in all, 50 under a keyword, frozen above 45."""
        for name, number in (("MOST_ENTRIES", 60), ("MOST_FILES", 50), ("FREEZE", 45)):
            self.enterContext(patch.object(keyword_entries, name, number))
        self.index = Index()

    def publish(self, number: int, word: KadID = WORD, name: str = "ubuntu") -> int:
        """The load that one file meets."""
        return self.index.publish_keyword(word, [a_file(number, name)], PETER, NOW)

    def test_load(self) -> None:
        """The first file meets 1, the others the share of the limit that was there before."""
        self.assertEqual([1, 2, 4, 6, 8], [self.publish(number) for number in range(5)])
        self.assertEqual(10, self.publish(0))

    def test_full_keyword(self) -> None:
        """Above the limit of a keyword a new file is refused with 100, others go on."""
        for number in range(50):
            self.publish(number)
        self.assertEqual(100, self.publish(50))
        self.assertEqual(list(range(50)), found(self.index))
        self.assertEqual(1, self.publish(50, OTHER))

    def test_freeze(self) -> None:
        """Above the freeze a file that is there is not renewed, and a new one is still taken."""
        for number in range(45):
            self.publish(number)
        self.assertEqual(90, self.publish(0, name="ubuntu renewed"))
        self.publish(45)
        self.assertEqual(100, self.publish(1, name="ubuntu renewed"))
        self.assertEqual(92, self.publish(46))

    def test_full_index(self) -> None:
        """Above the limit in all, everything is refused with 100."""
        for number in range(60):
            self.publish(number, KadID(number % 7))
        self.assertEqual(100, self.publish(99, KadID(99)))
        self.assertEqual(100, self.publish(0, KadID(0)))
        self.assertEqual(60, self.index.size().keywords)

    def test_room(self) -> None:
        """Entries that together take more room than there is are refused the same way."""
        with patch.object(keyword_entries, "MOST_ROOM", 1000):
            loads = [self.publish(number) for number in range(20)]
            self.assertEqual([100] * 3, loads[-3:])
            self.assertLess(self.index.size().room, 1200)

    def test_room_again(self) -> None:
        """What expires makes room."""
        for number in range(60):
            self.publish(number, KadID(number % 7))
        self.index.expire(NOW + 24 * HOUR)
        late = NOW + 24 * HOUR
        self.assertEqual(1, self.index.publish_keyword(WORD, [a_file(1)], PETER, late))


class NoEntryTests(SynchronousTestCase):
    """What is not stored at all."""

    def test_keyword(self) -> None:
        """A file without a name or a size, or one too large to serve, is no entry."""
        index = Index()
        nothing = (
            Entry(KadID(1), ()),
            Entry(KadID(1), (Tag(FILESIZE, 9),)),
            Entry(KadID(1), (Tag(FILENAME, "a"),)),
            Entry(KadID(1), (Tag(FILENAME, ""), Tag(FILESIZE, 9))),
            a_file(1, size=0),
            a_file(1, "x" * 2100),
            Entry(KadID(1), (*a_file(1).tags, *(Tag(0x35, 1) for _ in range(252)))),
        )
        for entry in nothing:
            self.assertEqual(0, index.publish_keyword(WORD, [entry], PETER, NOW))
        self.assertEqual(0, index.size().keywords)
        self.assertEqual(1, index.publish_keyword(WORD, [a_file(1), *nothing], PETER, NOW))

    def test_name_and_size_suffice(self) -> None:
        """A name and a size make a file (wire-format 9.7)."""
        index = Index()
        least = Entry(KadID(1), (Tag(FILENAME, "a"), Tag(FILESIZE, 9)))
        self.assertEqual(1, index.publish_keyword(WORD, [least], PETER, NOW))
        self.assertEqual((least,), index.find_keyword(WORD, None, 0, NOW, Random(1)))

    def test_source(self) -> None:
        """A source without a type or a stream destination, or a huge one, is none."""
        index = Index()
        typed, streams = Tag(SOURCETYPE, 1), Tag(SOURCEDEST, destination(1))
        huge = (typed, streams, Tag(DESCRIPTION, "x" * 2000))
        for tags in ((), (typed,), (streams,), (typed, Tag(SOURCEDEST, 7)), huge):
            self.assertIsNone(index.publish_source(FILE, KadID(1), tags, PETER, NOW))
        many = (typed, streams, *(Tag(0x35, 1) for _ in range(253)))
        self.assertIsNone(index.publish_source(FILE, KadID(1), many, PETER, NOW))
        self.assertEqual(0, index.size().sources)

    def test_note(self) -> None:
        """A note without tags, or a huge one, is none."""
        index = Index()
        for tags in ((), (Tag(DESCRIPTION, "x" * 2100),), tuple([Tag(0x50, 1)] * 256)):
            self.assertIsNone(index.publish_note(FILE, KadID(1), tags, PETER, NOW))
        self.assertEqual(0, index.size().notes)


class FileLimitTests(SynchronousTestCase):
    """Sources and notes of one file, with limits small enough to be met."""

    def setUp(self) -> None:
        """Ten of each."""
        self.enterContext(patch.object(source_entries, "MOST_SOURCES", 10))
        self.enterContext(patch.object(note_entries, "MOST_NOTES", 10))
        self.index = Index()

    def source(self, number: int, who: Destination | None = None, tags: Tags = ()) -> Stored:
        """What the publisher of source ``number`` is told."""
        stored = self.index.publish_source(
            FILE,
            KadID(number),
            tags or a_source(100 + number, complete=bool(number % 2)),
            destination(number) if who is None else who,
            NOW,
        )
        assert stored is not None
        return stored

    def sources(self) -> list[int]:
        """The sources in the order of the index."""
        return [entry.kad_id.value for entry in self.index.find_sources(FILE, 0, 0, NOW)]

    def test_loads_and_counts(self) -> None:
        """Publishers are told the load and how many sources there are now."""
        told = [self.source(number) for number in range(1, 5)]
        self.assertEqual([Stored(1, 1, 1), Stored(10, 2, 1), Stored(20, 3, 2)], told[:3])
        self.assertEqual(Stored(40, 4, 2), self.source(4))

    def test_newest_first(self) -> None:
        """The newest source is first; one that is published again keeps its place."""
        for number in (1, 2, 3, 1):
            self.source(number)
        self.assertEqual([3, 2, 1], self.sources())

    def test_oldest_goes(self) -> None:
        """One source too many takes the place of the oldest, with a load of 100."""
        for number in range(1, 11):
            self.source(number)
        self.assertEqual(100, self.source(11).load)
        self.assertEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2], self.sources())

    def test_same_publisher(self) -> None:
        """The same stream destination or the same datagram destination is the same source."""
        self.source(1)
        self.source(2, tags=a_source(101))
        self.assertEqual([2], self.sources())
        self.source(3, who=destination(2), tags=a_source(103))
        self.assertEqual([3], self.sources())
        self.source(3, who=destination(9), tags=a_source(109))
        self.assertEqual([3, 3], self.sources())

    def test_room(self) -> None:
        """Sources that take more room than there is are refused as if they were stored."""
        with patch.object(source_entries, "MOST_ROOM", 3000):
            self.index = Index()
            told = [self.source(number) for number in range(1, 9)]
        self.assertEqual(100, told[-1].load)
        self.assertLess(self.index.size().room, 4000)
        self.assertEqual(told[-1].sources, len(self.sources()))
        known = self.source(1)
        self.assertLess(known.load, 100)

    def test_notes(self) -> None:
        """Notes are counted and limited like sources."""
        told = []
        for number in range(1, 13):
            who = destination(number)
            told.append(self.index.publish_note(FILE, KadID(number << 64), a_note(), who, NOW))
        self.assertEqual([1, 10, 20, 30], told[:4])
        self.assertEqual([100, 100], told[-2:])
        notes = [one.kad_id.value >> 64 for one in self.index.find_notes(FILE, 0, NOW)]
        self.assertEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3], notes)

    def test_note_of_the_same_publisher(self) -> None:
        """A publisher has one note on a file, known by its destination or its identifier."""
        for publisher, who in ((1, 1), (2, 1), (2, 2)):
            comment = f"{publisher} {who}"
            self.index.publish_note(
                FILE, KadID(publisher << 64), a_note(comment), destination(who), NOW
            )
        (note,) = self.index.find_notes(FILE, 0, NOW)
        self.assertIn(Tag(DESCRIPTION, "2 2"), note.tags)

    def test_answers(self) -> None:
        """However many there are, a search gives 300 sources and 150 notes at the most."""
        self.assertEqual(
            (300, 300, 150),
            tuple(module.RESULTS for module in (keyword_entries, source_entries, note_entries)),
        )
        with patch.object(source_entries, "RESULTS", 3):
            for number in range(1, 9):
                self.source(number)
            self.assertEqual([8, 7, 6], self.sources())
