"""Tests for :mod:`twisted_mule.sam.bridge`: its begin and its end, with the router in memory."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from tests.sam.identities import ed25519_private_text, keys, private_text
from tests.sam.stage import ROUTER, UDP_PORT, Stage
from tests.samples import destination
from twisted_mule.sam.datagram import announce, read_order
from twisted_mule.sam.faults import Refused, WrongIdentity
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.status import RouterState, StepState


class OpeningTests(SynchronousTestCase):
    """From the first connection to the first datagram."""

    def setUp(self) -> None:
        """A bridge without keys, started."""
        self.stage = Stage()
        self.stage.bridge.startService()

    def test_lines(self) -> None:
        """The router hears exactly these lines, and no others (D13)."""
        stage = self.stage
        stage.accept()
        self.assertTrue(stage.wire.keepalive)
        self.assertEqual("HELLO VERSION MIN=3.0 MAX=3.1\n", stage.said())
        stage.say("HELLO REPLY RESULT=OK VERSION=3.1")
        self.assertEqual("DEST GENERATE SIGNATURE_TYPE=DSA_SHA1\n", stage.said())
        stage.say(f"DEST REPLY PUB={stage.own(1)} PRIV={private_text(1)}")
        self.assertEqual(
            f"SESSION CREATE STYLE=DATAGRAM ID=xkqjzv DESTINATION={private_text(1)}"
            f" PORT={UDP_PORT} HOST=127.0.0.1 inbound.length=1\n",
            stage.said(),
        )
        stage.say(f"SESSION STATUS RESULT=OK DESTINATION={private_text(1)}")
        self.assertEqual("NAMING LOOKUP NAME=ME\n", stage.said())
        stage.say(f"NAMING REPLY RESULT=OK NAME=ME VALUE={stage.own(1)}")
        self.assertEqual("", stage.said())

    def test_story(self) -> None:
        """Every state is told, and keys are handed over before they are used."""
        self.stage.online()
        made = SessionKeys(private_text(1))
        states = [s for s in self.stage.story if isinstance(s, RouterState)]
        self.assertEqual(
            ["connecting", "greeting", "creating", "testing", "online"],
            [state.value for state in states],
        )
        told = self.stage.story.index(made)
        self.assertLess(told, self.stage.story.index(RouterState.TESTING))
        self.assertEqual(made.destination, self.stage.bridge.destination)

    def test_known_keys(self) -> None:
        """Keys that are there are used as they are, and no others are asked for."""
        stage = Stage(keys(2))
        stage.bridge.startService()
        stage.online(2)
        self.assertNotIn("DEST GENERATE", stage.wire.value().decode())
        self.assertEqual(destination(2), stage.bridge.destination)
        self.assertEqual([], [s for s in stage.story if isinstance(s, SessionKeys)])

    def test_sam_3_0(self) -> None:
        """A router of SAM 3.0 knows no SIGNATURE_TYPE: its one kind is ours."""
        self.stage.accept()
        self.stage.said()
        self.stage.say("HELLO REPLY RESULT=OK VERSION=3.0")
        self.assertEqual("DEST GENERATE\n", self.stage.said())
        self.assertEqual("3.0", self.stage.bridge.status().sam_version)

    def test_self_test(self) -> None:
        """Online comes when a datagram to ourselves came back, and nobody else hears of it."""
        stage = self.stage
        stage.create()
        stage.reactor.advance(0.0)
        order = read_order(stage.udp.written[0][0])
        self.assertEqual((stage.own(1), "xkqjzv"), (order.destination, order.nickname))
        self.assertEqual(ROUTER, stage.udp.written[0][1])
        stage.forward(announce(stage.own(2), order.payload))
        stage.forward(announce(stage.own(1), order.payload[1:]))
        self.assertIs(RouterState.TESTING, stage.state)
        stage.echo()
        self.assertIs(RouterState.ONLINE, stage.state)
        self.assertEqual([destination(2)], [source for source, *_ in stage.datagrams])

    def test_patience(self) -> None:
        """The self-test repeats for more than a minute; the first one to come back will do."""
        stage = self.stage
        stage.create()
        stage.reactor.pump([1.0] * 60)
        self.assertIs(RouterState.TESTING, stage.state)
        sent = [read_order(datagram).payload for datagram, _ in stage.udp.written]
        self.assertTrue(12 <= len(sent) <= 31, len(sent))
        stage.forward(announce(stage.own(1), sent[0]))
        self.assertIs(RouterState.ONLINE, stage.state)

    def test_address_of_a_distant_router(self) -> None:
        """Both ends' addresses are those of the connection: HOST is never a name or a guess."""
        stage = Stage(keys(1), endpoint="tcp:router.local:7700")
        stage.bridge.startService()
        stage.accept("10.1.2.3")
        stage.say("HELLO REPLY RESULT=OK VERSION=3.1")
        self.assertIn(f" PORT={UDP_PORT} HOST=10.1.2.3 ", stage.said())
        self.assertEqual("10.1.2.3", stage.udp.interface)

    def test_udp_port(self) -> None:
        """The router's UDP port is its TCP port less one, unless the user knows better."""
        stage = Stage(keys(1), udp_port=9999)
        stage.bridge.startService()
        stage.create()
        stage.reactor.advance(0.0)
        self.assertEqual(("127.0.0.1", 9999), stage.udp.written[0][1])

    def test_when_ready(self) -> None:
        """Whoever waits for the identity gets it as soon as the keys are kept."""
        waiting = self.stage.bridge.when_ready()
        self.stage.greet()
        self.assertNoResult(waiting)
        self.stage.say(f"DEST REPLY PUB={self.stage.own(1)} PRIV={private_text(1)}")
        self.assertEqual(destination(1), self.successResultOf(waiting))
        again = self.stage.bridge.when_ready()
        self.assertEqual(destination(1), self.successResultOf(again))

    def test_never_a_ping(self) -> None:
        """We never ping, however long it lasts; the router's pings are answered."""
        self.stage.online()
        self.stage.said()
        for _ in range(20):
            self.stage.say("PING 1234 5678")
            self.stage.reactor.pump([20.0] * 9)
            self.stage.forward(announce(self.stage.own(2), b"alive"))
        self.assertEqual("PONG 1234 5678\n" * 20, self.stage.said())
        self.assertIs(RouterState.ONLINE, self.stage.state)

    def test_steps(self) -> None:
        """All steps are done once the network answered."""
        self.stage.online()
        before = self.stage.bridge.status().steps
        self.stage.bridge.heard_network()
        after = self.stage.bridge.status().steps
        self.assertIs(StepState.NOW, before[-1].state)
        self.assertEqual({StepState.DONE}, {step.state for step in after})
        self.assertEqual(20.0, after[3].took)

    def test_stream_identity(self) -> None:
        """One more pair of keys comes over a connection of its own, which closes after."""
        self.stage.online()
        made = self.stage.bridge.generate_keys()
        self.stage.greet()
        self.assertTrue(self.stage.said().endswith("DEST GENERATE SIGNATURE_TYPE=DSA_SHA1\n"))
        self.stage.say(f"DEST REPLY PUB={self.stage.own(3)} PRIV={private_text(3)}")
        self.assertTrue(self.stage.wire.disconnecting)
        self.stage.drop()
        self.assertEqual(keys(3), self.successResultOf(made))
        self.assertEqual(destination(1), self.stage.bridge.destination)
        self.assertIs(RouterState.ONLINE, self.stage.state)

    def test_stream_identity_refused(self) -> None:
        """The second identity is of the same kind as the first, or none."""
        for reply, error in (
            (f"DEST REPLY PUB=x PRIV={ed25519_private_text(3)}", WrongIdentity),
            ("DEST REPLY RESULT=I2P_ERROR", Refused),
        ):
            made = self.stage.bridge.generate_keys()
            self.stage.greet()
            self.stage.say(reply)
            self.failureResultOf(made, error)

    def test_stream_identity_timeout(self) -> None:
        """A router that makes no keys is not waited for for ever."""
        made = self.stage.bridge.generate_keys()
        self.stage.reactor.advance(31.0)
        self.failureResultOf(made)


class StoppingTests(SynchronousTestCase):
    """The end of the service."""

    def check_closed(self, stage: Stage) -> None:
        """Nothing is left behind: no timer, no socket, and nothing begins anew."""
        closed = stage.bridge.stopService()
        if stage.protocol is not None:
            stage.drop()
        self.successResultOf(closed)
        self.assertIs(RouterState.OFFLINE, stage.state)
        self.assertEqual([], stage.reactor.getDelayedCalls())
        self.assertFalse(any(port.open for port in stage.reactor.udp))

    def test_in_any_state(self) -> None:
        """Wherever the session stands, stopping closes everything."""
        steps = (
            lambda stage: None,
            lambda stage: stage.refuse(),
            lambda stage: stage.accept(),
            lambda stage: stage.greet(),
            lambda stage: stage.create(),
            lambda stage: stage.online(),
        )
        for step in steps:
            stage = Stage(keys(1))
            stage.bridge.startService()
            step(stage)
            self.check_closed(stage)

    def test_again(self) -> None:
        """A stopped service can be started again."""
        stage = Stage(keys(1))
        for _ in range(2):
            stage.bridge.startService()
            stage.online()
            self.assertTrue(stage.bridge.online)
            self.check_closed(stage)

    def test_never_started(self) -> None:
        """A service that was never started stops too."""
        stage = Stage(keys(1))
        self.assertIs(RouterState.OFFLINE, stage.state)
        self.successResultOf(stage.bridge.stopService())

    def test_nobody_waits_for_ever(self) -> None:
        """Whoever waits for the identity is told that none will come."""
        stage = Stage()
        stage.bridge.startService()
        waiting = stage.bridge.when_ready()
        stage.bridge.stopService()
        self.failureResultOf(waiting, CancelledError)


class WishesTests(SynchronousTestCase):
    """What cannot be said to a router is refused at the start."""

    def test_options(self) -> None:
        """An option cannot smuggle in a line or a word of ours."""
        for options in (
            {"HOST": "192.0.2.1"},
            {"destination": "TRANSIENT"},
            {"a b": "1"},
            {"inbound.length": "1\nPING"},
            {"inbound.length": '"'},
            {"inbound.length": ""},
        ):
            self.assertRaises(ValueError, Stage, options=options)

    def test_nickname(self) -> None:
        """A nickname is one plain word."""
        for nickname in ("", "two words", "line\n", "é"):
            self.assertRaises(ValueError, Stage, nickname=nickname)

    def test_endpoint(self) -> None:
        """An endpoint that no part of Twisted knows is refused at once."""
        self.assertRaises(ValueError, Stage, endpoint="nonsense:1")
