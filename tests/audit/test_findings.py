"""Verdicts: three ways for one check, and all checks of an audit together."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.audit.findings import (
    FAMILY,
    Finding,
    Verdict,
    judged,
    normal_bound,
    overall,
    settled,
    two_sided,
)


def finding(chance: float, upper: float = 0.1) -> Finding:
    """Something with a limit of 0.05."""
    return Finding("delay", "PEER", "KS", 0.04, (0.0, upper), 0.05, 99, Verdict.EXTEND, chance)


class VerdictTests(SynchronousTestCase):
    """PASS, FAIL and EXTEND."""

    def test_three_ways(self) -> None:
        """Small for sure, there for sure, or neither."""
        self.assertIs(Verdict.PASS, judged(0.05, 0.05, 0.5))
        self.assertIs(Verdict.PASS, judged(0.04, 0.05, 1e-9))
        self.assertIs(Verdict.FAIL, judged(0.06, 0.05, 1e-9))
        self.assertIs(Verdict.EXTEND, judged(0.06, 0.05, 1e-3))

    def test_the_more_checks_the_more_it_takes(self) -> None:
        """What fails alone does not among a hundred; Holm goes on below what has failed."""
        worse = finding(FAMILY / 2)
        self.assertEqual([Verdict.FAIL], [one.verdict for one in settled([worse])])
        many = settled([worse, *(finding(0.5) for _ in range(99))])
        self.assertEqual({Verdict.EXTEND}, {one.verdict for one in many})
        second = settled([finding(FAMILY * 0.9), finding(FAMILY / 3)])
        self.assertEqual([Verdict.FAIL] * 2, [one.verdict for one in second])
        stopped = settled([finding(FAMILY * 0.9), finding(FAMILY * 0.8)])
        self.assertEqual([Verdict.EXTEND] * 2, [one.verdict for one in stopped])

    def test_what_is_small_passes_however_certain(self) -> None:
        """An effect within its limit passes."""
        self.assertIs(Verdict.PASS, settled([finding(1e-12, upper=0.05)])[0].verdict)

    def test_the_whole(self) -> None:
        """One failure fails all; one that is open leaves it open; nothing proves nothing."""
        passed, failed = settled([finding(1.0, 0.01), finding(0.0)])
        open_ = finding(1.0)
        self.assertIs(Verdict.FAIL, overall([passed, failed, open_]))
        self.assertIs(Verdict.EXTEND, overall([passed, open_]))
        self.assertIs(Verdict.PASS, overall([passed]))
        self.assertIs(Verdict.EXTEND, overall([]))

    def test_normal_law(self) -> None:
        """Bounds and chances are those of the tables."""
        self.assertAlmostEqual(2.326, normal_bound(0.01), places=3)
        self.assertAlmostEqual(0.05, two_sided(1.96), places=3)
        self.assertAlmostEqual(0.05, two_sided(-1.96), places=3)
