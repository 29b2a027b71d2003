"""Tests for :mod:`twisted_mule.kad.cover`: lookups that have no interest of our own."""

from __future__ import annotations

from collections import Counter
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.cover import CoverTraffic
from twisted_mule.kad.errands import FindFiles, FindSources, PublishFiles
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import LookupWish
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
        self.cover = CoverTraffic(Chance(b"cover"))
        self.random = Random(1)
        self.busy: set[KadID] = set()

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
        self.cover.heard(m.FindNodeRequest(2, ASKED, KadID(1), KadID(2)), NOW)
        wishes = [self.offer(Aim.VALUE) for _ in range(400)]
        known = [wish for wish in wishes if wish.target == ASKED]
        self.assertLess(abs(len(known) / 400 - contract.COVER_SEEN), 0.07)
        self.assertEqual({(LookupKind.KEYWORD, FindFiles())}, {(w.kind, w.errand) for w in known})
        self.cover.heard(m.SearchSourceRequest(ASKED, 0, 77), NOW)
        wishes = [self.offer(Aim.VALUE) for _ in range(40)]
        self.assertIn((LookupKind.SOURCE, FindSources(77)), [(w.kind, w.errand) for w in wishes])

    def test_searches_as_they_were(self) -> None:
        """What is known of a search is not forgotten for another step of it."""
        self.cover.heard(m.SearchKeyRequest(ASKED, 0, Words("foo")), NOW)
        self.cover.heard(m.FindNodeRequest(2, ASKED, KadID(1), KadID(2)), NOW + 1)
        errands = {wish.errand for wish in (self.offer(Aim.VALUE) for _ in range(20))}
        self.assertIn(FindFiles(Words("foo")), errands)

    def test_hostile_expressions(self) -> None:
        """An expression too large to be written again, or just unusual, is left out."""
        for words in ("\xff" * 9000, "x" * (contract.SEEN_EXPRESSION + 1)):
            self.cover.heard(m.SearchKeyRequest(ASKED, 0, Words(words)), NOW)
            errands = {wish.errand for wish in (self.offer(Aim.VALUE) for _ in range(20))}
            self.assertEqual({FindFiles()}, errands)

    def test_sorts_are_not_mixed(self) -> None:
        """Keys of stores and points of node lookups are no targets of values."""
        self.cover.heard(m.FindNodeRequest(4, ASKED, KadID(1), KadID(2)), NOW)
        self.cover.heard(m.FindNodeRequest(11, key(5), KadID(1), KadID(2)), NOW)
        targets = {self.offer(Aim.VALUE).target for _ in range(50)}
        self.assertFalse(targets & {ASKED, key(5)})

    def test_keys_near_to_us_are_not_preferred(self) -> None:
        """Though most of what we are asked is near to us, cover goes all over the space."""
        near = [KadID(n << 100) for n in range(1, 101)]  # all begin with twenty zero bits
        far = [key(n) for n in range(1, 31)]
        for target in (*near, *far):
            self.cover.heard(m.FindNodeRequest(2, target, KadID(1), KadID(2)), NOW)
        targets = [self.offer(Aim.VALUE).target for _ in range(500)]
        self.assertLess(sum(target in near for target in targets) / 500, 0.15)

    def test_forgotten(self) -> None:
        """Keys are remembered for an hour, and a bounded number of them."""
        for number in range(contract.SEEN_KEYS + 50):
            self.cover.heard(m.FindNodeRequest(2, key(number), KadID(1), KadID(2)), NOW)
        self.assertEqual(contract.SEEN_KEYS, len(self.cover._seen))
        self.offer(Aim.VALUE, NOW + contract.SEEN_LIFE + 1)
        self.assertEqual(0, len(self.cover._seen))

    def test_stores_publish_once_more(self) -> None:
        """A store publishes what others just published to us, each entry once."""
        self.cover.heard(published(ASKED, 7), NOW)
        wish = self.offer(Aim.STORE)
        self.assertEqual((ASKED, LookupKind.STORE_KEYWORD), (wish.target, wish.kind))
        assert isinstance(wish.errand, PublishFiles)
        self.assertEqual([KadID(7)], [entry.kad_id for entry in wish.errand.entries])
        self.begin(wish)
        self.assertEqual(FindFiles(), self.offer(Aim.STORE).errand)

    def test_stale(self) -> None:
        """What was published to us half an hour ago is not published again."""
        self.cover.heard(published(ASKED, 7), NOW)
        self.assertEqual(FindFiles(), self.offer(Aim.STORE, NOW + contract.FRESH_LIFE).errand)

    def test_nonsense_is_not_published(self) -> None:
        """An entry without a name or a size is no file."""
        self.cover.heard(m.PublishKeyRequest(ASKED, (Entry(KadID(7), ()),)), NOW)
        self.assertEqual(FindFiles(), self.offer(Aim.STORE).errand)

    def test_busy(self) -> None:
        """A target that has a lookup has no second one."""
        self.cover.heard(published(ASKED, 7), NOW)
        self.cover.heard(m.FindNodeRequest(2, ASKED, KadID(1), KadID(2)), NOW)
        self.busy.add(ASKED)
        for aim in Aim:
            for _ in range(20):
                self.assertNotEqual(ASKED, self.offer(aim).target)

    def test_points(self) -> None:
        """The lookup in reserve has another random point each time."""
        self.assertEqual(20, len({self.cover.point() for _ in range(20)}))
