"""Whole datagrams: from a message to the bytes on the wire, and back."""

from __future__ import annotations

from typing import Final, NamedTuple

from twisted_mule import contract
from twisted_mule.kad import codec
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.exchange import Cover, Envelope, Seal
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Message
from twisted_mule.kad.obfuscation import obfuscate, reveal
from twisted_mule.kad.packing import HEADER_SIZE, PACKED_PROTOCOL, pack, unpack

_PACKED: Final = bytes([PACKED_PROTOCOL])


class OversizeError(ValueError):
    """A message of ours does not fit into a datagram that the network carries."""


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


def to_wire(message: Message, seal: Seal, sender_key: int, random: Draws) -> bytes:
    """
    The bytes that carry ``message``: encoded, packed if that helps, and obfuscated.

    :param sender_key: our verify key for the receiver.
    :raise OversizeError: when the payload has more than ``contract.PAYLOAD_SIZE`` bytes before
        packing; up to that, the whole has at most ``contract.DATAGRAM_SIZE``.
    """
    plain = codec.encode(message)
    size = len(plain) - HEADER_SIZE
    if size > contract.PAYLOAD_SIZE:
        name = type(message).__name__
        raise OversizeError(f"{name} has {size} payload bytes, over {contract.PAYLOAD_SIZE}")
    return obfuscate(pack(plain), seal, sender_key, random)


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


def message(opened: Opened) -> Message:
    """
    Unpack and decode.

    :raise DecodeError: when the content is not a message of Kad.
    """
    return codec.decode(unpack(opened.content))
