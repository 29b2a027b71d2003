"""
The codec: messages to plain KAD datagrams and back (wire-format sections 5, 6, 9 and 10).

Packing and obfuscation lie around what is written here; see :mod:`twisted_mule.kad.datagram`.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import error
from typing import Final

from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.decoding import READERS, TAGGED
from twisted_mule.kad.encoding import payload
from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.messages import Message
from twisted_mule.kad.packing import HEADER_SIZE, PLAIN_PROTOCOL

#: What writes each message, found without the detour that ``singledispatch`` takes.
_WRITERS: Final = payload.registry


def encode(message: Message) -> bytes:
    """
    The plain datagram: protocol, opcode and payload, every tag with a serial.

    How many contacts or results a message may hold is the caller's concern.

    :raise ValueError: for what must never be sent (a version above 8, a node with the identifier
        zero) or does not fit its field.
    """
    try:
        write = _WRITERS.get(type(message), payload)
        return bytes((PLAIN_PROTOCOL, message.opcode)) + write(message)
    except error as reason:
        raise ValueError(f"a number does not fit into {type(message).__name__}") from reason


def decode(datagram: bytes) -> Message:
    """
    The message in a datagram that is neither obfuscated nor packed.

    Unusable contacts inside a list are left out and counted; bytes behind the last field are
    ignored where iMule ignores them.

    :raise DecodeError: for everything that is not a message; nothing else is ever raised.
    """
    if len(datagram) < HEADER_SIZE:
        raise DecodeError("the datagram has no opcode")
    if datagram[0] != PLAIN_PROTOCOL:
        raise DecodeError(f"protocol 0x{datagram[0]:02x} is not plain KAD")
    opcode = datagram[1]
    read = READERS.get(opcode)
    if read is None:
        raise DecodeError(f"no message has opcode 0x{opcode:02x}")
    if opcode in TAGGED:
        return _with_tags(read, datagram)
    return read(Cursor(datagram, HEADER_SIZE))


def _with_tags(read: Callable[[Cursor], Message], datagram: bytes) -> Message:
    """
    Try both dialects of tags: with the serials of iMule, then without, as rust-mule writes.

    The first reading that ends exactly at the end and knows every tag name is taken.  Failing
    that, the network's own dialect decides, and may have unknown names and trailing bytes.
    """
    for serials in (True, False):
        cursor = Cursor(datagram, HEADER_SIZE, serials=serials, strict=True)
        try:
            message = read(cursor)
        except DecodeError:
            continue
        if cursor.left == 0:
            return message
    return read(Cursor(datagram, HEADER_SIZE))
