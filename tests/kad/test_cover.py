"""Tests for :mod:`twisted_mule.kad.cover`: lookups that have no interest of our own."""

from __future__ import annotations

from collections import Counter
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.cover import CoverTraffic
from twisted_mule.kad.errands import FindFiles, FindNotes, FindSources, PublishFiles
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import LookupWish
from twisted_mule.kad.overheard import Overheard
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.tags import FILENAME, FILESIZE, Tag

ASKED = KadID(0xA << 120)


def key(number: int) -> KadID:
    """A key somewhere in the space."""
    return KadID(Random(number).getrandbits(128))


def published(target: KadID, *files: int) -> m.PublishKeyRequest:
    """A publish of some files under a keyword."""
    return m.PublishKeyRequest(
        target,
        tuple(Entry(KadID(n), (Tag(FILENAME, f"file {n}"), Tag(FILESIZE, n))) for n in files),
    )


class CoverTests(SynchronousTestCase):
    """What nobody real wants is played by cover."""

    def setUp(self) -> None:
        """A node that nobody has asked anything yet."""
        self.held = True
        self.cover = CoverTraffic(Chance(b"cover"), Overheard(lambda *_: self.held))
        self.random = Random(1)
        self.busy: set[KadID] = set()

    def heard(self, message: m.Message, teller: int = 1, now: float = NOW) -> None:
        """Another node asks."""
        self.cover.overheard.heard(message, destination(teller), now)

    def publish_always(self) -> None:
        """Every store is one of those that publish, if it can."""
        self.patch(contract, "COVER_PUBLISHES", 1.0)

    def offer(self, aim: Aim, now: float = NOW) -> LookupWish:
        """What cover makes of a slot."""
        wish = self.cover.offer(aim, self.busy.__contains__, now, self.random)
        assert wish is not None
        self.assertEqual((aim, Rank.COVER), (wish.kind.aim, wish.rank))
        return wish

    def begin(self, wish: LookupWish) -> None:
        """Give it its slot."""
        lookup = Lookup(wish.target, wish.kind, NOW, wish.errand, wish.rank)
        self.cover.begun(lookup, NOW, self.random)

    def test_always(self) -> None:
        """There is always a lookup of every sort, with nothing known at random points."""
        targets = {self.offer(aim).target for aim in Aim for _ in range(50)}
        self.assertEqual(3 * 50, len(targets))
        bits = Counter(target.value >> 126 for target in targets)
        self.assertTrue(all(20 < bits[quarter] < 60 for quarter in range(4)))

    def test_values_are_keys_of_others(self) -> None:
        """Three in four values are keys that others look up, searched as they did."""
        self.heard(m.FindNodeRequest(2, ASKED, KadID(1), KadID(2)))
        wishes = [self.offer(Aim.VALUE) for _ in range(400)]
        known = [wish for wish in wishes if wish.target == ASKED]
        self.assertLess(abs(len(known) / 400 - contract.COVER_SEEN), 0.07)
        self.heard(m.SearchSourceRequest(ASKED, 0, 77))
        wishes = [self.offer(Aim.VALUE) for _ in range(40)]
        self.assertIn((LookupKind.SOURCE, FindSources(77)), [(w.kind, w.errand) for w in wishes])

    def test_searches_as_they_were(self) -> None:
        """What is known of a search is not forgotten for another step of it."""
        self.heard(m.SearchKeyRequest(ASKED, 0, Words("foo")))
        self.heard(m.FindNodeRequest(2, ASKED, KadID(1), KadID(2)), now=NOW + 1)
        errands = {wish.errand for wish in (self.offer(Aim.VALUE) for _ in range(20))}
        self.assertIn(FindFiles(Words("foo")), errands)

    def test_hostile_expressions(self) -> None:
        """An expression too large to be written again, or just unusual, is left out."""
        for words in ("\xff" * 9000, "x" * (contract.SEEN_EXPRESSION + 1)):
            self.heard(m.SearchKeyRequest(ASKED, 0, Words(words)))
            errands = {wish.errand for wish in (self.offer(Aim.VALUE) for _ in range(40))}
            files = [errand for errand in errands if isinstance(errand, FindFiles)]
            self.assertEqual([FindFiles()], files)

    def test_what_nobody_named(self) -> None:
        """Of a key of which only steps are known, files, sources and notes are asked for."""
        self.heard(m.FindNodeRequest(2, ASKED, KadID(1), KadID(2)))
        wishes = [self.offer(Aim.VALUE) for _ in range(600)]
        kinds = Counter(wish.kind for wish in wishes)
        self.assertLess(abs(kinds[LookupKind.KEYWORD] / 600 - contract.COVER_FILES), 0.07)
        self.assertLess(abs(kinds[LookupKind.SOURCE] / 600 - contract.COVER_SOURCES), 0.07)
        self.assertGreater(kinds[LookupKind.NOTES], 0)
        sizes = {w.errand.size for w in wishes if isinstance(w.errand, FindSources | FindNotes)}
        self.assertGreater(len(sizes), 200)
        self.assertTrue(all(1 << 20 <= size < 1 << 31 for size in sizes))

    def test_sorts_are_not_mixed(self) -> None:
        """Keys of stores and points of node lookups are no targets of values."""
        self.heard(m.FindNodeRequest(4, ASKED, KadID(1), KadID(2)))
        self.heard(m.FindNodeRequest(11, key(5), KadID(1), KadID(2)))
        targets = {self.offer(Aim.VALUE).target for _ in range(50)}
        self.assertFalse(targets & {ASKED, key(5)})

    def test_keys_near_to_us_are_not_preferred(self) -> None:
        """Though most of what we are asked is near to us, cover goes all over the space."""
        near = [KadID(n << 100) for n in range(1, 101)]  # all begin with twenty zero bits
        far = [key(n) for n in range(1, 31)]
        for target in (*near, *far):
            self.heard(m.FindNodeRequest(2, target, KadID(1), KadID(2)), teller=target.value % 97)
        targets = [self.offer(Aim.VALUE).target for _ in range(500)]
        self.assertLess(sum(target in near for target in targets) / 500, 0.15)

    def test_forgotten(self) -> None:
        """Keys are remembered for an hour, and a bounded number of them."""
        for number in range(contract.SEEN_KEYS + 50):
            asked = m.FindNodeRequest(2, key(number), KadID(1), KadID(2))
            self.heard(asked, teller=number // contract.SEEN_OF_ONE)
        self.assertEqual(contract.SEEN_KEYS, len(self.cover.overheard.keys))
        self.offer(Aim.VALUE, NOW + contract.SEEN_LIFE + 1)
        self.assertEqual(0, len(self.cover.overheard.keys))

    def test_nobody_owns_the_memory(self) -> None:
        """Who asks a lot has a fixed share of what is remembered, and drives nobody out."""
        for number in range(10):
            self.heard(m.FindNodeRequest(2, key(number), KadID(1), KadID(2)), teller=2)
        for number in range(100, 2000):
            self.heard(m.FindNodeRequest(2, key(number), KadID(1), KadID(2)), teller=3)
        kept = {one for one, _ in self.cover.overheard.keys}
        self.assertTrue({key(number) for number in range(10)} <= kept)
        self.assertEqual(10 + contract.SEEN_OF_ONE, len(kept))
        for number in range(1, 200):
            self.heard(published(key(number), number), teller=3)
        self.assertEqual(contract.FRESH_OF_ONE, len(self.cover.overheard.fresh))

    def test_repeating_others(self) -> None:
        """Who asks for what others asked for can neither take it over nor have it forgotten."""
        self.heard(m.FindNodeRequest(2, ASKED, KadID(1), KadID(2)), teller=2)
        for number in (None, *range(100)):
            target = ASKED if number is None else key(number)
            self.heard(m.FindNodeRequest(2, target, KadID(1), KadID(2)), teller=3)
        self.assertIsNotNone(self.cover.overheard.keys.get(ASKED))

    def test_what_the_index_refused(self) -> None:
        """What the index does not hold is not published for others."""
        self.publish_always()
        self.held = False
        self.heard(published(ASKED, 7))
        self.assertEqual(FindFiles(), self.offer(Aim.STORE).errand)

    def test_stores_publish_once_more(self) -> None:
        """A store publishes what others just published to us, each entry once."""
        self.publish_always()
        self.heard(published(ASKED, 7))
        wish = self.offer(Aim.STORE)
        self.assertEqual((ASKED, LookupKind.STORE_KEYWORD), (wish.target, wish.kind))
        assert isinstance(wish.errand, PublishFiles)
        self.assertEqual([KadID(7)], [entry.kad_id for entry in wish.errand.entries])
        self.begin(wish)
        self.assertEqual(FindFiles(), self.offer(Aim.STORE).errand)

    def test_how_many_stores_publish(self) -> None:
        """The same share, one entry each, however much others publish to us."""
        self.assertEqual([], self.published_of(100))
        shares = []
        for keys, files in ((4, 1), (40, 3)):
            for number in range(keys):
                named = range(100 * number + 1, 100 * number + 1 + files)
                self.heard(published(key(number), *named), teller=number)
            errands = self.published_of(2000)
            self.assertEqual({1}, {len(errand.entries) for errand in errands})
            shares.append(len(errands) / 2000)
        for share in shares:
            self.assertLess(abs(share - contract.COVER_PUBLISHES), 0.02)

    def published_of(self, stores: int) -> list[PublishFiles]:
        """What so many cover stores publish, none of which begins."""
        errands = [self.offer(Aim.STORE).errand for _ in range(stores)]
        return [errand for errand in errands if isinstance(errand, PublishFiles)]

    def test_stale(self) -> None:
        """What was published to us half an hour ago is not published again."""
        self.publish_always()
        self.heard(published(ASKED, 7))
        self.assertEqual(FindFiles(), self.offer(Aim.STORE, NOW + contract.FRESH_LIFE).errand)

    def test_nonsense_is_not_published(self) -> None:
        """An entry without a name or a size is no file."""
        self.publish_always()
        self.heard(m.PublishKeyRequest(ASKED, (Entry(KadID(7), ()),)))
        self.assertEqual(FindFiles(), self.offer(Aim.STORE).errand)

    def test_busy(self) -> None:
        """A target that has a lookup has no second one."""
        self.publish_always()
        self.heard(published(ASKED, 7))
        self.heard(m.FindNodeRequest(2, ASKED, KadID(1), KadID(2)))
        self.busy.add(ASKED)
        for aim in Aim:
            for _ in range(20):
                self.assertNotEqual(ASKED, self.offer(aim).target)

    def test_points(self) -> None:
        """The lookup in reserve has another random point each time."""
        self.assertEqual(20, len({self.cover.point() for _ in range(20)}))
