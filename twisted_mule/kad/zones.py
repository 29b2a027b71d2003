"""
The tree of zones that divides the space by distance to ourselves (node-behaviour 4.1).

A zone is a prefix of the distance; a leaf owns a bin of contacts, the longest unheard in front.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import define, field

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import Contact
from twisted_mule.kad.ids import BITS, bit

#: Contacts that a bin holds.
K: Final = 10
#: Above this level every full leaf splits ...
SPLIT_LEVEL: Final = 4
#: ... and below it only so many of the zones nearest to us.
SPLIT_NEAREST: Final = 5
MAX_LEVEL: Final = BITS - 1
#: Two sibling leaves with fewer contacts than this become one again.
MERGE_BELOW: Final = 5
#: A sample takes every leaf down to this depth and one leaf of each deeper subtree.
SAMPLE_DEPTH: Final = 5


@define(eq=False)
class Zone:
    """
    One zone: an inner one has two children, a leaf has a bin.

    :ivar level: how many leading bits of the distance its contacts share.
    :ivar index: those bits as a number; 0 is the zone that we are in.
    :ivar born: when it last became a leaf.
    :ivar children: the near and the far half, ``None`` for a leaf.
    :ivar bin: the contacts of a leaf, ordered by recency, the freshest last.
    :ivar merged: whether it is no part of the tree any more.
    """

    level: int
    index: int
    born: float
    parent: Zone | None = None
    children: tuple[Zone, Zone] | None = None
    bin: list[Contact] = field(factory=list)
    merged: bool = False

    @property
    def is_leaf(self) -> bool:
        """Whether it owns a bin."""
        return self.children is None

    @property
    def prefix(self) -> str:
        """The leading bits of its distances as text of 0 and 1, empty for the whole space."""
        return f"{self.index:0{self.level}b}" if self.level else ""

    @property
    def full(self) -> bool:
        """Whether its bin takes nobody more."""
        return len(self.bin) >= K

    @property
    def may_split(self) -> bool:
        """Whether it becomes two zones when it is full."""
        near = self.index < SPLIT_NEAREST or self.level < SPLIT_LEVEL
        return self.level < MAX_LEVEL and near

    @property
    def wants_lookup(self) -> bool:
        """Whether its big timer looks for more contacts (node-behaviour 4.8)."""
        near = self.index < SPLIT_NEAREST or self.level < SPLIT_LEVEL
        return near or K - len(self.bin) >= 0.8 * K

    def leaf_for(self, distance: int) -> Zone:
        """The leaf below it that a contact at ``distance`` belongs to."""
        zone = self
        while zone.children is not None:
            zone = zone.children[bit(distance, zone.level)]
        return zone

    def split(self, now: float) -> tuple[Zone, Zone]:
        """Hand the bin down to two new leaves; its order is inherited."""
        near = Zone(self.level + 1, 2 * self.index, now, self)
        far = Zone(self.level + 1, 2 * self.index + 1, now, self)
        for contact in self.bin:
            (near, far)[bit(contact.distance, self.level)].bin.append(contact)
        self.bin = []
        self.children = (near, far)
        return self.children

    def merge(self, now: float) -> list[Zone]:
        """Join, from the bottom up, sibling leaves that hold too few; the leaves that result."""
        if self.children is None:
            return []
        near, far = self.children
        joined = near.merge(now) + far.merge(now)
        if near.is_leaf and far.is_leaf and len(near.bin) + len(far.bin) < MERGE_BELOW:
            self.bin = near.bin + far.bin
            self.children = None
            near.merged = far.merged = True
            self.born = now
            return [self]
        return joined

    def leaves(self) -> Iterator[Zone]:
        """All leaves below it, the nearest to us first."""
        return self.towards(0)

    def towards(self, offset: int) -> Iterator[Zone]:
        """
        All leaves below it, by rising distance to the point at distance ``offset`` from us.

        Whatever is in an earlier leaf is nearer to that point than whatever is in a later one.
        """
        stack = [self]
        while stack:
            zone = stack.pop()
            if zone.children is None:
                yield zone
                continue
            side = bit(offset, zone.level)
            stack.append(zone.children[1 - side])
            stack.append(zone.children[side])

    def sample(self, random: Draws, depth: int = SAMPLE_DEPTH) -> Iterator[Contact]:
        """Contacts from all over the tree, in its order (node-behaviour 4.7)."""
        if self.children is None:
            yield from self.bin
        elif depth > 0:
            for child in self.children:
                yield from child.sample(random, depth - 1)
        else:
            yield from self.stroll(random).bin

    def stroll(self, random: Draws) -> Zone:
        """One leaf below it, by a coin at every fork."""
        zone = self
        while zone.children is not None:
            zone = zone.children[random.randrange(2)]
        return zone

    def population(self) -> int:
        """How many contacts are below it."""
        return sum(len(leaf.bin) for leaf in self.leaves())

    def random_distance(self, random: Draws) -> int:
        """The distance of a random point inside it."""
        free = BITS - self.level
        below = int.from_bytes(random.randbytes(BITS // 8), "big") >> self.level
        return self.index << free | below
