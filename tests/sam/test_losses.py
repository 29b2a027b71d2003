"""Tests for :mod:`twisted_mule.sam.bridge`: what goes wrong, and how it goes on."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.sam.identities import ed25519_destination, ed25519_private_text, keys, private_text
from tests.sam.stage import Stage, headline
from tests.samples import destination
from twisted_mule.sam.datagram import announce
from twisted_mule.sam.keys import SessionKeys
from twisted_mule.sam.link import QUIET_SPAN
from twisted_mule.sam.session import SETTLE_SPAN, TEST_SPAN
from twisted_mule.status import RouterState, RouterStatus, StepState


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
