"""Parts of messages that several tests use."""

from __future__ import annotations

from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.ids import KadID

TARGET = KadID(0x31D6CFE0D16AE931B73C59D7E0C089C0)
PEER = KadID(0xF0E1D2C3B4A5968778695A4B3C2D1E0F)
CONTACT = m.PeerRecord(8, PEER, destination(1))
LEGACY = m.LegacyRecord(PEER, destination(1), destination(2), 3)

KEY_CERTIFICATE = destination(9).raw[:-3] + b"\x05\x00\x04"
"""What the 387-byte field holds when a destination of 391 bytes was cut to fit."""


def framed(*parts: bytes) -> bytes:
    """A datagram of these parts, protocol in front."""
    return b"\x05" + b"".join(parts)
