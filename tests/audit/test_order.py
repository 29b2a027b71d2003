"""Clause 2 in a trace: no order of anything within a tick."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit import order
from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.views import Trace, of_rows
from twisted_mule.kad.chance import Chance
from twisted_mule.places import departures
from twisted_mule.recording.rows import PlaceKind, Row, Way

SECONDS = 3600.0
RATE = 2.5


def resorted(key: Callable[[Row], Any], fit: Callable[[Row], bool]) -> Trace:
    """The moments of each tick, given out anew by ``key`` among what fits."""
    rows = made.rows(1, SECONDS, RATE)
    batches: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.tick is not None and fit(row):
            batches[row.tick].append(row)
    changed = [row for row in rows if row.tick is None or not fit(row)]
    for batch in batches.values():
        moments = sorted(row.t for row in batch)
        changed += [
            evolve(row, t=at) for row, at in zip(sorted(batch, key=key), moments, strict=True)
        ]
    return of_rows("sorted", made.HEADER, changed)


def is_answer(row: Row) -> bool:
    """What answers."""
    return row.place is PlaceKind.ANSWER


class OrderTests(SynchronousTestCase):
    """Lawful batches, and sorted ones."""

    def all_of(self, trace: Trace) -> dict[str, Finding]:
        """Every test of order."""
        one = [trace]
        found = (
            order.in_batches(one),
            order.of_close_pairs(one),
            order.of_requests(one),
            order.by_type(one),
            order.by_peer(one),
            order.spacing(one),
        )
        return {each.channel: each for each in found}

    def test_lawful(self) -> None:
        """Shuffled batches fail nothing, and all was looked at."""
        found = self.all_of(made.trace(1, SECONDS, RATE)).values()
        self.assertNotIn(Verdict.FAIL, {one.verdict for one in found})
        self.assertGreater(min(one.n for one in found), 200)

    def test_sorted(self) -> None:
        """By type, by peer, by place: each is found by its test."""
        cases: dict[str, Callable[[Row], Any]] = {
            "order of types": lambda row: row.type,
            "order of peers": lambda row: row.peer,
            "place of the request in its tick": lambda row: row.place is PlaceKind.ANSWER,
        }
        for channel, key in cases.items():
            trace = resorted(key, lambda row: row.way is Way.OUT)
            self.assertIs(Verdict.FAIL, self.all_of(trace)[channel].verdict, channel)

    def test_first_in_first_out(self) -> None:
        """What came first leaves first, within a tick."""
        lawful = made.rows(1, SECONDS, RATE)
        asked = {(row.peer, row.type): 0.0 for row in lawful}
        came: dict[int, float] = {}
        for row in lawful:
            if row.way is Way.IN:
                asked[row.peer, row.type] = row.t
            elif row.type is not None:
                request = {"pong": "ping"}.get(row.type, row.type.replace("response", "request"))
                came[id(row)] = asked.get((row.peer, request), 0.0)
        batches: dict[int | None, list[Row]] = defaultdict(list)
        for row in lawful:
            if is_answer(row):
                batches[row.tick].append(row)
        changed = [row for row in lawful if not is_answer(row)]
        for batch in batches.values():
            moments = sorted(row.t for row in batch)
            ordered = sorted(batch, key=lambda row: came[id(row)])
            changed += [evolve(row, t=at) for row, at in zip(ordered, moments, strict=True)]
        found = self.all_of(of_rows("fifo", made.HEADER, changed))["order within a tick"]
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertGreater(found.effect, 0.8)

    def test_parts_of_one_answer(self) -> None:
        """Two parts of one size for one peer in each tick, sent as the law has it, are no order."""
        chance = Chance(b"parts")
        rows = [
            Row(100.0 + tick + offset, Way.OUT, "aa", 900, "search_response", tick)
            for tick in range(400)
            for offset in departures(tick, chance)[:2]
        ]
        found = order.spacing([of_rows("parts", made.HEADER, rows)])
        self.assertEqual(400, found.n)
        self.assertGreater(found.chance, 0.01, found)

    def test_even_spacing(self) -> None:
        """Datagrams 20 ms apart are not spread over the batch."""
        lawful = made.rows(1, SECONDS, RATE)
        first: dict[int, float] = {}
        changed = []
        for row in lawful:
            if row.tick is None:
                changed.append(row)
                continue
            first[row.tick] = first.get(row.tick, row.t - 0.02) + 0.02
            changed.append(evolve(row, t=first[row.tick]))
        found = self.all_of(of_rows("even", made.HEADER, changed))["spacing within a tick"]
        self.assertIs(Verdict.FAIL, found.verdict)
