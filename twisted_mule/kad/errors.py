"""The one error of reading what others sent."""

from __future__ import annotations


class DecodeError(ValueError):
    """Bytes from outside that are not what the wire format asks for; the text says where."""
