"""Tests for :mod:`twisted_mule.kad.lookup`."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.lookup import Lookup, LookupKind
from twisted_mule.kad.requests import Candidate

TARGET = KadID(0)


def candidate(number: int) -> Candidate:
    """The node at distance ``number`` from the target."""
    return Candidate(KadID(number), destination(number), 8)


def anybody(_peer: Destination) -> bool:
    """Nobody is at a limit."""
    return True


class LookupTests(SynchronousTestCase):
    """A lookup spends its requests on the nearest contacts that it has not asked."""

    def setUp(self) -> None:
        """A lookup that knows three contacts."""
        self.lookup = Lookup(TARGET, LookupKind.NODE, NOW)
        self.lookup.heard_of(map(candidate, (30, 10, 20)))

    def test_nearest_first(self) -> None:
        """The nearest is asked first, nobody twice."""
        asked = [self.lookup.ask(anybody, NOW) for _ in range(4)]
        self.assertEqual([candidate(10), candidate(20), candidate(30), None], asked)
        self.assertTrue(self.lookup.dry)

    def test_nearer_news_go_first(self) -> None:
        """Whoever an answer names is asked before those farther away."""
        self.lookup.ask(anybody, NOW)
        self.assertTrue(self.lookup.answered(destination(10), [candidate(3)], NOW + 5))
        self.assertEqual(candidate(3), self.lookup.ask(anybody, NOW))

    def test_limits_are_kept(self) -> None:
        """Who is at a limit is passed over, and asked when it no longer is."""
        chosen = self.lookup.ask(lambda peer: peer != destination(10), NOW)
        self.assertEqual(candidate(20), chosen)
        self.assertEqual(candidate(10), self.lookup.ask(anybody, NOW))

    def test_never_twice(self) -> None:
        """Neither an identifier nor a destination is asked a second time."""
        self.lookup.ask(anybody, NOW)
        twin = Candidate(KadID(5), destination(10), 8)
        self.assertEqual(0, self.lookup.heard_of([candidate(10), candidate(20), twin]))

    def test_no_early_stop(self) -> None:
        """It spends all its requests, no fewer however near it came, and no more."""
        lookup = Lookup(TARGET, LookupKind.NODE, NOW)
        lookup.heard_of(map(candidate, range(1, 100)))
        asked = 0
        while (chosen := lookup.ask(anybody, NOW)) is not None:
            asked += 1
            lookup.answered(chosen.destination, [candidate(1)], NOW)
        self.assertEqual(contract.LOOKUP_REQUESTS, asked)
        self.assertTrue(lookup.spent)

    def test_unasked_answers(self) -> None:
        """An answer of somebody not asked, or a second one, changes nothing."""
        self.assertFalse(self.lookup.answered(destination(10), [candidate(1)], NOW))
        self.lookup.ask(anybody, NOW)
        self.assertTrue(self.lookup.answered(destination(10), [], NOW))
        self.assertFalse(self.lookup.answered(destination(10), [candidate(1)], NOW))
        self.assertEqual(candidate(20), self.lookup.ask(anybody, NOW))

    def test_counts(self) -> None:
        """The count of a request tells value, store and node lookups apart as iMule's does."""
        wanted = {kind: kind.contacts_wanted for kind in LookupKind}
        self.assertEqual(
            {
                LookupKind.VALUE: 2,
                LookupKind.STORE: 4,
                LookupKind.NODE: 11,
                LookupKind.SELF: 11,
            },
            wanted,
        )

    def test_trace(self) -> None:
        """The trace tells who was asked when, who answered, and how near it came."""
        for second in range(3):
            self.lookup.ask(anybody, NOW + second)
        self.lookup.answered(destination(20), [candidate(4)], NOW + 5)
        self.lookup.answered(destination(30), [], NOW + 6)
        self.lookup.answered(destination(10), [], NOW + 9)
        trace = self.lookup.trace
        self.assertEqual([0.0, 1.0, 2.0], [asked.at for asked in trace.asked])
        self.assertEqual([0, 1, 0], [asked.contacts for asked in trace.asked])
        self.assertEqual(3, trace.answered)
        self.assertEqual(((5.0, 20), (9.0, 10)), trace.progress)
        self.assertEqual(0, self.lookup.outstanding)

    @given(
        st.lists(st.integers(1, 10_000), unique=True, min_size=1, max_size=60),
        st.randoms(use_true_random=False),
    )
    def test_converges(self, distances: list[int], random: Random) -> None:
        """Where everybody knows everybody it asks the nearest, in whatever order they answer."""
        network = [candidate(distance) for distance in distances]
        lookup = Lookup(TARGET, LookupKind.NODE, NOW)
        lookup.heard_of(network[:1])
        waiting: list[Candidate] = []
        while True:
            chosen = lookup.ask(anybody, NOW)
            if chosen is not None:
                waiting.append(chosen)
            elif not waiting:
                break
            if waiting and (chosen is None or random.random() < 0.5):
                answering = waiting.pop(random.randrange(len(waiting)))
                lookup.answered(answering.destination, random.sample(network, len(network)), NOW)
        nearest = sorted(distances)[: contract.LOOKUP_REQUESTS - 1]
        asked = {one.distance for one in lookup.trace.asked}
        self.assertLessEqual(set(nearest), asked)
        self.assertEqual(min(contract.LOOKUP_REQUESTS, len(network)), len(asked))

    def test_life(self) -> None:
        """A lookup for ourselves is given up sooner than others."""
        self.assertEqual((60.0, 120.0), (LookupKind.SELF.life, LookupKind.NODE.life))
