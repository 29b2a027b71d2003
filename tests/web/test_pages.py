"""Tests of :mod:`twisted_mule.web.pages` and of the templates."""

from __future__ import annotations

import json
import time

from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent

from tests.web.hostile import HOSTILE, infested, stuffed
from tests.web.parts import bins, routing
from tests.web.pictures import FixedStatus
from tests.web.reader import PAGES, PORT, ReaderTestCase, outline
from tests.web.samples import everything, online, waiting
from twisted_mule.status import NodeStatus, Problem, RouterState
from twisted_mule.web.pages import make_pages

HEAVIEST = 30_000


def elements(text: str) -> set[tuple[str, frozenset[str]]]:
    """The sorts of elements of a page: their names with the names of their attributes."""
    return {(tag, frozenset(attributes)) for tag, attributes in outline(text).tags}


@frozen
class BrokenStatus(FixedStatus):
    """A source with a defect."""

    def status(self) -> NodeStatus:
        """Never anything."""
        raise ZeroDivisionError("a secret of the inside")


class PagesTests(ReaderTestCase):
    """Every page in every state is whole, light, quiet and readable by anyone."""

    def test_every_state(self) -> None:
        """Every page of every state is well-formed and complete."""
        for name, status in everything().items():
            for path in PAGES:
                answer = self.read(status, path)
                self.assertEqual(200, answer.code, (name, path))
                self.assertEqual("text/html; charset=utf-8", answer.header("Content-Type"))
                self.assertLess(len(answer.text.encode()), HEAVIEST)
                self.check(answer.text)

    def check(self, text: str) -> None:
        """One page: no script and no inline style, landmarks, named tables, one of every id."""
        page = outline(text)
        self.assertEqual([], page.named("script", "style", "iframe", "form", "base", "object"))
        for tag, attributes in page.tags:
            for name in attributes:
                self.assertFalse(name == "style" or name.startswith("on"), (tag, name))
        for landmark in ("header", "main", "footer", "h1"):
            self.assertEqual(1, len(page.named(landmark)), landmark)
        self.assertEqual(len(page.named("table")), len(page.named("caption")))
        self.assertTrue(all(each.get("scope") in {"col", "row"} for each in page.named("th")))
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        self.assertEqual(len(ids), len(set(ids)))
        for _, attributes in page.tags:
            self.assertLessEqual(set((attributes.get("aria-labelledby") or "").split()), set(ids))
        links = [each["href"] for each in page.named("a")]
        self.assertEqual("#main", links[0])
        self.assertLessEqual(set(PAGES), set(links))

    def test_practice(self) -> None:
        """The practice banner is on every page, and only on the practice network."""
        warning = "practice network: no anonymity"
        for path in PAGES:
            for status, seen in ((evolve(online(), practice=24), True), (online(), False)):
                self.assertEqual(seen, warning in self.read(status, path).text, path)

    def test_verdict(self) -> None:
        """The state is in the title, in words on the page, and in the icon of the tab."""
        for path in PAGES:
            text = self.read(everything()["no-router"], path).text
            title = text.partition("<title>")[2].partition("</title>")[0]
            self.assertIn("outer", title)
            self.assertIn("Waiting for the router</span>", text)
            self.assertIn("/icon-bad.svg", text)

    def test_refresh(self) -> None:
        """A page reloads itself only when the reader chose so."""
        for path in PAGES:
            for query, seconds in (
                ("", 0),
                ("?refresh=0", 0),
                ("?refresh=10", 10),
                ("?refresh=60", 60),
            ):
                text = self.read(online(), path + query).text
                self.assertEqual(1 if seconds else 0, text.count("http-equiv"))
                self.assertEqual(seconds > 0, f'content="{seconds}"' in text)
        self.assertNotIn("http-equiv", self.read(online(), "/?refresh=1;url=//x").text)

    def test_router(self) -> None:
        """The page of the router shows steps, times, advice and the next try."""
        text = self.read(everything()["creating"], "/router").text
        for part in ("Building tunnels: 1 min 12 s so far", "<progress", "usually 20 s to 4 min"):
            self.assertIn(part, text)
        text = self.read(everything()["no-router"], "/router").text
        self.assertIn("Next try in 40 s.", text)
        self.assertIn("Start your router", text)

    def test_routing(self) -> None:
        """The drawing of the leaves has the same leaves in a table."""
        page = outline(self.read(online(), "/routing").text)
        prefixes = [leaf.prefix for leaf in online().routing.bins]
        self.assertEqual(3, len(page.named("desc")))
        self.assertEqual(prefixes, [text for text in page.texts if text in prefixes])
        drawn = [text.partition(":")[0] for text in page.texts if " verified" in text]
        self.assertEqual(prefixes, [prefix for prefix in drawn if prefix in prefixes])

    def test_contract(self) -> None:
        """Every clause is there with what keeps it and its figures."""
        text = self.read(online(), "/contract").text
        for clause in online().contract:
            self.assertIn(f'id="clause-{clause.number}"', text)
            self.assertIn(clause.title, text)
        self.assertIn("0.5 to 3.25 s", text)

    def test_unknown(self) -> None:
        """An unknown path tells nothing about the node, and is never redirected."""
        for path in (
            "/nothing",
            "/router/",
            "/index.html",
            "/icon-x.svg",
            "/../router",
        ):
            answer = self.read(evolve(online(), practice=24), path)
            self.assertEqual(404, answer.code, path)
            for told in ("mule", "3F7A", "practice", path[1:], "Online"):
                self.assertNotIn(told, answer.text)
            outline(answer.text)

    def test_defect(self) -> None:
        """A defect is in the log and not on the page."""
        client = HTTPClient(RequestTraversalAgent(make_pages(BrokenStatus(online()))))
        response = self.successResultOf(client.get(f"http://127.0.0.1:{PORT}/"))
        text = self.successResultOf(response.text())
        self.assertEqual(500, response.code)
        self.assertNotIn("secret", text)
        self.assertNotIn("Traceback", text)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class HostileTests(ReaderTestCase):
    """Strings of peers, routers and whoever answers on a port stay text."""

    def test_corpus(self) -> None:
        """No string brings an element, an attribute or a control character into a page."""
        for path in (*PAGES, "/searches?search=4"):
            shape = elements(self.read(stuffed("plain"), path).text)
            for text in HOSTILE:
                body = self.read(stuffed(text), path).text
                self.assertEqual(shape, elements(body), (path, text))
                self.assertNotIn("\u202e", body)
                self.assertNotIn("\x1b", body)

    @settings(max_examples=15, deadline=None)
    @given(st.text(alphabet=st.characters(codec=None), min_size=1, max_size=40))
    def test_any(self, text: str) -> None:
        """No string whatever breaks a page."""
        for path in PAGES:
            answer = self.read(stuffed(text), path)
            self.assertEqual(200, answer.code)
            outline(answer.text)

    def test_long(self) -> None:
        """No string makes a page heavy."""
        status = waiting(Problem("x" * 100_000, "y" * 100_000))
        for path in ("/", "/router"):
            self.assertLess(len(self.read(status, path).text), HEAVIEST)


class MachineTests(ReaderTestCase):
    """What machines read."""

    def test_status(self) -> None:
        """The snapshot is JSON: the schema first, enumerations by value, nothing left out."""
        answer = self.read(online(), "/status.json")
        self.assertEqual("application/json", answer.header("Content-Type"))
        told = json.loads(answer.text)
        self.assertEqual("schema", next(iter(told)))
        self.assertEqual(1, told["schema"])
        self.assertEqual("running", told["phase"])
        self.assertEqual("online", told["router"]["state"])
        self.assertEqual("done", told["router"]["steps"][0]["state"])
        self.assertEqual({"window": 3, "total": 1902}, told["counters"]["received_hello_req"])
        self.assertEqual(160, sum(each["contacts"] for each in told["routing"]["bins"]))
        names = {each.name for each in NodeStatus.__attrs_attrs__}
        self.assertEqual(names | {"rust_mule"}, set(told))
        self.assertEqual(160, told["rust_mule"]["routing"])
        self.assertEqual(412, told["rust_mule"]["source_store_entries_total"])
        self.assertEqual({"window": 0, "total": 0}, told["rust_mule"]["sent_reqs"])

    def test_every_state(self) -> None:
        """Every state makes JSON that can be read."""
        for status in (*everything().values(), infested(HOSTILE[-1])):
            json.loads(self.read(status, "/status.json").text)

    def test_health(self) -> None:
        """A process that answers is healthy, whatever the network does."""
        for status in everything().values():
            answer = self.read(status, "/healthz")
            self.assertEqual((200, "ok\n"), (answer.code, answer.text))

    def test_ready(self) -> None:
        """Ready is who has heard the network; anyone else gives the reason in one line."""
        for name, status in everything().items():
            answer = self.read(status, "/readyz")
            ready = status.router.state is RouterState.ONLINE and status.routing.heard > 0
            self.assertEqual(200 if ready else 503, answer.code, name)
            self.assertEqual(1, answer.text.count("\n"))
        answer = self.read(everything()["no-router"], "/readyz")
        self.assertEqual("I2P router not found at 127.0.0.1:7656\n", answer.text)

    def test_icons(self) -> None:
        """Each tone has an icon of its own shape."""
        icons = {
            self.read(online(), f"/icon-{tone}.svg").text
            for tone in ("good", "wait", "bad", "idle")
        }
        self.assertEqual(4, len(icons))
        for icon in icons:
            outline(icon)


class CostTests(ReaderTestCase):
    """A reader costs the reactor next to nothing."""

    def test_cheap(self) -> None:
        """A page of a full table takes far less of the reactor than a late datagram would."""
        client = HTTPClient(RequestTraversalAgent(make_pages(FixedStatus(online()))))
        for path in PAGES:
            best = min(self._spent(client, path) for _ in range(8))
            # A page takes about 1 ms of a quiet machine; ten leave room for a busy one.
            self.assertLess(best, 0.010, path)

    def _spent(self, client: HTTPClient, path: str) -> float:
        start = time.process_time()
        self.successResultOf(client.get(f"http://127.0.0.1:{PORT}{path}"))
        return time.process_time() - start

    def test_largest(self) -> None:
        """The page of the largest table stays light."""
        table = evolve(routing(), contacts=3_000, bins=bins(3_000), leaves=300)
        answer = self.read(evolve(online(), routing=table), "/routing")
        self.assertLess(len(answer.text.encode()), HEAVIEST)
        self.assertIn("nearest leaves are left off here", answer.text)
