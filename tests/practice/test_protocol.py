"""Tests for :mod:`twisted_mule.practice.protocol` and its sessions."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.practice.bridging import Practice
from twisted_mule.practice import sessions
from twisted_mule.practice.keys import DSA_SHA1, ED25519, b32, generate
from twisted_mule.practice.sessions import is_loopback, ports_of, whole_number
from twisted_mule.practice.weather import CALM


class Base(SynchronousTestCase):
    """A bridge on a virtual clock."""

    def setUp(self) -> None:
        """Nobody has connected yet."""
        self.practice = Practice()


class SessionTests(Base):
    """SESSION CREATE: delays, keys and refusals as on a real router."""

    def refusal(self, command: str) -> str:
        """The RESULT of a SESSION CREATE that fails; the connection must close."""
        client = self.practice.client()
        line = client.ask(f"SESSION CREATE {command}")
        self.assertEqual(("SESSION", "STATUS"), (line.verb, line.action))
        self.assertTrue(client.wire.closed)
        return line.options["RESULT"]

    def test_ready_after_a_while(self) -> None:
        """The OK comes when the tunnels are built; what the client writes meanwhile waits."""
        client = self.practice.client()
        client.tell("SESSION CREATE STYLE=DATAGRAM ID=mule DESTINATION=TRANSIENT i2cp.gzip=false")
        client.tell("NAMING LOOKUP NAME=ME")
        self.practice.wait(1.9)
        self.assertEqual(b"", client.read())
        self.practice.wait(0.2)
        status, reply = client.lines()
        self.assertEqual(
            ("SESSION", "STATUS", "OK"), (status.verb, status.action, status.options["RESULT"])
        )
        self.assertEqual(884, len(status.options["DESTINATION"]))
        self.assertEqual(516, len(reply.options["VALUE"]))
        self.assertTrue(status.options["DESTINATION"].startswith(reply.options["VALUE"][:512]))

    def test_own_keys(self) -> None:
        """A private key gives the destination that belongs to it."""
        keys = generate(DSA_SHA1, self.practice.entropy)
        client = self.practice.client()
        client.tell(f"SESSION CREATE STYLE=RAW ID=mule DESTINATION={keys.private}")
        self.practice.wait(2.5)
        self.assertEqual(keys.private, client.lines()[0].options["DESTINATION"])
        self.assertEqual(keys.destination, client.ask("NAMING LOOKUP NAME=ME").options["VALUE"])

    def test_ed25519(self) -> None:
        """A client that asks for Ed25519 gets a destination of 391 bytes."""
        _, destination = self.practice.session("STREAM", "mule", "SIGNATURE_TYPE=7")
        self.assertEqual(524, len(destination))

    def test_duplicates(self) -> None:
        """Name and destination are taken from the moment they are asked for."""
        keys = generate(ED25519, self.practice.entropy)
        holder = self.practice.client()
        holder.tell(f"SESSION CREATE STYLE=RAW ID=mule DESTINATION={keys.private}")
        self.assertEqual("DUPLICATED_ID", self.refusal("STYLE=RAW ID=mule DESTINATION=TRANSIENT"))
        same = f"STYLE=RAW ID=ass DESTINATION={keys.private}"
        self.assertEqual("DUPLICATED_DEST", self.refusal(same))
        holder.leave()
        self.practice.wait(2.5)
        self.practice.session("RAW", "mule")
        other = self.practice.client()
        other.tell(f"SESSION CREATE {same}")
        self.practice.wait(2.5)
        self.assertEqual("OK", other.lines()[0].options["RESULT"])

    def test_refusals(self) -> None:
        """Each fault has the RESULT that routers give it."""
        for result, command in (
            ("INVALID_KEY", "STYLE=RAW ID=a"),
            ("INVALID_KEY", "STYLE=RAW ID=a DESTINATION=AAAA"),
            ("INVALID_ID", "STYLE=RAW ID=<b> DESTINATION=TRANSIENT"),
            ("INVALID_ID", f"STYLE=RAW ID={'x' * 200} DESTINATION=TRANSIENT"),
            ("I2P_ERROR", "STYLE=RAW DESTINATION=TRANSIENT"),
            ("I2P_ERROR", "ID=a DESTINATION=TRANSIENT"),
            ("I2P_ERROR", "STYLE=PRIMARY ID=a DESTINATION=TRANSIENT"),
            ("I2P_ERROR", "STYLE=RAW ID=a DESTINATION=TRANSIENT SIGNATURE_TYPE=99"),
        ):
            self.assertEqual(result, self.refusal(command), command)

    def test_forwarding_stays_on_loopback(self) -> None:
        """A HOST elsewhere, a name, or a PORT that is none is refused."""
        for place in (
            "HOST=192.0.2.1 PORT=7000",
            "HOST=0.0.0.0 PORT=7000",
            "HOST=localhost PORT=7000",
            "HOST=::1 PORT=7000",
            "HOST=127.0.0.1.example.org PORT=7000",
            "HOST=127.0.0.1 PORT=0",
            "HOST=127.0.0.1 PORT=65536",
            "HOST=127.0.0.1 PORT=-1",
            "PORT=x",
        ):
            command = f"STYLE=DATAGRAM ID=a DESTINATION=TRANSIENT {place}"
            self.assertEqual("I2P_ERROR", self.refusal(command), place)

    def test_one_task_a_connection(self) -> None:
        """A connection with a session makes no second one, and no stream."""
        for command in (
            "SESSION CREATE STYLE=RAW ID=b DESTINATION=TRANSIENT",
            "STREAM ACCEPT ID=a",
        ):
            client, _ = self.practice.session("STREAM", "a")
            self.assertEqual("I2P_ERROR", client.ask(command).options["RESULT"])
            self.assertTrue(client.wire.closed)

    def test_too_many(self) -> None:
        """The number of sessions is bounded."""
        self.patch(sessions, "SESSIONS", 1)
        self.practice.session("RAW", "a")
        self.assertEqual("I2P_ERROR", self.refusal("STYLE=RAW ID=b DESTINATION=TRANSIENT"))

    def test_ends_with_its_connection(self) -> None:
        """When the control connection closes nobody finds the session any more."""
        client, destination = self.practice.session("DATAGRAM", "a")
        self.assertIsNotNone(self.practice.switch.found(destination))
        client.leave()
        self.assertIsNone(self.practice.switch.found(destination))
        self.assertEqual(0, len(self.practice.sessions))
        self.assertEqual([client.connection], self.practice.over)

    def test_lost_before_it_is_ready(self) -> None:
        """A client that leaves while its session is made leaves nothing behind."""
        client = self.practice.client()
        client.tell("SESSION CREATE STYLE=RAW ID=a DESTINATION=TRANSIENT")
        client.leave()
        self.practice.wait(3.0)
        self.assertEqual(b"", client.read())
        self.assertEqual(0, len(self.practice.sessions))


class NameTests(Base):
    """DEST GENERATE and NAMING LOOKUP."""

    def test_dest_generate(self) -> None:
        """The reply has both keys and no RESULT; without a type they are DSA_SHA1."""
        line = self.practice.client().ask("DEST GENERATE")
        self.assertEqual({"PUB": 516, "PRIV": 884}, {k: len(v) for k, v in line.options.items()})
        line = self.practice.client().ask("DEST GENERATE SIGNATURE_TYPE=EdDSA_SHA512_Ed25519")
        self.assertEqual({"PUB": 524, "PRIV": 908}, {k: len(v) for k, v in line.options.items()})

    def test_unknown_type(self) -> None:
        """A type that is not known is refused, and the client may ask again."""
        client = self.practice.client()
        line = client.ask("DEST GENERATE SIGNATURE_TYPE=RSA_SHA512_4096")
        self.assertEqual("I2P_ERROR", line.options["RESULT"])
        self.assertTrue(line.options["MESSAGE"].startswith("SIGNATURE_TYPE"))
        self.assertIn("PUB", client.ask("DEST GENERATE").options)

    def test_lookup(self) -> None:
        """b32 names of those who are there and destinations are answered with the destination."""
        _, destination = self.practice.session("DATAGRAM", "a")
        client = self.practice.client()
        for name in (b32(destination), destination):
            options = client.ask(f"NAMING LOOKUP NAME={name}").options
            self.assertEqual({"RESULT": "OK", "NAME": name, "VALUE": destination}, options)

    def test_not_found(self) -> None:
        """Unknown names, nonsense, and ME without a session fail, and the client may go on."""
        client = self.practice.client()
        for name, result in (
            ("stats.i2p", "KEY_NOT_FOUND"),
            ("a" * 52 + ".b32.i2p", "KEY_NOT_FOUND"),
            ("AAAA", "INVALID_KEY"),
            ("", "INVALID_KEY"),
            ("ME", "INVALID_KEY"),
        ):
            options = client.ask(f"NAMING LOOKUP NAME={name}").options
            self.assertEqual({"RESULT": result, "NAME": name}, options)


class DatagramTests(Base):
    """Datagrams come and go on the control connection or by UDP."""

    def test_over_tcp(self) -> None:
        """The payload follows its line, in as many pieces as TCP likes, and then the next line."""
        alice, alices = self.practice.session("DATAGRAM", "alice")
        bob, bobs = self.practice.session("DATAGRAM", "bob")
        for byte in f"DATAGRAM SEND DESTINATION={bobs} SIZE=5\nab\ncdDEST GENERATE\n".encode():
            alice.write(bytes([byte]))
        self.assertEqual("DEST", alice.lines()[0].verb)
        self.practice.wait()
        header, _, payload = bob.read().partition(b"\n")
        self.assertEqual(f"DATAGRAM RECEIVED DESTINATION={alices} SIZE=5".encode(), header)
        self.assertEqual(b"ab\ncd", payload)

    def test_two_at_once(self) -> None:
        """Two datagrams in one segment are two datagrams."""
        alice, _ = self.practice.session("RAW", "alice")
        bob, bobs = self.practice.session("RAW", "bob")
        alice.write(f"RAW SEND DESTINATION={bobs} SIZE=2\nhi".encode() * 2)
        self.practice.wait()
        self.assertEqual(b"RAW RECEIVED SIZE=2\nhi" * 2, bob.read())

    def test_ports_since_3_2(self) -> None:
        """A session of SAM 3.2 is told the ports, the sender's or its defaults."""
        alice, _ = self.practice.session("RAW", "alice", "FROM_PORT=7", version="3.2")
        bob, bobs = self.practice.session("RAW", "bob", version="3.2")
        alice.write(f"RAW SEND DESTINATION={bobs} SIZE=1 TO_PORT=9\nx".encode())
        self.practice.wait()
        self.assertEqual(b"RAW RECEIVED SIZE=1 FROM_PORT=7 TO_PORT=9\nx", bob.read())

    def test_bad_sends(self) -> None:
        """A size that is none, or a style the session has not, ends the connection."""
        for command in (
            "DATAGRAM SEND DESTINATION=x",
            "DATAGRAM SEND DESTINATION=x SIZE=0",
            "DATAGRAM SEND DESTINATION=x SIZE=31745",
            "DATAGRAM SEND DESTINATION=x SIZE=1e3",
            "RAW SEND DESTINATION=x SIZE=1",
        ):
            client, _ = self.practice.session("DATAGRAM", "a")
            self.assertEqual("I2P_ERROR", client.ask(command).options["RESULT"], command)
            self.assertTrue(client.wire.closed)
        client = self.practice.client()
        line = client.ask("DATAGRAM SEND DESTINATION=x SIZE=1")
        self.assertEqual("I2P_ERROR", line.options["RESULT"])

    def test_slow_reader(self) -> None:
        """What a client does not read in time is lost; it does not pile up."""
        alice, _ = self.practice.session("RAW", "alice")
        bob, bobs = self.practice.session("RAW", "bob")
        valve = bob.wire.pacer
        for reads, expected in ((False, b""), (True, b"RAW RECEIVED SIZE=1\nx")):
            (valve.resumeProducing if reads else valve.pauseProducing)()
            alice.write(f"RAW SEND DESTINATION={bobs} SIZE=1\nx".encode())
            self.practice.wait()
            self.assertEqual(expected, bob.read())
        bob.connection.close()
        self.assertTrue(bob.wire.closed)

    def test_the_weather_is_between(self) -> None:
        """The first datagrams to a new destination are lost here too."""
        self.practice = Practice(evolve(CALM, search=(3.0, 3.0)))
        alice, _ = self.practice.session("RAW", "alice")
        bob, bobs = self.practice.session("RAW", "bob")
        for expected in (b"", b"RAW RECEIVED SIZE=1\nx"):
            alice.write(f"RAW SEND DESTINATION={bobs} SIZE=1\nx".encode())
            self.practice.wait(3.5)
            self.assertEqual(expected, bob.read())


class OptionTests(SynchronousTestCase):
    """Small readings."""

    def test_whole_number(self) -> None:
        """Only plain ASCII digits within bounds are a number."""
        self.assertEqual(7, whole_number("07", 0, 9))
        for text in (None, "", "-1", "+1", "1.0", " 1", "²", "٣", "10", "9" * 5_000):
            self.assertIsNone(whole_number(text, 0, 9))

    def test_loopback(self) -> None:
        """Only literals of loopback addresses of the right family are loopback."""
        self.assertTrue(is_loopback("127.9.9.9"))
        self.assertTrue(is_loopback("::1", "::1"))
        for host in ("10.0.0.1", "localhost", "127.1", "::1", "", "127.0.0.1 "):
            self.assertFalse(is_loopback(host))

    def test_ports(self) -> None:
        """A port that is not given, or is none, is the default one."""
        self.assertEqual((1, 2), ports_of({"FROM_PORT": "1", "TO_PORT": "2"}))
        self.assertEqual((5, 6), ports_of({"FROM_PORT": "x"}, (5, 6)))
