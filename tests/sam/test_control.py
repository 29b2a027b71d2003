"""Tests for :mod:`twisted_mule.sam.control`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sam.control import ControlError, ControlReader, Ping, Received
from twisted_mule.sam.lines import LINE_LIMIT, Line


def announced(source: str, payload: bytes) -> bytes:
    """How a router delivers a datagram over the control connection."""
    return f"DATAGRAM RECEIVED DESTINATION={source} SIZE={len(payload)}\n".encode() + payload


class ControlReaderTests(SynchronousTestCase):
    """Lines and datagrams in one stream."""

    @given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 400))
    def test_pieces(self, payloads: list[bytes], size: int) -> None:
        """However the stream is cut, every datagram comes out whole, between the lines."""
        stream = b"".join(b"PING x\n" + announced("abc~", payload) for payload in payloads)
        reader, found = ControlReader(), list[object]()
        for start in range(0, len(stream), size):
            found += reader.feed(stream[start : start + size])
        expected = [item for payload in payloads for item in (Ping("x"), Received("abc~", payload))]
        self.assertEqual(expected, found)

    def test_pings(self) -> None:
        """A ping may have a text, or none."""
        self.assertEqual([Ping(""), Ping("a b=")], ControlReader().feed(b"PING\nPING a b=\n"))

    def test_other_lines(self) -> None:
        """Any other line comes out as it is; the owner decides."""
        line = b'SESSION STATUS RESULT=I2P_ERROR MESSAGE="tunnels gone"\r\n'
        options = {"RESULT": "I2P_ERROR", "MESSAGE": "tunnels gone"}
        self.assertEqual([Line("SESSION", "STATUS", options)], ControlReader().feed(line))

    def test_refused(self) -> None:
        """What no router says ends the reading."""
        for stream in (
            b"x" * (LINE_LIMIT + 1),
            b"x" * (LINE_LIMIT + 1) + b"\n",
            b"\xff\xfe\n",
            b'A B C="\n',
            b"DATAGRAM RECEIVED DESTINATION=abc\n",
            b"DATAGRAM RECEIVED DESTINATION=abc SIZE=-1\n",
            b"DATAGRAM RECEIVED DESTINATION=abc SIZE=99999\n",
            b"DATAGRAM RECEIVED DESTINATION=abc SIZE=\xc2\xb2\n",
        ):
            self.assertRaises(ControlError, ControlReader().feed, stream)
