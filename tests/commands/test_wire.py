"""Tests for the parts of :mod:`twisted_mule.commands.wire` that need no sockets."""

from __future__ import annotations

from hypothesis import given
from hypothesis.strategies import binary, lists
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.commands.wire import Lines, type_of
from twisted_mule.kad.messages import FindNodeResponse


class LinesTests(SynchronousTestCase):
    """A control connection passes through as it is."""

    def setUp(self) -> None:
        """What passed, and the datagrams in it."""
        self.passed = bytearray()
        self.datagrams: list[tuple[str, bytes]] = []
        self.lines = Lines(self.passed.extend, str, lambda *one: self.datagrams.append(one))

    @given(lists(binary(max_size=30)))
    def test_whatever(self, parts: list[bytes]) -> None:
        """Nothing that comes in pieces is lost, added or put into another order."""
        passed = bytearray()
        lines = Lines(passed.extend, str, lambda _peer, _body: None)
        for part in parts:
            lines.take(part + b"\n")
        self.assertEqual(b"".join(part + b"\n" for part in parts)[: len(passed)], bytes(passed))

    def test_pieces(self) -> None:
        """A datagram is told once it is whole, however it is cut."""
        for byte in b"PING\nDATAGRAM SEND DESTINATION=peer SIZE=4\na\nb\nDATAGRAM HELLO\n":
            self.lines.take(bytes([byte]))
        self.assertEqual([("peer", b"a\nb\n")], self.datagrams)
        self.assertTrue(self.passed.endswith(b"a\nb\nDATAGRAM HELLO\n"))

    def test_endless_line(self) -> None:
        """What never comes to an end is passed on in the end."""
        self.lines.take(b"x" * 10_000)
        self.assertEqual(10_000, len(self.passed))


class TypeTests(SynchronousTestCase):
    """What can be told from the bytes alone."""

    def test_types(self) -> None:
        """Plain and packed datagrams show their opcode, all others nothing."""
        self.assertEqual("ping", type_of(b"\x05\x1e"))
        self.assertEqual(
            "find_node_response", type_of(bytes([6, FindNodeResponse.opcode]) + b"zlib")
        )
        for other in (b"", b"\x05", b"\x05\xee", b"\x77\x1e and so on"):
            self.assertIsNone(type_of(other))
