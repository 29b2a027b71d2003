"""Tests for :mod:`twisted_mule.closeups` and :mod:`twisted_mule.gallery`."""

from __future__ import annotations

from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from tests.network.village import Village
from twisted_mule import closeups
from twisted_mule.details import DELAY_STEPS, DISTANCES, PeerOrder, PeerWish, delay_step
from twisted_mule.gallery import FRESH, KEPT, Gallery
from twisted_mule.kad.ids import BITS


@cache
def of_nine() -> Village:
    """Nine nodes that have run for a while, the same for all tests."""
    village = Village(9)
    village.run(400.0)
    return village


class OfAVillage(SynchronousTestCase):
    """Pictures of a node among eight others that has run for a while."""

    def setUp(self) -> None:
        """One of the nodes."""
        self.village = of_nine()
        self.node, self.now = self.village.nodes[0], self.village.clock.seconds()
        self.table = self.node.core.table

    def test_peers(self) -> None:
        """Every order sorts by what it says, and turns round."""
        for order, key in (
            (PeerOrder.DISTANCE, lambda peer: peer.distance),
            (PeerOrder.TYPE, lambda peer: peer.kind),
            (PeerOrder.KNOWN, lambda peer: round(peer.known, 3)),
            (PeerOrder.HEARD, lambda peer: round(peer.heard or 1e9, 3)),
        ):
            for falling in (False, True):
                found = closeups.peers(self.table, PeerWish(order, falling), self.now)
                values = [key(peer) for peer in found.peers]
                self.assertEqual(sorted(values, reverse=falling), values, (order, falling))
                self.assertEqual((8, 8, 0, 1), (found.contacts, found.matching, 0, found.pages))

    def test_filters(self) -> None:
        """Filters take away, and never add."""
        kinds = [
            closeups.peers(self.table, PeerWish(kind=kind), self.now).matching for kind in range(5)
        ]
        self.assertEqual(8, sum(kinds))
        yes, no = (
            closeups.peers(self.table, PeerWish(verified=choice), self.now).matching
            for choice in (True, False)
        )
        self.assertEqual(8, yes + no)

    def test_pages(self) -> None:
        """A page that is not there is the last one; a file has all of them."""
        many = [contact for contact in self.table for _ in range(100)]
        page = closeups.peers(many, PeerWish(page=99), self.now)
        self.assertEqual((800, 3, 4, 200), (page.contacts, page.page, page.pages, len(page.peers)))
        self.assertEqual(800, len(closeups.peers(many, PeerWish(whole=True), self.now).peers))

    def test_keyspace(self) -> None:
        """Every contact is in one cell and at one distance."""
        space = closeups.keyspace(self.node.core)
        self.assertEqual((8, 8), (sum(space.cells), sum(space.distances)))
        self.assertEqual(DISTANCES, len(space.distances))
        self.assertGreater(space.size or 0, 1)

    def test_lookups(self) -> None:
        """The newest comes first, with distances in bits."""
        found = closeups.lookups(self.node.core.lookups(), self.now)
        self.assertTrue(found)
        self.assertEqual(sorted(one.began for one in found), [one.began for one in found])
        bits = [asked.distance for one in found for asked in one.asked]
        self.assertTrue(all(0 <= each <= BITS for each in bits))

    def test_store(self) -> None:
        """The three sorts, with bounds."""
        held = closeups.store(self.node.core, self.now).held
        self.assertEqual(["keyword", "source", "note"], [each.sort for each in held])
        self.assertTrue(all(each.most_room > each.room for each in held))

    def test_traffic(self) -> None:
        """Every answer that left has its delay counted, within the bounds."""
        seen = closeups.traffic(self.node)
        answers = seen.sent - seen.requests
        self.assertLessEqual(sum(seen.delays), seen.sent)
        self.assertGreaterEqual(sum(seen.delays), answers)
        self.assertEqual(0, sum(seen.delays[: delay_step(seen.least)]))
        self.assertEqual(0, sum(seen.delays[delay_step(seen.most) + 1 :]))


class EstimateTests(SynchronousTestCase):
    """The estimate of the network's size."""

    def test_unbiased(self) -> None:
        """Over many networks of a thousand nodes it is right on average, within its error."""
        random = Random(5)
        ratios = []
        for _ in range(200):
            distances = [random.getrandbits(BITS) for _ in range(1000)]
            size, error, count = closeups.estimate(distances)
            self.assertEqual(closeups.NEAREST, count)
            ratios.append((size or 0.0) / 1000)
        self.assertLess(abs(1 - sum(ratios) / len(ratios)), 0.1)
        spread = (sum((ratio - 1) ** 2 for ratio in ratios) / len(ratios)) ** 0.5
        self.assertLess(abs(error - spread), 0.08)

    def test_too_few(self) -> None:
        """Three contacts tell nothing."""
        self.assertEqual((None, 0.0, 3), closeups.estimate([1, 2, 3]))


class DelayStepTests(SynchronousTestCase):
    """Steps of delay."""

    def test_bounds(self) -> None:
        """What is too long is in the last step; nothing is lost."""
        self.assertEqual([0, 0, 1, 2], [delay_step(each) for each in (-1.0, 0.2, 0.25, 0.6)])
        self.assertEqual(DELAY_STEPS - 1, delay_step(1e9))


class GalleryTests(SynchronousTestCase):
    """Pictures are made when asked for, and kept a moment."""

    def setUp(self) -> None:
        """A daemon without a node, or with one that is counted."""
        self.clock = Clock()
        library = SimpleNamespace(running=False)
        self.daemon = SimpleNamespace(
            node=None, clock=self.clock, holdings=SimpleNamespace(library=library)
        )
        self.gallery = Gallery(cast("Any", self.daemon))

    def test_before_the_node(self) -> None:
        """While keys are being made there is nothing to see, and nothing fails."""
        gallery = self.gallery
        self.assertEqual(0, gallery.peers(PeerWish()).contacts)
        self.assertEqual(0, sum(gallery.keyspace().cells))
        self.assertEqual(((), (), ()), (gallery.lookups(), gallery.searches(None), gallery.rows))
        self.assertEqual(0, gallery.traffic().sent + gallery.store().publishers)
        self.assertEqual(0, gallery.sharing(0).shared)

    def test_kept_a_moment(self) -> None:
        """However often readers ask, a picture is taken once in two seconds."""
        first = self.gallery.sharing(0)
        self.assertIs(first, self.gallery.sharing(0))
        self.clock.advance(FRESH)
        self.assertIsNot(first, self.gallery.sharing(0))

    def test_few_are_kept(self) -> None:
        """Readers who ask for ever other pages fill no memory."""
        for page in range(3 * KEPT):
            self.gallery.sharing(page)
        self.assertEqual(KEPT, len(self.gallery._kept))
