"""Tests for :mod:`twisted_mule.sam.datagram`."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis.strategies import binary, integers, sampled_from, text, tuples
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sam.datagram import (
    HEADER_LIMIT,
    FramingError,
    Order,
    announce,
    read_order,
    unwrap,
    wrap,
)

NICKNAMES = text(sampled_from("abcXYZ019-_.!"), min_size=1, max_size=20)
DESTINATIONS = text(sampled_from("abcXYZ019-~"), min_size=1, max_size=524)
PORTS = tuples(integers(0, 65_535), integers(0, 65_535))


class OutgoingTests(SynchronousTestCase):
    """What a client sends to the bridge's UDP port."""

    def test_form(self) -> None:
        """The header names version, session and destination; the payload follows as it is."""
        self.assertEqual(b"3.0 mule ab-~\n\n\0x", wrap("mule", "ab-~", b"\n\0x"))

    @given(NICKNAMES, DESTINATIONS, binary(max_size=200))
    def test_round_trip(self, nickname: str, destination: str, payload: bytes) -> None:
        """The bridge reads what the client wrote."""
        self.assertEqual(
            Order(nickname, destination, payload),
            read_order(wrap(nickname, destination, payload)),
        )

    def test_options(self) -> None:
        """What stands behind the destination is kept apart from it."""
        order = read_order(b"3.2 mule ab== FROM_PORT=1 odd TO_PORT=2\r\nx")
        self.assertEqual({"FROM_PORT": "1", "TO_PORT": "2"}, order.options)
        self.assertEqual(("ab==", b"x"), (order.destination, order.payload))

    def test_names_that_break_the_header(self) -> None:
        """A name with a space or a newline in it is refused, and so is an endless one."""
        for nickname, destination in (
            ("a b", "c"),
            ("", "c"),
            ("a", ""),
            ("a", "b c"),
            ("a\n", "b"),
            ("a", "b\n"),
            ("ä", "b"),
            ("a", "b/+"),
            ("a", "b" * HEADER_LIMIT),
        ):
            self.assertRaises(FramingError, wrap, nickname, destination, b"")

    @given(binary(max_size=80))
    @example(b"3.0 a\nx")
    @example(b"4.0 a b\nx")
    @example(b"3.0  b\nx")
    @example(b"3.0 a " + b"b" * HEADER_LIMIT)
    def test_any_bytes(self, datagram: bytes) -> None:
        """Any bytes are an order with a session and a destination, or a `FramingError`."""
        try:
            order = read_order(datagram)
        except FramingError:
            return
        self.assertTrue(order.nickname and order.destination)
        self.assertTrue(datagram.endswith(b"\n" + order.payload))


class IncomingTests(SynchronousTestCase):
    """What the bridge forwards to a client."""

    def test_ports_are_passed_over(self) -> None:
        """Only the first word of the line is the sender, whatever follows it."""
        self.assertEqual(("ab-~", b"x\ny"), unwrap(b"ab-~ FROM_PORT=0 TO_PORT=0\nx\ny"))

    @given(DESTINATIONS, binary(max_size=200), PORTS)
    def test_round_trip(self, sender: str, payload: bytes, ports: tuple[int, int]) -> None:
        """The client reads what the bridge wrote, with and without ports."""
        self.assertEqual((sender, payload), unwrap(announce(sender, payload)))
        self.assertEqual((sender, payload), unwrap(announce(sender, payload, ports)))

    def test_no_destination(self) -> None:
        """A bridge does not announce what is no destination."""
        for sender in ("", "a b", "a\n", "name.i2p"):
            self.assertRaises(FramingError, announce, sender, b"")

    @given(binary(max_size=80))
    @example(b"ab==\n")
    @example(b"a" * (HEADER_LIMIT + 9))
    @example("ä\nx".encode())
    def test_any_bytes(self, datagram: bytes) -> None:
        """Any bytes have a sender and a payload, or are a `FramingError`."""
        try:
            sender, payload = unwrap(datagram)
        except FramingError:
            return
        self.assertTrue(sender)
        self.assertTrue(datagram.startswith(sender.encode("ascii")))
        self.assertTrue(datagram.endswith(b"\n" + payload))
