"""The routing table: the nearest of all contacts that were ever offered to it."""

from __future__ import annotations

from random import Random

import pytest

from tests.bench import estate
from tests.bench.pace import MICRO, Pace
from twisted_mule.kad.contact import Me, Seed
from twisted_mule.kad.ids import BITS, KadID
from twisted_mule.kad.routing import RoutingTable


def offered(count: int) -> RoutingTable:
    """A table to which so many contacts were offered; its bins took those that had room."""
    random = Random(count)
    own, *others = estate.destinations(count + 1, random)
    table = RoutingTable(Me(KadID(random.getrandbits(BITS)), own), 0.0)
    for one in others:
        contact = table.add(Seed(KadID(random.getrandbits(BITS)), one, 8, verified=True), 0.0)
        if contact is not None:
            contact.kind = 2
    return table


@pytest.mark.parametrize("count", [1_000, 10_000, 100_000])
def test_closest(count: int, pace: Pace) -> None:
    """Closest 11 contacts, {count:,} offered."""
    table, random = offered(count), Random(1)
    targets = [KadID(random.getrandbits(BITS)) for _ in range(64)]
    for target in targets:
        every = [one for one in table if one.verified]
        every.sort(key=lambda one: one.kad_id.distance(target))
        assert table.closest(target, 11) == every[:11]

    def closest() -> None:
        for target in targets:
            table.closest(target, 11)

    pace.check(closest, 20 * MICRO, per=len(targets))
