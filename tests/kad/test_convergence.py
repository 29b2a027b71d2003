"""Lookups in a model network of 300 nodes, with dead contacts: :mod:`twisted_mule.kad.lookup`."""

from __future__ import annotations

from functools import cache
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.model import Network
from tests.samples import destination
from twisted_mule.kad.contact import Me
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind

SIZE = 300


@cache
def network() -> Network:
    """The same for all tests: it takes a while to get to know each other."""
    return Network(SIZE, Random(2))


class ConvergenceTests(SynchronousTestCase):
    """A lookup comes to the nodes nearest to its target."""

    def setUp(self) -> None:
        """A network whose tables hold about two thirds of it."""
        self.random = Random(3)
        self.network = network()
        self.network.dead, self.network.cold = set(), False

    def target(self) -> KadID:
        """A point anywhere."""
        return KadID(self.random.getrandbits(128))

    def found(self, me: Me, kind: LookupKind) -> tuple[float, float]:
        """Of the ten living nodes nearest to some target, the shares that answered and heard."""
        target = self.target()
        trace = self.network.look_up(me, target, kind).trace
        nearest = self.network.nearest(me, target)
        answered = {one.kad_id for one in trace.asked if one.answered is not None}
        finished = {one.kad_id for one in trace.asked if one.finishing}
        return len(nearest & answered) / len(nearest), len(nearest & finished) / len(nearest)

    def share(self, kind: LookupKind, count: int = 20) -> tuple[float, float]:
        """The same over lookups of several nodes."""
        found = [self.found(self.random.choice(self.network.living()), kind) for _ in range(count)]
        return sum(one for one, _ in found) / count, sum(one for _, one in found) / count

    def test_all_alive(self) -> None:
        """A node lookup meets all ten; a store leaves its record with most of them."""
        self.assertGreaterEqual(self.share(LookupKind.NODE)[0], 0.99)
        self.assertGreaterEqual(self.share(LookupKind.STORE_KEYWORD)[1], 0.8)

    def test_half_of_our_contacts_dead(self) -> None:
        """Who comes back to a network where half of its contacts are gone finds the ten anyway."""
        ghosts = [Me(self.target(), destination(10_000 + n)) for n in range(SIZE)]
        for me in self.network.people[:10]:
            table = self.network.table_of(me, self.network.people + ghosts)
            gone = sum(one.destination not in self.network.tables for one in table)
            self.assertGreater(gone, 0.4 * len(table))
            self.addCleanup(
                self.network.tables.__setitem__, me.destination, self.network.tables[me.destination]
            )
            self.network.tables[me.destination] = table
            shares = [self.found(me, LookupKind.NODE)[0] for _ in range(2)]
            self.assertGreaterEqual(sum(shares), 1.9)

    def test_half_of_the_network_dead(self) -> None:
        """When half of the nodes die at once, and all go on naming them, most are still found."""
        self.network.die(0.5)
        self.assertGreaterEqual(self.share(LookupKind.NODE)[0], 0.8)

    def meetings(self, count: int = 20) -> list[int]:
        """At how many nodes a store by one and a search by another have met, for some targets."""
        found = []
        for _ in range(count):
            target = self.target()
            one, other = self.random.sample(self.network.living(), 2)
            stored = self.network.look_up(one, target, LookupKind.STORE_SOURCE).trace
            searched = self.network.look_up(other, target, LookupKind.SOURCE).trace
            here, there = (
                {asked.kad_id for asked in trace.asked if asked.finishing and asked.results}
                for trace in (stored, searched)
            )
            found.append(len(here & there))
        return found

    def test_stores_and_searches_meet(self) -> None:
        """What one node stores another one finds, many times over."""
        self.assertGreaterEqual(min(self.meetings()), 4)

    def test_meeting_among_the_dead(self) -> None:
        """It still does when half of the nodes have died."""
        self.network.die(0.5)
        meetings = self.meetings()
        self.assertGreaterEqual(min(meetings), 1)
        self.assertGreaterEqual(sum(meetings) / len(meetings), 3)

    def test_meeting_through_cold_routers(self) -> None:
        """It still does when every first datagram from one node to another is lost."""
        self.network.cold = True
        meetings = self.meetings()
        self.assertGreaterEqual(min(meetings), 1)
        self.assertGreaterEqual(sum(meetings) / len(meetings), 2)
