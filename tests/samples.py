"""Values that many tests need."""

from __future__ import annotations

from functools import cache

from twisted_mule.kad.destination import Destination


@cache
def destination(seed: int) -> Destination:
    """The test destination number ``seed`` of the vectors: 384 pseudo-random bytes and zeros."""
    x, body = seed, bytearray()
    for _ in range(384):
        x = (x * 1103515245 + 12345) % 2**31
        body.append((x >> 16) & 255)
    return Destination(bytes(body) + b"\0\0\0")
