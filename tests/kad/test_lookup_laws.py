"""Tests for :mod:`twisted_mule.kad.lookup`: what holds in any network."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.candidates import candidate, lookup_of
from tests.kad.model import anybody, walk
from tests.kad.people import NOW
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.lookup import AWAITED
from twisted_mule.kad.requests import Candidate

FINISHING = [kind for kind in LookupKind if kind.final is not None]
NETWORKS = st.tuples(
    st.lists(st.integers(1, 10_000), unique=True, min_size=1, max_size=60),
    st.sampled_from(LookupKind),
    st.randoms(use_true_random=False),
    st.sampled_from((0.0, 0.3, 0.6, 1.0)),
    st.sampled_from((2.0, 8.0, 40.0)),
)


class LawTests(SynchronousTestCase):
    """What holds in any network, whoever answers, late or never."""

    @given(NETWORKS)
    def test_shape(self, network: tuple[list[int], LookupKind, Random, float, float]) -> None:
        """All requests are spent as long as there is anybody, none more, few twice."""
        distances, kind, random, deaf, longest = network
        people = [candidate(distance) for distance in distances]
        silent = {one for one in people if random.random() < deaf}
        circles = {one: random.sample(people, random.randrange(len(people) + 1)) for one in people}
        lookup = lookup_of(kind, *random.sample(distances, random.randint(1, len(distances))))

        def names(one: Candidate) -> list[Candidate] | None:
            return None if one in silent else circles[one]

        turns = [turn for _, turn in walk(lookup, names, random, longest)]
        self.assertEqual(len(turns), len(lookup.trace.asked))
        for turn, times in Counter(turns).items():
            prompt = longest < AWAITED and turn.candidate not in silent
            self.assertLessEqual(times, 1 if turn.finishing or prompt else 2)
        self.assertLessEqual(len(turns), contract.LOOKUP_REQUESTS)
        self.assertTrue(lookup.spent or lookup.stuck)
        finished = [turn for turn in turns if turn.finishing]
        self.assertLessEqual(len(finished), contract.LOOKUP_FINISH if kind.final else 0)
        self.assertFalse(silent & {turn.candidate for turn in finished})

    @given(
        st.lists(st.integers(1, 10_000), unique=True, min_size=24, max_size=60),
        st.sampled_from(FINISHING),
        st.randoms(use_true_random=False),
    )
    def test_split(self, distances: list[int], kind: LookupKind, random: Random) -> None:
        """Where everybody answers it walks 14 steps and finishes at the 10 nearest of all."""
        people = [candidate(distance) for distance in distances]
        lookup = lookup_of(kind, *distances[:1])
        turns = [turn for _, turn in walk(lookup, lambda _: people, random)]
        shape = [False] * contract.LOOKUP_WALK + [True] * contract.LOOKUP_FINISH
        self.assertEqual(shape, [turn.finishing for turn in turns])
        nearest = sorted(distances)[: contract.LOOKUP_FINISH]
        finished = [turn.candidate.kad_id.value for turn in turns if turn.finishing]
        self.assertEqual(nearest, sorted(finished))

    @given(
        st.lists(st.integers(1, 10_000), unique=True, min_size=24, max_size=60),
        st.sampled_from((LookupKind.NODE, LookupKind.NODECOMPLETE)),
        st.randoms(use_true_random=False),
    )
    def test_node_lookups(self, distances: list[int], kind: LookupKind, random: Random) -> None:
        """A node lookup walks all the way, and asks everybody who is near."""
        people = [candidate(distance) for distance in distances]
        lookup = lookup_of(kind, *distances[:1])
        walk(lookup, lambda _: people, random)
        asked = {one.distance for one in lookup.trace.asked}
        self.assertEqual(contract.LOOKUP_REQUESTS, len(asked))
        self.assertLessEqual(set(sorted(distances)[: contract.LOOKUP_REQUESTS - 1]), asked)

    @given(
        st.lists(st.integers(1, 10_000), unique=True, min_size=24, max_size=60),
        st.sampled_from(FINISHING),
        st.randoms(use_true_random=False),
        st.sampled_from((0.2, 0.5, 0.9)),
    )
    def test_nearest_responder(
        self, distances: list[int], kind: LookupKind, random: Random, deaf: float
    ) -> None:
        """Each finishing request goes to the nearest who has answered and has had none yet."""
        lookup = lookup_of(kind, *distances)
        waiting: list[Destination] = []
        responders: dict[Destination, int] = {}
        for second in range(600):
            turn = lookup.ask(anybody, NOW + second)
            if turn is not None and turn.finishing:
                chosen = turn.candidate
                self.assertEqual(min(responders.values()), chosen.kad_id.value)
                del responders[chosen.destination]
            elif turn is not None and random.random() > deaf:
                waiting.append(turn.candidate.destination)
            if waiting and random.random() < 0.4:
                source = waiting.pop(random.randrange(len(waiting)))
                lookup.answered(source, [], NOW + second)
                (distance,) = (d for d in distances if destination(d) == source)
                responders[source] = distance
        self.assertTrue(lookup.spent or lookup.stuck)
