"""Tests for :mod:`twisted_mule.kad.lookup`: the kinds of lookups, their walk and their finish."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.candidates import candidate, lookup_of
from tests.kad.model import anybody
from tests.kad.people import NOW
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad.exchange import RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind
from twisted_mule.kad.lookup import AWAITED, Lookup, Turn
from twisted_mule.kad.requests import Candidate


class KindTests(SynchronousTestCase):
    """The kinds are iMule's, as far as others can tell."""

    def test_counts(self) -> None:
        """The count of a request tells value, store and node lookups apart."""
        self.assertEqual([11, 11, 2, 2, 2, 4, 4, 4], [kind.contacts_wanted for kind in LookupKind])

    def test_finals(self) -> None:
        """Values end with searches, stores with publishes, node lookups with neither."""
        finals = {kind.aim: kind.final for kind in LookupKind}
        expected = {
            Aim.NODE: None,
            Aim.VALUE: RequestKind.SEARCH,
            Aim.STORE: RequestKind.PUBLISH,
        }
        self.assertEqual(expected, finals)

    def test_life(self) -> None:
        """A lookup for ourselves, and one that a user waits for, are given up sooner."""
        lives = [kind.life for kind in LookupKind]
        self.assertEqual([120.0, 60.0, 60.0, 60.0, 60.0, 120.0, 120.0, 120.0], lives)


class WalkTests(SynchronousTestCase):
    """A lookup spends its steps on the nearest contacts that it has not asked."""

    def setUp(self) -> None:
        """A lookup that knows three contacts."""
        self.lookup = lookup_of(LookupKind.NODE, 30, 10, 20)

    def test_nearest_first(self) -> None:
        """The nearest is asked first, nobody twice while an answer may still come."""
        asked = [self.lookup.ask(anybody, NOW) for _ in range(4)]
        self.assertEqual([*(Turn(candidate(d)) for d in (10, 20, 30)), None], asked)
        self.assertIsNone(self.lookup.ask(anybody, NOW + AWAITED - 0.1))

    def test_second_asking(self) -> None:
        """When there is nobody else, the silent are asked once more, and never again."""
        for _ in range(3):
            self.lookup.ask(anybody, NOW)
        self.lookup.answered(destination(20), [], NOW + 1)
        self.assertFalse(self.lookup.stuck)
        again = [self.lookup.ask(anybody, NOW + AWAITED) for _ in range(3)]
        self.assertEqual([Turn(candidate(10)), Turn(candidate(30)), None], again)
        self.assertTrue(self.lookup.stuck)
        self.assertTrue(self.lookup.answered(destination(10), [candidate(5)], NOW + 20))
        self.assertIsNone(self.lookup.trace.asked[0].answered)
        self.assertEqual((20.0, 1), (self.lookup.trace.asked[3].answered, self.lookup.outstanding))

    def test_nearer_news_go_first(self) -> None:
        """Whoever an answer names is asked before those farther away."""
        self.lookup.ask(anybody, NOW)
        self.assertTrue(self.lookup.answered(destination(10), [candidate(3)], NOW + 5))
        self.assertEqual(Turn(candidate(3)), self.lookup.ask(anybody, NOW))

    def test_limits_are_kept(self) -> None:
        """Who is at a limit is passed over, and asked when it no longer is."""
        chosen = self.lookup.ask(lambda peer, _: peer != destination(10), NOW)
        self.assertEqual(Turn(candidate(20)), chosen)
        self.assertEqual(Turn(candidate(10)), self.lookup.ask(anybody, NOW))

    def test_the_dead_are_remembered(self) -> None:
        """Neither an identifier nor a destination is asked again, however often it is named."""
        self.lookup.ask(anybody, NOW)
        twin = Candidate(KadID(5), destination(10), 8)
        self.assertEqual(0, self.lookup.heard_of([candidate(10), candidate(20), twin]))

    def test_two_names_of_one(self) -> None:
        """Two identifiers at one destination are asked once, under the nearer one."""
        lookup = lookup_of(LookupKind.NODE)
        lookup.heard_of([Candidate(KadID(n), destination(1), 8) for n in (7, 5)])
        self.assertEqual(Turn(Candidate(KadID(5), destination(1), 8)), lookup.ask(anybody, NOW))
        self.assertIsNone(lookup.ask(anybody, NOW))

    def test_names_that_were_heard(self) -> None:
        """Who was heard of by a name is known by it, wherever it is said to be, asked or not."""
        twin = Candidate(KadID(15), destination(10), 8)
        self.assertEqual(1, self.lookup.heard_of([twin]))
        self.assertEqual(Turn(candidate(10)), self.lookup.ask(anybody, NOW))
        elsewhere = [Candidate(KadID(d), destination(90 + d), 8) for d in (10, 15, 20, 40)]
        self.assertEqual(1, self.lookup.heard_of(elsewhere))
        self.assertEqual(0, self.lookup.heard_of(elsewhere))
        asked = [self.lookup.ask(anybody, NOW) for _ in range(4)]
        rest = [Turn(candidate(20)), Turn(candidate(30)), Turn(elsewhere[-1]), None]
        self.assertEqual(rest, asked)

    def test_unasked_answers(self) -> None:
        """An answer of somebody not asked, or a second one, changes nothing."""
        self.assertFalse(self.lookup.answered(destination(10), [candidate(1)], NOW))
        self.lookup.ask(anybody, NOW)
        self.assertTrue(self.lookup.answered(destination(10), [], NOW))
        self.assertFalse(self.lookup.answered(destination(10), [candidate(1)], NOW))
        self.assertFalse(self.lookup.delivered(destination(10), 5, NOW))
        self.assertEqual(Turn(candidate(20)), self.lookup.ask(anybody, NOW))

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
        self.assertEqual((3, 3, 0), (trace.answered, trace.walked, trace.results))
        self.assertEqual(((5.0, 20), (9.0, 10)), trace.progress)
        self.assertIsNone(trace.ended)
        self.assertEqual(0, self.lookup.outstanding)


class FinishTests(SynchronousTestCase):
    """After the walk the nearest who answered are asked for what the lookup is about."""

    def walked(self, *silent: int) -> Lookup:
        """A lookup that has made its walk among forty nodes."""
        lookup = lookup_of(LookupKind.KEYWORD, *range(1, 41))
        for second in range(contract.LOOKUP_WALK):
            turn = lookup.ask(anybody, NOW + second)
            assert turn is not None
            if turn.candidate.kad_id.value not in silent:
                lookup.answered(turn.candidate.destination, [], NOW + second)
        return lookup

    def turns(self, lookup: Lookup, now: float, count: int = 30) -> list[tuple[int, bool]]:
        """The next requests at this time: to whom, and whether to finish."""
        asked = [lookup.ask(anybody, now) for _ in range(count)]
        return [(one.candidate.kad_id.value, one.finishing) for one in asked if one is not None]

    def test_nearest_responders(self) -> None:
        """Ten finishing requests go to the ten nearest responders, then all is spent."""
        lookup = self.walked()
        self.assertEqual([(n, True) for n in range(1, 11)], self.turns(lookup, NOW + 20))
        self.assertTrue(lookup.spent)

    def test_the_nearest_is_waited_for(self) -> None:
        """While a nearer contact may still answer, nobody behind it is asked to finish."""
        lookup = self.walked(2)
        self.assertEqual([(1, True)], self.turns(lookup, NOW + 12))
        lookup.answered(destination(2), [], NOW + 12)
        self.assertEqual([(n, True) for n in range(2, 11)], self.turns(lookup, NOW + 12))

    def test_the_silent_are_given_up(self) -> None:
        """Whoever is silent for long counts as dead and holds nobody up."""
        lookup = self.walked(2)
        finished = self.turns(lookup, NOW + 1 + AWAITED)
        self.assertEqual([(1, True), *((n, True) for n in range(3, 12))], finished)

    def test_too_few_responders(self) -> None:
        """What the finish cannot use goes on as walk, and what that finds is finished at."""
        lookup = self.walked(*range(1, 10))
        late = NOW + 40
        self.assertEqual([(n, True) for n in range(10, 15)], self.turns(lookup, late, 5))
        self.assertEqual([(15, False), (16, False)], self.turns(lookup, late, 2))
        lookup.answered(destination(15), [], late + 1)
        self.assertEqual([(15, True), (17, False)], self.turns(lookup, late + 1))
        self.assertEqual([(18, False)], self.turns(lookup, late + 2 + AWAITED))
        self.assertTrue(lookup.spent)

    def test_lost_first_datagrams(self) -> None:
        """Where hardly anybody answers, the nearest get a second chance before those behind."""
        lookup = self.walked(*range(1, 14))
        late = NOW + 40
        self.assertEqual([(14, True)], self.turns(lookup, late, 1))
        self.assertEqual([(n, False) for n in range(1, 6)], self.turns(lookup, late))
        for number in (1, 2, 3):
            lookup.answered(destination(number), [], late + 1)
        self.assertEqual([(n, True) for n in (1, 2, 3)], self.turns(lookup, late + 1))
        self.assertEqual([(6, False)], self.turns(lookup, late + 1 + AWAITED))
        self.assertTrue(lookup.spent)

    def test_awaited_answers_are_worth_waiting_for(self) -> None:
        """While enough answers may still come to use all that is left, the walk does not go on."""
        lookup = self.walked(*range(1, 15))
        self.assertEqual([], self.turns(lookup, NOW + contract.LOOKUP_WALK))

    def test_limits_are_kept(self) -> None:
        """A responder at its limit is passed over for the next one."""
        lookup = self.walked()
        chosen = lookup.ask(lambda peer, _: peer != destination(1), NOW + 20)
        self.assertEqual(Turn(candidate(2), finishing=True), chosen)
        self.assertEqual(Turn(candidate(1), finishing=True), lookup.ask(anybody, NOW + 20))

    def test_all_at_their_limits(self) -> None:
        """When no responder may be asked to finish, the walk goes on."""
        lookup = self.walked()
        turn = lookup.ask(lambda _, kind: kind is RequestKind.REQ, NOW + 40)
        self.assertEqual(Turn(candidate(15)), turn)

    def test_small_network(self) -> None:
        """Where there are fewer contacts than steps, the finish begins when all are asked."""
        lookup = lookup_of(LookupKind.STORE_NOTES, 1, 2, 3)
        for number in (1, 2, 3):
            lookup.ask(anybody, NOW)
            self.assertIsNone(lookup.ask(anybody, NOW) if number == 3 else None)
        for number in (3, 1, 2):
            lookup.answered(destination(number), [], NOW + 1)
        self.assertEqual([(n, True) for n in (1, 2, 3)], self.turns(lookup, NOW + 2))
        self.assertTrue(lookup.stuck)
        self.assertFalse(lookup.spent)

    def test_parts(self) -> None:
        """The parts of an answer add up; the first one counts as the time of the answer."""
        lookup = self.walked()
        lookup.ask(anybody, NOW + 20)
        self.assertTrue(lookup.delivered(destination(1), 100, NOW + 25))
        self.assertTrue(lookup.delivered(destination(1), 50, NOW + 29))
        self.assertFalse(lookup.delivered(destination(2), 50, NOW + 29))
        last = lookup.trace.asked[-1]
        self.assertEqual((True, 25.0, 150), (last.finishing, last.answered, last.results))
        self.assertEqual((NOW + 29, 14), (lookup.touched, lookup.trace.walked))
