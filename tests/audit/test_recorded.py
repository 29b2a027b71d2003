"""
The begin of a trace that ``--record`` wrote of a node on the practice network of 24 peers.

It knows one peer at first and has nobody to ask for a minute.  Its timers are real: a little late.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.single import audited
from twisted_mule.audit.views import NONE, Trace, load
from twisted_mule.cli import main

PATH = Path(__file__).parent / "recorded.jsonl"


@cache
def recorded() -> Trace:
    """The trace."""
    return load(PATH)


def first(rows: int) -> dict[str, Finding]:
    """What an audit finds in so many of its rows."""
    trace = recorded()
    end = float(trace.t[rows]) if rows < len(trace.t) else float("inf")
    return {one.channel: one for one in audited([trace.between(0.0, end)])}


class RecordedTests(SynchronousTestCase):
    """A real node, and little of it."""

    def test_is_one_of_a_real_node(self) -> None:
        """Minutes of it, with requests and answers, each in its tick."""
        trace = recorded()
        self.assertTrue(trace.live)
        self.assertGreater(trace.seconds, 200.0)
        for chosen in (trace.request, trace.answer):
            self.assertGreater(int(chosen.sum()), 80)
        self.assertNotIn(NONE, trace.tick[trace.out].tolist())

    def test_is_not_accused(self) -> None:
        """However little there is of it, nothing fails."""
        for rows in (1, 2, 3, 10, 40, 100, 150, 300, 500):
            failed = {name: one for name, one in first(rows).items() if one.verdict is Verdict.FAIL}
            self.assertEqual({}, failed, rows)

    def test_knew_nobody_at_first(self) -> None:
        """Its first requests are a minute apart: no empty places, for there was nobody to ask."""
        trace = recorded()
        moments = trace.t[trace.request]
        self.assertGreater(float(moments[1] - moments[0]), 50.0)
        places = first(150)["empty request places"]
        self.assertIs(Verdict.EXTEND, places.verdict)
        self.assertEqual(0.0, places.effect)

    def test_bounds_were_looked_at(self) -> None:
        """What has no chance in it passes, of all that there is."""
        found = first(len(recorded().t))
        for name in (
            "answers before the least delay",
            "answers after the most delay",
            "answers without a cause",
            "intervals of ticks outside their bounds",
            "longest batch",
            "datagrams outside of ticks",
            "requests during the hold after a start",
            "empty request places",
        ):
            self.assertIs(Verdict.PASS, found[name].verdict, found[name])
            self.assertGreater(found[name].n, 0, name)

    def test_as_it_is_called(self) -> None:
        """More data are needed, and the verb says so."""
        done = CliRunner().invoke(main, ["audit", str(PATH)])
        self.assertEqual(3, done.exit_code, done.output)
        self.assertNotIn("FAIL", done.output)
