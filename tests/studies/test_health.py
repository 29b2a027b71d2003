"""Tests for :mod:`twisted_mule.studies.health`: what is counted is what happened."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.traces import Asked, LookupTrace
from twisted_mule.simulation.scenario import Scenario, Start
from twisted_mule.simulation.world import World
from twisted_mule.studies.health import churn, cost, growth, plans
from twisted_mule.studies.health.figures import quantile, share, wilson
from twisted_mule.studies.health.lookups import LookupBook, Tally
from twisted_mule.studies.health.mature import mature
from twisted_mule.studies.health.pictures import drawn
from twisted_mule.studies.health.plan import OPEN, Plan, surroundings
from twisted_mule.studies.health.sheets import sheets
from twisted_mule.studies.health.stores import StoreBook


def quiet(_share: float) -> None:
    """Nobody waits."""


def trace(kind: LookupKind, *asked: Asked, rank: Rank = Rank.COVER) -> LookupTrace:
    """A lookup for 0 that has ended."""
    return LookupTrace(kind, KadID(0), 0.0, asked, rank, 60.0)


def asked(number: int, at: float, answered: float | None, results: int = 0) -> Asked:
    """A request to the node ``number``, as far from 0."""
    return Asked(KadID(number), number, at, results > 0, answered, 0, results)


class FigureTests(SynchronousTestCase):
    """Bounds and quantiles."""

    def test_wilson(self) -> None:
        """The interval is that of the textbook, and never beyond 0 and 1."""
        low, high = wilson(98, 100)
        self.assertAlmostEqual(0.9300, low, 4)
        self.assertAlmostEqual(0.9945, high, 4)
        self.assertEqual((0.0, 1.0), wilson(0, 0))
        self.assertAlmostEqual(1.0, wilson(10, 10)[1])

    def test_quantile(self) -> None:
        """Of no values there is none."""
        self.assertIsNone(quantile([], 0.5))
        self.assertEqual(3.0, quantile([5.0, 1.0, 3.0], 0.5))

    def test_share(self) -> None:
        """A share says of how many."""
        figures = share(3, 4)
        self.assertEqual((3, 4, 0.75), (figures["found"], figures["of"], figures["share"]))


class TallyTests(SynchronousTestCase):
    """Lookups are judged by who answered."""

    def test_right_ones(self) -> None:
        """Of the right nodes those count that answered; hops are those of the nearest one."""
        tally = Tally()
        one = trace(LookupKind.NODE, asked(4, 1.0, 3.0), asked(2, 4.0, None), asked(3, 6.0, 9.0))
        tally.add(one, [2, 3, 4, 5], {KadID(3): 2})
        document = tally.document
        self.assertEqual(0.5, document["closest_found"])
        self.assertEqual(0.0, document["nearest_found"])
        self.assertEqual((3.0, 2.0), (document["requests"], document["hops"]))
        self.assertEqual(9.0, document["nearest_seconds"]["median"])

    def test_messages_of_a_key(self) -> None:
        """Requests and answers of all publishes of a key are its messages, failures included."""
        book = StoreBook()
        steps = asked(1, 0.0, 1.0), asked(2, 1.0, None)
        world = World(Scenario(nodes=2))
        kind, rank = LookupKind.STORE_KEYWORD, Rank.PUBLISHING
        book.ended(world.people[0], trace(kind, *steps, rank=rank))
        book.ended(world.people[0], trace(kind, *steps, asked(1, 2.0, 3.0, 1), rank=rank))
        book.ended(world.people[0], trace(kind, *steps))  # cover keeps nothing of ours
        document = book.document["store_keyword"]
        self.assertEqual((2, 1), (document["publishes"], document["acknowledged"]))
        self.assertEqual(1, document["kept"])
        self.assertEqual(8.0, document["messages_a_key"])
        self.assertEqual([60.0], list(book.stored.values()))


class WorldTests(SynchronousTestCase):
    """Networks as the studies make them."""

    def test_mature_tables(self) -> None:
        """Everybody knows its nearest nodes from the first second, and the share that died."""
        world = World(Scenario(nodes=60, start=Start(knows=0, within=1.0), climate=OPEN))
        mature(world, 0.5)
        world.run(2.0)
        there = {person.me.kad_id for person in world.people}
        known = dead = near = 0
        for person in world.people:
            self.assertIsNotNone(person.node)
            if person.node is None:
                continue
            table = {contact.kad_id for contact in person.node.core.table}
            known += len(table)
            dead += len(table - there)
            others = sorted(there - {person.me.kad_id}, key=person.me.kad_id.distance)
            near += len(table.intersection(others[:5]))
        self.assertLess(abs(0.5 - dead / known), 0.06)
        self.assertGreater(near / 300, 0.95)

    def test_hops(self) -> None:
        """Who only knows a neighbour gets to the others over it: more than one hop."""
        world = World(Scenario(nodes=14, seed=4, start=Start(knows=2, within=1.0), climate=OPEN))
        book = LookupBook(world, world.people)
        world.run(200.0)
        book.look()
        hops = [seen for tally in book.tallies.values() for seen in tally.hops]
        self.assertGreater(max(hops), 1)
        self.assertEqual(1, min(hops))

    def test_other_lookups(self) -> None:
        """A variant spends other numbers of requests, and leaves the contract as it was."""
        plan = evolve(plans.churn("dead")[0], walk=20, finish=6, wanted=5)
        with surroundings(plan):
            self.assertEqual(26, Lookup(KadID(1), LookupKind.NODE, 0.0).left)
            self.assertEqual(24, contract.LOOKUP_REQUESTS)
            self.assertEqual({5}, {kind.contacts_wanted for kind in LookupKind})
        wanted = LookupKind.KEYWORD.contacts_wanted, LookupKind.NODE.contacts_wanted
        self.assertEqual((2, 11), wanted)
        self.assertEqual(24, Lookup(KadID(1), LookupKind.NODE, 0.0).left)

    def test_runs(self) -> None:
        """Every study runs, gives tables and pictures, and the same figures when run again."""
        small = [
            (churn.run, Plan("churn", "dead", "ours", 6, 3.0, 1, 0.5)),
            (churn.run, Plan("churn", "variants", "imule", 8, 6.0, 1, 0.5)),
            (churn.run, Plan("churn", "retrieval", "imule", 6, 80.0, 1, 0.5)),
            (cost.run, Plan("cost", "cost", "imule", 8, 40.0, 1)),
            (growth.run, Plan("growth", "growth", "ours", 8, 3.0, 1, askers=0.5)),
        ]
        document: dict[str, Any] = {}
        for run, plan in small:
            document = {"plan": plan.document, "kib_per_node": 1.0, **run(plan, quiet)}
            tables = sheets(plan.study, [document])
            self.assertTrue(all(table.rows for table in tables), plan)
            self.assertTrue(all("|" in table.markdown for table in tables))
            for picture in drawn(plan.study, [document]).values():
                self.assertTrue(picture.startswith("<svg"))
                self.assertLess(len(picture), 60_000)
        again = growth.run(small[-1][1], quiet)
        self.assertEqual(document, {**document, **again})
