"""Tests for :mod:`twisted_mule.clauses`."""

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.clauses import NUMBERS, Measured, clauses, fingerprint


class ClausesTests(SynchronousTestCase):
    """The page tells what was measured, and nothing before anything was."""

    def verdicts(self, seen: Measured) -> list[bool | None]:
        """The verdicts of all seven, in order."""
        return [clause.kept for clause in clauses(seen)]

    def test_all_seven_in_order(self) -> None:
        """Each clause has its number, its rule, what keeps it, and figures."""
        all_seven = clauses(Measured())
        self.assertEqual([1, 2, 3, 4, 5, 6, 7], [clause.number for clause in all_seven])
        self.assertTrue(all(c.rule and c.kept_by and c.figures for c in all_seven))

    def test_no_verdict_before_measurement(self) -> None:
        """A node that has just started claims nothing of what has to be measured."""
        timing, ordering, participation, failures, _, persistence, _ = self.verdicts(Measured())
        self.assertEqual([None] * 5, [timing, ordering, participation, failures, persistence])

    def test_late_departures_break_clause_one(self) -> None:
        """A departure half a second late is a broken promise, and shown as one."""
        good = Measured(sent=100, worst=0.004)
        bad = Measured(sent=100, worst=contract.TICK_LATE)
        self.assertIs(True, self.verdicts(good)[0])
        self.assertIs(False, self.verdicts(bad)[0])

    def test_defects_break_clause_four(self) -> None:
        """A defect of our own is shown."""
        self.assertIs(False, self.verdicts(Measured(received=100, defects=1))[3])
        self.assertIs(True, self.verdicts(Measured(received=100))[3])

    def test_fingerprint_covers_every_number(self) -> None:
        """Two programs whose contracts differ in one number have different fingerprints."""
        before = fingerprint()
        self.assertIn("TICK_BASE", NUMBERS)
        self.patch(contract, "TICK_BASE", 0.5)
        NUMBERS["TICK_BASE"] = 0.5
        self.addCleanup(NUMBERS.__setitem__, "TICK_BASE", 0.4)
        self.assertNotEqual(before, fingerprint())
