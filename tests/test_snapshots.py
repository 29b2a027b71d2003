"""Tests for :mod:`twisted_mule.snapshots`."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.network.village import Village
from twisted_mule.snapshots import Cached, Facts, headline, snapshot
from twisted_mule.status import (
    NodeStatus,
    Phase,
    Problem,
    RouterState,
    RouterStatus,
    RoutingStatus,
)

ONLINE = RouterStatus(state=RouterState.ONLINE)
FACTS = Facts("00" * 16, "/nowhere", 5000.0, 1000.0, practice=None)


class HeadlineTests(SynchronousTestCase):
    """One line says how the node is, from the router to the contacts."""

    def test_router_comes_first(self) -> None:
        """Without a session its problem is the headline, whatever the table holds."""
        problem = Problem("No I2P router at 127.0.0.1:7656", "Start one.")
        lost = RouterStatus(state=RouterState.WAITING, problem=problem)
        full = RoutingStatus(contacts=10, verified=10, heard=10)
        self.assertEqual(problem.headline, headline(Phase.RUNNING, lost, full, None))
        said = headline(Phase.STARTING, RouterStatus(), RoutingStatus(), None)
        self.assertIn("Not connected", said)

    def test_steps_of_an_online_node(self) -> None:
        """Hold, no contacts, no answer yet, answers: each has its sentence."""
        some, heard = RoutingStatus(contacts=3), RoutingStatus(contacts=3, verified=2, heard=1)
        for table in (some, RoutingStatus()):
            self.assertIn("in 12 s", headline(Phase.HOLDING, ONLINE, table, 12.3))
        self.assertIn("no contact", headline(Phase.RUNNING, ONLINE, RoutingStatus(), None))
        asking = headline(Phase.RUNNING, ONLINE, RoutingStatus(), None, asked=True)
        self.assertIn("none has answered", asking)
        self.assertIn("none has answered", headline(Phase.RUNNING, ONLINE, some, None))
        self.assertIn("2 of 3 contacts", headline(Phase.RUNNING, ONLINE, heard, None))

    def test_end(self) -> None:
        """A stopping node says so before anything else."""
        self.assertIn("Stopping", headline(Phase.DRAINING, ONLINE, RoutingStatus(), None))
        self.assertIn("Stopped", headline(Phase.CLOSED, RouterStatus(), RoutingStatus(), None))


class SnapshotTests(SynchronousTestCase):
    """A snapshot is made of the node's own figures."""

    def test_before_the_node(self) -> None:
        """While keys are being made there is a whole snapshot already."""
        status = snapshot(FACTS, RouterStatus(), None, 1007.0, 5007.0)
        self.assertEqual(7.0, status.uptime)
        self.assertEqual(7, len(status.contract))
        self.assertFalse(status.ready)

    def test_of_a_running_node(self) -> None:
        """Table, counters and clauses agree with each other."""
        village = Village(6)
        village.run(200.0)
        node, now = village.nodes[0], village.clock.seconds()
        status = snapshot(evolve(FACTS, saved_at=5150.0), ONLINE, node, now, 5200.0)
        self.assertTrue(status.ready)
        self.assertEqual(5, status.routing.contacts)
        self.assertEqual(5, sum(leaf.contacts for leaf in status.routing.bins))
        self.assertGreater(status.routing.handshakes, 3)
        sent = sum(c.total for name, c in status.counters.items() if name.startswith("sent_"))
        self.assertEqual(sent, node.sender.record.sent)
        figures = {label: value for clause in status.contract for label, value, _ in clause.figures}
        self.assertEqual(str(sent), figures["datagrams sent"])
        self.assertEqual("50 s ago", figures["state last saved"])

    def test_made_once_a_second_at_most(self) -> None:
        """However often readers ask, the node is looked at once a second."""
        made: list[NodeStatus] = []
        now = 10.0

        def make() -> NodeStatus:
            made.append(snapshot(FACTS, RouterStatus(), None, now, now))
            return made[-1]

        cached = Cached(make, lambda: now)
        first = cached.status()
        now = 10.9
        self.assertIs(first, cached.status())
        now = 11.0
        self.assertIsNot(first, cached.status())
        self.assertEqual(2, len(made))
