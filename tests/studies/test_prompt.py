"""Tests for :mod:`twisted_mule.studies.prompt`: parts of the contract are really left out."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.kad.kinds import Rank
from twisted_mule.simulation.breeds import REAL, Breed
from twisted_mule.simulation.scenario import Scenario, Start, Users
from twisted_mule.simulation.world import World
from twisted_mule.studies.health.plan import OPEN
from twisted_mule.studies.health.wire import WireTally
from twisted_mule.studies.prompt import PROMPT, UNCOVERED


def passed(breed: Breed, minutes: float, users: Users, nodes: int = 6) -> tuple[World, WireTally]:
    """Some minutes of a few nodes."""
    start = Start(knows=8, within=5.0)
    scenario = Scenario(nodes=nodes, seed=2, start=start, climate=OPEN, users=users)
    world, wire = World(scenario, breed), WireTally()
    for person in world.people:
        person.watch = wire
    world.run(minutes * 60.0)
    return world, wire


def ranks(world: World) -> set[Rank]:
    """Who wanted the lookups of the last hour."""
    now = world.clock.seconds()
    nodes = [person.node for person in world.people if person.node is not None]
    return {one.rank for node in nodes for one in node.core.begun(now)}


class PromptTests(SynchronousTestCase):
    """What is compared with the contract lacks what it is said to lack, and nothing else."""

    def test_answers_leave_at_once(self) -> None:
        """The real node holds answers back, the prompt one does not."""
        _, real = passed(REAL, 2.0, Users())
        _, prompt = passed(PROMPT, 2.0, Users())
        self.assertGreaterEqual(min(real.delays), contract.DELAY_LEAST)
        self.assertEqual(0.0, max(prompt.delays))

    def test_no_cover(self) -> None:
        """Who is not used looks up nothing but for its table."""
        self.assertIn(Rank.COVER, ranks(passed(REAL, 4.0, Users())[0]))
        for breed in (UNCOVERED, PROMPT):
            self.assertEqual({Rank.MAINTENANCE}, ranks(passed(breed, 4.0, Users())[0]))

    def test_wishes_begin(self) -> None:
        """What users want is looked up without cover too: searches and publishes."""
        users = Users(searching=1.0, sharing=1.0, every=60.0, files=1)
        world, _ = passed(UNCOVERED, 16.0, users, 4)
        self.assertLessEqual({Rank.USER, Rank.PUBLISHING}, ranks(world))
