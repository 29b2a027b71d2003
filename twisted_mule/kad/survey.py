"""The routing table in figures, for those who look at it (node-behaviour 4.10)."""

from __future__ import annotations

from attrs import frozen

from twisted_mule.kad.contact import TYPES, Contact
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.zones import SPLIT_LEVEL, K, Zone


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
    """

    contacts: int
    verified: int
    handshakes: int
    heard: int
    network_size: int
    leaves: tuple[LeafSurvey, ...]


def survey(table: RoutingTable, began: float, now: float) -> TableSurvey:
    """Look over the whole table; ``began`` is when the node did."""
    contacts = list(table)
    return TableSurvey(
        contacts=len(contacts),
        verified=sum(contact.verified for contact in contacts),
        handshakes=sum(contact.handshaken for contact in contacts),
        heard=sum(contact.heard is not None and contact.heard >= began for contact in contacts),
        network_size=network_size(table),
        leaves=tuple(_survey_leaf(leaf, now) for leaf in table.root.leaves()),
    )


def network_size(table: RoutingTable) -> int:
    """The greatest estimate that any leaf gives of the number of nodes."""
    if not len(table):
        return 0
    return max(round(_estimate(leaf)) for leaf in table.root.leaves())


def _estimate(leaf: Zone) -> float:
    if leaf.level < SPLIT_LEVEL:
        return K * 2.0**leaf.level
    ancestor = leaf
    for _ in range(3):
        ancestor = ancestor.parent or ancestor
    return K * 2.0 ** (leaf.level - 2) * ancestor.population() / (2 * K)


def _survey_leaf(leaf: Zone, now: float) -> LeafSurvey:
    ages = [now - contact.heard for contact in leaf.bin if contact.heard is not None]
    return LeafSurvey(
        prefix=leaf.prefix,
        contacts=len(leaf.bin),
        verified=sum(contact.verified for contact in leaf.bin),
        types=_count_types(leaf.bin),
        oldest=max(ages, default=None),
        newest=min(ages, default=None),
    )


def _count_types(contacts: list[Contact]) -> tuple[int, int, int, int, int]:
    counts = [0] * TYPES
    for contact in contacts:
        counts[contact.kind] += 1
    a, b, c, d, e = counts
    return a, b, c, d, e
