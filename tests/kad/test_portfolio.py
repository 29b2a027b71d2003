"""Tests for :mod:`twisted_mule.kad.portfolio`: words of many files, and the room."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW
from tests.kad.publisher import HOUR, KEYWORD, SOURCE, World, file
from twisted_mule.kad.errands import PublishFiles
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.portfolio import GATHER


class ManyFilesTests(SynchronousTestCase):
    """A word that more files have than one message holds."""

    def test_rotation(self) -> None:
        """Files take turns, so that each is published within the life time of its record."""
        world = World(*(file(n, f"shared{n % 2} {'x' * 200} {n}.iso") for n in range(100)))
        world.live(30 * HOUR)
        before = len(world.log)
        world.live(24 * HOUR, pace=60)
        published = Counter(
            entry.kad_id
            for _, lookup in world.log[before:]
            if isinstance(lookup.errand, PublishFiles) and lookup.target == keyword_id("x" * 200)
            for entry in lookup.errand.entries
        )
        self.assertEqual(100, len(published))
        errands = [one.errand for _, one in world.log if isinstance(one.errand, PublishFiles)]
        self.assertTrue(max(len(one.entries) for one in errands) < 60)

    def test_latecomers(self) -> None:
        """A file that shares a word with others published before does not wait for their day."""
        world = World(file(1, "album song1"))
        world.live(2 * HOUR)
        world.publishing.share(
            [file(1, "album song1"), file(2, "album song2")], world.now, world.random
        )
        world.live(HOUR)
        self.assertEqual(
            [2, 2], [one.keywords_known for one in world.publishing.view(world.now).files]
        )
        last = world.log[-1][1].errand if world.log[-1][1].kind is KEYWORD else None
        self.assertEqual(2, len(world.times()[KEYWORD, keyword_id("album")]))
        self.assertIsNotNone(last)

    def test_gathered(self) -> None:
        """Many files of one folder do not make a publish each of the word that they share."""
        world = World(*(file(n, f"album song{n}") for n in range(30)))
        world.live(6 * HOUR)
        self.assertTrue(
            all(one.keywords_known == 2 for one in world.publishing.view(world.now).files)
        )
        self.assertLessEqual(len(world.times()[KEYWORD, keyword_id("album")]), 4)

    def test_loaded_word_of_a_latecomer(self) -> None:
        """A loaded word is left alone, whoever else has it."""
        world = World(file(1, "popular"))
        world.fate = lambda lookup: [90] if lookup.kind is KEYWORD else [1]
        world.live(2 * HOUR)
        world.publishing.share([file(1, "popular"), file(2, "popular")], world.now, world.random)
        world.live(20 * HOUR)
        self.assertEqual(1, len(world.times()[KEYWORD, keyword_id("popular")]))

    def test_whole_message(self) -> None:
        """Where all fit there is one publish for all of them."""
        world = World(*(file(n, f"word{n}") for n in range(3)), file(9, "word0 word1"))
        world.live(30 * HOUR)
        last = {
            lookup.target: lookup.errand
            for _, lookup in world.log
            if isinstance(lookup.errand, PublishFiles)
        }
        sizes = {word: len(last[keyword_id(word)].entries) for word in ("word0", "word1", "word2")}
        self.assertEqual({"word0": 2, "word1": 2, "word2": 1}, sizes)


class CapacityTests(SynchronousTestCase):
    """The pace keeps some files published; the others wait, and the user is told."""

    def test_kept(self) -> None:
        """Of a thousand files 150 to 200 are taken up, and these hardly ever lapse."""
        world = World(*(file(n) for n in range(1000)))
        world.live(48 * HOUR)
        view = world.publishing.view(world.now)
        self.assertTrue(150 <= view.taken <= 200, view.taken)
        self.assertEqual((1000, 1000 - view.taken), (view.shared, view.waiting))
        self.assertTrue(view.taken <= view.room <= view.taken + 1)
        late = [
            later - sooner
            for (kind, _), times in world.times().items()
            if kind is SOURCE
            for sooner, later in pairwise(times)
        ]
        self.assertLess(max(late), 5.25 * HOUR)
        self.assertLess(sum(gap > 5 * HOUR for gap in late) / len(late), 0.1)
        self.assertTrue(all(one.known for one in view.files))

    def test_room(self) -> None:
        """The estimate says 150 to 200 before anything is shared, and follows what is."""
        room = World().publishing.view(NOW).room
        self.assertTrue(150 <= room <= 200, room)
        world = World(file(1, "a"), file(2, "b"))
        world.live(HOUR)
        self.assertEqual(2, world.publishing.view(world.now).taken)
        self.assertGreater(world.publishing.view(world.now).room, 200)

    def test_a_place_is_freed(self) -> None:
        """When a file goes, one that waited is taken up."""
        world = World(*(file(n) for n in range(400)))
        world.live(30 * HOUR)
        before = {one.hash for one in world.publishing.view(world.now).files}
        gone = next(iter(before))
        files = [file(n) for n in range(400) if KadID(n + 1) != gone]
        world.publishing.share(files, world.now, world.random)
        world.live(5 * HOUR)
        after = {one.hash for one in world.publishing.view(world.now).files}
        self.assertEqual((before - {gone}, len(before)), (after & before, len(after)))

    def test_overdue(self) -> None:
        """What is due and waits for a slot is counted."""
        world = World(file(1))
        self.assertEqual(0, world.publishing.view(world.now).overdue)
        world.publish()
        self.assertEqual(0, world.publishing.view(world.now).overdue)
        world.now += GATHER[1] + 100
        view = world.publishing.view(world.now)
        (taken,) = view.files
        self.assertEqual((3, 3, 0), (view.overdue, taken.keywords, taken.keywords_known))
        world.live(HOUR)
        self.assertEqual(3, world.publishing.view(world.now).files[0].keywords_known)
