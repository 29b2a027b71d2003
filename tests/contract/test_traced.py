"""Tests for :mod:`tests.contract.traced`: what it finds in a trace of a node, and what it would."""

from __future__ import annotations

from functools import cache
from io import StringIO

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.contract import traced
from tests.network.village import Village
from twisted_mule.recording.recorder import Recorder
from twisted_mule.recording.rows import Header, PlaceKind, Pseudonyms, Row, Way, read

MINUTES = 40


@cache
def recorded() -> tuple[Row, ...]:
    """The trace of one of a dozen nodes that look after each other."""
    file = StringIO()
    recorder = Recorder(file, Pseudonyms(b"key"))
    recorder.begin(Header("node", "a program"))
    village = Village(12)
    village.nodes[0].watch = recorder
    village.run(MINUTES * 60.0)
    file.seek(0)
    return tuple(sorted(read(file)[1], key=lambda row: row.t))


def answers(rows: tuple[Row, ...]) -> list[Row]:
    """What left in a place for answers."""
    return traced.sent(rows, PlaceKind.ANSWER)


class TracedTests(SynchronousTestCase):
    """A trace of the production node passes; each fault that is put into it is found."""

    def test_no_bypass(self) -> None:
        """What left without a place, or apart from its tick, is found."""
        rows = recorded()
        self.assertEqual([], traced.bypasses(rows))
        odd = evolve(rows[-1], way=Way.OUT, tick=None, place=None)
        self.assertIn("no place", traced.bypasses((*rows, odd))[0])
        first = traced.sent(rows)[0]
        self.assertIn("lasts", traced.bypasses((*rows, evolve(first, t=first.t + 9.0)))[0])

    def test_a_witness(self) -> None:
        """What a witness saw and the record lacks is found, and nothing else."""
        rows = recorded()
        moved = [evolve(row, t=row.t + 0.01, peer=row.peer[::-1]) for row in rows]
        self.assertEqual([], traced.unknown_to(rows, moved))
        out = traced.sent(moved)
        self.assertEqual([out[5]], traced.unknown_to([*rows[:0], *_without(rows, out[5])], moved))

    def test_one_law(self) -> None:
        """Delays of one law pass; a sort that is faster does not, nor an answer that is early."""
        pairs = traced.pairs(recorded())
        self.assertGreater(len(pairs), 1000)
        self.assertEqual([], traced.uneven(pairs, 100))
        kind = pairs[0].kind
        faster = [evolve(p, left=p.left - 0.4) if p.kind == kind else p for p in pairs]
        self.assertIn("apart", traced.uneven(faster, 50)[-1])
        early = evolve(pairs[0], left=pairs[0].arrived + 0.1)
        self.assertIn("after 0.100 s", traced.uneven([early], 50)[0])

    def test_order(self) -> None:
        """Nothing orders a batch; one that leaves as it came does."""
        pairs = traced.pairs(recorded())
        tau, count = traced.order(pairs)
        self.assertGreater(count, 200)
        self.assertLess(abs(tau), 0.2)
        sorted_ones = [evolve(pair, left=pair.tick + pair.arrived / 1e6) for pair in pairs]
        self.assertEqual(1.0, traced.order(sorted_ones)[0])

    def test_caps(self) -> None:
        """Within the caps nothing is said; a peer that gets too much, or is asked too often, is."""
        rows = recorded()
        self.assertEqual([], traced.excesses(rows))
        self.assertEqual([], traced.unanswered(rows, MINUTES * 60.0))
        request = next(row for row in rows if row.way is Way.IN and row.type in traced.ANSWERED_BY)
        many = [evolve(request, t=request.t + number / 100) for number in range(30)]
        self.assertTrue(any(request.peer in one for one in traced.excesses([*rows, *many])))
        asked = traced.sent(rows, PlaceKind.REQUEST)[0]
        again = [evolve(asked, t=asked.t + number, tick=9000 + number) for number in range(50)]
        self.assertTrue(any("asked" in one for one in traced.excesses(again)))
        crowded = [*rows, *(answers(rows)[0] for _ in range(20))]
        self.assertTrue(any("has" in one for one in traced.excesses(crowded)))

    def test_unanswered(self) -> None:
        """A request whose answer is missing is found."""
        rows = recorded()
        pair = traced.pairs(rows)[0]
        left = [row for row in rows if row.t != pair.left]
        self.assertIn(pair.arrived, [row.t for row in traced.unanswered(left, pair.left + 5.0)])


def _without(rows: tuple[Row, ...], seen: Row) -> list[Row]:
    """The rows less the one that the witness saw as ``seen``."""
    return [row for row in rows if abs(row.t + 0.01 - seen.t) > 1e-9]
