"""Tests for :mod:`twisted_mule.kad.publishing`: order, gates and changes."""

from __future__ import annotations

from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME as NOBODY
from tests.kad.people import NOW
from tests.kad.publisher import HOUR, KEYWORD, ME, NOTES, SOURCE, World, file
from twisted_mule.kad.contact import Me
from twisted_mule.kad.errands import PublishFiles, PublishNote, PublishSource
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.kinds import Aim, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.portfolio import GATHER
from twisted_mule.kad.publishing import MOST_SOURCES


class OrderTests(SynchronousTestCase):
    """What is published first, and what only then."""

    def test_source_first(self) -> None:
        """A file's words follow when some node has acknowledged us as its source."""
        world = World(file(1))
        world.live(HOUR)
        kinds = [lookup.kind for _, lookup in world.log]
        self.assertEqual([SOURCE, KEYWORD, KEYWORD, KEYWORD], kinds)
        words = {lookup.target for _, lookup in world.log[1:]}
        self.assertEqual({keyword_id(w) for w in ("common", "word1", "also1")}, words)

    def test_no_words_without_a_source(self) -> None:
        """While nobody acknowledges the source it is tried again, and words are not published."""
        world = World(file(1))
        world.fate = lambda _: ()
        world.live(5 * HOUR)
        self.assertEqual({SOURCE}, set(world.kinds()))
        gaps = [later - sooner for sooner, later in pairwise(when for when, _ in world.log)]
        self.assertTrue(all(0.75 * 1800 <= gap <= 1.25 * 1800 + 200 for gap in gaps), gaps)

    def test_records(self) -> None:
        """The records say what they should."""
        world = World(file(1, rating=5))
        world.live(HOUR)
        errands = {lookup.kind: lookup.errand for _, lookup in world.log}
        self.assertIsInstance(errands[NOTES], PublishNote)
        source, words = errands[SOURCE], errands[KEYWORD]
        assert isinstance(source, PublishSource)
        assert isinstance(words, PublishFiles)
        self.assertEqual(ME.source_id, source.source)
        self.assertEqual([KadID(2)], [entry.kad_id for entry in words.entries])

    def test_what_the_network_knows(self) -> None:
        """The words of a file carry the counts of sources that its source publish brought back."""
        world = World(file(1))
        first = world.publish()
        assert first is not None
        for sources in (4, 9_999_999, 2):
            world.publishing.told(first, sources, 3)
        world.now += GATHER[1] + 100
        second = world.publish()
        assert second is not None
        errand = second.errand
        assert isinstance(errand, PublishFiles)
        self.assertEqual([3, MOST_SOURCES], [tag.value for tag in errand.entries[0].tags[2:4]])
        (view,) = world.publishing.view(world.now).files
        self.assertEqual((MOST_SOURCES, 3), (view.sources, view.complete))
        world.publishing.told(second, 50, 50)
        self.assertEqual((MOST_SOURCES, 3), (view.sources, view.complete))

    def test_incomplete(self) -> None:
        """A part of a file has a source and no words; once complete it is due with its words."""
        world = World(file(1, complete=False))
        world.live(HOUR)
        self.assertEqual({SOURCE: 1}, dict(world.kinds()))
        world.publishing.share([file(1)], world.now, world.random)
        world.live(HOUR)
        self.assertEqual({SOURCE: 2, KEYWORD: 3}, dict(world.kinds()))

    def test_shuffled(self) -> None:
        """Files are taken up by lot, not in the order of any list."""
        world = World(*(file(n) for n in range(40)))
        world.live(10 * HOUR)
        order = [lookup.target.value for _, lookup in world.log if lookup.kind is SOURCE][:40]
        self.assertEqual(sorted(order), list(range(1, 41)))
        self.assertNotEqual(sorted(order), order)

    def test_no_order_within(self) -> None:
        """The files under one word are listed in no order, neither of age nor of name."""
        world = World(*(file(n, f"album song{n}") for n in range(30)))
        world.live(50 * HOUR)
        orders = [
            [entry.kad_id.value for entry in lookup.errand.entries]
            for _, lookup in world.log
            if isinstance(lookup.errand, PublishFiles) and len(lookup.errand.entries) == 30
        ]
        self.assertGreaterEqual(len(orders), 2)
        self.assertNotEqual(orders[0], orders[1])
        self.assertTrue(all(sorted(one) != one for one in orders))

    def test_user_rank(self) -> None:
        """Publishing comes after the user's searches."""
        wish = World(file(1)).offer()
        assert wish is not None
        self.assertEqual(Rank.PUBLISHING, wish.rank)


class GateTests(SynchronousTestCase):
    """When nothing is published although something is due."""

    def test_hold(self) -> None:
        """The first publish waits for its hour, however much is due."""
        world = World(file(1, rating=1))
        world.publishing.held_until = NOW + 500
        self.assertIsNone(world.offer())
        self.assertEqual(500, world.publishing.view(NOW).begins_in)
        world.now += 500
        self.assertIsNotNone(world.offer())

    def test_no_streams(self) -> None:
        """Without a stream destination, or an identifier for it, only notes are published."""
        for me in (NOBODY, Me(ME.kad_id, ME.destination, None, ME.source_id)):
            world = World(file(1, comment="good"), me=me)
            world.live(HOUR)
            self.assertEqual({NOTES: 1}, dict(world.kinds()))
            self.assertFalse(world.publishing.view(NOW).streams)

    def test_no_stores(self) -> None:
        """Where a slot takes no store it is offered none."""
        self.assertIsNone(World(file(1)).offer(Aim.VALUE, Aim.NODE))

    def test_busy(self) -> None:
        """A file that somebody is searching for waits."""
        world = World(file(1))
        world.busy.add(KadID(2))
        self.assertIsNone(world.offer())
        world.busy.clear()
        self.assertIsNotNone(world.offer())

    def test_nothing_shared(self) -> None:
        """Who shares nothing publishes nothing."""
        world = World()
        self.assertIsNone(world.offer())
        view = world.publishing.view(NOW)
        self.assertEqual((0, 0, 0, ()), (view.shared, view.taken, view.waiting, view.files))

    def test_mere_comment(self) -> None:
        """A file that we only comment on has a note and no source."""
        world = World(file(1, comment="fake", held=False))
        world.live(HOUR)
        self.assertEqual({NOTES: 1}, dict(world.kinds()))
        view = world.publishing.view(NOW)
        self.assertEqual((0, 1, 1), (view.shared, view.notes, view.notes_sent))


class ChangeTests(SynchronousTestCase):
    """What the user shares changes while it is published."""

    def test_gone_while_walking(self) -> None:
        """The end of a publish of a file that is gone disturbs nobody."""
        world = World(file(1))
        lookup = world.publish()
        assert lookup is not None
        world.publishing.share([], world.now, world.random)
        for one in (lookup, Lookup(KadID(3), KEYWORD, NOW), Lookup(KadID(3), NOTES, NOW)):
            world.publishing.begun(one, world.now, world.random)
            world.publishing.told(one, 1, 1)
            world.publishing.ended(one, world.now, world.random)
        self.assertIsNone(world.offer())

    def test_renamed(self) -> None:
        """A renamed file is published under its new words, and no longer under the old ones."""
        world = World(file(1, "old name.iso"))
        world.live(HOUR)
        world.publishing.share([file(1, "new name.iso")], world.now, world.random)
        before = len(world.log)
        world.live(40 * HOUR)
        words = {one.target for _, one in world.log[before:] if one.kind is KEYWORD}
        self.assertEqual({keyword_id("new"), keyword_id("name")}, words)
