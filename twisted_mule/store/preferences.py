"""``preferencesKad.dat``: the 19 bytes in which iMule keeps its Kad identifier."""

from __future__ import annotations

from struct import Struct
from typing import Final

from twisted_mule.kad.errors import DecodeError
from twisted_mule.kad.ids import ZERO, KadID

#: An unused word, the identifier, an unused byte.
_LAYOUT: Final = Struct("<H16sB")


def read(data: bytes) -> KadID:
    """
    The identifier in the bytes of a ``preferencesKad.dat`` (wire-format section 16).

    :raise DecodeError: when there are not exactly 19 bytes, or the identifier is zero.
    """
    if len(data) != _LAYOUT.size:
        raise DecodeError(f"preferencesKad.dat has {_LAYOUT.size} bytes, not {len(data)}")
    _, wire, _ = _LAYOUT.unpack(data)
    kad_id = KadID.from_wire(wire)
    if kad_id == ZERO:
        raise DecodeError("the identifier in preferencesKad.dat is zero")
    return kad_id


def write(kad_id: KadID) -> bytes:
    """The bytes of a ``preferencesKad.dat`` with this identifier."""
    return _LAYOUT.pack(0, kad_id.wire, 0)
