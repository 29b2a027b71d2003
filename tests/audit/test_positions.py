"""The place in a batch: it says nothing of type or peer, and what it says is measured in bits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from math import ceil
from random import Random

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit import order, positions
from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.views import Trace, of_rows
from twisted_mule.recording.rows import PlaceKind, Row, Way

Fit = Callable[[Row], bool]


def central(fit: Fit) -> Trace:
    """An hour of a lawful node, but what fits is in the middle of its tick."""
    rows = made.rows(1, 3600.0, 2.5)
    batches: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row.tick is not None:
            batches[row.tick].append(row)
    changed = [row for row in rows if row.tick is None]
    for batch in batches.values():
        moments = sorted(row.t for row in batch)
        others = [row for row in batch if not fit(row)]
        half = len(others) // 2
        ordered = others[:half] + [row for row in batch if fit(row)] + others[half:]
        changed += [evolve(row, t=at) for row, at in zip(ordered, moments, strict=True)]
    return of_rows("central", made.HEADER, changed)


def drawn(seed: int, ticks: int) -> Trace:
    """Four datagrams a tick of any of five types, in no order at all."""
    draws = Random(seed)
    rows = [
        Row(
            tick + 0.01 * turn,
            Way.OUT,
            f"{draws.randrange(5)}",
            60,
            f"type {draws.randrange(5)} request",
            tick,
            PlaceKind.REQUEST,
        )
        for tick in range(ticks)
        for turn in range(4)
    ]
    return of_rows("drawn", made.HEADER, rows)


class PositionTests(SynchronousTestCase):
    """What a place says."""

    def test_lawful(self) -> None:
        """The chance of a lawful hour is nothing special."""
        for find in (positions.by_type, positions.by_peer):
            found = find([made.trace(1, 3600.0, 2.5)])
            self.assertIsNot(Verdict.FAIL, found.verdict)
            self.assertGreater(found.chance, 0.001)
            self.assertGreater(found.n, 10_000)

    def test_passes_with_enough(self) -> None:
        """With twice what it asks for, nothing is found for sure."""
        few = positions.by_type([drawn(1, 500)])
        self.assertIs(Verdict.EXTEND, few.verdict)
        self.assertTrue(1_000 < few.needed < 20_000, few)
        for find in (positions.by_type, positions.by_peer):
            found = find([drawn(2, few.needed // 2)])
            self.assertIs(Verdict.PASS, found.verdict, found)
            self.assertLess(abs(found.effect), positions.INFORMATION)

    def test_as_many_as_are_needed_pass(self) -> None:
        """Nine in ten: of sixty draws at least 48."""
        needed = positions.by_type([drawn(1, 500)]).needed
        passed = [
            positions.by_type([drawn(200 + seed, ceil(needed / 4))]).verdict is Verdict.PASS
            for seed in range(60)
        ]
        self.assertGreaterEqual(sum(passed), 48)

    def test_chances_are_no_smaller_than_said(self) -> None:
        """Of a hundred draws about ten are below one in ten."""
        chances = [positions.by_type([drawn(100 + seed, 150)]).chance for seed in range(100)]
        self.assertTrue(2 <= sum(one < 0.1 for one in chances) <= 18, sorted(chances)[:20])

    def test_a_type_in_the_middle(self) -> None:
        """Neither before others nor after them: which only the place shows."""
        trace = central(lambda row: row.type == "pong")
        found = positions.by_type([trace])
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertGreater(found.effect, 0.01)
        self.assertIsNot(Verdict.FAIL, order.by_type([trace]).verdict)

    def test_peers_in_the_middle(self) -> None:
        """The same of some peers."""
        found = positions.by_peer([central(lambda row: row.peer.endswith("7"))])
        self.assertIs(Verdict.FAIL, found.verdict)

    def test_nothing_to_look_at(self) -> None:
        """No trace, one that knows no ticks, one that is over at once: all is open."""
        blind = made.changed(1, lambda row: evolve(row, tick=None), 300.0)
        for traces in ([], [blind], [drawn(1, 3)]):
            for find in (positions.by_type, positions.by_peer):
                found: Finding = find(traces)
                self.assertIs(Verdict.EXTEND, found.verdict)
                self.assertEqual(0, found.n)
