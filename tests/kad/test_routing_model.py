"""Whatever happens to a table of contacts, it stays a table."""

from __future__ import annotations

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.kad.people import ME, NOW, at_distance
from tests.samples import destination
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.zones import K

OWN_HASH = ME.destination.dest_hash


class TableMachine(RuleBasedStateMachine):
    """Whatever happens to a table, it stays a table."""

    def __init__(self) -> None:
        super().__init__()
        self.table = RoutingTable(ME, NOW)
        self.random = Random(1)
        self.now = NOW

    @rule(
        number=st.integers(0, 40),
        place=st.integers(0, 40),
        bits=st.integers(1, 128),
        version=st.integers(0, 9),
    )
    def add(self, number: int, place: int, bits: int, version: int) -> None:
        """Hearsay of somebody, anywhere."""
        distance = Random(number).getrandbits(bits)
        self.table.add(Seed(at_distance(distance), destination(place), version), self.now)

    @rule(number=st.integers(0, 40), place=st.integers(0, 40), key=st.integers(0, 2))
    def introduce(self, number: int, place: int, key: int) -> None:
        """Somebody known or not introduces itself from anywhere."""
        everybody = list(self.table)
        kad_id = everybody[number].kad_id if number < len(everybody) else at_distance(number + 1)
        news = Seed(kad_id, destination(place), 8, None, key, OWN_HASH, key == 2)
        self.table.introduce(news, self.now, self.random)

    @rule(number=st.integers(0, 40))
    def remove(self, number: int) -> None:
        """Somebody is let go of."""
        everybody = list(self.table)
        if number < len(everybody):
            self.table.remove(everybody[number])

    @rule()
    def consolidate(self) -> None:
        """Time for the merge."""
        self.now += 100
        self.table.consolidate(self.now)

    @invariant()
    def one_place_for_everybody(self) -> None:
        """Every contact is in the one bin it belongs to, and in both indexes."""
        everybody = list(self.table)
        assert len(everybody) == len(self.table)
        assert len({one.destination for one in everybody}) == len(everybody)
        for leaf in self.table.root.leaves():
            assert len(leaf.bin) <= K
            for one in leaf.bin:
                assert self.table.root.leaf_for(one.distance) is leaf
                assert self.table.get(one.kad_id) is one
                assert self.table.at(one.destination) is one
                assert one.distance == one.kad_id.distance(ME.kad_id)

    @invariant()
    def split_rule(self) -> None:
        """Only zones that may split are split, and we are never in the table."""
        for leaf in self.table.root.leaves():
            assert leaf.parent is None or leaf.parent.may_split
        assert self.table.get(ME.kad_id) is None
        assert self.table.at(ME.destination) is None


TableMachineTests = TableMachine.TestCase
TableMachineTests.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
