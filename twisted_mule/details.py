"""
What single pages of the dashboard show beyond the snapshot: frozen, bounded, made when asked for.

As in :mod:`twisted_mule.status` nothing secret is in it.  Spans are seconds.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import frozen

#: Contacts on one page of the list of peers.
PEERS: Final = 200
#: Files and results on one page.
FILES: Final = 50
#: Cells of the map of the identifier space, and buckets of the ages of what is stored.
CELLS: Final = 128
AGES: Final = 24
#: Distances that are told apart, the far ones first; the last one stands for all that is nearer.
DISTANCES: Final = 32
#: Width in seconds of one step of the distribution of delays, and how many there are.
DELAY_STEP: Final = 0.25
DELAY_STEPS: Final = 16


class PeerOrder(Enum):
    """What peers can be sorted by."""

    DISTANCE = "distance"
    TYPE = "type"
    VERSION = "version"
    KNOWN = "known"
    HEARD = "heard"


@frozen
class PeerWish:
    """
    Which contacts, in which order.

    :ivar kind: only those of this type, 0 to 4; ``None`` for all.
    :ivar verified: only such ones, or only others; ``None`` for all.
    :ivar page: the first is 0.
    :ivar whole: all of them at once, as for a file.
    """

    order: PeerOrder = PeerOrder.DISTANCE
    falling: bool = False
    kind: int | None = None
    verified: bool | None = None
    page: int = 0
    whole: bool = False


@frozen
class PeerStatus:
    """
    One contact.

    :ivar short: the first eight digits of its identifier.
    :ivar distance: bits of the distance to us: 128 for the far half of the space.
    :ivar known: seconds since it was first met.
    :ivar heard: seconds since it was last heard, ``None`` if never.
    """

    short: str
    distance: int
    version: int
    kind: int
    verified: bool
    handshaken: bool
    known: float
    heard: float | None


@frozen
class PeerList:
    """One page of contacts; ``matching`` of ``contacts`` are what was wished for."""

    contacts: int
    matching: int
    page: int
    pages: int
    peers: tuple[PeerStatus, ...]


@frozen
class Keyspace:
    """
    Where contacts are.

    :ivar own: our cell of the map.
    :ivar cells: contacts by the leading bits of their identifiers.
    :ivar distances: contacts by bits of their distance, 128 first; see :data:`DISTANCES`.
    :ivar size: nodes of the network, by the distances of the nearest contacts; ``None`` if unknown.
    :ivar error: the standard error of ``size``, as a share of it.
    :ivar nearest: how many contacts that rests on.
    """

    own: int = 0
    cells: tuple[int, ...] = (0,) * CELLS
    distances: tuple[int, ...] = (0,) * DISTANCES
    size: float | None = None
    error: float = 0.0
    nearest: int = 0


@frozen
class AskedStatus:
    """One request of a lookup; ``distance`` in bits, times since the lookup began."""

    distance: int
    at: float
    finishing: bool
    answered: float | None
    contacts: int
    results: int


@frozen
class LookupStatus:
    """
    One lookup.

    :ivar number: names it as long as it is remembered.
    :ivar aim: what its requests show of it: node, value or store.
    :ivar kind: what it is really for; ``origin`` is who wanted it.  Shown on demand only.
    :ivar ended: seconds after its begin, ``None`` while it goes on.
    :ivar progress: the least distance in bits of an answering contact over time.
    """

    number: int
    aim: str
    kind: str
    origin: str
    target: str
    began: float
    ended: float | None
    asked: tuple[AskedStatus, ...]
    progress: tuple[tuple[float, int], ...]


@frozen
class Held:
    """
    Entries of one sort that are held for others.

    :ivar most: how many there may be, ``None`` where only their bytes are bounded.
    :ivar ages: how many are of each age, in :data:`AGES` steps of ``life``, by a sample.
    :ivar life: seconds that an entry is kept.
    """

    sort: str
    entries: int
    most: int | None
    room: int
    most_room: int
    ages: tuple[int, ...]
    life: float


@frozen
class StoreStatus:
    """What is held for others; ``sample`` is how many entries of each sort were looked at."""

    held: tuple[Held, ...] = ()
    publishers: int = 0
    sample: int = 0


@frozen
class TrafficStatus:
    """
    How datagrams leave.

    :ivar delays: answers by their delay after arrival, in steps of :data:`DELAY_STEP`; the last
        step stands for all that is longer.
    :ivar least: the contract's bounds of a delay, with ``most``.
    :ivar booked: places that are booked now, of at most ``places`` in each tick.
    """

    delays: tuple[int, ...] = (0,) * DELAY_STEPS
    least: float = 0.0
    most: float = 0.0
    booked: int = 0
    places: int = 0
    ticks: int = 0
    requests: int = 0
    sent: int = 0
    skipped: int = 0


@frozen
class ResultStatus:
    """Something that a search found."""

    name: str
    size: int
    note: str
    sources: int
    link: str


@frozen
class SearchStatus:
    """One search of the user; ``results`` only where it is the one that is looked at."""

    number: int
    kind: str
    wish: str
    state: str
    begins_in: float | None
    found: int
    lookups: int
    asked: int
    answered: int
    results: tuple[ResultStatus, ...] = ()


@frozen
class FileStatus:
    """A shared file; ``words_known`` of its ``words`` lead to it."""

    name: str
    size: int
    state: str
    words: int
    words_known: int
    sources: int
    link: str


@frozen
class SharingStatus:
    """What is shared and published; ``files`` is one page of it."""

    shared: int = 0
    size: int = 0
    hashing: int = 0
    taken: int = 0
    room: int = 0
    overdue: int = 0
    page: int = 0
    pages: int = 1
    files: tuple[FileStatus, ...] = ()


class Part(Enum):
    """Which part of the node an event is about."""

    NODE = "node"
    ROUTER = "router"
    STATE = "state"
    SHARING = "sharing"


@frozen
class Event:
    """Something that happened, in one plain sentence."""

    at: float
    part: Part
    text: str


@frozen
class SettingStatus:
    """A setting: its value in words, and what it was set by."""

    name: str
    value: str
    origin: str


def delay_step(delay: float) -> int:
    """The step of the distribution that a delay in seconds belongs to."""
    return min(max(int(delay / DELAY_STEP), 0), DELAY_STEPS - 1)
