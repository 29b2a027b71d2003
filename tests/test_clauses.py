"""Tests for :mod:`twisted_mule.clauses`."""

from attrs import evolve
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
        """A node that has just started claims nothing."""
        self.assertEqual([None] * 7, self.verdicts(Measured()))

    def test_delays_out_of_bounds_break_clause_one(self) -> None:
        """An answer that came too soon, or half a second too late, is a broken promise."""
        good = Measured(soonest=0.6, longest=3.2)
        self.assertIs(True, self.verdicts(good)[0])
        self.assertIs(False, self.verdicts(evolve(good, soonest=0.4))[0])
        self.assertIs(False, self.verdicts(evolve(good, longest=3.8))[0])

    def test_order_breaks_clause_two(self) -> None:
        """Batches that leave as they were booked are seen, and so is a reversed order."""
        self.assertIs(True, self.verdicts(Measured(in_order=60, swapped=45))[1])
        self.assertIs(False, self.verdicts(Measured(in_order=100))[1])
        self.assertIs(False, self.verdicts(Measured(swapped=100))[1])

    def test_too_much_breaks_clause_five(self) -> None:
        """More than thirteen datagrams in a tick, or two requests in one, would be seen."""
        good = Measured(sent=9, largest=13, ticks=5, requests=5)
        self.assertIs(True, self.verdicts(good)[4])
        self.assertIs(False, self.verdicts(evolve(good, largest=14))[4])
        self.assertIs(False, self.verdicts(evolve(good, requests=6))[4])

    def test_old_state_breaks_clause_six(self) -> None:
        """A state that was last saved half an hour ago is not kept."""
        self.assertIs(True, self.verdicts(Measured(saved=500.0))[5])
        self.assertIs(False, self.verdicts(Measured(saved=1800.0))[5])

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
