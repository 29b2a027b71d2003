"""Songs that a user shares."""

from __future__ import annotations

from random import Random

from twisted_mule.kad.ids import KadID
from twisted_mule.kad.published import Published


def song(number: int, **more: object) -> Published:
    """A file of the user's."""
    kad_id = KadID(Random(number).getrandbits(128))
    name = f"Çommon song{number} live.mp3"
    return Published(kad_id, name, 1_000_000 + number, "Audio", **more)  # type: ignore[arg-type]
