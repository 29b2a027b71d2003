"""What messages are made of: contacts as Kad2 and Kad1 write them, entries, tag lists."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import SIZE as ID_SIZE
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.tags import Tag, decode_tags, encode_tags

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

    @property
    def written(self) -> bytes:
        """
        The identifier and the tags as they travel.

        :raise ValueError: for tags that the format cannot hold.
        """
        return self.kad_id.wire + encode_tags(self.tags)


class WrittenEntry(Entry):
    """
    An entry whose bytes are at hand, as the index keeps them; they are read only when asked for.

    It is equal to the :class:`Entry` that those bytes write.

    :param written: what :attr:`Entry.written` gives; our own work, never unchecked bytes.
    """

    __slots__ = ("_written",)
    _written: bytes

    def __init__(self, written: bytes) -> None:
        object.__setattr__(self, "_written", written)

    @property
    def kad_id(self) -> KadID:
        """The identifier."""
        return KadID.from_wire(self._written[:ID_SIZE])

    @property
    def tags(self) -> Tags:
        """The tags, decoded anew at every call."""
        return decode_tags(Cursor(self._written, ID_SIZE))

    @property
    def written(self) -> bytes:
        """The bytes."""
        return self._written

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return (self.kad_id, self.tags) == (other.kad_id, other.tags)

    def __hash__(self) -> int:
        return hash(Entry(self.kad_id, self.tags))
