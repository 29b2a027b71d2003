"""When silence is silence, and whom all rows together fit."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.probing.test_rows import ABOUT, NODE, QUESTIONS, evidence
from twisted_mule.probing.evidence import Evidence, Outcome, Trial
from twisted_mule.probing.populations import (
    NOBODY,
    NOT_RUST,
    OURS,
    RUST,
    Decided,
    Population,
    Populations,
    Undecided,
    verdict_words,
)
from twisted_mule.probing.questions import PAIRS, pair
from twisted_mule.probing.register import REGISTER, Finding, resemblance


class OutcomeTests(SynchronousTestCase):
    """Silence, and what only looks like it."""

    def test_loss(self) -> None:
        """The more gets lost, the more often silence has to be heard to be one."""
        made = evidence("note")
        self.assertIs(Outcome.SILENT, made.outcome("note"))
        for number in range(PAIRS):
            for name in pair(number):
                made.trials[name].answers = []
        self.assertIs(Outcome.UNKNOWN, made.outcome("note"))
        self.assertGreater(made.tries(made.trials["note"].question), 3)
        self.assertEqual(1, made.tries(made.trials[pair(0)[0]].question))

    def test_a_dead_node_is_not_silent(self) -> None:
        """Where nothing was ever answered there is no silence, only absence."""
        made = Evidence(NODE, ABOUT)
        for one in QUESTIONS:
            made.trials[one.name] = Trial(one, [0.0, 1.0, 2.0, 3.0])
        outcomes = {made.outcome(one.name) for one in QUESTIONS}
        self.assertEqual({Outcome.UNKNOWN}, outcomes)


class ResemblanceTests(SynchronousTestCase):
    """All rows together."""

    def found(self, *fits: Populations) -> tuple[Finding, ...]:
        """Rows that are decided so."""
        return tuple(
            Finding(row, Decided(one, "seen")) for row, one in zip(REGISTER, fits, strict=False)
        )

    def test_uncontradicted(self) -> None:
        """Those that no row contradicts, be it one or two."""
        self.assertEqual(NOT_RUST, resemblance(self.found(NOT_RUST, NOT_RUST)).populations)
        self.assertEqual(OURS, resemblance(self.found(NOT_RUST, OURS)).populations)

    def test_best(self) -> None:
        """One stray row does not turn many others; the rest is named as being against."""
        found = resemblance(self.found(RUST, RUST, RUST, RUST, NOT_RUST))
        self.assertEqual(RUST, found.populations)
        self.assertFalse(found.pure)
        self.assertEqual(("F5",), found.against[Population.RUST])

    def test_nobody(self) -> None:
        """Where rows contradict each other evenly, or all of the three, it is nobody."""
        self.assertEqual(NOBODY, resemblance(self.found(RUST, NOT_RUST)).populations)
        self.assertEqual(NOBODY, resemblance(self.found(NOBODY, NOBODY)).populations)
        self.assertEqual(NOBODY, resemblance(()).populations)

    def test_words(self) -> None:
        """How a verdict is said."""
        self.assertEqual("ours or imule", verdict_words(Decided(NOT_RUST, "x")))
        self.assertEqual("none of the three", verdict_words(Decided(NOBODY, "x")))
        self.assertEqual("cannot tell", verdict_words(Undecided("x")))
