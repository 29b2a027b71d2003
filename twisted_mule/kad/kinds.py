"""What lookups are for: iMule's kinds and counts, and who wants one (node-behaviour 8.1)."""

from __future__ import annotations

from enum import Enum, IntEnum
from functools import cached_property
from typing import Final

from twisted_mule.kad.exchange import RequestKind


class Aim(Enum):
    """The three sorts of lookup that an observer tells apart, by count and by last request."""

    NODE = "node"
    VALUE = "value"
    STORE = "store"

    __hash__ = object.__hash__  # members are singletons, and Enum's own is slow


#: Every sort.
ALL_AIMS: Final = frozenset(Aim)


class LookupKind(Enum):
    """What one lookup is for; the values are fixed, due times are filed under them."""

    NODE = "node"
    NODECOMPLETE = "node_complete"  # for our own identifier
    KEYWORD = "keyword"
    SOURCE = "source"
    NOTES = "notes"
    STORE_KEYWORD = "store_keyword"
    STORE_SOURCE = "store_source"
    STORE_NOTES = "store_notes"

    __hash__ = object.__hash__

    @cached_property
    def aim(self) -> Aim:
        """Which sort it is of."""
        return _AIMS.get(self, Aim.NODE)

    @cached_property
    def contacts_wanted(self) -> int:
        """The count that its requests ask for; every hop sees it."""
        return _WANTED[self.aim]

    @cached_property
    def final(self) -> RequestKind | None:
        """The kind of its finishing requests, ``None`` if it makes none."""
        return _FINALS[self.aim]

    @cached_property
    def life(self) -> float:
        """How many seconds after its last sign of life it still waits for answers."""
        return 60.0 if self is LookupKind.NODECOMPLETE or self.aim is Aim.VALUE else 120.0


_AIMS: Final = {
    LookupKind.KEYWORD: Aim.VALUE,
    LookupKind.SOURCE: Aim.VALUE,
    LookupKind.NOTES: Aim.VALUE,
    LookupKind.STORE_KEYWORD: Aim.STORE,
    LookupKind.STORE_SOURCE: Aim.STORE,
    LookupKind.STORE_NOTES: Aim.STORE,
}
_WANTED: Final = {Aim.NODE: 11, Aim.VALUE: 2, Aim.STORE: 4}
_FINALS: Final = {Aim.NODE: None, Aim.VALUE: RequestKind.SEARCH, Aim.STORE: RequestKind.PUBLISH}


class Rank(IntEnum):
    """Who is served first when a slot is free."""

    USER = 0
    PUBLISHING = 1
    MAINTENANCE = 2
    COVER = 3
