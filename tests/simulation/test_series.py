"""Tests for :mod:`twisted_mule.simulation.series`."""

from __future__ import annotations

from itertools import pairwise

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.simulation.laws import Weibull
from twisted_mule.simulation.measures import Observer
from twisted_mule.simulation.runs import run
from twisted_mule.simulation.scenario import Churn, Scenario, Start
from twisted_mule.simulation.world import World

FEW = Scenario(nodes=5, minutes=4, start=Start(knows=5, within=5.0), obfuscation=False)


class SeriesTests(SynchronousTestCase):
    """A run says how it went, minute by minute."""

    def test_one_value_a_minute(self) -> None:
        """All series are equally long, and what is counted from the beginning only grows."""
        series = run(FEW)["series"]
        self.assertEqual([1.0, 2.0, 3.0, 4.0], series["minute"])
        self.assertEqual([5] * 4, series["present"])
        for name in ("lookups", "searches", "found"):
            self.assertTrue(all(one <= two for one, two in pairwise([0, *series[name]])), name)
        self.assertEqual({4}, {len(each) for each in series["sent"].values()})

    def test_rates_are_those_of_the_network(self) -> None:
        """All are in the sample here: what they sent adds up to what the network carried."""
        figures = run(FEW)
        rates = [sum(each) for each in figures["series"]["sent"].values()]
        self.assertLess(abs(figures["sent"] - FEW.nodes * sum(rates)), 1.0)

    def test_delays_are_those_of_the_contract(self) -> None:
        """Answers leave within the bounds that the contract sets."""
        delays = run(FEW)["delays"]
        spans = [n * delays["step"] for n, count in enumerate(delays["answers"]) if count]
        self.assertGreater(sum(delays["answers"]), 50)
        self.assertGreaterEqual(spans[0] + delays["step"], contract.DELAY_LEAST)
        self.assertLessEqual(spans[-1], contract.DELAY_MOST)

    def test_who_is_looked_at(self) -> None:
        """Some of all, from all over, and never more than are said to be."""
        for nodes in (5, 49, 51, 99, 149):
            world = World(evolve(FEW, nodes=nodes))
            Observer(world)
            looked_at = sum(person.looked_at for person in world.people)
            self.assertLessEqual(looked_at, 50)
            self.assertGreaterEqual(looked_at, min(nodes, 25))

    def test_nobody_is_to_find_itself(self) -> None:
        """Where everybody knows everybody and nothing is lost, the nearest are found."""
        everybody = evolve(FEW, nodes=8, minutes=6, start=Start(knows=60, within=1.0))
        found = run(everybody)["lookups"]["node"]["closest_found"]
        self.assertGreater(found, 0.9)

    def test_restarts_count_anew(self) -> None:
        """A node that was started again counts from nothing: no rate is negative."""
        churn = Churn(Weibull(60.0, 0.8), Weibull(60.0, 0.8), crash=1.0)
        series = run(evolve(FEW, churn=churn))["series"]
        self.assertGreater(len(set(series["present"])), 1)
        self.assertGreaterEqual(min(min(each) for each in series["sent"].values()), 0.0)

    def test_looking_changes_nothing(self) -> None:
        """A world that is looked at sends the same bytes as one that is not."""
        fingerprints = []
        for looks in (False, True):
            world = World(FEW)
            observer = Observer(world)
            for _ in range(4):
                world.run(60.0)
                if looks:
                    observer.look()
            fingerprints.append(world.network.fingerprint)
        self.assertEqual(fingerprints[0], fingerprints[1])
