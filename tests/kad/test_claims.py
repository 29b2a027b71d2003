"""Tests for :mod:`twisted_mule.kad.claims`."""

from __future__ import annotations

from collections import Counter
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.claims import CLAIM_LIFE, CLAIMS, WEIGHTS, Claims, Ground, Verdict
from twisted_mule.kad.exchange import Plain, Request, RequestKind
from twisted_mule.kad.messages import Ping

LATER = NOW + contract.DELAY_BASE + contract.DELAY_JITTER


def request(wish: str) -> Request:
    """The request that a wish becomes."""
    return Request(destination(hash(wish) % 99), Ping(), Plain(), RequestKind.PING, frozenset())


class ClaimsTests(SynchronousTestCase):
    """Everybody waits by one law, then a lot decides who gets the place."""

    def setUp(self) -> None:
        """Nobody claims anything."""
        self.random = Random(1)
        self.claims: Claims[str] = Claims()
        self.drawn: list[str] = []

    def take(self, wish: str) -> Request:
        """Realise whatever is drawn."""
        self.drawn.append(wish)
        return request(wish)

    def test_waits_base_and_jitter(self) -> None:
        """A claim competes after 0.5 to 3 s, its own for each, and never sooner."""
        waits = []
        for _ in range(300):
            self.claims.make("a", Ground.LOOKUP, NOW, self.random)
            wait = 0.0
            while self.claims.draw(NOW + wait, self.random, self.take) is None:
                wait += 0.01
            waits.append(wait)
        self.assertGreaterEqual(min(waits), contract.DELAY_BASE)
        self.assertLessEqual(max(waits), contract.DELAY_BASE + contract.DELAY_JITTER + 0.01)
        self.assertGreater(len(set(waits)), 100)

    def test_once_each(self) -> None:
        """A wish has one claim, however often it is made, and is served once."""
        for _ in range(3):
            self.claims.make("a", Ground.LOOKUP, NOW, self.random)
        self.assertEqual(request("a"), self.claims.draw(LATER, self.random, self.take))
        self.assertIsNone(self.claims.draw(LATER, self.random, self.take))
        self.assertEqual(["a"], self.drawn)

    def test_weights(self) -> None:
        """The lot among the grounds keeps to the weights of the contract."""
        for _ in range(2000):
            for ground in Ground:
                self.claims.make(ground.value, ground, NOW, self.random)
            self.claims.draw(LATER, self.random, self.take)
            self.claims.clear()
        counts = Counter(self.drawn)
        total = sum(WEIGHTS.values())
        for ground, weight in WEIGHTS.items():
            self.assertLess(abs(counts[ground.value] / 2000 - weight / total), 0.05)

    def test_lot_within_a_ground(self) -> None:
        """Within a ground nobody comes first for having claimed first."""
        for _ in range(400):
            for wish in "abcd":
                self.claims.make(wish, Ground.MAINTENANCE, NOW, self.random)
            self.claims.draw(LATER, self.random, self.take)
            self.claims.clear()
        self.assertTrue(all(60 < n < 140 for n in Counter(self.drawn).values()))

    def test_who_stays_hands_the_place_on(self) -> None:
        """A claim whose target is at its limit stays, and another gets the place."""
        for wish in ("full", "free"):
            self.claims.make(wish, Ground.LOOKUP, NOW, self.random)
        drawn = self.claims.draw(
            LATER,
            self.random,
            lambda wish: Verdict.STAYS if wish == "full" else request(wish),
        )
        self.assertEqual(request("free"), drawn)
        self.assertIn("full", self.claims)

    def test_all_stay(self) -> None:
        """When every target is at its limit the place stays empty."""
        for ground in Ground:
            self.claims.make(ground.value, ground, NOW, self.random)
        self.assertIsNone(self.claims.draw(LATER, self.random, lambda _: Verdict.STAYS))
        self.assertEqual(3, len(self.claims))

    def test_void(self) -> None:
        """A claim whose reason is gone goes too."""
        self.claims.make("a", Ground.LOOKUP, NOW, self.random)
        self.assertIsNone(self.claims.draw(LATER, self.random, lambda _: Verdict.VOID))
        self.assertEqual(0, len(self.claims))

    def test_stale(self) -> None:
        """A claim that nobody could serve for long is dropped."""
        self.claims.make("a", Ground.LOOKUP, NOW, self.random)
        self.assertIsNone(self.claims.draw(NOW + CLAIM_LIFE, self.random, self.take))
        self.assertNotIn("a", self.claims)

    def test_bounded(self) -> None:
        """Claims are bounded in number."""
        for number in range(2 * CLAIMS):
            self.claims.make(str(number), Ground.MAINTENANCE, NOW, self.random)
        self.assertEqual(CLAIMS, len(self.claims))

    def test_nobody_crowds_out_another_ground(self) -> None:
        """However much maintenance others make for us, lookups still get their claims."""
        for number in range(2 * CLAIMS):
            self.claims.make(str(number), Ground.MAINTENANCE, NOW, self.random)
        self.claims.make("step", Ground.LOOKUP, NOW, self.random)
        self.assertIn("step", self.claims)
