"""What a trace does not hold is named where it is wanted, and nowhere else."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit.comparing import compared
from twisted_mule.audit.findings import Finding, Verdict
from twisted_mule.audit.lacking import lacking, missing
from twisted_mule.audit.report import Audit, remarks, shown, summary
from twisted_mule.audit.single import audited
from twisted_mule.audit.views import ALL, COAL, PEER, Trace, of_rows
from twisted_mule.recording.rows import Row


def bare(seed: int, *, types: bool, ticks: bool) -> Trace:
    """A lawful trace that knows no more than is said."""

    def cut(row: Row) -> Row:
        return evolve(
            row,
            type=row.type if types else None,
            tick=row.tick if ticks else None,
            place=row.place if types and ticks else None,
        )

    return of_rows("bare", made.HEADER, map(cut, made.rows(seed, rate=2.0)))


class LackingTests(SynchronousTestCase):
    """The table of channels agrees with the checks."""

    def test_alone(self) -> None:
        """Exactly the checks without an observation name what they want."""
        for types, ticks in ((True, True), (True, False), (False, True), (False, False)):
            trace = bare(1, types=types, ticks=ticks)
            lacks = lacking([trace])
            wanted = {"types"} - {"types" if types else ""} | {"ticks"} - {"ticks" if ticks else ""}
            self.assertEqual(wanted, lacks)
            for one in audited([trace]):
                self.assertEqual(not one.n, bool(missing(one, lacks)), one)

    def test_compared(self) -> None:
        """So do those of two classes, where one lacks types."""
        one = bare(1, types=False, ticks=False)
        other = made.trace(2)
        lacks = lacking([one], [other])
        for found in compared([one], [other], [ALL, PEER, COAL], turns=2).findings:
            self.assertEqual("" if found.n else "types", missing(found, lacks), found)

    def test_said(self) -> None:
        """Instead of a number that would not help."""
        wanted = Finding("intervals of ticks", "ALL", "D", 0.0, (0.0, float("inf")), 0.02, 0,
                         Verdict.EXTEND, needed=14245)  # fmt: skip
        whole, without = made.trace(1), bare(1, types=True, ticks=False)
        self.assertEqual("14,245", shown(wanted, lacking([whole])).needs)
        self.assertEqual("ticks", shown(wanted, lacking([without])).needs)
        self.assertIn("it needs ticks", remarks(Audit((wanted,), (without,)))[0])
        self.assertIn("more data are needed", summary(Audit((wanted,), (whole,))))
        self.assertIn("the traces have no ticks.", summary(Audit((wanted,), (without,))))
