"""Hard bounds: a lawful trace is within them, and each one alone is noticed when it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule import contract
from twisted_mule.audit.bounds import findings
from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.views import of_rows
from twisted_mule.recording.rows import PlaceKind, Row, Way


def found(rows: Iterable[Row]) -> dict[str, Finding]:
    """Every bound of these rows."""
    return {one.channel: one for one in findings([of_rows("x", made.HEADER, rows)])}


def out(at: float, kind: str, tick: int | None, place: PlaceKind | None, peer: str = "zz") -> Row:
    """Something that leaves."""
    return Row(at, Way.OUT, peer, 60, kind, tick, place)


class BoundsTests(SynchronousTestCase):
    """One thing wrong at a time."""

    def setUp(self) -> None:
        """Half an hour that is lawful."""
        self.rows = made.rows(1)
        self.last = max(row.tick or 0 for row in self.rows)
        self.end = max(row.t for row in self.rows)

    def broken(self, *more: Row, change: Callable[[Row], Row] = lambda row: row) -> set[str]:
        """Channels that fail with these rows besides, or with rows changed."""
        judged = found([*map(change, self.rows), *more])
        return {name for name, one in judged.items() if one.verdict is Verdict.FAIL}

    def test_lawful(self) -> None:
        """Everything passes, and everything was looked at."""
        judged = found(self.rows).values()
        self.assertEqual({Verdict.PASS}, {one.verdict for one in judged})
        self.assertGreater(min(one.n for one in judged), 0)

    def test_early_and_late(self) -> None:
        """A pong 0.4 s after its ping, or 3.4 s."""
        for delay, channel in ((0.4, "before the least"), (3.4, "after the most")):
            came = Row(self.end + 10.0, Way.IN, "zz", 60, "ping")
            left = out(self.end + 10.0 + delay, "pong", self.last + 9, PlaceKind.ANSWER)
            broken = self.broken(came, left)
            self.assertIn(f"answers {channel} delay", broken)
            self.assertIn("answers without a cause", broken)

    def test_no_cause(self) -> None:
        """An answer to somebody who said nothing."""
        left = out(self.end + 9.0, "pong", self.last + 9, PlaceKind.ANSWER)
        self.assertEqual({"answers without a cause"}, self.broken(left))

    def test_two_requests(self) -> None:
        """A second request in one tick."""
        first = next(row for row in reversed(self.rows) if row.place is PlaceKind.REQUEST)
        second = evolve(first, t=first.t + 0.01, peer="zz")
        self.assertIn("requests in a tick", self.broken(second))

    def test_outside(self) -> None:
        """Something that leaves in no tick, and something right behind another."""
        self.assertEqual(
            {"datagrams outside of ticks"}, self.broken(out(self.end + 9.0, "ping", None, None))
        )
        last = max((row for row in self.rows if row.way is Way.OUT), key=lambda row: row.t)
        close = out(last.t + 0.001, "ping", last.tick, None)
        self.assertIn("datagrams back to back", self.broken(close))

    def test_long_batch(self) -> None:
        """A batch of 0.4 s."""
        last = max((row for row in self.rows if row.way is Way.OUT), key=lambda row: row.t)
        late = out(last.t + 0.4, "find_node_request", last.tick, None)
        self.assertIn("longest batch", self.broken(late))

    def test_no_hold(self) -> None:
        """A request in tick 3 after the start."""
        early = out(made.BEGIN + 3.0, "ping", 3, PlaceKind.REQUEST)
        self.assertIn("requests during the hold after a start", self.broken(early))

    def test_empty_places(self) -> None:
        """One request in ten is missing."""

        def drop(row: Row) -> Row:
            gone = row.place is PlaceKind.REQUEST and (row.tick or 0) % 10 == 0
            return evolve(row, way=Way.IN, tick=None, place=None) if gone else row

        self.assertEqual({"empty request places"}, self.broken(change=drop))

    def test_few_ticks_say_nothing(self) -> None:
        """Six ticks in eighty without a request are no evidence, and none in fifty no proof."""
        for many, gap in ((80, 13), (50, 1000)):
            rows = [
                row
                for row in self.rows
                if row.tick is None
                or (row.tick < 6 + many and (row.tick % gap or row.place is PlaceKind.ANSWER))
            ]
            last = max(row.t for row in rows if row.way is Way.OUT)
            share = found(row for row in rows if row.t <= last)["empty request places"]
            self.assertIs(Verdict.EXTEND, share.verdict, share)
            self.assertEqual(90, share.needed)

    def test_who_knows_nobody_asks_nobody(self) -> None:
        """Ticks before the node has met enough peers are not counted."""
        begin = [
            evolve(row, peer="aa") for row in self.rows if row.t < made.BEGIN + 600.0 and row.tick
        ]
        bare = [row for row in begin if row.tick is not None and row.tick % 50 == 0]
        later = [row for row in self.rows if row.t >= made.BEGIN + 600.0]
        share = found([*bare, *later])["empty request places"]
        self.assertIs(Verdict.PASS, share.verdict, share)
        self.assertEqual(0.0, share.effect)

    def test_no_session(self) -> None:
        """Minutes in which nothing passes at all, for the router is away, are no empty places."""
        middle = made.BEGIN + 900.0
        kept = [row for row in self.rows if not middle < row.t < middle + 300.0]
        share = found(kept)["empty request places"]
        self.assertIs(Verdict.PASS, share.verdict)
        self.assertEqual(0.0, share.effect)

    def test_too_much_for_a_peer(self) -> None:
        """More HELLOs to a peer in a minute than there may be."""
        many = [
            out(self.end + 2.0 * turn, "hello_request", self.last + 2 * turn, PlaceKind.REQUEST)
            for turn in range(1, contract.HELLO_PER_PEER + 2)
        ]
        self.assertIn("most requests to a peer in a minute, of its cap", self.broken(*many))

    def test_too_large(self) -> None:
        """A datagram of 10,241 bytes."""
        large = evolve(out(self.end + 5.0, "ping", self.last + 5, PlaceKind.REQUEST), size=10_241)
        self.assertIn("largest datagram", self.broken(large))

    def test_pace(self) -> None:
        """Two seconds between the requests of two ticks that follow each other."""
        tick, at = self.last + 20, self.end + 30.0
        two = (
            out(at, "find_node_request", tick, PlaceKind.REQUEST, "y1"),
            out(at + 2.0, "find_node_request", tick + 1, PlaceKind.REQUEST, "y2"),
        )
        self.assertIn("intervals of ticks outside their bounds", self.broken(*two))

    def test_answers_to_all(self) -> None:
        """More answers a minute than are let in, to many peers."""
        many: list[Row] = []
        for turn in range(240):
            at = self.end + 10.0 + 0.2 * turn
            peer = f"q{turn:03d}"
            many.append(Row(at, Way.IN, peer, 60, "ping"))
            many.append(out(at + 1.0, "pong", self.last + 40 + turn // 5, PlaceKind.ANSWER, peer))
        self.assertIn("most datagrams of all answered in a minute", self.broken(*many))

    def test_a_trace_without_ticks(self) -> None:
        """What a tap cannot tell is left open, and is no failure."""
        quiet = made.BEGIN + 900.0
        heard = (row for row in self.rows if not quiet < row.t < quiet + 90.0)
        bare = [evolve(row, tick=None, place=None, type=None) for row in heard]
        judged = found(bare)
        self.assertNotIn(Verdict.FAIL, {one.verdict for one in judged.values()})
        self.assertIs(Verdict.EXTEND, judged["requests in a tick"].verdict)
        self.assertIs(Verdict.PASS, judged["largest datagram"].verdict)
