"""Tests of :mod:`twisted_mule.web.router`: what is so, why, and what to do."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.web.samples import NOW, connecting, everything, online
from twisted_mule.status import Disconnect, RouterState
from twisted_mule.web import router as router_page


class RouterTests(SynchronousTestCase):
    """The page of the router tells what is so, why, and what to do."""

    def test_every_state(self) -> None:
        """Every state of the session has a headline and an explanation of its own."""
        told = {}
        for state in RouterState:
            told[state] = router_page.advice(connecting(state, 2, "any"))
            self.assertTrue(told[state].headline)
            self.assertTrue(told[state].explanation.endswith("."))
        self.assertEqual(len(RouterState), len({each.headline for each in told.values()}))

    def test_problem(self) -> None:
        """A known problem has the headline and the advice; the explanation stays."""
        advice = router_page.advice(everything()["duplicate"])
        self.assertEqual("This identity is already in use", advice.headline)
        self.assertTrue(advice.action.startswith("Stop the other copy"))
        self.assertTrue(advice.action.endswith("."))
        self.assertIn("tries again by itself", advice.explanation)

    def test_not_found_or_lost(self) -> None:
        """A router that was never there is not found; one that was there is lost."""
        status = everything()["vanished"]
        self.assertIn("lost 3 min ago; reconnecting", router_page.advice(status).headline)
        router = evolve(status.router, disconnects=())
        self.assertIn(
            "I2P router not found at 127.0.0.1:7656",
            router_page.advice(evolve(status, router=router)).headline,
        )

    def test_online(self) -> None:
        """Online is told apart: holding, asking, answered."""
        samples = everything()
        self.assertIn("asking begins in 41 s", router_page.advice(samples["holding"]).headline)
        self.assertIn("Asking 152 known nodes", router_page.advice(samples["asking"]).headline)
        self.assertIn("no node is known", router_page.advice(samples["alone"]).headline)
        self.assertIn("the network answers", router_page.advice(samples["online"]).headline)
        self.assertEqual("", router_page.advice(samples["online"]).action)

    def test_offline(self) -> None:
        """A node that stops says so; one that starts says that."""
        samples = everything()
        self.assertIn("closed", router_page.advice(samples["closed"]).headline)
        self.assertIn("yet", router_page.advice(samples["offline"]).headline)

    def test_steps(self) -> None:
        """A step shows how long it took, or how long it has been so far."""
        page = router_page.router(everything()["creating"])
        self.assertEqual("0.2 s", page.steps[2].time)
        self.assertEqual("1 min 12 s so far", page.steps[3].time)
        self.assertEqual([False] * 3 + [True] + [False] * 2, [step.busy for step in page.steps])
        self.assertEqual("", page.steps[4].time)

    def test_unknown_since(self) -> None:
        """A session whose beginning is not known shows no made-up span."""
        status = everything()["creating"]
        status = evolve(status, router=evolve(status.router, since_at=0.0))
        page = router_page.router(status)
        self.assertIn(("Since", "unknown"), page.facts)
        self.assertEqual("", page.steps[3].time)
        self.assertNotIn("so far", page.advice.headline)

    def test_next_try(self) -> None:
        """The next try is shown when there is one."""
        self.assertEqual("40 s", router_page.router(everything()["no-router"]).next_try)
        self.assertEqual("", router_page.router(online()).next_try)

    def test_disconnects(self) -> None:
        """The last ten losses are shown, the newest first."""
        lost = tuple(Disconnect(NOW - each, f"reason {each}") for each in range(30))
        status = evolve(online(), router=evolve(online().router, disconnects=lost))
        page = router_page.router(status)
        self.assertEqual(
            [f"reason {each}" for each in range(10)], [x.text for x in page.disconnects]
        )
