"""Tests for :mod:`twisted_mule.kad.zones`."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW, seed
from twisted_mule.kad.contact import Contact
from twisted_mule.kad.zones import K, Zone

DISTANCES = st.integers(0, 2**128 - 1)


def grown(*distances: int) -> Zone:
    """A tree whose leaves for these distances exist at level 6 or so."""
    root = Zone(0, 0, NOW)
    for distance in distances:
        leaf = root.leaf_for(distance)
        while leaf.may_split and leaf.level < 6:
            leaf.split(NOW)
            leaf = root.leaf_for(distance)
    return root


def contact(number: int, distance: int) -> Contact:
    """A contact at this distance."""
    return Contact.met(seed(number, distance), ME.kad_id, NOW)


class GeometryTests(SynchronousTestCase):
    """The space is halved again and again, mostly where we are."""

    def test_who_may_split(self) -> None:
        """Down to level 3 every zone splits, below that only the five nearest, never level 127."""
        cases = {
            (0, 0): True,
            (3, 7): True,
            (4, 4): True,
            (4, 5): False,
            (4, 15): False,
            (5, 4): True,
            (5, 5): False,
            (126, 4): True,
            (127, 0): False,
        }
        for (level, index), expected in cases.items():
            self.assertIs(expected, Zone(level, index, NOW).may_split, (level, index))

    def test_prefix(self) -> None:
        """A leaf is named by the leading bits of its distances."""
        self.assertEqual(
            ["", "0", "101", "0000"],
            [Zone(*place, NOW).prefix for place in ((0, 0), (1, 0), (3, 5), (4, 0))],
        )

    def test_split_keeps_order(self) -> None:
        """A split hands every contact to its half, in the order that it had."""
        root = Zone(0, 0, NOW)
        far = [contact(n, (1 << 127) + n) for n in range(3)]
        near = [contact(n, n) for n in range(3, 6)]
        root.bin = [far[0], near[0], far[1], near[1], near[2], far[2]]
        first, second = root.split(NOW + 1)
        self.assertEqual((near, far, []), (first.bin, second.bin, root.bin))

    def test_merge(self) -> None:
        """Sibling leaves with fewer than five contacts together become one, from the bottom up."""
        root = grown(0)
        for number in range(4):
            root.leaf_for(number << 124).bin.append(contact(number, number << 124))
        merged = root.merge(NOW + 9)
        self.assertEqual([root], merged)
        self.assertEqual((True, 4, NOW + 9), (root.is_leaf, len(root.bin), root.born))

    def test_no_merge(self) -> None:
        """Five contacts keep their two leaves."""
        root = Zone(0, 0, NOW)
        near, far = root.split(NOW)
        near.bin = [contact(n, n) for n in range(3)]
        far.bin = [contact(n, (1 << 127) + n) for n in range(3, 5)]
        self.assertEqual([], root.merge(NOW))
        self.assertFalse(near.merged or far.merged)

    def test_wants_lookup(self) -> None:
        """Far and deep leaves are only looked into while they are nearly empty."""
        leaf = Zone(4, 9, NOW)
        self.assertTrue(leaf.wants_lookup)
        leaf.bin = [contact(n, n) for n in range(3)]
        self.assertFalse(leaf.wants_lookup)
        for near in (Zone(3, 7, NOW), Zone(9, 4, NOW)):
            near.bin = [contact(n, n) for n in range(K)]
            self.assertTrue(near.wants_lookup)

    @given(DISTANCES, DISTANCES, DISTANCES)
    def test_towards(self, one: int, other: int, offset: int) -> None:
        """Leaves come by rising distance to any point."""
        root = grown(one, other)
        nearest = [
            min(
                d ^ offset
                for d in (leaf.index << 128 - leaf.level, _last(leaf), _clip(leaf, offset))
            )
            for leaf in root.towards(offset)
        ]
        self.assertEqual(sorted(nearest), nearest)
        self.assertIs(root.leaf_for(offset), next(root.towards(offset)))

    @given(DISTANCES, st.randoms(use_true_random=False))
    def test_random_distance(self, distance: int, random: Random) -> None:
        """A random point of a leaf belongs to that leaf."""
        root = grown(distance)
        for leaf in root.leaves():
            self.assertIs(leaf, root.leaf_for(leaf.random_distance(random)))

    def test_sample(self) -> None:
        """A sample takes every leaf down to depth 5, and one leaf of each deeper subtree."""
        root = grown(0)
        for number, leaf in enumerate(root.leaves()):
            distance = leaf.index << 128 - leaf.level
            leaf.bin = [contact(2 * number, distance + 1), contact(2 * number + 1, distance)]
        self.assertEqual(7, sum(1 for _ in root.leaves()))
        sample = list(root.sample(Random(1)))
        self.assertEqual(12, len(sample))
        self.assertEqual(10, sum(one.distance >= 1 << 123 for one in sample))


def _last(leaf: Zone) -> int:
    return (leaf.index + 1 << 128 - leaf.level) - 1


def _clip(leaf: Zone, offset: int) -> int:
    """The point of a leaf that is nearest to ``offset``."""
    free = 128 - leaf.level
    return leaf.index << free | offset & (1 << free) - 1
