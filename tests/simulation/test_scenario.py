"""Tests for :mod:`twisted_mule.simulation.scenario`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.simulation.laws import KAD_SESSION, ExponentialDelay, UniformDelay, Weibull
from twisted_mule.simulation.scenario import ScenarioError, altered, load, parse, shipped

SHIPPED = ("churn", "encircled", "lively", "quiet", "slow", "steady", "sybils")
WRONG = {
    "nodes = 1": "nodes",
    "minutes = 0": "minutes",
    "nodes = 'many'": "nodes",
    "speed = 3": "has no setting 'speed'",
    "[users]\nsearching = 1.5": "share",
    "[users]\nsingers = 1": "has no setting 'singers'",
    "[network]\nlaw = 'moody'": "law is one of",
    "[network]\nlaw = 'uniform'\nmedian = 1.0": "has no setting 'median'",
    "[network]\nsearch = [1.0]": "wrong.toml",
    "[churn.session]\nscale = 1.0": "wrong.toml",
    "[churn.session]\nscale = -1.0\nshape = 1.0": "scale",
    "nodes = ": "not TOML",
}


class ScenarioTests(SynchronousTestCase):
    """Scenarios are read strictly."""

    def test_shipped(self) -> None:
        """What comes with the program can be read, and has a title."""
        self.assertEqual(SHIPPED, shipped())
        for name in shipped():
            self.assertTrue(load(name).title)

    def test_parts(self) -> None:
        """Every part can be set."""
        text = """
            nodes = 7
            [start]
            dead = 0.5
            [network]
            law = "exponential"
            floor = 1.0
            loss = 0.2
            search = [0, 2]
            [churn.absence]
            scale = 60.0
            shape = 0.5
            [hosts]
            slow = 1.0
            cost = 0.1
            [hostile]
            lying = 0.1
            sybils = 3
            [users]
            sharing = 1.0
        """
        found = parse(text, "here")
        self.assertEqual((7, 0.5), (found.nodes, found.start.dead))
        self.assertEqual(ExponentialDelay(1.0), found.climate.delay)
        self.assertEqual((0.2, (0.0, 2.0)), (found.climate.loss, found.climate.search))
        assert found.churn is not None
        self.assertEqual(
            (KAD_SESSION, Weibull(60.0, 0.5)), (found.churn.session, found.churn.absence)
        )
        self.assertEqual((1.0, 0.1), (found.hosts.slow, found.hosts.model.cost))
        self.assertEqual((0.1, 3), (found.hostile.lying, found.hostile.sybils))
        self.assertEqual(UniformDelay(), parse("[network]\nlaw = 'uniform'", "").climate.delay)

    def test_wrong(self) -> None:
        """What makes no sense is refused in a sentence that names it."""
        for text, words in WRONG.items():
            reason = self.assertRaises(ScenarioError, parse, text, "wrong.toml")
            self.assertIn(words, str(reason))
        self.assertRaises(ScenarioError, load, "nothing")
        self.assertRaises(ScenarioError, altered, load("quiet"), nodes=0)

    def test_altered(self) -> None:
        """The command line changes what it names, and nothing else."""
        quiet = load("quiet")
        self.assertEqual(quiet, altered(quiet, nodes=None, seed=None))
        self.assertEqual(9, altered(quiet, nodes=9).nodes)
