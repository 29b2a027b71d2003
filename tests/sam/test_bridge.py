"""Tests for :mod:`twisted_mule.sam.bridge` and what it is made of, with the router in memory."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from twisted.internet.defer import TimeoutError as LateError
from twisted.internet.error import ConnectionClosed
from twisted.trial.unittest import SynchronousTestCase

from tests.sam.identities import (
    ed25519_destination,
    ed25519_private_text,
    keys,
    private_text,
)
from tests.sam.stage import ROUTER, UDP_PORT, Stage
from tests.samples import destination
from twisted_mule.sam.datagram import announce, read_order
from twisted_mule.sam.faults import Refused, WrongIdentity
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.link import LOOKUP_SPAN, QUIET_SPAN
from twisted_mule.sam.session import SETTLE_SPAN, TEST_SPAN
from twisted_mule.status import RouterState, RouterStatus, StepState


def headline(stage: Stage) -> str:
    """What the user reads."""
    problem = stage.bridge.status().problem
    return "" if problem is None else problem.headline


class NamingTests(SynchronousTestCase):
    """The router is asked about a name over the session that stands."""

    def setUp(self) -> None:
        """A bridge that is online."""
        self.stage = Stage()
        self.stage.bridge.startService()
        self.stage.online()
        self.stage.said()

    def test_found(self) -> None:
        """One line, and the destination that answers it; others may be asked for meanwhile."""
        one, other = self.stage.bridge.resolve("a.i2p"), self.stage.bridge.resolve("b.i2p")
        self.assertEqual("NAMING LOOKUP NAME=a.i2p\nNAMING LOOKUP NAME=b.i2p\n", self.stage.said())
        self.stage.say("NAMING REPLY RESULT=OK NAME=b.i2p VALUE=BBBB")
        self.stage.say("NAMING REPLY RESULT=OK NAME=a.i2p VALUE=AAAA MESSAGE=x OTHER=y")
        self.assertEqual("AAAA", self.successResultOf(one))
        self.assertEqual("BBBB", self.successResultOf(other))

    def test_not_found(self) -> None:
        """The router's word for it comes as a refusal, and the session goes on."""
        for answer in ("RESULT=KEY_NOT_FOUND", "RESULT=INVALID_KEY", "RESULT=OK VALUE=", ""):
            asked = self.stage.bridge.resolve("a.i2p")
            self.stage.say(f"NAMING REPLY {answer} NAME=a.i2p")
            self.assertEqual("NAMING LOOKUP", self.failureResultOf(asked, Refused).value.command)
        self.assertIs(RouterState.ONLINE, self.stage.state)

    def test_late(self) -> None:
        """An answer after the patience is over is passed over."""
        asked = self.stage.bridge.resolve("a.i2p")
        self.stage.reactor.advance(LOOKUP_SPAN)
        self.failureResultOf(asked, LateError)
        self.stage.say("NAMING REPLY RESULT=OK NAME=a.i2p VALUE=AAAA")
        self.assertIs(RouterState.ONLINE, self.stage.state)

    def test_not_asked(self) -> None:
        """An answer to no question is no SAM."""
        self.stage.say("NAMING REPLY RESULT=OK NAME=a.i2p VALUE=AAAA")
        self.assertIs(RouterState.WAITING, self.stage.state)

    def test_lost(self) -> None:
        """Who waits hears that the session is gone, and there is none to ask over."""
        asked = self.stage.bridge.resolve("a.i2p")
        self.stage.drop()
        self.failureResultOf(asked, ConnectionClosed)
        self.failureResultOf(self.stage.bridge.resolve("a.i2p"), ConnectionClosed)


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


class DatagramTests(SynchronousTestCase):
    """The data side of an open session."""

    def setUp(self) -> None:
        """A session that is online."""
        self.stage = Stage(keys(1))
        self.stage.bridge.startService()
        self.stage.online()
        self.stage.udp.written.clear()

    def test_send(self) -> None:
        """A datagram goes to the router's UDP port, with nickname and destination before it."""
        self.stage.bridge.send(destination(2), b"\x00\nbytes")
        [(written, address)] = self.stage.udp.written
        order = read_order(written)
        self.assertEqual(
            ("xkqjzv", destination(2).base64, b"\x00\nbytes", ROUTER),
            (order.nickname, order.destination, order.payload, address),
        )

    def test_send_offline(self) -> None:
        """While the session is not online, datagrams are dropped without a word."""
        self.stage.drop()
        self.assertFalse(self.stage.bridge.online)
        self.stage.bridge.send(destination(2), b"lost")
        self.assertEqual([], self.stage.udp.written)

    def test_send_to_a_full_machine(self) -> None:
        """A datagram that the machine does not take is lost like any other."""
        self.stage.udp.broken = True
        self.stage.bridge.send(destination(2), b"lost")
        self.assertEqual(1, self.stage.bridge.counts["unsent"])

    def test_received(self) -> None:
        """A datagram comes with its source and the time of its arrival."""
        self.stage.forward(announce(destination(2).base64, b"payload\n\x00"))
        now = self.stage.reactor.seconds()
        self.assertEqual([(destination(2), b"payload\n\x00", now)], self.stage.datagrams)

    def test_ports_in_the_header(self) -> None:
        """Whatever follows the destination in the first line is passed over."""
        datagram = f"{destination(2).base64} FROM_PORT=1 TO_PORT=2\npayload".encode()
        self.stage.forward(datagram)
        self.assertEqual(b"payload", self.stage.datagrams[0][1])

    def test_ignored(self) -> None:
        """What no peer of this network can have sent is counted and otherwise ignored."""
        text = destination(2).base64
        cases = {
            "ignored_unreadable": b"no header at all",
            "ignored_destination": announce(ed25519_destination(2), b"x"),
            "ignored_oversize": announce(text, bytes(10_241)),
            "ignored_own": announce(destination(1).base64, b"not of the self-test"),
        }
        for name, datagram in cases.items():
            self.stage.forward(datagram)
            self.assertEqual(1, self.stage.bridge.counts[name], name)
        self.stage.forward(announce(text, b"x"), host="192.0.2.7")
        self.assertEqual(1, self.stage.bridge.counts["ignored_foreign"])
        self.assertEqual([], self.stage.datagrams)
        self.stage.forward(announce(text, bytes(10_240)))
        self.assertEqual(1, len(self.stage.datagrams))

    def test_over_the_control_connection(self) -> None:
        """A router that forgot our UDP port is understood all the same."""
        line = f"DATAGRAM RECEIVED DESTINATION={destination(2).base64} SIZE=7\n"
        self.stage.protocol.dataReceived(line.encode() + b"pay")
        self.stage.protocol.dataReceived(b"load")
        self.assertEqual(b"payload", self.stage.datagrams[0][1])

    def test_before_the_session(self) -> None:
        """A datagram for a session that does not stand is no SAM."""
        stage = Stage(keys(1))
        stage.bridge.startService()
        stage.greet()
        stage.say("DATAGRAM RECEIVED DESTINATION=abc SIZE=0")
        self.assertIn("cannot be read", headline(stage))

    def test_one_segment(self) -> None:
        """Replies and datagrams that come in one piece are all understood."""
        stage = Stage(keys(1))
        stage.bridge.startService()
        stage.greet()
        stage.say(
            f"SESSION STATUS RESULT=OK DESTINATION={private_text(1)}\n"
            f"DATAGRAM RECEIVED DESTINATION={stage.own(2)} SIZE=5\n"
            f"earlyNAMING REPLY RESULT=OK NAME=ME VALUE={stage.own(1)}\n"
            f"DATAGRAM RECEIVED DESTINATION={stage.own(2)} SIZE=4\nlatePING"
        )
        self.assertEqual([b"early", b"late"], [payload for _, payload, _ in stage.datagrams])
        self.assertTrue(stage.said().endswith("PONG\n"))
        self.assertIs(RouterState.TESTING, stage.state)

    def test_hung_up_in_the_middle(self) -> None:
        """What comes in the same piece as the reason to stop is not heard any more."""

        def give_up(status: RouterStatus) -> None:
            if status.sam_version:
                stage.bridge.stopService()

        stage = Stage(keys(1), on_state=give_up)
        stage.bridge.startService()
        stage.accept()
        stage.say("HELLO REPLY RESULT=OK VERSION=3.1\nSESSION STATUS RESULT=OK DESTINATION=x")
        self.assertIs(RouterState.OFFLINE, stage.state)


class LossTests(SynchronousTestCase):
    """What goes wrong, what the user reads, and how it goes on."""

    def setUp(self) -> None:
        """A bridge with keys, started."""
        self.stage = Stage(keys(1))
        self.stage.bridge.startService()

    def test_no_router(self) -> None:
        """Without a router the bridge says so, says when it tries again, and does."""
        self.stage.refuse()
        status = self.stage.bridge.status()
        self.assertIs(RouterState.WAITING, status.state)
        self.assertIn("not found at 127.0.0.1:7656", headline(self.stage))
        assert status.next_try_in is not None
        self.assertTrue(10.0 <= status.next_try_in <= 20.0)
        self.assertEqual(1_000_000.0, status.since_at)
        self.stage.reactor.advance(status.next_try_in - 0.1)
        self.assertEqual([], self.stage.reactor.tcpClients)
        self.stage.reactor.advance(0.1)
        self.stage.online()
        self.assertEqual("", headline(self.stage))

    def test_vanished_router(self) -> None:
        """A lost session comes back with the same keys and the same UDP port."""
        self.stage.online()
        self.stage.drop()
        self.assertIn("connection lost", headline(self.stage))
        [lost] = self.stage.bridge.status().disconnects
        self.assertEqual((1_000_020.0, headline(self.stage)), (lost.at, lost.reason))
        self.assertIs(StepState.FAILED, self.stage.bridge.status().steps[0].state)
        self.stage.wait()
        self.stage.online()
        self.assertIs(RouterState.ONLINE, self.stage.state)
        self.assertIn(private_text(1), self.stage.wire.value().decode())
        self.assertEqual(1, len(self.stage.reactor.udp))

    def test_remains_of_the_last_run(self) -> None:
        """Restarted at once, the node is not taken in by the remains of its own last session."""
        self.stage.create(after=0.1)
        self.stage.reactor.advance(SETTLE_SPAN - 0.1)
        self.assertEqual([], self.stage.udp.written)
        self.stage.reactor.pump([1.0] * 31)
        self.assertTrue(self.stage.udp.written)
        self.assertIn("previous session", headline(self.stage))
        self.stage.wait()
        self.stage.online()
        self.assertIn(" HOST=127.0.0.1 ", self.stage.wire.value().decode())
        self.assertIs(RouterState.ONLINE, self.stage.state)

    def test_refusals(self) -> None:
        """The router's refusals are explained, and tried again after the back-off."""
        self.stage.greet()
        for result, words in (
            ("DUPLICATED_DEST", "already in use"),
            ("DUPLICATED_ID", "already in use"),
            ("INVALID_KEY", "does not accept the keys"),
            ('I2P_ERROR MESSAGE="no tunnels, sorry"', "no tunnels, sorry"),
            ("SOMETHING_NEW", "SOMETHING_NEW"),
        ):
            self.stage.say(f"SESSION STATUS RESULT={result}")
            self.assertIn(words, headline(self.stage))
            self.assertTrue(self.stage.wire.disconnecting)
            self.stage.wait()
            self.stage.greet()

    def test_not_sam(self) -> None:
        """Something else at the SAM port is named by what it says."""
        self.stage.accept()
        self.stage.say("HTTP/1.1 400 Bad Request\r")
        self.assertIn("other than SAM", headline(self.stage))
        self.stage.wait()
        self.stage.accept()
        self.stage.protocol.dataReceived(b"\xff\xfb\x01\xff")
        self.assertIn("other than SAM", headline(self.stage))
        self.stage.wait()
        self.stage.accept()
        self.stage.drop()
        self.assertIn("without a greeting", headline(self.stage))
        self.stage.wait()
        self.stage.accept()
        self.stage.reactor.advance(31.0)
        self.assertIn("Nothing answers our greeting", headline(self.stage))

    def test_no_common_version(self) -> None:
        """A router without our versions is told from one that is broken."""
        self.stage.accept()
        self.stage.say("HELLO REPLY RESULT=NOVERSION")
        self.assertIn("neither SAM 3.0 nor SAM 3.1", headline(self.stage))
        self.stage.wait()
        self.stage.accept()
        self.stage.say("HELLO REPLY RESULT=OK VERSION=soon")
        self.assertIn("other than SAM", headline(self.stage))

    def test_unreadable(self) -> None:
        """What is no SAM after the greeting ends the session, open or not."""
        self.stage.greet()
        self.stage.say("BEG YOUR PARDON")
        self.assertIn("cannot be read", headline(self.stage))
        self.stage.wait()
        self.stage.online()
        self.stage.say('"')
        self.assertIn("cannot be read", headline(self.stage))
        self.stage.wait()
        self.stage.online()
        self.stage.say('SESSION STATUS RESULT=I2P_ERROR MESSAGE="tunnels gone"')
        self.assertIn("tunnels gone", headline(self.stage))
        self.assertEqual(2, len(self.stage.bridge.status().disconnects))

    def test_slow_creation(self) -> None:
        """A router may take more than 4 minutes for a session, but not for ever."""
        self.stage.greet()
        self.stage.reactor.advance(250.0)
        self.assertIs(RouterState.CREATING, self.stage.state)
        self.stage.reactor.advance(60.0)
        self.assertIn("no session within 5 minutes", headline(self.stage))

    def test_keys_of_391_bytes(self) -> None:
        """A router that makes another kind of identity is refused in one sentence."""
        stage = Stage()
        stage.bridge.startService()
        stage.greet()
        stage.said()
        stage.say(f"DEST REPLY PUB={ed25519_destination(1)} PRIV={ed25519_private_text(1)}")
        self.assertIn("391 bytes", headline(stage))
        self.assertEqual("", stage.said())
        self.assertIsNone(stage.bridge.destination)
        self.assertEqual([], [s for s in stage.story if isinstance(s, SessionKeys)])

    def test_keys_not_kept(self) -> None:
        """Keys that cannot be kept are not used."""
        full = OSError(28, "No space left on device")
        stage = Stage(on_keys=lambda _keys: (_ for _ in ()).throw(full))
        stage.bridge.startService()
        stage.greet()
        stage.said()
        stage.say(f"DEST REPLY PUB={stage.own(1)} PRIV={private_text(1)}")
        self.assertIn("No space left", headline(stage))
        self.assertEqual("", stage.said())
        self.assertIsNone(stage.bridge.destination)

    def test_no_keys_made(self) -> None:
        """A router that makes no keys at all is explained too."""
        stage = Stage()
        stage.bridge.startService()
        stage.greet()
        stage.say('DEST REPLY RESULT=I2P_ERROR MESSAGE="no entropy"')
        self.assertIn("no entropy", headline(stage))

    def test_another_identity(self) -> None:
        """A session for somebody else is not ours: the identity never changes."""
        for other in (self.stage.own(2), ed25519_destination(1), "nonsense"):
            self.stage.greet()
            self.stage.say(f"SESSION STATUS RESULT=OK DESTINATION={private_text(1)}")
            self.stage.say(f"NAMING REPLY RESULT=OK NAME=ME VALUE={other}")
            self.assertIs(RouterState.WAITING, self.stage.state)
            self.assertEqual(destination(1), self.stage.bridge.destination)
            self.stage.wait()

    def test_nothing_comes_back(self) -> None:
        """A session without UDP both ways is explained, and the next one goes over TCP (D14)."""
        self.stage.create()
        self.stage.reactor.pump([1.0] * 91)
        self.assertIn("nothing comes back", headline(self.stage))
        self.stage.wait()
        self.stage.create()
        self.assertNotIn("HOST=", self.stage.said())
        self.stage.reactor.advance(0.0)
        line, _, payload = self.stage.wire.value().partition(b"\n")
        self.assertEqual(
            f"DATAGRAM SEND DESTINATION={self.stage.own(1)} SIZE={len(payload)}".encode(), line
        )
        came = f"DATAGRAM RECEIVED DESTINATION={self.stage.own(1)} SIZE={len(payload)}\n"
        self.stage.protocol.dataReceived(came.encode() + payload)
        self.assertIs(RouterState.ONLINE, self.stage.state)

    def test_too_large_for_tcp(self) -> None:
        """Over the control connection nothing above 7 KiB is sent: it would stop i2pd's reading."""
        self.test_nothing_comes_back()
        self.stage.said()
        self.stage.bridge.send(destination(2), bytes(7169))
        self.assertEqual("", self.stage.said())
        self.stage.bridge.send(destination(2), bytes(7168))
        self.assertTrue(self.stage.said().startswith("DATAGRAM SEND"))

    def test_proven_udp_is_kept(self) -> None:
        """Where UDP once worked, a failed test does not change the way."""
        self.stage.online()
        self.stage.drop()
        self.stage.wait()
        self.stage.create()
        self.stage.reactor.pump([1.0] * 91)
        self.stage.wait()
        self.stage.greet()
        self.assertIn(" HOST=127.0.0.1 ", self.stage.said())

    def test_silent_session(self) -> None:
        """A session that died without a word is found out, and opened anew."""
        self.stage.online()
        self.stage.udp.written.clear()
        self.stage.reactor.pump([1.0] * int(QUIET_SPAN))
        self.assertEqual([], self.stage.udp.written)
        self.stage.reactor.pump([1.0] * 30)
        self.assertTrue(self.stage.udp.written)
        self.stage.echo()
        self.stage.udp.written.clear()
        self.stage.reactor.pump([1.0] * int(QUIET_SPAN - 60.0))
        self.stage.forward(announce(destination(2).base64, b"alive"))
        self.stage.reactor.pump([1.0] * int(QUIET_SPAN))
        self.assertEqual([], self.stage.udp.written)
        self.stage.reactor.pump([1.0] * int(TEST_SPAN + 20.0))
        self.assertIs(RouterState.WAITING, self.stage.state)
        self.assertIn("fell silent", headline(self.stage))

    def test_no_udp_port(self) -> None:
        """A machine that allows no UDP port is a problem like any other."""
        self.stage.reactor.udp_refused = True
        self.stage.accept()
        self.assertIn("No UDP port", headline(self.stage))
        self.assertTrue(self.stage.wire.disconnecting)

    def test_stubborn_connection(self) -> None:
        """A connection that does not close in good order is cut."""
        stage = self.stage = Stage(keys(1))
        stage.bridge.startService()
        stage.online()
        stage.bridge.stopService()
        self.assertTrue(stage.wire.disconnecting)
        self.assertFalse(stage.wire.disconnected)
        stage.reactor.advance(2.0)
        self.assertTrue(stage.wire.disconnected)

    def test_fault_of_a_listener(self) -> None:
        """A fault in whoever is told of the state goes to the log and harms nothing else."""

        def stumble(_status: RouterStatus) -> None:
            raise ZeroDivisionError

        stage = Stage(keys(1), on_state=stumble)
        stage.bridge.startService()
        stage.online()
        self.assertIs(RouterState.ONLINE, stage.state)
        self.assertTrue(self.flushLoggedErrors(ZeroDivisionError))

    def test_fault_of_ours(self) -> None:
        """A fault of this program ends the session with a traceback in the log, and is retried."""
        self.stage.accept()
        self.stage.bridge._link.ended(ZeroDivisionError())
        self.assertIn("ZeroDivisionError", headline(self.stage))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.stage.wait()
        self.stage.online()
        self.assertIs(RouterState.ONLINE, self.stage.state)


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
