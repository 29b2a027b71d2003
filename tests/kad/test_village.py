"""Several cores that talk through real datagrams: the protocol as a whole."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import known
from tests.kad.village import Letter, Village, Villager, seed_of
from twisted_mule.kad import messages as m
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import ForKey, ForNode, Plain
from twisted_mule.kad.search import Locate


class FirstLosses:
    """What I2P does: the first datagrams from one node to another are lost."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.lost: dict[tuple[Destination, Destination], int] = {}

    def __call__(self, sender: Destination, receiver: Destination) -> bool:
        """Whether this datagram is lost."""
        before = self.lost.get((sender, receiver), 0)
        self.lost[sender, receiver] = before + 1
        return before < self.count


class HandshakeTests(SynchronousTestCase):
    """Two nodes get to know and to trust each other."""

    def setUp(self) -> None:
        """Two nodes, one of which knows of the other."""
        self.village = Village()
        self.bob = self.village.settle(2)
        self.alice = self.village.settle(1)
        self.alice.kad.learn([seed_of(self.bob)], self.village.now, self.alice.random)
        contact = known(self.alice.kad.table, seed_of(self.bob))
        contact.verified = False

    def test_three_ways(self) -> None:
        """HELLO_REQ, HELLO_RES and its acknowledgement verify each to the other."""
        self.village.live(40)
        for here, there in ((self.alice, self.bob), (self.bob, self.alice)):
            contact = known(here.kad.table, seed_of(there))
            self.assertEqual(
                (True, True, 8), (contact.verified, contact.handshaken, contact.version)
            )
        alice, bob = self.alice.kad, self.bob.kad
        steps = [
            (m.HelloRequest, alice, ForNode(bob.me.kad_id, 0)),
            (m.HelloResponse, bob, ForNode(alice.me.kad_id, alice.own_key(bob.me.destination))),
            (m.HelloResponseAck, alice, ForKey(bob.own_key(alice.me.destination))),
        ]
        times = [0.0]
        for kind, sender, seal in steps:
            letter = self.first(kind, sender.me.destination)
            self.assertEqual(seal, letter.seal)
            self.assertGreater(letter.sent, times[-1])
            times.append(letter.sent)

    def first(self, kind: type[m.Message], sender: Destination) -> Letter:
        """The first message of this type that ``sender`` sent."""
        return next(
            letter
            for letter in self.village.letters
            if letter.sender == sender and isinstance(letter.message, kind)
        )

    def test_nothing_at_once(self) -> None:
        """Nobody speaks sooner than half a second after there was a reason to."""
        self.village.live(40)
        self.assertGreaterEqual(self.village.letters[0].sent, 1000.5)

    def test_first_datagrams_lost(self) -> None:
        """The second greeting makes up for the first one, which is always lost."""
        self.village.loses = FirstLosses(1)
        self.village.live(400)
        self.assertTrue(known(self.bob.kad.table, seed_of(self.alice)).handshaken)
        self.assertTrue(known(self.alice.kad.table, seed_of(self.bob)).handshaken)

    def test_hijack(self) -> None:
        """Another node that uses a known identifier does not take its place."""
        self.village.live(100)
        thief = self.village.settle(3, kad_id=self.bob.kad.me.kad_id)
        thief.kad.learn([seed_of(self.alice)], self.village.now, thief.random)
        self.village.live(300)
        self.assertGreater(self.village.sent(thief)["HelloRequest"], 0)
        contact = known(self.alice.kad.table, seed_of(self.bob))
        self.assertEqual(self.bob.kad.me.destination, contact.destination)


class VillageTests(SynchronousTestCase):
    """A small network finds itself together and stays so."""

    def village(self, size: int) -> tuple[Village, list[Villager]]:
        """A network of nodes that know only the first of them."""
        village = Village()
        first = village.settle(1)
        others = [village.settle(n, seeds=[seed_of(first)]) for n in range(2, size + 1)]
        return village, [first, *others]

    def test_bootstrap(self) -> None:
        """From one seed everybody gets to know and verify everybody within minutes."""
        village, people = self.village(9)
        village.live(900)
        for person in people:
            survey = person.kad.survey(village.now)
            self.assertEqual((8, 8, 8), (survey.contacts, survey.verified, survey.handshakes))

    def test_lookups(self) -> None:
        """A lookup asks everybody there is, and the nearest answers."""
        village, people = self.village(9)
        village.live(900)
        target = people[7].kad.me.kad_id
        number = people[1].kad.search(Locate(target))
        village.live(700)
        (trace,) = next(one for one in people[1].kad.searches() if one.number == number).traces
        self.assertEqual((8, 8), (len(trace.asked), trace.answered))
        self.assertEqual(0, trace.progress[-1][1])

    def test_the_dead_are_forgotten(self) -> None:
        """A node that vanished is gone from every table some hours later, the others stay."""
        village, people = self.village(5)
        village.live(600)
        gone = village.people.pop(people[-1].kad.me.destination)
        gone.kad.stop_initiating()
        village.live(3 * 3600)
        for person in people[:-1]:
            self.assertIsNone(person.kad.table.get(gone.kad.me.kad_id))
            self.assertEqual(3, len(person.kad.table))

    def test_restart(self) -> None:
        """A restarted node is known as before, knows as before, and greets nobody for that."""
        village, people = self.village(5)
        village.live(600)
        old = people[-1]
        saved = old.kad.saved(village.now)
        old.kad.stop_initiating()
        before = len(village.letters)
        new = village.settle(5, saved)
        village.live(600)
        self.assertEqual(4, new.kad.survey(village.now).handshakes)
        hellos = [x for x in village.letters[before:] if isinstance(x.message, m.HelloRequest)]
        self.assertEqual([], hellos)

    def test_requests_are_sealed(self) -> None:
        """Between version 8 nodes nothing travels in clear."""
        village, _ = self.village(5)
        village.live(300)
        self.assertFalse([x for x in village.letters if isinstance(x.seal, Plain)])

    def test_lossy_start(self) -> None:
        """Although the first two datagrams between any two nodes are lost, all find together."""
        village, people = self.village(4)
        village.loses = FirstLosses(2)
        village.live(4500)  # the hourly lookups of everybody included
        for person in people:
            self.assertEqual(3, person.kad.survey(village.now).verified)

    def test_legacy_peer(self) -> None:
        """A node taken for a Kad1 node is found out soon, and shakes hands at its next check."""
        village = Village()
        bob, alice = village.settle(2), village.settle(1)
        alice.kad.learn([evolve(seed_of(bob), version=0)], village.now, alice.random)
        village.live(300)
        contact = known(alice.kad.table, seed_of(bob))
        self.assertEqual((8, False), (contact.version, contact.handshaken))
        village.live(3 * 3600)
        self.assertTrue(contact.handshaken)
