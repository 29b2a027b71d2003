"""Tests of :mod:`twisted_mule.web.views` and of the view of each page."""

from __future__ import annotations

import re

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.web.parts import bins, contract, routing
from tests.web.pictures import FixedStatus
from tests.web.samples import NOW, everything, online
from twisted_mule.status import (
    CheckStatus,
    Counter,
    Finding,
    Phase,
    RouterStatus,
    RoutingStatus,
    Unit,
)
from twisted_mule.web import contract as contract_page
from twisted_mule.web import overview as overview_page
from twisted_mule.web import routing as routing_page
from twisted_mule.web import views
from twisted_mule.web.query import Query
from twisted_mule.web.views import Tone


class VerdictTests(SynchronousTestCase):
    """One word says how the node stands."""

    def test_words(self) -> None:
        """Every state has its word and its tone."""
        samples = everything()
        for name, word, tone in (
            ("online", "Online", Tone.GOOD),
            ("asking", "Asking", Tone.WAIT),
            ("holding", "Listening", Tone.WAIT),
            ("alone", "No contacts", Tone.WAIT),
            ("offline", "Offline", Tone.IDLE),
            ("connecting", "Connecting", Tone.WAIT),
            ("greeting", "Connecting", Tone.WAIT),
            ("creating", "Connecting", Tone.WAIT),
            ("testing", "Testing", Tone.WAIT),
            ("no-router", "Waiting for the router", Tone.BAD),
            ("draining", "Stopping", Tone.WAIT),
            ("closed", "Stopped", Tone.IDLE),
        ):
            self.assertEqual(views.Verdict(tone, word), views.verdict(samples[name]), name)

    def test_readiness(self) -> None:
        """Whoever is not ready says why in one line, and who is ready says nothing."""
        self.assertEqual("", views.readiness(online()))
        reason = views.readiness(everything()["not-sam"])
        self.assertIn("Something else answers there", reason)
        hostile = evolve(everything()["asking"], headline="one\ntwo")
        self.assertEqual("one two", views.readiness(hostile))
        self.assertEqual("not ready", views.readiness(evolve(hostile, headline="\x00")))


class FrameTests(SynchronousTestCase):
    """What is around every page."""

    def test_titles(self) -> None:
        """A title carries the state, and each page has its own."""
        status = online()
        titles = [views.frame(status, Query(path, {})).title for path in views.PAGES]
        self.assertEqual(len(titles), len(set(titles)))
        self.assertTrue(all("Online" in title for title in titles))

    def test_told(self) -> None:
        """Good news begins with its word, once; other news speaks for itself."""
        status = evolve(online(), headline="43 of 160 contacts verified")
        self.assertEqual("Online: 43 of 160 contacts verified", views.told(status))
        self.assertEqual("Online: all", views.told(evolve(status, headline="Online: all")))
        self.assertEqual("Building tunnels", views.told(everything()["creating"]))

    def test_practice(self) -> None:
        """The banner counts the neighbours, and is empty on a real router."""
        self.assertEqual("", views.practice(online()))
        self.assertIn("1 neighbour lives", views.practice(evolve(online(), practice=1)))
        self.assertIn("24 neighbours live", views.practice(evolve(online(), practice=24)))
        self.assertTrue(views.practice(evolve(online(), practice=0)))

    def test_refresh(self) -> None:
        """Only a known choice of refresh is taken, and links keep it."""
        self.assertEqual(10, Query("/", {b"refresh": [b"10"]}).refresh)
        self.assertEqual(60, Query("/", {b"refresh": [b"60"]}).refresh)
        for wrong in ([], [b""], [b"1"], [b"-1"], [b"10;url=//x"], [b"10", b"60"], [b"1e1"]):
            self.assertEqual(0, Query("/", {b"refresh": wrong}).refresh, wrong)
        frame = views.frame(online(), Query("/router", {b"refresh": [b"10"]}))
        self.assertEqual("/contract?refresh=10", frame.to["/contract"])
        self.assertEqual([False, True, False], [each.current for each in frame.refreshes])
        self.assertEqual("/", views.frame(online(), Query("/", {})).pages[0].href)


class OverviewTests(SynchronousTestCase):
    """The first page."""

    def test_phases(self) -> None:
        """Every phase of life has a sentence, with the time left where it is known."""
        status = online()
        told = {phase: overview_page.phase(evolve(status, phase=phase)) for phase in Phase}
        self.assertEqual(len(Phase), len(set(told.values())))
        self.assertIn("3 h 12 min", told[Phase.RUNNING])
        holding = evolve(status, phase=Phase.HOLDING, starts_asking_in=41.0)
        self.assertIn("in 41 s", overview_page.phase(holding))
        self.assertIn("in 1 min 3 s", overview_page.phase(everything()["draining"]))

    def test_counters(self) -> None:
        """Counters are summed by the first word of their names, and all of them are listed."""
        status = online()
        self.assertEqual(Counter(1, 108), overview_page.total(status, "dropped"))
        self.assertEqual(Counter(0, 0), overview_page.total(status, "drop"))
        view = overview_page.overview(status)
        self.assertEqual(len(status.counters), len(view.counters))
        self.assertEqual(
            ["Contacts", "Heard", "Network", "Received", "Sent", "Dropped"],
            [tile.label for tile in view.tiles],
        )
        self.assertIn("6,411", [tile.value for tile in view.tiles])

    def test_events(self) -> None:
        """The newest events come first, and only so many."""
        status = evolve(online(), events=tuple((NOW - each, f"event {each}") for each in range(20)))
        events = overview_page.overview(status).events
        self.assertEqual(overview_page.EVENTS_SHOWN, len(events))
        self.assertEqual(("event 0", "just now"), (events[0].text, events[0].ago))

    def test_session(self) -> None:
        """The session is told only when there is one to tell of."""
        self.assertIn("online for 3 h 1 min", overview_page.session(online()))
        self.assertEqual("", overview_page.session(evolve(online(), router=RouterStatus())))


class ContractTests(SynchronousTestCase):
    """The verdict on the contract is that of its worst clause."""

    def test_kept(self) -> None:
        """All clauses kept is the only good verdict."""
        view = contract_page.contract(online())
        self.assertEqual(Tone.GOOD, view.verdict.tone)
        self.assertIn("All 7", view.summary)

    def test_broken(self) -> None:
        """One broken clause is named and outweighs everything."""
        view = contract_page.contract(everything()["broken"])
        self.assertEqual(Tone.BAD, view.verdict.tone)
        self.assertIn("Clause 4 is broken", view.summary)
        two = (evolve(contract()[0], kept=False), evolve(contract()[4], kept=False))
        self.assertIn(
            "Clauses 1, 5 are broken",
            contract_page.contract(evolve(online(), contract=two)).summary,
        )

    def test_measurements(self) -> None:
        """Each measurement has its figure, its limit, its number and its finding in words."""
        checks = (
            CheckStatus("delay_law", "delays", Finding.BROKEN, 0.0612, 0.0484, 4096),
            CheckStatus("lateness_p99", "late", Finding.KEPT, 0.004, 0.1, 2048, Unit.SECONDS),
            CheckStatus(
                "back_off", "wait", Finding.UNKNOWN, 0.0, 10.0, 0, Unit.SECONDS, least=True
            ),
            CheckStatus("datagram_size", "size", Finding.KEPT, 1400.0, 10_240.0, 9, Unit.BYTES),
            CheckStatus("defects", "defects", Finding.KEPT, 0.0, 0.0, 1200, Unit.COUNT),
        )
        clause = evolve(contract()[0], checks=checks)
        view = contract_page.contract(evolve(online(), contract=(clause,)))
        rows = [(r.measured, r.bound, r.n, r.verdict.word) for r in view.checks[1]]
        self.assertEqual(
            [
                ("0.061", "at the most 0.048", "4,096", "Broken"),
                ("4 ms", "at the most 100 ms", "2,048", "Kept"),
                ("0 ms", "at least 10.0 s", "0", "Not enough data yet"),
                ("1,400 bytes", "at the most 10,240 bytes", "9", "Kept"),
                ("0", "at the most 0", "1,200", "Kept"),
            ],
            rows,
        )

    def test_unknown(self) -> None:
        """What is not measured is not called kept."""
        some = evolve(online(), contract=(*contract()[:3], *contract(None)[3:]))
        self.assertEqual(Tone.IDLE, contract_page.contract(some).verdict.tone)
        self.assertIn("3 of 7", contract_page.contract(some).summary)
        self.assertEqual(
            Tone.IDLE, contract_page.contract(evolve(online(), contract=())).verdict.tone
        )


class RoutingTests(SynchronousTestCase):
    """The page of the routing table."""

    def drawn(self, table: RoutingStatus) -> tuple[str, ...]:
        """The tables of the page: of the leaves, if there is one, and of the types."""
        page = routing_page.routing(FixedStatus(evolve(online(), routing=table)), Query("/x", {}))
        parts = [part for part in page.sections if part.key in {"leaves", "types"}]
        return tuple(f"{figure.table}" for part in parts for figure in part.figures)

    def test_order(self) -> None:
        """Leaves far from the node come first, and all types are counted."""
        leaves, kinds = self.drawn(routing())
        heads = re.findall(r'<th scope="row">(\d+)', leaves)
        self.assertEqual(sorted(heads, reverse=True), heads)
        self.assertEqual("1111", heads[0])
        counts = re.findall(r"</th><td>([\d,]+)</td>", kinds)
        self.assertEqual(160, sum(map(int, counts)))

    def test_many_leaves(self) -> None:
        """A table of any size makes a page of bounded size, and says what it leaves off."""
        leaves = bins(3_000)
        many = evolve(routing(), contacts=3_000, bins=leaves, leaves=len(leaves))
        self.assertEqual(routing_page.BINS_SHOWN + 1, self.drawn(many)[0].count("<tr>"))
        page = routing_page.routing(FixedStatus(evolve(online(), routing=many)), Query("/x", {}))
        left_off = f"The {len(leaves) - routing_page.BINS_SHOWN} nearest leaves are left off"
        self.assertIn(left_off, page.sections[1].figures[0].caption)

    def test_empty(self) -> None:
        """An empty table says so, and what to do."""
        page = routing_page.routing(FixedStatus(everything()["empty"]), Query("/x", {}))
        self.assertEqual((), page.sections[1].figures)
        self.assertIn("mule nodes import", page.sections[1].empty)

    def test_root(self) -> None:
        """The leaf that is the whole table has a name."""
        leaf = evolve(bins()[0], prefix="")
        self.assertIn('<th scope="row">all</th>', self.drawn(evolve(routing(), bins=(leaf,)))[0])
