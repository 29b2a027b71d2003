"""Tests for :mod:`twisted_mule.kad.publishing` and :mod:`twisted_mule.kad.portfolio`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from random import Random

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import offered
from tests.kad.people import ME as NOBODY
from tests.kad.people import NOW
from twisted_mule import contract
from twisted_mule.kad.contact import Me
from twisted_mule.kad.errands import PublishFiles, PublishNote, PublishSource
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import LookupWish
from twisted_mule.kad.portfolio import GATHER, LAPSES
from twisted_mule.kad.published import DueRow, Published
from twisted_mule.kad.publishing import MOST_SOURCES, WEEK, Publishing

ME: Me = evolve(NOBODY, source_id=KadID(0xFEED))
HOUR = 3600.0
SOURCE, KEYWORD, NOTES = (
    LookupKind.STORE_SOURCE,
    LookupKind.STORE_KEYWORD,
    LookupKind.STORE_NOTES,
)


def file(number: int, name: str | None = None, **more: object) -> Published:
    """A file of three words, two of which no other file has."""
    text = name or f"common word{number} also{number}.iso"
    return Published(KadID(number + 1), text, 1000 + number, **more)  # type: ignore[arg-type]


#: How a publish fares: the loads that are acknowledged.
Fate = Callable[[Lookup], Iterable[int]]


def well(_lookup: Lookup) -> list[int]:
    """Everybody acknowledges."""
    return [1, 1]


class World:
    """Publishing by a node that starts a store whenever it may."""

    def __init__(self, *files: Published, me: Me = ME, rows: Iterable[DueRow] = ()) -> None:
        self.random = Random(5)
        self.publishing = Publishing(me, NOW)
        self.publishing.restore(rows, NOW)
        self.now = NOW
        self.fate: Fate = well
        self.log: list[tuple[float, Lookup]] = []
        self.busy: set[KadID] = set()
        self.publishing.share(files, NOW, self.random)

    def offer(self, *aims: Aim) -> LookupWish | None:
        """What a free slot is offered."""
        busy = self.busy.__contains__
        return offered(self.publishing, aims, busy, self.now, self.random)

    def publish(self) -> Lookup | None:
        """One store from its begin to its end."""
        wish = self.offer()
        if wish is None:
            return None
        lookup = Lookup(wish.target, wish.kind, self.now, wish.errand, wish.rank)
        self.publishing.begun(lookup, self.now, self.random)
        self.log.append((self.now, lookup))
        lookup.loads += self.fate(lookup)
        self.publishing.ended(lookup, self.now + 100, self.random)
        return lookup

    def live(self, seconds: float, pace: float = HOUR / contract.STORES_STEADY) -> None:
        """Let time pass; one store may begin every ``pace`` seconds."""
        end = self.now + seconds
        while self.now < end:
            self.publish()
            self.now += pace

    def kinds(self) -> Counter[LookupKind]:
        """How many stores of each kind there were."""
        return Counter(lookup.kind for _, lookup in self.log)

    def times(self) -> dict[tuple[LookupKind, KadID], list[float]]:
        """When each record was published."""
        times = defaultdict(list)
        for when, lookup in self.log:
            times[lookup.kind, lookup.target].append(when)
        return times


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


class TimingTests(SynchronousTestCase):
    """When a record is due again."""

    def gaps(self, world: World, kind: LookupKind) -> list[float]:
        """How long after a publish of a record the next one came."""
        times = [when for (one, _), when in world.times().items() if one is kind]
        return [later - sooner for when in times for sooner, later in pairwise(when)]

    def test_periods(self) -> None:
        """Sources come again after 4.2 to 4.9 hours, words and notes after 20 to 24."""
        world = World(*(file(n, rating=n % 6) for n in range(12)))
        world.live(100 * HOUR)
        slack = 300.0
        for kind, (least, most) in (
            (SOURCE, contract.SOURCE_REPUBLISH),
            (KEYWORD, contract.KEYWORD_REPUBLISH),
            (NOTES, contract.NOTE_REPUBLISH),
        ):
            gaps = self.gaps(world, kind)
            self.assertGreaterEqual(len(gaps), 30)
            self.assertGreaterEqual(min(gaps), least)
            self.assertLessEqual(max(gaps), most + slack)
            self.assertGreater(max(gaps) - min(gaps), (most - least) / 2)

    def test_silent_notes(self) -> None:
        """Notes, which most nodes do not acknowledge, are not tried again sooner."""
        world = World(file(1, rating=2, held=False))
        world.fate = lambda _: ()
        world.live(19 * HOUR)
        self.assertEqual({NOTES: 1}, dict(world.kinds()))
        self.assertEqual(1, len(world.publishing.rows(world.now)))

    def test_loaded_keyword(self) -> None:
        """A word whose nodes are loaded above 20 % is left alone for that share of a week."""
        world = World(file(1, "popular.iso"))
        world.fate = lambda lookup: [40, 60] if lookup.kind is KEYWORD else [1]
        world.live(100 * HOUR)
        first, second = world.times()[KEYWORD, keyword_id("popular")]
        self.assertGreaterEqual(second - first, WEEK / 2)
        self.assertLessEqual(second - first, WEEK / 2 * 1.1 + 100)

    def test_bearable_load(self) -> None:
        """Up to 20 % nothing changes."""
        world = World(file(1, "popular.iso"))
        world.fate = lambda _: [20, 20]
        world.live(60 * HOUR)
        first, second, *_ = world.times()[KEYWORD, keyword_id("popular")]
        self.assertLessEqual(second - first, 24.1 * HOUR)

    def test_lost_renewal(self) -> None:
        """A renewal that nobody acknowledged is tried again soon; the file stays published."""
        world = World(file(1))
        world.live(HOUR)
        world.fate = lambda _: ()
        world.live(6 * HOUR)
        world.fate = well
        self.assertTrue(world.publishing.view(world.now).files[0].known)
        times = world.times()[SOURCE, KadID(2)]
        self.assertLess(times[2] - times[1], HOUR)

    def test_changed_comment(self) -> None:
        """A new comment is published at once, an old one only when it is due."""
        world = World(file(1, comment="good", held=False))
        world.live(HOUR)
        world.publishing.share([file(1, comment="good", held=False)], world.now, world.random)
        world.live(HOUR)
        self.assertEqual(1, len(world.log))
        world.publishing.share([file(1, comment="bad", held=False)], world.now, world.random)
        world.live(HOUR)
        self.assertEqual(2, len(world.log))
        world.publishing.share([], world.now, world.random)
        world.live(40 * HOUR)
        self.assertEqual(2, len(world.log))


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


class RestartTests(SynchronousTestCase):
    """A restart changes nothing of what is due."""

    def setUp(self) -> None:
        """Three files, all published."""
        self.files = [file(n, rating=3) for n in range(3)]
        self.world = World(*self.files)
        self.world.live(HOUR)

    def again(self, aged: float = 0.0, *files: Published) -> World:
        """The next run, after a while."""
        rows = [row.aged(aged) for row in self.world.publishing.rows(self.world.now)]
        return World(*(files or self.files), rows=rows)

    def test_rows(self) -> None:
        """There is a row for each record, with what is left of its time."""
        rows = self.world.publishing.rows(self.world.now)
        kinds = Counter(row.kind for row in rows)
        self.assertEqual({SOURCE: 3, KEYWORD: 7, NOTES: 3}, dict(kinds))
        self.assertTrue(all(3 * HOUR < row.due < 24 * HOUR for row in rows))
        self.assertEqual(set(rows), set(self.again().publishing.rows(NOW)))

    def test_nothing_twice(self) -> None:
        """What was published before the restart is not published again before its time."""
        world = self.again()
        world.live(3 * HOUR)
        self.assertEqual([], world.log)
        self.assertEqual(3, world.publishing.view(world.now).taken)

    def test_due_meanwhile(self) -> None:
        """What became due while the program did not run is due, with words where it should."""
        world = self.again(3.7 * HOUR)
        world.live(HOUR)
        self.assertEqual({SOURCE}, set(world.kinds()))

    def test_lapsed(self) -> None:
        """After days nobody knows us any more: the source comes first again."""
        world = self.again(72 * HOUR)
        world.live(HOUR)
        self.assertEqual({SOURCE: 3, KEYWORD: 7, NOTES: 3}, dict(world.kinds()))
        seen: set[KadID] = set()
        for _, lookup in world.log:
            if isinstance(lookup.errand, PublishFiles):
                self.assertLessEqual({entry.kad_id for entry in lookup.errand.entries}, seen)
            seen.add(lookup.target)

    def test_known_files_first(self) -> None:
        """Files that the network knows are taken up before all others."""
        many = [file(n) for n in range(100, 600)]
        world = self.again(0.0, *many, *self.files)
        self.assertEqual(3, world.publishing.view(NOW).taken)

    def test_unshared_for_a_while(self) -> None:
        """Files whose folder was away for a while go on where they were."""
        world = self.again()
        world.publishing.share([], NOW + 60, world.random)
        self.assertEqual(0, world.publishing.view(NOW).taken)
        world.publishing.share(self.files, NOW + 120, world.random)
        world.live(3 * HOUR)
        self.assertEqual({NOTES: 3}, dict(world.kinds()))

    def test_rows_are_forgotten(self) -> None:
        """What was not shared for long after it was due is forgotten."""
        world = World(rows=[DueRow(SOURCE, KadID(5), 60.0)])
        self.assertEqual(1, len(world.publishing.rows(NOW + HOUR)))
        self.assertEqual((), world.publishing.rows(NOW + 26 * HOUR))

    def test_lapse(self) -> None:
        """A record counts as known exactly as long as other nodes may still have it."""
        for overdue, known in ((LAPSES[SOURCE] - 1, True), (LAPSES[SOURCE] + 1, False)):
            world = World(file(1), rows=[DueRow(SOURCE, KadID(2), -overdue)])
            self.assertEqual(known, world.publishing.view(NOW).files[0].known)


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
