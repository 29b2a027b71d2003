"""Tests for :mod:`twisted_mule.kad.publishing`: when a record is due again."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW
from tests.kad.publisher import HOUR, KEYWORD, NOTES, SOURCE, World, file, well
from twisted_mule import contract
from twisted_mule.kad.errands import PublishFiles
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.portfolio import LAPSES
from twisted_mule.kad.published import DueRow, Published
from twisted_mule.kad.publishing import WEEK


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
