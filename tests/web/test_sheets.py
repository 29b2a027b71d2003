"""Tests of the pages that are made of sections: each tells what its picture holds."""

from __future__ import annotations

import csv
from io import StringIO

from attrs import evolve

from tests.web.pictures import NAME, EmptyStatus, FixedStatus, lookup, peers
from tests.web.reader import ReaderTestCase, outline
from tests.web.samples import online
from twisted_mule.details import (
    FILES,
    PEERS,
    Event,
    Part,
    PeerList,
    PeerOrder,
    PeerWish,
    SearchStatus,
)
from twisted_mule.web.events import folded
from twisted_mule.web.language import LANGUAGES
from twisted_mule.web.peers import wish
from twisted_mule.web.query import Query

HEAVIEST = 30_000
FULL = (
    "/keyspace",
    "/peers",
    "/lookups",
    "/lookups?origin=1",
    "/store",
    "/traffic",
    "/traffic?span=7d",
    "/routing?span=24h",
    "/searches?search=4",
    "/events",
    "/config",
    "/help",
)


class SheetsTests(ReaderTestCase):
    """All of them."""

    def setUp(self) -> None:
        """A node of which there is much to tell."""
        self.node = FixedStatus(online())

    def test_light(self) -> None:
        """However much there is to tell, a page stays light."""
        for path in FULL:
            for lang, _name in LANGUAGES:
                sep = "&" if "?" in path else "?"
                answer = self.read(self.node, f"{path}{sep}lang={lang}")
                self.assertEqual(200, answer.code, path)
                self.assertLess(len(answer.text.encode()), HEAVIEST, (path, lang))

    def test_empty(self) -> None:
        """A node of which there is nothing to tell says so in words."""
        for path in FULL:
            text = self.read(EmptyStatus(online()), path).text
            outline(text)
            if path not in ("/help", "/store", "/traffic"):
                self.assertIn('class="empty"', text, path)

    def test_drawings_have_tables(self) -> None:
        """Every drawing has a title, a description and the same figures in a table."""
        for path in ("/routing", *FULL[:6]):
            page = outline(self.read(self.node, path).text)
            drawings = [svg for svg in page.named("svg") if svg.get("role") == "img"]
            self.assertEqual(len(drawings), len(page.named("figure")), path)
            self.assertEqual(len(drawings), len(page.named("details")), path)
            self.assertEqual(len(drawings), len(page.named("desc")), path)

    def test_keyspace(self) -> None:
        """The estimate of the network's size comes with its error."""
        text = self.read(self.node, "/keyspace").text
        self.assertIn("≈ 2,140", text)
        self.assertIn("770 to 3,510 with two standard errors", text)
        self.assertIn("nodes; iMule", text)

    def test_store(self) -> None:
        """Bounds and shares are told, names are not."""
        text = self.read(self.node, "/store").text
        self.assertIn("60,000", text)
        self.assertIn("24.0 MiB (38%)", text)
        self.assertIn("Estimated from a sample of 600.", text)

    def test_traffic(self) -> None:
        """Kinds stand with both directions, window and total, and drops by reason."""
        text = self.read(self.node, "/traffic").text
        row = '<th scope="row">hello req</th><td>3</td><td>1,902</td><td>2</td><td>640</td>'
        self.assertIn(row, text)
        self.assertIn('<th scope="row">no token</th><td>1</td><td>96</td>', text)
        self.assertIn("6,902 of 6,902 answers left 0.5 to 3.25 s after arrival.", text)

    def test_config(self) -> None:
        """A setting stands with its value and what it was set by."""
        page = outline(self.read(self.node, "/config").text)
        for told in ("MULE_SAM", "web in config.toml", "default"):
            self.assertIn(told, page.texts)


class PeersTests(ReaderTestCase):
    """The list of the contacts."""

    def test_wishes(self) -> None:
        """Sorting, filters and the page come from the query; what makes no sense is not there."""
        asked = {b"sort": [b"heard"], b"order": [b"falling"], b"type": [b"3"], b"page": [b"2"]}
        self.assertEqual(PeerWish(PeerOrder.HEARD, True, 3, None, 1), wish(Query("/peers", asked)))
        for wrong in (b"x", b"7", b"-1", b"\xff", b"9" * 40):
            query = Query("/peers", {key: [wrong] for key in (b"sort", b"type", b"verified")})
            self.assertEqual(PeerWish(), wish(query))

    def test_links(self) -> None:
        """Links to other orders keep filter and refresh; the second time the order turns round."""
        text = self.read(FixedStatus(online()), "/peers?type=3&refresh=10&sort=heard").text
        self.assertIn("/peers?sort=version&amp;type=3&amp;refresh=10", text)
        self.assertIn("/peers?sort=heard&amp;order=falling&amp;type=3&amp;refresh=10", text)
        self.assertIn('aria-sort="ascending"', text)

    def test_csv(self) -> None:
        """The file has a line for each contact, and no more of an identifier than the page."""
        answer = self.read(FixedStatus(online()), "/peers.csv?type=3")
        self.assertEqual("text/csv; charset=utf-8", answer.header("Content-Type"))
        rows = list(csv.DictReader(StringIO(answer.text)))
        self.assertEqual([peer.short for peer in peers()], [row["id"] for row in rows])
        self.assertEqual(PEERS, len(rows))

    def test_asks_for_what_it_shows(self) -> None:
        """The picture is taken by the reader's wish, and for a file without pages."""
        asked: list[PeerWish] = []

        class Watched(FixedStatus):
            def peers(self, wish: PeerWish) -> PeerList:
                asked.append(wish)
                return super().peers(wish)

        for path in ("/peers?verified=yes&page=3", "/peers.csv?verified=yes&page=3"):
            self.read(Watched(online()), path)
        paged, whole = PeerWish(verified=True, page=2), PeerWish(verified=True, whole=True)
        self.assertEqual({paged, whole}, set(asked))
        self.assertEqual(whole, asked[-1])


class LookupsTests(ReaderTestCase):
    """The traces."""

    def test_origin(self) -> None:
        """Who wanted a lookup, and what for, is shown on demand only."""
        hidden = self.read(FixedStatus(online()), "/lookups").text
        shown = self.read(FixedStatus(online()), "/lookups?origin=1").text
        for word in (">upkeep<", ">publishing<", "publishes a source", ">you<"):
            self.assertNotIn(word, hidden)
        self.assertIn(">upkeep<", shown)

    def test_chosen(self) -> None:
        """The trace that is asked for is drawn; an unknown one is the newest that is over."""
        node = FixedStatus(online())
        one = lookup(7)
        self.assertIn(f"towards {one.target}…", self.read(node, "/lookups?trace=7").text)
        first = self.read(node, "/lookups?trace=99").text
        self.assertEqual(first, self.read(node, "/lookups").text)
        self.assertIn(f"towards {lookup(3).target}…", first)

    def test_silent(self) -> None:
        """A lookup that nobody has answered, or that has asked nobody yet, is drawn too."""
        silent = evolve(lookup(1), progress=())
        fresh = evolve(lookup(1), asked=(), progress=(), ended=None)
        for trace, said in ((silent, "Nobody has answered."), (fresh, "not asked anybody yet")):
            text = self.read(FixedStatus(online(), traces=(trace,)), "/lookups").text
            self.assertIn(said, text)
            outline(text)


class SearchesTests(ReaderTestCase):
    """Searches and shared files."""

    def test_results(self) -> None:
        """The results of the chosen search are shown with links to copy, and to nowhere else."""
        page = outline(self.read(FixedStatus(online()), "/searches?search=4").text)
        self.assertEqual(412, 412 if any("of 412 results" in text for text in page.texts) else 0)
        self.assertIn(NAME, page.texts)
        self.assertFalse([a for a in page.named("a") if "://" in (a["href"] or "")])
        self.assertTrue([each for each in page.named("code") if each.get("class") == "copy"])

    def test_long_names(self) -> None:
        """Names and links of any length make no page heavy."""
        node = FixedStatus(online(), text="Я" * 4_000, link="ed2k://" + "x" * 60_000)
        text = self.read(node, "/searches?search=4").text
        self.assertLess(len(text.encode()), HEAVIEST)

    def test_none(self) -> None:
        """A search that is not there is not shown, and no other one instead."""
        text = self.read(FixedStatus(online()), "/searches?search=77").text
        self.assertNotIn('id="results"', text)

    def test_waiting(self) -> None:
        """A search that waits says for how long."""
        self.assertIn("(in about 42 s)", self.read(FixedStatus(online()), "/searches").text)
        self.assertEqual(FILES, len(FixedStatus(online()).searches(4)[0].results))
        self.assertIsInstance(FixedStatus(online()).searches(None)[0], SearchStatus)


class EventsTests(ReaderTestCase):
    """What happened."""

    def test_folded(self) -> None:
        """What is told again and again is one line with a number; what differs is not lost."""
        events = [Event(float(n), Part.ROUTER, "lost") for n in range(37)]
        rows = folded([Event(0.0, Part.NODE, "started"), *events])
        self.assertEqual([(36.0, 37), (0.0, 1)], [(row.event.at, row.times) for row in rows])

    def test_alternating(self) -> None:
        """Events that alternate are folded as well."""
        rows = folded(Event(float(n), Part.ROUTER, f"{n % 3}") for n in range(30))
        self.assertEqual([10, 10, 10], [row.times for row in rows])

    def test_filter(self) -> None:
        """Only the wished part is shown."""
        text = self.read(FixedStatus(online(), text="said"), "/events?part=state").text
        self.assertIn("said (2)", text)
        self.assertNotIn("said (1)", text)
        self.assertIn("×30", text)
