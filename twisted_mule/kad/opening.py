"""A datagram without its cover, before anybody decodes it: all that the exit has to know of one."""

from __future__ import annotations

from typing import Final, NamedTuple

from twisted_mule.kad.exchange import Cover, Envelope
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.obfuscation import reveal
from twisted_mule.kad.packing import HEADER_SIZE, PACKED_PROTOCOL

_PACKED: Final = bytes([PACKED_PROTOCOL])


class Opened(NamedTuple):
    """
    A datagram without its cover, not yet decoded.

    :ivar content: protocol, opcode and payload, perhaps packed; any bytes at all.
    """

    content: bytes
    envelope: Envelope

    @property
    def protocol(self) -> int | None:
        """The first byte, ``None`` when there is none."""
        return self.content[0] if self.content else None

    @property
    def opcode(self) -> int | None:
        """The second byte, ``None`` when there is none; packing leaves it readable."""
        return self.content[1] if len(self.content) >= HEADER_SIZE else None


def open_datagram(datagram: bytes, own_id: KadID, own_key: int) -> Opened:
    """
    Take the cover off; never raises, whatever the bytes.

    :param own_key: our verify key for the source of the datagram.
    """
    revealed = reveal(datagram, own_id, own_key)
    envelope = Envelope(
        cover=revealed.cover,
        receiver_key=revealed.receiver_key,
        sender_key=revealed.sender_key,
        proven=revealed.cover is not Cover.PLAIN and revealed.receiver_key == own_key,
        packed=revealed.content[:1] == _PACKED,
    )
    return Opened(revealed.content, envelope)
