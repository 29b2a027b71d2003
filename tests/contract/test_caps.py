"""
Acceptance 5 of node-behaviour 17: fixed caps under floods, with slow and fast handlers, at any age.

Nothing is lost that admission does not explain (D25).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests.contract import flips
from tests.contract.peers import PUBLIC, peer
from tests.contract.script import Knock, knock, usual
from tests.contract.stage import Stage, veteran
from tests.contract.views import Row
from twisted_mule import contract
from twisted_mule.kad.exchange import RequestKind
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.tracking import LIMITS

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
FLOOD: Final = 1000
FLOOD_SECONDS: Final = 100.0
#: The ticks of thirty days.
MONTH_OF_TICKS: Final = 30 * 86_400
#: Which cap a request of ours falls under.
KINDS: Final = {
    "hello_request": RequestKind.HELLO,
    "legacy_hello_request": RequestKind.HELLO,
    "find_node_request": RequestKind.REQ,
    "legacy_find_node_request": RequestKind.REQ,
    "bootstrap_request": RequestKind.BOOTSTRAP,
    "ping": RequestKind.PING,
    "search_key_request": RequestKind.SEARCH,
    "search_source_request": RequestKind.SEARCH,
    "search_notes_request": RequestKind.SEARCH,
    "legacy_search_request": RequestKind.SEARCH,
    "legacy_search_notes_request": RequestKind.SEARCH,
    "publish_key_request": RequestKind.PUBLISH,
    "publish_source_request": RequestKind.PUBLISH,
    "publish_notes_request": RequestKind.PUBLISH,
    "legacy_publish_request": RequestKind.PUBLISH,
    "legacy_publish_notes_request": RequestKind.PUBLISH,
}


def flood(peers: int, kind: str = "PING") -> list[Knock]:
    """A thousand requests within 100 seconds, from so many peers in turn."""
    draws = PUBLIC.stream("flood", peers)
    times = sorted(round(draws.random() * FLOOD_SECONDS, 6) for _ in range(FLOOD))
    return [knock(at, peer(number % peers), kind, draws) for number, at in enumerate(times)]


def most_within(times: Sequence[float], seconds: float) -> int:
    """The largest number of these (sorted) times within any window of this length."""
    best = first = 0
    for last, time in enumerate(times):
        while time - times[first] >= seconds:
            first += 1
        best = max(best, last - first + 1)
    return best


class FloodTests(SynchronousTestCase):
    """Whoever asks how much: the numbers are the same."""

    def flooded(self, script: Sequence[Knock], stage: Stage | None = None) -> list[Row]:
        """The answers to a flood, and the proof that nothing else was lost."""
        stage = stage or Stage()
        rows = [row for row in stage.play(script, FLOOD_SECONDS + 4.0) if not row.is_request]
        intake = stage.node.intake
        own = sum(row.size > 0 for row in stage.record.rows if row.is_request)
        self.assertLessEqual(own, stage.record.ticks)
        dropped = intake.admission.refused_peer + intake.admission.refused_global
        self.assertEqual(intake.refused, dropped)
        answered = {(row.peer, row.arrived) for row in rows}
        self.assertEqual(len(script), dropped + len(answered))
        return rows

    def assert_capped(self, rows: Sequence[Row]) -> None:
        """What is let in of one peer, and of all, in any window; what leaves at one tick."""
        arrivals = sorted({(row.arrived or 0.0, row.peer) for row in rows})
        by_peer: dict[int, list[float]] = defaultdict(list)
        for arrived, number in arrivals:
            by_peer[number].append(arrived)
        for seconds in (1.0, 10.0, 60.0):
            most = contract.GLOBAL_BURST + contract.GLOBAL_RATE * seconds
            self.assertLessEqual(most_within([at for at, _ in arrivals], seconds), most + 1)
            most = contract.PEER_BURST + contract.PEER_RATE * seconds
            for times in by_peer.values():
                self.assertLessEqual(most_within(times, seconds), most + 1)
        per_tick = Counter(row.tick for row in rows)
        self.assertLessEqual(max(per_tick.values()), contract.ANSWER_PLACES)

    def test_one_peer(self) -> None:
        """One peer gets 4 answers at once and 12 a minute."""
        rows = self.flooded(flood(1))
        self.assert_capped(rows)
        most = contract.PEER_BURST + contract.PEER_RATE * FLOOD_SECONDS
        self.assertTrue(most - 2 <= len(rows) <= most, len(rows))

    def test_two_hundred_peers(self) -> None:
        """Two hundred get 20 at once and 3 a second, all of them together."""
        rows = self.flooded(flood(200))
        self.assert_capped(rows)
        most = contract.GLOBAL_BURST + contract.GLOBAL_RATE * FLOOD_SECONDS
        self.assertTrue(most - 5 <= len(rows) <= most, len(rows))

    def test_blind_to_the_opcode(self) -> None:
        """As many REQs are let in as PINGs, and the same ones."""
        ping, find = (
            {(row.peer, row.arrived) for row in self.flooded(flood(200, kind))}
            for kind in ("PING", "REQ")
        )
        self.assertEqual(ping, find)

    def test_searches_fill_no_more_than_the_places(self) -> None:
        """Searches book four places each; what finds none is dropped, and no tick grows."""
        stage = Stage(core=veteran())
        script = flood(200, "SEARCH_KEY_REQ")
        rows = stage.play(script, FLOOD_SECONDS + 4.0)
        per_tick = Counter(row.tick for row in rows)
        self.assertLessEqual(max(per_tick.values()), contract.PLACES)
        self.assertLessEqual(
            stage.node.places.booked, contract.ANSWER_PLACES * (stage.record.ticks + 3)
        )
        self.assertEqual(0, stage.node.places.late)

    def test_slow_handlers(self) -> None:
        """Handlers of 1 or 80 ms: the flood of 200 peers is answered to the same datagrams."""
        fast, slow = (
            self.flooded(flood(200), Stage(cost=flips.costs(cost))) for cost in (0.001, 0.080)
        )
        self.assertEqual(fast, slow)

    def test_day_thirty(self) -> None:
        """After a month the same datagrams are let in as in the first hour."""
        young, old = (
            {(row.peer, row.arrived) for row in self.flooded(flood(200), stage)}
            for stage in (
                Stage(core=veteran(HOUR)),
                Stage(core=veteran(30 * DAY), first_tick=MONTH_OF_TICKS),
            )
        )
        self.assertEqual(young, old)


#: A stage that was played, and the lookups that began: when, and whether they store.
Busy = tuple[Stage, frozenset[tuple[float, bool]]]


class OwnTests(SynchronousTestCase):
    """What the node asks by itself has caps that no wish of its user lifts."""

    SECONDS = 3 * HOUR

    @staticmethod
    @cache
    def busy(
        cost: float, age: float, first_tick: int
    ) -> tuple[Stage, frozenset[tuple[float, bool]]]:
        """Three hours of a user who searches and shares; which lookups began, and if they store."""
        stage = Stage(cost=flips.costs(cost), core=veteran(age, 200), first_tick=first_tick)
        flips.searching(stage)
        flips.sharing(stage)
        begun: set[tuple[float, bool]] = set()

        def look() -> None:
            begun.update((one.began, one.kind.aim is Aim.STORE) for one in stage.core.lookups())
            stage.clock.callLater(60.0, look)

        stage.clock.callLater(60.0, look)
        stage.play(usual(OwnTests.SECONDS, rate=0.2, name="calm"), OwnTests.SECONDS)
        return stage, frozenset(begun)

    def all_ages(self) -> list[Busy]:
        """Hour 1, and day 30 on a slow host."""
        return [self.busy(0.001, HOUR, 0), self.busy(0.080, 30 * DAY, MONTH_OF_TICKS)]

    def test_one_request_a_tick(self) -> None:
        """The request place of a tick is one."""
        for stage, _ in self.all_ages():
            per_tick = Counter(row.tick for row in stage.record.rows if row.is_request)
            self.assertEqual(contract.REQUEST_PLACES, max(per_tick.values()))
            self.assertGreater(len(per_tick), 3000)

    def test_requests_to_one_peer(self) -> None:
        """In any minute one peer gets no more of each kind than the contract says, on the wire."""
        for stage, _ in self.all_ages():
            sent: dict[tuple[int, RequestKind], list[float]] = defaultdict(list)
            for row in sorted(stage.record.rows, key=lambda row: row.left):
                if row.is_request:
                    sent[row.peer, KINDS[row.label]].append(row.left)
            for (_, kind), times in sent.items():
                self.assertLessEqual(most_within(times, contract.REQUEST_WINDOW), LIMITS[kind])

    def test_lookups_and_stores(self) -> None:
        """In any hour no more lookups begin than 150, and no more of them store than 70."""
        for _, begun in self.all_ages():
            self.assertGreater(len(begun), 50)
            starts = sorted(at for at, _ in begun)
            stores = sorted(at for at, is_store in begun if is_store)
            self.assertLessEqual(most_within(starts, HOUR), contract.LOOKUPS_PER_HOUR)
            self.assertLessEqual(most_within(stores, HOUR), contract.STORES_PER_HOUR)

    def test_greetings_never_come_together(self) -> None:
        """No contact gets two HELLOs within a second."""
        for stage, _ in self.all_ages():
            hellos: dict[int, list[float]] = defaultdict(list)
            for row in sorted(stage.record.rows, key=lambda row: row.left):
                if row.label == "hello_request":
                    hellos[row.peer].append(row.left)
            self.assertTrue(any(len(times) > 1 for times in hellos.values()))
            close = sum(b - a < 1.0 for times in hellos.values() for a, b in pairwise(times))
            self.assertEqual(0, close)
