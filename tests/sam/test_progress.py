"""Tests for :mod:`twisted_mule.sam.progress`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sam.progress import Progress, Rung
from twisted_mule.status import StepState


class ProgressTests(SynchronousTestCase):
    """What the user sees of the way to the network."""

    def setUp(self) -> None:
        """An attempt that began at second 100."""
        self.progress = Progress()
        self.progress.begin(100.0)

    def states(self) -> str:
        """The states of all steps, by their first letters."""
        return "".join(step.state.value[0] for step in self.progress.steps())

    def test_before(self) -> None:
        """Before the first attempt all is to do."""
        self.assertEqual({StepState.TODO}, {step.state for step in Progress().steps()})

    def test_in_order(self) -> None:
        """Each step takes the time since the one before it."""
        self.progress.reach(Rung.TCP, 101.0)
        self.progress.reach(Rung.HELLO, 103.5)
        self.assertEqual("ddnttt", self.states())
        self.assertEqual([1.0, 2.5], [step.took for step in self.progress.steps()[:2]])

    def test_out_of_order(self) -> None:
        """A step counts once, and not before those that it needs."""
        self.progress.reach(Rung.SESSION, 101.0)
        self.progress.reach(Rung.TCP, 102.0)
        self.progress.reach(Rung.TCP, 103.0)
        self.assertEqual("dntttt", self.states())
        self.assertEqual(2.0, self.progress.steps()[0].took)

    def test_failure(self) -> None:
        """The step that was under way is the one that failed, and nothing is reached after it."""
        self.progress.reach(Rung.TCP, 101.0)
        self.progress.fail()
        self.progress.reach(Rung.HELLO, 102.0)
        self.assertEqual("dftttt", self.states())

    def test_loss(self) -> None:
        """A session that is lost begins again at its first step."""
        for rung in Rung:
            self.progress.reach(rung, 101.0)
        self.assertEqual("dddddd", self.states())
        self.progress.lose()
        self.assertEqual("fttttt", self.states())
        self.progress.begin(200.0)
        self.assertEqual("nttttt", self.states())

    def test_words(self) -> None:
        """Every step has a name, and words for what is usual."""
        self.assertTrue(all(step.name and step.typical for step in self.progress.steps()))
