"""Packing: zlib over the payload of a datagram, within what iMule's receiver can take."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final

from twisted_mule.kad.errors import DecodeError

PLAIN_PROTOCOL: Final = 0x05
PACKED_PROTOCOL: Final = 0x06
HEADER_SIZE: Final = 2

#: A payload up to this size is never packed.
PLAIN_PAYLOAD: Final = 200
#: What iMule inflates: at most so many times the packed datagram, plus a constant.
INFLATION: Final = 10
INFLATION_ALLOWANCE: Final = 298
#: What we inflate, whatever the datagram promises.
INFLATED_CAP: Final = 100 * 1024

_LEVEL: Final = 9
#: Payloads up to this size are compressed within a small window, four times as fast: most of the
#: time for them went into making ready a large one.  So short a payload fits into it whole, and
#: none of zlib's other limits is met, so that the bytes are the same.
_SMALL: Final = 3_800
_SMALL_WINDOW: Final = 12
_SMALL_MEMORY: Final = 7
#: How zlib's stream begins at this level, with the usual window; its checksum ends it.
_HEAD: Final = b"\x78\xda"
_CHECKSUM_SIZE: Final = 4
#: What is that small is mostly our own greeting, again and again the same.
_REPEATED: Final = 500
_REMEMBERED: Final = 16


def pack(datagram: bytes) -> bytes:
    """
    ``datagram`` as iMule would send it: packed when that is smaller, plain otherwise.

    One deliberate difference: iMule also packs what no iMule can inflate, and so loses it; we
    send that plain (wire-format section 5).

    :param datagram: protocol, opcode and payload; anything but protocol 0x05 stays as it is.
    """
    payload = datagram[HEADER_SIZE:]
    if len(payload) <= PLAIN_PAYLOAD or datagram[0] != PLAIN_PROTOCOL:
        return datagram
    stream = _small(payload) if len(payload) < _REPEATED else deflated(payload)
    packed = bytes([PACKED_PROTOCOL, datagram[1]]) + stream
    if len(stream) >= len(payload):
        return datagram
    if len(payload) > INFLATION * len(packed) + INFLATION_ALLOWANCE:
        return datagram
    return packed


def deflated(payload: bytes) -> bytes:
    """What ``zlib.compress`` makes of ``payload`` at its best level, byte for byte."""
    if len(payload) > _SMALL:
        return zlib.compress(payload, _LEVEL)
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, -_SMALL_WINDOW, _SMALL_MEMORY)
    body = deflater.compress(payload) + deflater.flush()
    return _HEAD + body + zlib.adler32(payload).to_bytes(_CHECKSUM_SIZE, "big")


@lru_cache(_REMEMBERED)
def _small(payload: bytes) -> bytes:
    return deflated(payload)


def unpack(datagram: bytes) -> bytes:
    """
    The plain datagram (protocol 0x05, opcode, payload) behind a plain or a packed one.

    Bytes after the end of the zlib stream are ignored, as iMule ignores them.

    :raise DecodeError: when it is neither, when the stream is broken or unfinished, and when it
        inflates to more than ``INFLATED_CAP`` bytes.
    """
    if len(datagram) < HEADER_SIZE:
        raise DecodeError("a datagram has a protocol and an opcode byte at least")
    if datagram[0] == PLAIN_PROTOCOL:
        return datagram
    if datagram[0] != PACKED_PROTOCOL:
        raise DecodeError(f"protocol 0x{datagram[0]:02x} is not Kad")
    return bytes([PLAIN_PROTOCOL, datagram[1]]) + _inflate(datagram[HEADER_SIZE:])


def _inflate(stream: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        # One byte more than is allowed tells "too much" from "just enough".
        payload = inflater.decompress(stream, INFLATED_CAP + 1)
    except zlib.error as reason:
        raise DecodeError("the packed payload is not a zlib stream") from reason
    if len(payload) > INFLATED_CAP:
        raise DecodeError(f"the packed payload inflates to more than {INFLATED_CAP} bytes")
    if not inflater.eof:
        raise DecodeError("the packed payload ends before its zlib stream does")
    return payload
