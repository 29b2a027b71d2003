"""Clause 1 in a trace: laws, pace, lines, drift."""

from __future__ import annotations

import numpy as np
from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule import contract
from twisted_mule.audit import drift, reference, timing
from twisted_mule.audit.findings import Finding, Verdict, settled
from twisted_mule.audit.spectrum import lines, strongest
from twisted_mule.audit.views import of_rows
from twisted_mule.recording.rows import Row, Way
from twisted_mule.selfcheck.laws import interval_cdf


def by_channel(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    """Findings by what was looked at."""
    return {one.channel: one for one in findings}


class ReferenceTests(SynchronousTestCase):
    """The laws as they show."""

    def test_bounds(self) -> None:
        """No delay, interval or spacing of a law is outside the contract's bounds."""
        self.assertGreater(reference.delays()[0], contract.DELAY_LEAST)
        self.assertLess(reference.delays()[-1], contract.DELAY_MOST)
        self.assertLess(abs(reference.spacings()).max(), contract.BATCH_SPAN)
        self.assertGreaterEqual(abs(reference.spacings()).min(), contract.BATCH_GAP - 1e-9)

    def test_means(self) -> None:
        """Intervals are one second long, delays half of the window and of the batch beyond it."""
        self.assertAlmostEqual(1.0, float(reference.intervals().mean()), places=2)
        middle = contract.DELAY_BASE + contract.DELAY_JITTER / 2 + contract.BATCH_SPAN / 2
        self.assertLess(abs(float(reference.delays().mean()) - middle), 0.01)
        self.assertAlmostEqual(0.0, float(reference.spacings().mean()), places=3)

    def test_order_of_close_arrivals(self) -> None:
        """Of two that come 30 ms apart the law keeps the order a little, below any limit."""
        self.assertTrue(0.0 < 0.03 * reference.order_of_close() < 0.03)

    def test_intervals_are_those_of_the_ticks(self) -> None:
        """The moments of the requests blur the law of the ticks, by little."""
        grid = np.linspace(0.4, 1.6, 2000)
        law = np.array([interval_cdf(float(x)) for x in grid])
        seen = np.searchsorted(reference.intervals(), grid) / len(reference.intervals())
        self.assertLess(float(abs(law - seen).max()), 0.02)


class LawfulTests(SynchronousTestCase):
    """Traces of a lawful schedule."""

    def test_laws_are_kept(self) -> None:
        """Four hours of it fail nothing, and are enough for most."""
        traces = [made.trace(seed, 3600.0, 2.0) for seed in range(4)]
        found = by_channel(timing.findings(traces))
        self.assertNotIn(Verdict.FAIL, {one.verdict for one in found.values()})
        for channel in (
            "delay of answers",
            "intervals of ticks",
            "period in the times of leaving",
            "drift of the pace, against its mean",
            "change of the pace",
        ):
            self.assertIs(Verdict.PASS, found[channel].verdict, channel)

    def test_nothing(self) -> None:
        """A trace without types and ticks leaves all of it open."""
        rows = [Row(float(at), Way.OUT, "a", 60) for at in range(3)]
        found = timing.findings([of_rows("tap", made.HEADER, rows)])
        self.assertEqual({Verdict.EXTEND}, {one.verdict for one in found})


class UnlawfulTests(SynchronousTestCase):
    """Traces that are off."""

    def test_short_delays(self) -> None:
        """Answers of one type a little early: their law and their type are found."""

        def early(row: Row) -> Row:
            return evolve(row, t=row.t - 0.4) if row.type == "pong" else row

        found = by_channel(timing.findings([made.changed(1, early, 3600.0, 2.0)]))
        self.assertIs(Verdict.FAIL, found["delay of answers"].verdict)
        types = found["delay of one type and another"]
        self.assertIs(Verdict.FAIL, types.verdict)
        self.assertIn("pong", types.note)

    def test_the_farthest_types_are_shown(self) -> None:
        """The effect is the largest distance, though of a few answers; the chance is the least."""
        late = {"find_node": (3000, 0.12), "search": (3000, 0.0), "hello": (200, 0.25)}
        rng, rows = np.random.default_rng(1), list[Row]()
        for number, (kind, (count, off)) in enumerate(late.items()):
            for at in 10.0 * np.arange(count) + 1e5 * number:
                left = float(at) + 0.5 + off + 2.0 * rng.beta(2.0, 2.0)
                rows.append(Row(float(at), Way.IN, "a", 60, f"{kind}_request"))
                rows.append(Row(left, Way.OUT, "a", 60, f"{kind.split('_')[0]}_response"))
        found = timing.of_types([of_rows("types", made.HEADER, rows)])
        self.assertGreater(found.effect, 0.16)
        self.assertEqual(200, found.n)
        self.assertIn("hello_response and search_response; least chance: find_response", found.note)
        self.assertIs(Verdict.FAIL, found.verdict)

    def test_slow_pace(self) -> None:
        """A clock that is 6 % slow is no law of ours."""

        def slow(row: Row) -> Row:
            return evolve(row, t=row.t * 1.06)

        found = by_channel(timing.findings([made.changed(1, slow, 3600.0)]))
        self.assertIs(Verdict.FAIL, found["intervals of ticks"].verdict)
        self.assertIs(Verdict.FAIL, found["drift of the pace, against its mean"].verdict)

    def test_memory(self) -> None:
        """Intervals that make up for the last one are found by their correlation."""
        rng = np.random.default_rng(5)
        late = rng.uniform(-0.2, 0.2, 4001)
        run = 1.0 + np.diff(late) + rng.uniform(-0.1, 0.1, 4000)
        found = timing.memory([run])
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertEqual("at lag 1", found.note)


class LineTests(SynchronousTestCase):
    """Periods."""

    def test_comb(self) -> None:
        """What leaves on a grid of 50 ms has a line there, or at a part of it."""

        def polled(row: Row) -> Row:
            return evolve(row, t=np.ceil(row.t / 0.05) * 0.05) if row.way is Way.OUT else row

        found = lines([made.changed(1, polled)])
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertGreater(found.effect, 5.0)

    def test_grid_with_jitter(self) -> None:
        """A second's grid with 0.3 s of jitter has a line at one second."""
        rng = np.random.default_rng(2)
        moments = np.arange(1800) + rng.uniform(-0.3, 0.3, 1800)
        ratio, period, _ = strongest(np.sort(moments))
        self.assertGreater(ratio, 100.0)
        self.assertAlmostEqual(1.0, period, places=3)

    def test_renewal(self) -> None:
        """Of twenty lawful paces none has a line."""
        rng = np.random.default_rng(3)
        runs = [np.cumsum(0.4 + 1.2 * rng.beta(2.0, 2.0, 1500)) for _ in range(20)]
        self.assertLess(max(strongest(run)[0] for run in runs), 40.0)

    def test_few(self) -> None:
        """A few moments have no spectrum."""
        self.assertEqual((0.0, 0.0, 0), strongest(np.arange(10.0)))

    def test_short(self) -> None:
        """Nor do many at one moment, or within a fraction of a second."""
        for moments in (np.full(300, 5.0), np.linspace(5.0, 5.0006, 300), 4e-4 * np.arange(400)):
            self.assertEqual((0.0, 0.0, 0), strongest(np.array(moments, dtype=np.float64)))


class DriftTests(SynchronousTestCase):
    """The pace against its mean and against its past."""

    def test_shift_within(self) -> None:
        """200 ms more from the middle on: the window drops its past, soon after."""
        rng = np.random.default_rng(4)
        run = 0.4 + 1.2 * rng.beta(2.0, 2.0, 3000)
        run[1500:] += 0.2
        found = drift.within([run])
        self.assertIs(Verdict.FAIL, found.verdict)
        window = drift.AdaptiveWindow()
        for one in run:
            window.add(float(one))
        self.assertTrue(1500 < window.changes[0] < 1800, window.changes)

    def test_lawful(self) -> None:
        """A hundred thousand lawful intervals move nothing."""
        rng = np.random.default_rng(6)
        run = 0.4 + 1.2 * rng.beta(2.0, 2.0, 100_000)
        window = drift.AdaptiveWindow()
        for one in run:
            window.add(float(one))
        self.assertEqual([], window.changes)
        self.assertIs(Verdict.PASS, drift.against_mean([run]).verdict)

    def test_a_shift_shows_however_many_ticks(self) -> None:
        """A pace that is 10 % slow is found in 700,000 ticks, among all checks of an audit."""
        run = 1.1 + 0.2 * np.random.default_rng(0).standard_normal(700_000)
        slow = drift.against_mean([run])
        others = [drift.within([np.ones(2000)])] * 31
        self.assertIs(Verdict.FAIL, settled([slow, *others])[0].verdict, slow)
        self.assertGreater(slow.effect, 60_000.0)

    def test_few_ticks_leave_it_open(self) -> None:
        """Fifty ticks could show nothing, in one trace or in forty; as many as are said can."""
        rng = np.random.default_rng(8)
        for find in (drift.against_mean, drift.within):
            few = find([1.0 + 0.2 * rng.standard_normal(50) for _ in range(40)])
            self.assertIs(Verdict.EXTEND, few.verdict)
            self.assertTrue(500 < few.needed < 2000, few)
            off = np.where(np.arange(few.needed) < few.needed / 2, 1.0, 1.0 + drift.SHIFT)
            enough = find([1.0 + 0.2 * rng.standard_normal(few.needed)])
            self.assertIs(Verdict.PASS, enough.verdict)
            shifted = off + (find is drift.against_mean) * (1.0 + drift.SHIFT - off)
            self.assertGreater(find([shifted]).effect, 0.9 * enough.limit)

    def test_shift_against_the_mean(self) -> None:
        """50 ms too long from the begin is found within 2,500 ticks; 5 ms never is."""
        rng = np.random.default_rng(7)
        run = 0.45 + 1.2 * rng.beta(2.0, 2.0, 2500)
        self.assertIs(Verdict.FAIL, drift.against_mean([run]).verdict)
        self.assertIs(Verdict.PASS, drift.against_mean([run - 0.045]).verdict)
