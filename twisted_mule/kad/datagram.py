"""Whole datagrams: from a message to the bytes on the wire, and back."""

from __future__ import annotations

from twisted_mule import contract
from twisted_mule.kad import codec
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.exchange import Seal
from twisted_mule.kad.messages import Message
from twisted_mule.kad.obfuscation import obfuscate
from twisted_mule.kad.opening import Opened
from twisted_mule.kad.packing import HEADER_SIZE, pack, unpack


class OversizeError(ValueError):
    """A message of ours does not fit into a datagram that the network carries."""


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


def message(opened: Opened) -> Message:
    """
    Unpack and decode.

    :raise DecodeError: when the content is not a message of Kad.
    """
    return codec.decode(unpack(opened.content))
