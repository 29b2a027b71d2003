"""Tests for :mod:`twisted_mule.clauses`."""

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.clauses import Measured, clauses, fingerprint, numbers
from twisted_mule.status import CheckStatus, Finding


def found(name: str, finding: Finding) -> CheckStatus:
    """A measurement that comes to ``finding``."""
    return CheckStatus(name, name, finding, 0.1, 0.2, 30)


class ClausesTests(SynchronousTestCase):
    """The page tells what was measured, and nothing before anything was."""

    def test_all_seven_in_order(self) -> None:
        """Each clause has its number, its rule, what keeps it, and figures."""
        all_seven = clauses(Measured(), {})
        self.assertEqual([1, 2, 3, 4, 5, 6, 7], [clause.number for clause in all_seven])
        self.assertTrue(all(c.rule and c.kept_by and c.figures for c in all_seven))

    def test_no_verdict_before_measurement(self) -> None:
        """A node that has just started claims nothing."""
        self.assertEqual([None] * 7, [clause.kept for clause in clauses(Measured(), {})])

    def test_verdict_is_that_of_the_checks(self) -> None:
        """One broken measurement breaks its clause, all kept ones keep it, and no other."""
        kept = found("tick_law", Finding.KEPT)
        unknown = found("delay_law", Finding.UNKNOWN)
        broken = found("tick_drift", Finding.BROKEN)
        for checks, verdict in (
            ((kept,), True),
            ((kept, unknown), None),
            ((kept, unknown, broken), False),
        ):
            all_seven = clauses(Measured(), {1: checks})
            self.assertIs(verdict, all_seven[0].kept)
            self.assertEqual(checks, all_seven[0].checks)
            self.assertEqual([None] * 6, [clause.kept for clause in all_seven[1:]])

    def test_what_hardly_occurs_is_not_waited_for(self) -> None:
        """A clause can be kept without what a healthy node may never see, but not despite it."""
        saved = found("state_saved", Finding.KEPT)
        never = found("back_off", Finding.UNKNOWN)
        early = found("back_off", Finding.BROKEN)
        self.assertIs(True, clauses(Measured(), {6: (saved, never)})[5].kept)
        self.assertIs(False, clauses(Measured(), {6: (saved, early)})[5].kept)

    def test_fingerprint_covers_every_number(self) -> None:
        """Two programs whose contracts differ in one number have different fingerprints."""
        before = fingerprint()
        self.assertIn("TICK_BASE", numbers())
        self.patch(contract, "TICK_BASE", 0.5)
        self.assertNotEqual(before, fingerprint())
