"""The routing table in figures, for those who look at it (node-behaviour 4.10)."""

from __future__ import annotations

from itertools import islice
from typing import Final

from attrs import frozen

from twisted_mule.kad.contact import TYPES, Contact
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.zones import SPLIT_LEVEL, K, Zone

#: Leaves that are looked at one by one, from the far side: the work of a look has a bound.
LEAVES: Final = 64


@frozen
class LeafSurvey:
    """
    One leaf.

    :ivar prefix: the leading bits of its distances, as text of 0 and 1.
    :ivar types: how many contacts are of type 0 to 4.
    :ivar oldest: seconds since its longest unheard contact was heard; ``None`` if none ever was.
    :ivar newest: the same for the one heard last.
    """

    prefix: str
    contacts: int
    verified: int
    types: tuple[int, int, int, int, int]
    oldest: float | None
    newest: float | None


@frozen
class TableSurvey:
    """
    The whole table.

    :ivar handshakes: contacts that this node has itself seen to receive at their destination.
    :ivar heard: contacts heard since the node began.
    :ivar network_size: how many nodes the network may have, 0 while nobody is known.
    :ivar types: how many contacts are of type 0 to 4.
    :ivar leaf_count: how many leaves there are.
    :ivar leaves: the farthest of them, at most :data:`LEAVES`.
    """

    contacts: int
    verified: int
    handshakes: int
    heard: int
    network_size: int
    types: tuple[int, int, int, int, int]
    leaf_count: int
    leaves: tuple[LeafSurvey, ...]


def survey(table: RoutingTable, began: float, now: float) -> TableSurvey:
    """Look over the whole table; ``began`` is when the node did."""
    leaves = list(table.root.leaves())
    contacts = [contact for leaf in leaves for contact in leaf.bin]
    # Lists, not generators: with thousands of contacts a look takes half as long.
    return TableSurvey(
        contacts=len(contacts),
        verified=sum([contact.verified for contact in contacts]),
        handshakes=sum([contact.handshaken for contact in contacts]),
        heard=sum([c.heard is not None and c.heard >= began for c in contacts]),
        network_size=_size(table.root, leaves) if contacts else 0,
        types=_count_types(contacts),
        leaf_count=len(leaves),
        leaves=tuple(_survey_leaf(leaf, now) for leaf in islice(reversed(leaves), LEAVES)),
    )


def network_size(table: RoutingTable) -> int:
    """The greatest estimate that any leaf gives of the number of nodes."""
    return _size(table.root, list(table.root.leaves())) if len(table) else 0


def _size(root: Zone, leaves: list[Zone]) -> int:
    sizes: dict[Zone, int] = {}
    _populate(root, sizes)
    return round(max([_estimate(leaf, sizes) for leaf in leaves]))


def _populate(zone: Zone, sizes: dict[Zone, int]) -> int:
    """How many contacts are below ``zone``, noted for each zone on the way."""
    if zone.children is None:
        size = len(zone.bin)
    else:
        near, far = zone.children
        size = _populate(near, sizes) + _populate(far, sizes)
    sizes[zone] = size
    return size


def _estimate(leaf: Zone, sizes: dict[Zone, int]) -> float:
    if leaf.level < SPLIT_LEVEL:
        return K * 2.0**leaf.level
    ancestor = leaf
    for _ in range(3):
        ancestor = ancestor.parent or ancestor
    return K * 2.0 ** (leaf.level - 2) * sizes[ancestor] / (2 * K)


def _survey_leaf(leaf: Zone, now: float) -> LeafSurvey:
    ages = [now - contact.heard for contact in leaf.bin if contact.heard is not None]
    return LeafSurvey(
        prefix=leaf.prefix,
        contacts=len(leaf.bin),
        verified=sum([contact.verified for contact in leaf.bin]),
        types=_count_types(leaf.bin),
        oldest=max(ages, default=None),
        newest=min(ages, default=None),
    )


def _count_types(contacts: list[Contact]) -> tuple[int, int, int, int, int]:
    kinds = [contact.kind for contact in contacts]
    a, b, c, d, e = [kinds.count(kind) for kind in range(TYPES)]
    return a, b, c, d, e
