"""Tests for :mod:`twisted_mule.simulation.encircling`."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.exchange import Plain, Reply, RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.simulation.encircling import GREET, Encircler
from twisted_mule.simulation.hostile import Malice
from twisted_mule.simulation.person import Person
from twisted_mule.simulation.runs import run
from twisted_mule.simulation.scenario import Hostile, Scenario, Start
from twisted_mule.simulation.world import World

AROUND = Hostile(encirclers=6, victims=2, onset=60.0)
FEW = Scenario(
    nodes=8, minutes=4, start=Start(knows=8, within=10.0), hostile=AROUND, obfuscation=False
)


def record(person: Person) -> m.PeerRecord:
    """How somebody stands in lists."""
    return m.PeerRecord(m.VERSION, person.me.kad_id, person.me.destination)


class EncirclerTests(SynchronousTestCase):
    """Victims hear of attackers only, and all others never hear of victims."""

    def setUp(self) -> None:
        """A world of which nobody has started."""
        self.world = World(FEW)
        self.victim, self.other = self.world.victims[0], self.world.people[0]
        self.attacker = self.world.attackers[0]
        self.draws = Chance(b"encircler").stream("draw", 0)
        self.gang = {record(one) for one in self.world.attackers}

    def told(self, asking: Person, message: m.Message) -> m.Message:
        """What the attacker answers instead of ``message``."""
        assert self.attacker.deceive is not None
        source = asking.me.destination
        reply = self.attacker.deceive(Reply(message, Plain()), source, self.draws)
        assert reply is not None
        return reply.message

    def test_victims_hear_of_the_gang(self) -> None:
        """They get as many contacts as they would have got, of the attackers the nearest."""
        real = (record(self.other), record(self.world.people[1]))
        target = KadID(1 << 100)
        answer = self.told(self.victim, m.FindNodeResponse(target, real))
        assert isinstance(answer, m.FindNodeResponse)
        nearest = sorted(self.gang, key=lambda one: target.distance(one.kad_id))[:2]
        self.assertEqual(set(nearest), set(answer.contacts))
        first = self.told(self.victim, m.BootstrapResponse(target, 8, None, real))
        assert isinstance(first, m.BootstrapResponse)
        self.assertLessEqual({*first.contacts}, self.gang)
        found = m.SearchResponse(KadID(1), KadID(2), (m.Entry(KadID(3), ()),))
        self.assertEqual(m.SearchResponse(KadID(1), KadID(2), ()), self.told(self.victim, found))

    def test_others_hear_the_truth_without_victims(self) -> None:
        """What names no victim passes as it is; victims are left out."""
        truth = (record(self.other), record(self.victim))
        answer = self.told(self.other, m.FindNodeResponse(KadID(5), truth))
        self.assertEqual(m.FindNodeResponse(KadID(5), truth[:1]), answer)
        self.assertEqual(m.Pong(), self.told(self.other, m.Pong()))

    def test_victims_are_greeted_in_turn(self) -> None:
        """Each victim gets a greeting about once a minute, and in between nothing is urged."""
        hands = Encircler([], [victim.card for victim in self.world.victims])
        sent = []
        for second in range(600):
            request = hands.urge(self.attacker.me, float(second), self.draws)
            if request is not None:
                self.assertIs(RequestKind.HELLO, request.kind)
                sent.append(request.destination)
        for victim in self.world.victims:
            self.assertLess(abs(600 / GREET - sent.count(victim.me.destination)), 3)
        self.assertIsNone(Encircler([], []).urge(self.attacker.me, 0.0, self.draws))


class WorldTests(SynchronousTestCase):
    """Who is there first, and who comes later."""

    def test_attackers_come_later(self) -> None:
        """Victims who have settled are there from the beginning; then the others come for them."""
        world = World(FEW)
        world.run(55.0)
        self.assertEqual(
            [8, 0], [len(world.present), sum(a in world.present for a in world.attackers)]
        )
        world.run(120.0)
        self.assertEqual(14, len(world.present))
        known = [one.node.core.table for one in world.victims if one.node is not None]
        hostile = {one.me.kad_id for one in world.attackers}
        for table in known:
            self.assertGreater(sum(contact.kad_id in hostile for contact in table), 2)

    def test_newcomers_are_baited(self) -> None:
        """Victims who come later know only attackers, where all that they are given is bait."""
        hostile = evolve(AROUND, newcomers=True, bait=1.0)
        world = World(evolve(FEW, hostile=hostile))
        gang = {one.me.destination for one in world.attackers}
        for victim in world.victims:
            self.assertLessEqual({seed.destination for seed in victim.seeds}, gang)
        world.run(55.0)
        self.assertFalse(any(victim in world.present for victim in world.victims))
        world.run(60.0)
        self.assertTrue(all(victim in world.present for victim in world.victims))

    def test_labels(self) -> None:
        """An attacker is labelled as what it is, and every second one is near to a victim."""
        world = World(FEW)
        kinds = [one.deceive.malice for one in world.attackers if one.deceive is not None]
        self.assertEqual([Malice.ENCIRCLING] * 6, kinds)
        close = [
            any(a.me.kad_id.distance(v.me.kad_id) < 1 << 120 for v in world.victims)
            for a in world.attackers[1::2]
        ]
        self.assertEqual([True] * 3, close)

    def test_no_defect(self) -> None:
        """Nobody stumbles, and the same seed gives the same run."""
        one, two = run(FEW), run(FEW)
        self.assertEqual((0, one["fingerprint"]), (one["defects"], two["fingerprint"]))
