"""Endpoint strings: what is safe, and the same words as Twisted reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.endpoints import _parse
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.endpoints import check_client, check_server, describe


class DescriptionTests(SynchronousTestCase):
    """Cutting endpoint strings up."""

    def test_places_and_names(self) -> None:
        """Arguments have places, options have names, and a name counts first."""
        described = describe("tcp:8080:interface=127.0.0.1")
        self.assertEqual(
            ("tcp", "8080", "127.0.0.1"),
            (
                described.kind,
                described.argument(0, "port"),
                described.argument(1, "interface"),
            ),
        )
        self.assertIsNone(described.argument(5, "nothing"))

    @given(st.text(":=\\\\\\ntcpunix0179.ab", max_size=30))
    def test_as_twisted(self, text: str) -> None:
        """Whatever is read here at all is read as Twisted reads it: no other string gets past."""
        try:
            described = describe(text)
        except ValueError:
            return
        expected = _parse(text)
        self.assertEqual(expected, ([described.kind, *described.arguments], described.options))

    def test_not_read(self) -> None:
        """A kind with a value and a backslash at the end are errors."""
        for text in ("tcp=1:80", "tcp:80\\"):
            with self.assertRaises(ValueError):
                describe(text)

    def test_twice(self) -> None:
        """A name that comes twice is an error, not a choice."""
        with self.assertRaises(ValueError):
            describe("tcp:80:interface=127.0.0.1:interface=0.0.0.0")


class ServerTests(SynchronousTestCase):
    """Where the dashboard may listen."""

    def test_loopback(self) -> None:
        """Literal loopback addresses are fine, of both families."""
        for text in (
            "tcp:8080:interface=127.0.0.1",
            "tcp:port=0:interface=127.0.0.1",
            "tcp:8080:127.8.9.10",
            r"tcp6:8080:interface=\:\:1",
            "unix:/run/web.sock:mode=600",
        ):
            self.assertEqual(text, check_server(text))

    def test_a_socket_is_private(self) -> None:
        """A socket without a mode gets one: Twisted's own default lets everybody in."""
        self.assertEqual("unix:/run/web.sock:mode=600", check_server("unix:/run/web.sock"))

    def test_reachable_from_outside(self) -> None:
        """Anything that others could reach is refused, and so is what only looks local."""
        for text in (
            "tcp:8080",
            "tcp:8080:interface=",
            "tcp:8080:interface=0.0.0.0",
            "tcp:8080:interface=127.0.0.1.evil.example",
            "tcp:8080:interface=localhost",
            r"tcp6:8080:interface=\:\:",
            "tcp:interface=127.0.0.1",
            "tcp:99999:interface=127.0.0.1",
            "tcp:-1:interface=127.0.0.1",
            "unix:/run/web.sock:mode=666",
            "unix:/run/web.sock:mode=6x0",
            "unix:",
            "systemd:domain=UNIX:index=0",
            "ssl:443:interface=127.0.0.1",
            "8080",
            "",
        ):
            with self.assertRaises(ValueError, msg=text):
                check_server(text)


class ClientTests(SynchronousTestCase):
    """Where the router may be."""

    def test_fine(self) -> None:
        """TCP hosts by name or number, and sockets."""
        for text in (
            "tcp:127.0.0.1:7656",
            "tcp:host=router.lan:port=7656",
            "unix:/run/sam.sock",
            "unix:path=/run/sam.sock",
        ):
            self.assertEqual(text, check_client(text))

    def test_a_bare_address(self) -> None:
        """An address without its kind gets the string to write."""
        with self.assertRaisesRegex(ValueError, r"write tcp:127\.0\.0\.1:7656$"):
            check_client("127.0.0.1:7656")

    def test_unusable(self) -> None:
        """What names no place is refused with an example."""
        for text in (
            "tcp",
            "tcp:",
            "tcp:localhost",
            "tcp:localhost:0",
            "tcp:h:x",
            "unix:",
            "i2p:x",
        ):
            with self.assertRaises(ValueError, msg=text):
                check_client(text)
