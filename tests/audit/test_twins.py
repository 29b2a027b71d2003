"""Twins: whatever an adversary sees of them must be identical."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit import twins
from twisted_mule.audit.findings import Verdict
from twisted_mule.audit.views import ALL, COAL, PEER, of_rows
from twisted_mule.recording.rows import Row, Way


class TwinTests(SynchronousTestCase):
    """What must be identical."""

    def test_identical(self) -> None:
        """A trace is its own twin, for everybody."""
        for view in (ALL, PEER, COAL):
            found = twins.identical([made.trace(1)], [made.trace(1)], view)
            self.assertIs(Verdict.PASS, found.verdict)
            self.assertGreater(found.n, 0)

    def test_one_datagram(self) -> None:
        """One datagram a microsecond later is named."""
        rows = made.rows(1)
        at = next(n for n, row in enumerate(rows) if n > 900 and row.way is Way.OUT)
        rows[at] = evolve(rows[at], t=rows[at].t + 1e-6)
        other = of_rows("twin", made.HEADER, rows)
        found = twins.identical([made.trace(1)], [other], ALL)
        self.assertIs(Verdict.FAIL, found.verdict)
        self.assertIn(f"{rows[at].t - 1e-6:.6f}", found.note)
        self.assertIs(Verdict.EXTEND, twins.identical([other], [], ALL).verdict)

    def test_bytes(self) -> None:
        """300 bytes more are one fragment still, for ALL; whoever gets them counts them."""

        def longer(row: Row) -> Row:
            return evolve(row, size=row.size + 300) if row.type == "find_node_response" else row

        one, other = [made.trace(1, 600.0)], [made.changed(1, longer, 600.0)]
        verdicts = [twins.identical(one, other, by).verdict for by in (ALL, PEER, COAL)]
        self.assertEqual([Verdict.PASS, Verdict.FAIL, Verdict.FAIL], verdicts)
