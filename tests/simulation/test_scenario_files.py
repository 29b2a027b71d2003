"""Tests for :mod:`twisted_mule.simulation.scenario_files`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.simulation.laws import KAD_SESSION, ExponentialDelay, UniformDelay, Weibull
from twisted_mule.simulation.scenario_files import ScenarioError, altered, load, parse, shipped

SHIPPED = ("churn", "encircled", "lively", "quiet", "slow", "steady", "sybils")
WRONG = {
    "nodes = 1": "wrong.toml: nodes is a whole number from 2 to 1,000,000, not 1.",
    "minutes = 0": "minutes is a number above 0 and at most 1,000,000,000, not 0.",
    "minutes = inf": "minutes is a number",
    "nodes = 'ten'": "nodes is a whole number from 2 to 1,000,000, not 'ten'.",
    "nodes = true": "nodes is a whole number",
    "title = 5": "title is a text, not 5.",
    "start = 5": "[start] is a table of settings, not 5.",
    "climate = 5": "the file has no setting 'climate'.",
    "speed = 3": "the file has no setting 'speed'.",
    "obfuscation = 1": "obfuscation is true or false, not 1.",
    "[start]\nwithin = -1000": "[start] within is a number from 0",
    "[start]\nwithin = nan": "[start] within is a number from 0 to 1,000,000,000, not nan.",
    "[users]\nsearching = 1.5": "[users] searching is a share between 0 and 1, not 1.5.",
    "[users]\nsingers = 1": "[users] has no setting 'singers'.",
    "[network]\nlaw = 'moody'": "[network] law is one of uniform, lognormal, exponential",
    "[network]\nlaw = [1]": "[network] law is one of",
    "[network]\nlaw = 'uniform'\nmedian = 1.0": "[network] has no setting 'median'.",
    "[network]\nlaw = 'uniform'\nlow = 6.0": "[network] low is at most high, not 6.0 with",
    "[network]\nfloor = 30.0": "floor is at most ceiling",
    "[network]\ndelay = 1": "[network] has no setting 'delay'.",
    "[network]\nmedian = 'x'": "[network] median is a number above 0",
    "[network]\nloss = 1.5": "[network] loss is a share between 0 and 1, not 1.5.",
    "[network]\nloss = 'x'": "[network] loss is a share between 0 and 1, not 'x'.",
    "[network]\nfragment = -5": "[network] fragment is a whole number from 1",
    "[network]\nmemory = -5": "[network] memory is a number from 0",
    "[network]\nsearch = [6, 1]": "[network] search is two numbers of seconds, the lower one first",
    "[network]\nsearch = [1.0]": "two numbers of seconds, the lower one first, not [1.0].",
    "[network]\nsearch = 'no'": "not 'no'.",
    "[churn.session]\nscale = 100.0": "[churn.session] lacks the setting 'shape'.",
    "[churn.session]\nscale = -1.0\nshape = 1.0": "[churn.session] scale is a number above 0",
    "[churn.session]\nscale = 1.0\nshape = 0.005": "[churn.session] shape is a number from 0.1",
    "[churn.absence]\nscale = inf\nshape = 1.0": "[churn.absence] scale is a number above 0",
    "[churn.absence]\nscale = 1e9\nshape = 1.0": "people would come and go for 100 nodes",
    "[churn]\nsession = 5": "[churn.session] is a table of settings",
    "[hosts]\ncost = -5": "[hosts] cost is a number from 0",
    "[hosts]\ncost = 'x'": "[hosts] cost is a number from 0",
    "[hosts]\npause = -2": "[hosts] pause is a number from 0",
    "[hosts]\nevery = 1e-9": "[hosts] every is 0 for never, or a number from 0.1",
    "[hosts]\nslow = 2": "[hosts] slow is a share between 0 and 1, not 2.",
    "[hosts]\nmodel = 2": "[hosts] has no setting 'model'.",
    "[hostile]\nsilent = 0.8\nlying = 0.8": "[hostile] silent, lying and poisoning are at most 1",
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
        for values in ({"nodes": 0}, {"minutes": float("inf")}, {"nodes": "ten"}):
            self.assertRaises(ScenarioError, altered, load("quiet"), **values)

    def test_altered(self) -> None:
        """The command line changes what it names, and nothing else."""
        quiet = load("quiet")
        self.assertEqual(quiet, altered(quiet, nodes=None, seed=None))
        self.assertEqual(9, altered(quiet, nodes=9).nodes)
