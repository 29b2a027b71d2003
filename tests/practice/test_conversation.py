"""Tests for :mod:`twisted_mule.practice.conversation`."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis.strategies import binary
from twisted.trial.unittest import SynchronousTestCase

from tests.practice.bridging import Practice
from twisted_mule.practice.conversation import GREETING_TIME, negotiated
from twisted_mule.sam.lines import LINE_LIMIT, Line


class VersionTests(SynchronousTestCase):
    """The highest version that both sides speak is taken."""

    def test_negotiated(self) -> None:
        """Bounds count, may be left out, and may be a lone digit."""
        for options, version in (
            ({"MIN": "3.0", "MAX": "3.1"}, (3, 1)),
            ({"MIN": "3.0", "MAX": "3.3"}, (3, 2)),
            ({"MIN": "3", "MAX": "3"}, (3, 0)),
            ({"MAX": "3.0"}, (3, 0)),
            ({"MIN": "3.1"}, (3, 2)),
            ({}, (3, 2)),
            ({"MIN": "3.10"}, None),
            ({"MIN": "2.0", "MAX": "2.9"}, None),
            ({"MIN": "3.1", "MAX": "3.0"}, None),
            ({"MIN": "new"}, None),
            ({"MAX": "3.x"}, None),
            ({"MAX": ""}, None),
        ):
            self.assertEqual(version, negotiated(options))


class ConversationTests(SynchronousTestCase):
    """HELLO comes first; what is wrong is answered and ends the connection."""

    def setUp(self) -> None:
        """A bridge and a connection that has said nothing."""
        self.practice = Practice()
        self.client = self.practice.stranger()

    def test_hello(self) -> None:
        """HELLO is answered with the version, with carriage returns too."""
        self.client.write(b"HELLO VERSION MIN=3.0 MAX=3.1\r\n")
        self.assertEqual(b"HELLO REPLY RESULT=OK VERSION=3.1\n", self.client.read())
        self.assertFalse(self.client.wire.closed)

    def test_no_version(self) -> None:
        """Without a common version the connection ends with NOVERSION."""
        self.client.write(b"HELLO VERSION MIN=4.0 MAX=4.1\n")
        self.assertEqual(b"HELLO REPLY RESULT=NOVERSION\n", self.client.read())
        self.assertTrue(self.client.wire.closed)

    def test_no_hello(self) -> None:
        """Any other command before HELLO ends the connection."""
        for command in ("DEST GENERATE", "PING", "HELLO", "nonsense", "", 'A B C="'):
            client = self.practice.stranger()
            self.assertEqual("I2P_ERROR", client.ask(command).options["RESULT"])
            self.assertTrue(client.wire.closed)

    def test_hello_again(self) -> None:
        """A second HELLO ends the connection."""
        client = self.practice.client()
        self.assertEqual("I2P_ERROR", client.ask("HELLO VERSION").options["RESULT"])
        self.assertTrue(client.wire.closed)

    def test_silence(self) -> None:
        """Who does not say HELLO in time is sent away, and who did is not."""
        greeted = self.practice.client()
        self.practice.wait(GREETING_TIME + 1.0)
        self.assertTrue(self.client.wire.closed)
        self.assertFalse(greeted.wire.closed)
        self.assertEqual([], self.practice.clock.getDelayedCalls())

    def test_unknown_and_malformed(self) -> None:
        """After HELLO too, a line that means nothing is answered with an error."""
        for command, verb in (
            ("STREAM DANCE", "STREAM"),
            ("SESSION ADD STYLE=RAW", "SESSION"),
            ("NAMING LOOKUP NAME=x NAME=y", "NAMING"),
            ("DATAGRAM", "DATAGRAM"),
            ("\x7f", "SESSION"),
            ("ä ö", "SESSION"),
        ):
            client = self.practice.client()
            line = client.ask(command)
            self.assertEqual((verb, "I2P_ERROR"), (line.verb, line.options["RESULT"]))
            self.assertTrue(client.wire.closed)

    def test_endless_line(self) -> None:
        """A line without an end is not collected for ever."""
        client = self.practice.client()
        client.write(b"x" * (LINE_LIMIT + 1))
        self.assertEqual("I2P_ERROR", client.lines()[0].options["RESULT"])
        self.assertTrue(client.wire.closed)

    def test_nothing_after_the_end(self) -> None:
        """Commands behind one that ends the connection are not obeyed."""
        client = self.practice.client()
        client.write(b"nonsense\nDEST GENERATE\n")
        self.assertEqual(1, len(client.lines()))

    def test_ping_is_foreign(self) -> None:
        """Up to SAM 3.1 a PING ends the connection without a word, as on i2pd."""
        for word in ("PING 17", "PONG", "QUIT"):
            client = self.practice.client()
            client.tell(word)
            self.assertEqual(b"", client.read())
            self.assertTrue(client.wire.closed)

    def test_ping_since_3_2(self) -> None:
        """From SAM 3.2 on a PING is answered with its own words, and a PONG is welcome."""
        client = self.practice.client("3.2")
        client.write(b"PING\nPING 17 and more\nPONG\n")
        self.assertEqual(b"PONG\nPONG 17 and more\n", client.read())
        self.assertEqual(
            Line("QUIT", "STATUS", {"RESULT": "OK", "MESSAGE": "bye"}), client.ask("QUIT")
        )
        self.assertTrue(client.wire.closed)

    @given(binary(max_size=300))
    @example(b"NAMING LOOKUP NAME=" + b"x" * 8_100 + b"\n")
    @example(b"PING " + b"\xff\n")
    @example(b"STREAM ACCEPT SILENT=true\n")
    def test_any_bytes(self, data: bytes) -> None:
        """Whatever a client writes, it gets lines or the end, never a failure."""
        client = self.practice.client("3.2")
        client.write(data + b"\n")
        client.lines()
        client.leave()
        self.assertTrue(client.connection.closing)
