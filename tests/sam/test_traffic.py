"""Tests for :mod:`twisted_mule.sam.bridge`: the datagrams of an open session."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.sam.identities import ed25519_destination, keys, private_text
from tests.sam.stage import ROUTER, Stage, headline
from tests.samples import destination
from twisted_mule.sam.datagram import announce, read_order
from twisted_mule.status import RouterState, RouterStatus


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
