"""Tests for :mod:`twisted_mule.daemon`: up in order, down in order, the state saved either way."""

from __future__ import annotations

from random import Random

from twisted.internet.defer import Deferred, fail

from tests.samples import destination
from tests.surroundings import DaemonCase, FakeSurroundings, fresh_keys
from tests.test_keeping import at_once, seeds
from twisted_mule import contract
from twisted_mule.daemon import Daemon
from twisted_mule.kad.contact import SavedContact
from twisted_mule.keeping import Keeper, Kept
from twisted_mule.roles import Bridge
from twisted_mule.saving import SAVE_FIRST
from twisted_mule.status import Phase, Problem, RouterState, RouterStatus
from twisted_mule.store.directory import StateDirectory, StateError


class UpTests(DaemonCase):
    """The way up."""

    def test_first_start(self) -> None:
        """Dashboard first, then the router; both identities are kept before the node begins."""
        self.daemon.startService()
        self.assertEqual(["open", "bridge up", "more keys", "streams"], self.around.log)
        assert self.daemon.node is not None
        identity, _ = self.daemon.keeper.identity()
        self.assertEqual(fresh_keys(1), identity.datagram_keys)
        self.assertEqual(fresh_keys(2), identity.stream_keys)
        me = self.daemon.node.core.me
        self.assertEqual((identity.kad_id, identity.destination), (me.kad_id, me.destination))
        self.assertNotEqual(me.destination, me.tcp)
        self.assertIs(Phase.HOLDING, self.daemon.status().phase)
        self.stop(self.daemon)

    def test_same_node_after_restart(self) -> None:
        """KadID, destination and contact ages are the same; no more keys are made."""
        self.daemon.startService()
        self.assertEqual(3, self.daemon.learn(seeds(3)))
        before = self.daemon.status()
        self.stop(self.daemon)
        again, around = self.make()
        again.startService()
        self.assertEqual(["open", "bridge up", "streams"], around.log)
        after = again.status()
        self.assertEqual(before.kad_id, after.kad_id)
        self.assertEqual(before.destination, after.destination)
        self.assertEqual(3, after.routing.contacts)
        self.assertEqual({s.kad_id for s in seeds(3)}, {s.kad_id for s in again.contacts()})
        self.stop(again)

    def test_router_that_leaves_in_the_middle(self) -> None:
        """A router that makes no second identity is waited for; its absence ends nothing."""
        daemon, around = self.make(refusals=2)
        daemon.startService()
        self.run_for(9.0)
        self.assertEqual(1, around.log.count("more keys"))
        self.assertIsNone(daemon.node)
        self.run_for(61.0)
        self.assertEqual(3, around.log.count("more keys"))
        self.assertEqual([], self.failures)
        assert daemon.node is not None
        self.assertIsNotNone(daemon.node.core.me.tcp)
        self.stop(daemon)

    def test_stop_while_keys_are_awaited(self) -> None:
        """Stopping does not wait for a router that is not there."""
        daemon, _ = self.make(refusals=99)
        daemon.startService()
        self.run_for(1.0)
        self.stop(daemon)
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual([], self.failures)

    def test_contacts_age_while_the_router_is_awaited(self) -> None:
        """The time between reading the contacts and having a destination is part of their ages."""
        self.daemon.startService()
        self.daemon.learn(seeds(3))
        self.stop(self.daemon)
        promptly = FakeSurroundings.bridge

        def late(around: FakeSurroundings, daemon: Daemon) -> Deferred[Bridge]:
            self.clock.advance(3000.0)
            return promptly(around, daemon)

        self.patch(FakeSurroundings, "bridge", late)
        again, _ = self.make()
        again.startService()
        assert again.node is not None
        contacts = again.node.core.saved(self.clock.seconds())
        self.assertEqual([3000.0] * 3, [round(contact.created, 3) for contact in contacts])
        self.stop(again)

    def test_one_process_at_a_time(self) -> None:
        """A second daemon on the same directory gives up with one sentence."""
        self.daemon.startService()
        other, around = self.make()
        other.startService()
        self.assertEqual([], around.log)
        (sentence,) = self.failures
        self.assertIn("already uses the state directory", sentence)
        self.stop(self.daemon)

    def test_taken_port(self) -> None:
        """What the surroundings cannot open ends the start with their sentence."""
        daemon, _ = self.make(broken="The dashboard cannot listen there.")
        daemon.startService()
        self.assertEqual(["The dashboard cannot listen there."], self.failures)
        self.stop(daemon)

    def test_router_changes_are_told_once(self) -> None:
        """One event a change of state, with the reason and the next step."""
        problem = Problem("No router", "Start it.")
        for state in (RouterState.CONNECTING, RouterState.WAITING, RouterState.WAITING):
            self.daemon.router_changed(RouterStatus(state=state, problem=problem))
        told = [event.text for event in self.daemon.facts.events]
        self.assertEqual(
            ["Router: connecting: No router. Start it.", "Router: waiting: No router. Start it."],
            told,
        )

    def test_waits_for_the_router_are_measured(self) -> None:
        """The self-check learns how long after a loss the router was tried again, and of saves."""
        daemon, _ = self.make()
        daemon.startService()
        assert daemon.node is not None
        for state, wait in ((RouterState.WAITING, 12.0), (RouterState.CONNECTING, 1.0)):
            daemon.router_changed(RouterStatus(state=state))
            self.clock.advance(wait)
        now = self.clock.seconds()
        found = {check.name: check for check in daemon.node.check.persistence.checks(now)}
        self.assertEqual((1, 12.0), (found["back_off"].n, found["back_off"].figure))
        self.assertEqual(0, found["state_saved"].n)
        assert daemon.saving is not None
        daemon.saving.save()
        self.clock.advance(5.0)
        found = {check.name: check for check in daemon.node.check.persistence.checks(now + 5.0)}
        self.assertEqual((1, 5.0), (found["state_saved"].n, found["state_saved"].figure))
        self.stop(daemon)

    def test_datagrams_before_the_node(self) -> None:
        """What comes before there is a node is dropped."""
        self.daemon.received(destination(1), b"\x05\x1e", 0.0)
        self.assertEqual(((), 0), (self.daemon.contacts(), self.daemon.learn(seeds(1))))

    def test_seeds_are_asked(self) -> None:
        """Whom the surroundings name is asked for contacts, after the hold."""
        daemon, around = self.make(friends=seeds(1))
        daemon.startService()
        self.run_for(80.0)
        assert around.link is not None
        self.assertIn(seeds(1)[0].destination, [to for to, _ in around.link.sent])
        self.stop(daemon)

    def test_an_offline_node_asks_nobody(self) -> None:
        """While the router is away nothing is asked, and the hold begins only when it is there."""
        daemon, around = self.make(friends=seeds(1))
        daemon.startService()
        assert around.link is not None and daemon.node is not None
        around.link.state = RouterState.WAITING
        self.run_for(100.0)
        self.assertEqual(([], None), (around.link.sent, daemon.node.asks_at))
        around.link.state = RouterState.ONLINE
        self.run_for(2.0)
        self.assertIsNotNone(daemon.node.asks_at)
        self.stop(daemon)


class DownTests(DaemonCase):
    """The way down."""

    def setUp(self) -> None:
        """A running daemon."""
        super().setUp()
        self.daemon.startService()
        self.daemon.learn(seeds(30))
        self.around.log.clear()

    def test_slowly(self) -> None:
        """One signal: it announces its time, answers until then, saves and closes in order."""
        stopped = self.daemon.stopService()
        sentence = self.daemon.facts.events[-1].text
        self.assertIn("Ctrl-C again", sentence)
        node = self.daemon.node
        assert node is not None and node.closes_at is not None
        wait = node.closes_at - self.clock.seconds()
        self.assertIn(f"{wait:.0f} s", sentence)
        self.assertTrue(contract.STOP_CLOSE[0] <= wait <= contract.STOP_CLOSE[1])
        assert self.around.link is not None
        self.daemon.received(destination(9), b"\x05\x1e", self.clock.seconds())
        self.run_for(5.0)
        self.assertEqual([(destination(9), b"\x05\x1f")], self.around.link.sent)
        self.run_for(wait - 6.0)
        self.assertNoResult(stopped)
        self.run_for(2.0)
        self.successResultOf(stopped)
        self.assertEqual(["bridge down", "close", "finish"], self.around.log)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_at_once(self) -> None:
        """A second signal: it closes now, and everything is saved all the same."""
        self.stop(self.daemon)
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual(30, len(self.saved()))
        self.assertFalse(self.daemon.keeper.directory.locked)

    def test_saved_when_the_drain_begins(self) -> None:
        """Whoever pulls the plug during the drain loses nothing either."""
        self.daemon.stopService()
        self.assertEqual(30, len(self.saved()))
        self.daemon.hurry()

    def test_saved_while_running(self) -> None:
        """The first saving comes after a minute, the next within ten."""
        self.run_for(SAVE_FIRST + 1.0)
        first = self.daemon.facts.saved_at
        self.assertIsNotNone(first)
        self.clock.pump([1.0] * 620)
        self.assertNotEqual(first, self.daemon.facts.saved_at)
        self.stop(self.daemon)

    def test_full_disk_is_told(self) -> None:
        """A saving that fails is one sentence, not the end."""
        keeper = self.daemon.keeper
        self.patch(Keeper, "save", lambda *_: fail(StateError("The disk is full.")))
        self.run_for(SAVE_FIRST + 1.0)
        self.assertIn("The disk is full.", self.daemon.facts.events[-1].text)
        self.assertIsNone(self.daemon.facts.saved_at)
        self.assertIs(keeper, self.daemon.keeper)
        self.stop(self.daemon)

    def saved(self) -> tuple[SavedContact, ...]:
        """What a later process finds."""
        directory = StateDirectory(self.root, self.wall)
        keeper = Keeper(directory, at_once, self.wall, Random(3).randbytes)
        kept = self.successResultOf(keeper.open(None))
        self.successResultOf(keeper.close())
        assert isinstance(kept, Kept)
        return tuple(kept.contacts)
