"""What messages are made of: contacts as Kad2 and Kad1 write them, entries, tag lists."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.tags import Tag

VERSION: Final = 8
MAX_RES_CONTACTS: Final = 25
MAX_BOOTSTRAP_CONTACTS: Final = 24
MAX_LEGACY_CONTACTS: Final = 12

Tags = tuple[Tag, ...]


@frozen
class PeerRecord:
    """
    ``contact2``: how Kad2 writes a contact (404 bytes).

    :ivar version: 0 to 8; 0 only inside lists.
    :ivar kad_id: never zero.
    :ivar destination: the datagram destination.
    """

    version: int
    kad_id: KadID
    destination: Destination


@frozen
class LegacyRecord:
    """
    ``contact1``: how Kad1 writes a contact (791 bytes).

    :ivar tcp: the stream destination, ``None`` for the 387 zero bytes of "none".
    :ivar kind: the type byte, 0 to 4; ignored by readers, 0 for oneself.
    """

    kad_id: KadID
    destination: Destination
    tcp: Destination | None
    kind: int = 0


@frozen
class Entry:
    """One answer of a search or one file of a publish: an identifier and its tags, in order."""

    kad_id: KadID
    tags: Tags
