"""Acceptance 3 of node-behaviour 17: what leaves keeps no order, within batches and lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.measures import concordance
from tests.contract.peers import ME, PUBLIC, peer
from tests.contract.script import Knock, knock
from tests.contract.stage import CURTAIN, KEY, Stage, veteran
from tests.contract.test_timing import answered
from tests.contract.views import Row
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.exchange import Heard
from twisted_mule.kad.ids import KadID

Pair = tuple[tuple[float, float], tuple[float, float]]
#: Lists that are looked at, and how many contacts each asks for.
LISTS: Final = 2000
WANTED: Final = 11


def together(rows: list[Row]) -> list[Pair]:
    """All pairs of one batch, as (arrived, left) each; parts of one answer have no order."""
    batches: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        if row.arrived is not None:
            batches[row.tick].append((row.arrived, row.left))
    return [
        pair
        for batch in batches.values()
        for pair in combinations(batch, 2)
        if pair[0][0] != pair[1][0]
    ]


def probes(seconds: float) -> list[Knock]:
    """Two pings of two peers, 5 to 60 ms apart, again and again."""
    draws = PUBLIC.stream("probes", 0)
    script, at = [], 0.0
    while at < seconds:
        at += draws.uniform(0.8, 1.6)
        gap = draws.uniform(0.005, 0.060)
        first = draws.randrange(30)
        script.append(knock(at, peer(first), "PING", draws))
        script.append(knock(at + gap, peer(30 + first), "PING", draws))
    return script


class OrderTests(SynchronousTestCase):
    """3: rank correlation between arriving and leaving."""

    def test_within_a_batch(self) -> None:
        """Who was booked first does not leave first: |tau| is at most 0.03 over all pairs."""
        pairs = together(answered().rows)
        self.assertGreater(len(pairs), 15_000)
        self.assertLess(abs(concordance(pairs)), 0.03)

    def test_close_pairs(self) -> None:
        """Two probes within 60 ms are answered in either order: |tau| is at most 0.05."""
        script = probes(7200.0)
        left: dict[tuple[int, float], float] = {}
        for row in Stage().play(script, 7210.0):
            if row.arrived is not None:
                left[row.peer, round(row.arrived, 6)] = row.left
        pairs = []
        for one, other in zip(script[::2], script[1::2], strict=True):
            keys = [(probe.peer.number, round(probe.at, 6)) for probe in (one, other)]
            if all(key in left for key in keys):
                pairs.append(((one.at, left[keys[0]]), (other.at, left[keys[1]])))
        self.assertGreater(len(pairs), 5000)
        self.assertLess(abs(concordance(pairs)), 0.05)


class ListTests(SynchronousTestCase):
    """3: contacts inside one answer."""

    def named(self) -> list[list[int]]:
        """The distances of the contacts of many answers, in the order in which they are listed."""
        core, lists = veteran(known=200), []
        for number in range(LISTS):
            draws = PUBLIC.stream("target", number)
            one = peer(number % 60)
            target = KadID.from_natural(draws.randbytes(16))
            asked = m.FindNodeRequest(WANTED, target, ME.kad_id, one.kad_id)
            handle = Chance(KEY).stream("handle", one.destination.raw, number)
            (reply,) = core.handle(Heard(one.destination, asked), CURTAIN, handle)
            assert isinstance(reply.message, m.FindNodeResponse)
            lists.append([target.distance(one.kad_id) for one in reply.message.contacts])
        return lists

    def test_no_order_by_distance(self) -> None:
        """Place in the list and distance do not correlate, and the nearest may stand anywhere."""
        lists = self.named()
        self.assertEqual({WANTED}, set(map(len, lists)))
        pairs = [pair for one in lists for pair in combinations(list(enumerate(one)), 2)]
        score = sum(1 if (a[1] - b[1]) * (a[0] - b[0]) > 0 else -1 for a, b in pairs)
        self.assertLess(abs(score / len(pairs)), 0.02)
        places = Counter(one.index(min(one)) for one in lists)
        self.assertEqual(WANTED, len(places))
        expected = LISTS / WANTED
        chi_squared = sum((places[n] - expected) ** 2 / expected for n in range(WANTED))
        self.assertLess(chi_squared, 45.0)  # ten degrees of freedom: 1 in 500,000
