"""Tests for :mod:`twisted_mule.studies.imule`: iMule's rules, as node-behaviour states them."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.contact import SILENT, YOUNG, Me, SavedContact, Seed
from twisted_mule.kad.deck import Deck
from twisted_mule.kad.exchange import RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind
from twisted_mule.kad.lookup import Turn
from twisted_mule.kad.messages import VERSION
from twisted_mule.kad.origins import LookupWish
from twisted_mule.kad.published import Published
from twisted_mule.kad.query import parse
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.slots import Slots
from twisted_mule.simulation.hostile import somewhere
from twisted_mule.simulation.scenario import Scenario, Start, Users
from twisted_mule.simulation.world import World
from twisted_mule.studies.health.asking import Asking
from twisted_mule.studies.health.lookups import LookupBook
from twisted_mule.studies.health.plan import OPEN
from twisted_mule.studies.health.stores import StoreBook
from twisted_mule.studies.health.wire import WireTally
from twisted_mule.studies.imule.core import Exact
from twisted_mule.studies.imule.lookup import ImuleLookup
from twisted_mule.studies.imule.node import IMULE
from twisted_mule.studies.imule.publishing import ImulePublishing
from twisted_mule.studies.imule.upkeep import ImuleUpkeep

DRAWS: Draws = Random(5)
TARGET = KadID(1 << 100)


def somebody(distance: int) -> Candidate:
    """A candidate at a distance of ``TARGET``."""
    return Candidate(KadID(TARGET.value ^ distance), somewhere(DRAWS), VERSION)


def permitted(_peer: object, _kind: RequestKind) -> bool:
    """Everybody may be asked."""
    return True


def lookup(kind: LookupKind, *distances: int) -> tuple[ImuleLookup, list[Candidate]]:
    """A lookup that knows candidates at these distances."""
    known = [somebody(distance) for distance in distances]
    made = ImuleLookup(TARGET, kind, 0.0)
    made.heard_of(known)
    return made, known


class LookupTests(SynchronousTestCase):
    """One message in two seconds, nearest first, no number of requests."""

    def test_pace_and_order(self) -> None:
        """The nearest is asked first, the next one no sooner than two seconds later."""
        walk, known = lookup(LookupKind.STORE_SOURCE, 300, 100, 200)
        turns = {second: walk.ask(permitted, float(second)) for second in range(5)}
        asked = [second for second, turn in turns.items() if turn is not None]
        self.assertEqual([0, 2, 4], asked)
        self.assertEqual(Turn(known[1]), turns[0])
        self.assertEqual(Turn(known[2]), turns[2])

    def test_no_step_right_after_an_answer(self) -> None:
        """A lookup that was active within the last second waits for its next step."""
        walk, known = lookup(LookupKind.STORE_SOURCE, 100, 200)
        walk.ask(permitted, 0.0)
        walk.answered(known[0].destination, (), 1.5)
        self.assertIsNone(walk.ask(permitted, 2.0))
        self.assertIsNotNone(walk.ask(permitted, 4.0))

    def test_responders_get_the_final_request(self) -> None:
        """Who answered a step is asked to finish as soon as nobody nearer is left."""
        walk, known = lookup(LookupKind.STORE_SOURCE, 100, 200)
        walk.ask(permitted, 0.0)
        walk.answered(known[0].destination, (), 0.5)
        self.assertEqual(Turn(known[0], finishing=True), walk.ask(permitted, 2.0))

    def test_random_points_end_with_the_first_answer(self) -> None:
        """A lookup for a random point is over once somebody answered."""
        walk, known = lookup(LookupKind.NODE, 100, 200)
        walk.ask(permitted, 0.0)
        self.assertFalse(walk.over(1.0))
        walk.answered(known[0].destination, (somebody(50),), 1.0)
        self.assertTrue(walk.over(1.0))

    def test_ten_completions_end_a_store(self) -> None:
        """With ten done and nobody nearer left it is over; the farther ones are never asked."""
        walk, known = lookup(LookupKind.STORE_SOURCE, *range(100, 1600, 100))
        now = 0.0
        while not walk.over(now):
            turn = walk.ask(permitted, now)
            if turn is not None and turn.finishing:
                walk.delivered(turn.candidate.destination, 1, now + 0.5)
            elif turn is not None:
                walk.answered(turn.candidate.destination, (), now + 0.5)
            now += 2.0
        self.assertEqual(20, len(walk.trace.asked))
        self.assertEqual(10, walk.trace.results)
        self.assertNotIn(known[10].kad_id, {one.kad_id for one in walk.trace.asked})

    def test_a_search_waits_for_more(self) -> None:
        """Who brought less than 300 results may bring more: it ends after 120 s of silence."""
        walk, known = lookup(LookupKind.KEYWORD, 100)
        walk.ask(permitted, 0.0)
        walk.answered(known[0].destination, (), 1.0)
        walk.ask(permitted, 2.0)
        walk.delivered(known[0].destination, 5, 3.0)
        self.assertFalse(walk.over(122.0))
        self.assertTrue(walk.over(123.0))

    def test_silence(self) -> None:
        """Who is silent is not asked twice; a lookup that ran dry waits 120 s for it."""
        walk, _ = lookup(LookupKind.STORE_KEYWORD, 100)
        walk.ask(permitted, 0.0)
        self.assertEqual([None] * 50, [walk.ask(permitted, 2.0 + 2 * n) for n in range(50)])
        self.assertFalse(walk.over(119.0))
        self.assertTrue(walk.over(120.0))


class PublishingTests(SynchronousTestCase):
    """Sources every five hours, words once a source was acknowledged."""

    def setUp(self) -> None:
        """A node that shares one file of two words."""
        me = Me(KadID(7), somewhere(DRAWS), somewhere(DRAWS), KadID(9))
        self.joined = True
        self.publishing = ImulePublishing(me, 0.0, joined=lambda: self.joined)
        self.file = Published(KadID(77), "red moon.mkv", 1000)
        self.publishing.share([self.file], 0.0, DRAWS)

    def offered(self, now: float) -> LookupWish | None:
        """What is wanted now; it begins."""
        wish = self.publishing.offer(Aim.STORE, lambda _: False, now, DRAWS)
        if wish is not None:
            self.begun = ImuleLookup(wish.target, wish.kind, now, wish.errand)
            self.publishing.begun(self.begun, now, DRAWS)
        return wish

    def kinds(self, times: range) -> list[LookupKind]:
        """The kinds of all that begins at these seconds."""
        wishes = [self.offered(float(now)) for now in times]
        return [wish.kind for wish in wishes if wish is not None]

    def test_nothing_before_the_node_has_joined(self) -> None:
        """Publishing waits for an answered lookup of the own identifier."""
        self.joined = False
        self.assertEqual([], self.kinds(range(100)))

    def test_words_follow_an_acknowledged_source(self) -> None:
        """A source comes first; its words only after somebody acknowledged it."""
        self.assertEqual([LookupKind.STORE_SOURCE], self.kinds(range(100)))
        self.publishing.ended(self.begun, 100.0, DRAWS)
        self.assertEqual([], self.kinds(range(100, 200)))
        self.begun.loads.append(1)
        self.publishing.ended(self.begun, 200.0, DRAWS)
        self.assertEqual([LookupKind.STORE_KEYWORD] * 2, self.kinds(range(200, 300)))

    def test_again_after_five_hours(self) -> None:
        """A source is due five hours after its last start, not earlier."""
        self.kinds(range(10))
        self.assertEqual([], self.kinds(range(10, 17_990, 10)))
        self.assertEqual([LookupKind.STORE_SOURCE], self.kinds(range(18_000, 18_010)))


class UpkeepTests(SynchronousTestCase):
    """One HELLO a leaf and minute, to the one unheard longest."""

    def setUp(self) -> None:
        """A table with three contacts whose validity is over or unknown."""
        me = Me(KadID(7), somewhere(DRAWS))
        self.table = RoutingTable(me, 0.0)
        saved = []
        for number, kind, expires in ((1, YOUNG, -5.0), (2, YOUNG, 500.0), (3, SILENT, -1.0)):
            seed = Seed(KadID(number << 120), somewhere(DRAWS), VERSION)
            saved.append(SavedContact(seed, kind=kind, expires=expires, changed=100.0))
        self.table.restore(saved, 100.0)
        self.slots = Slots(Deck(Chance(b"x" * 32)))
        self.upkeep = ImuleUpkeep(self.table, self.slots, 100.0)

    def test_check(self) -> None:
        """What is overdue is greeted once and left alone for two minutes; the silent one goes."""
        greeted = []
        for second in range(100, 330):
            self.upkeep.beat(float(second), Exact(DRAWS), 0.0)
            while self.upkeep.greet:
                greeted.append((second, self.upkeep.greet.popleft().kad_id.value >> 120))
        self.assertEqual([1, 1], [who for _, who in greeted])
        self.assertGreaterEqual(greeted[1][0] - greeted[0][0], 120)
        self.assertEqual(2, len(self.table))

    def test_random_points(self) -> None:
        """A leaf has a point looked for ten seconds after it began, and then not for an hour."""
        counts = []
        for second in range(100, 700):
            self.upkeep.beat(float(second), Exact(DRAWS), 0.0)
            counts.append(self.slots.waiting)
        self.assertEqual((0, 1), (counts[5], counts[12]))
        self.assertEqual(2, counts[-1])  # and one for the own identifier


class NetworkTests(SynchronousTestCase):
    """Nodes under iMule's rules make a network in which files are found."""

    def test_found(self) -> None:
        """A file that one shares is found by another, by datagrams that leave at once."""
        scenario = Scenario(
            nodes=12,
            seed=3,
            start=Start(knows=12, within=10.0),
            climate=OPEN,
            users=Users(sharing=0.5, files=1, catalogue=50),
        )
        world = World(scenario, IMULE)
        wire, stores = WireTally(), StoreBook()
        for person in world.people:
            person.watch = wire
        book, asking = LookupBook(world, world.people, told=[stores.ended]), Asking(world)
        world.run(600.0)
        book.look()
        sharer = next(person for person in world.people if person.user.files)
        searcher = next(person for person in world.people if not person.user.files)
        file = sharer.user.files[0]
        asking.ask(searcher, parse(file.name.removesuffix(".mkv").split()[-1]), file.hash, "x")
        world.run(400.0)
        asking.look()
        self.assertEqual([True], [one.found for one in asking.outcomes])
        self.assertEqual(0.0, max(wire.delays))
        self.assertEqual(0, wire.heard_count["refused"])
        kept = stores.document["store_keyword"]
        self.assertEqual(kept["publishes"], kept["acknowledged"])
