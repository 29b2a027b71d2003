"""The verbs that ask the network: results as they come, the sorted end, and what goes wrong."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from tests.commands.speaking import SpeakingCase
from tests.control.actions import HOSTILE, found_file, found_note, found_source
from tests.control.nodes import FakeNode, snapshot
from twisted_mule.commands.following import LiveScreen
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.query import Query
from twisted_mule.kad.search import Locate, NotesOn, SourcesOf

HASH = KadID(7).hex
LINK = f"ed2k://|file|a%20film.avi|700|{HASH}|/"


class SearchTests(SpeakingCase):
    """``mule search``."""

    def test_words_and_filters(self) -> None:
        """What was typed reaches the node as one query with its filters."""
        self.actions.arriving = [()]
        self.mule(
            *("search", "ubuntu -server", "OR", "debian", "--type", "archive", "--ext", ".iso"),
            *("--min-size", "10M", "--max-size", "1.5G", "--sources", "3"),
        )
        (wish,) = self.actions.wishes
        assert isinstance(wish, Query)
        self.assertEqual("ubuntu -server OR debian", wish.text)
        filters = wish.filters
        self.assertEqual(("Pro", "iso", 3), (filters.file_type, filters.extension, 3))
        self.assertEqual((10 << 20, 3 << 29), (filters.min_size, filters.max_size))

    def test_a_bare_minus(self) -> None:
        """A word with a minus sign needs no quotation marks, even one that begins with -h."""
        self.actions.arriving = [()]
        self.mule("search", "film", "-horror")
        (wish,) = self.actions.wishes
        assert isinstance(wish, Query)
        self.assertFalse(wish.wants("horror film.avi", 1, "", 1))

    def test_results_come_before_the_end(self) -> None:
        """Each result is shown as it comes; at the end all are sorted by their sources."""
        self.actions.arriving = [(found_file(1, 2),), (found_file(2, 9), found_file(3, 5))]
        lines = self.mule("search", "film").stdout.splitlines()
        names = [
            line.rpartition("  ")[2] for line in lines if "film" in line and "ed2k" not in line
        ]
        came = ["film 1.avi", "film 2.avi", "film 3.avi"]
        self.assertEqual([*came, "film 2.avi", "film 3.avi", "film 1.avi"], names)
        self.assertIn("            ed2k://|file|film%201.avi|1000000|" + KadID(1).hex + "|/", lines)
        self.assertIn("976.6 KiB  Video        2 sources  film 1.avi", lines[0])

    def test_json_lines(self) -> None:
        """A program reads one object a line, and everything sorted on the last one."""
        self.actions.arriving = [(found_file(1, 2),), (found_file(2, 9),)]
        first, *results, last = self.json_lines("search", "film")
        self.assertEqual(
            (1, "film", ["film"]), tuple(first["search"][k] for k in ("number", "wish", "words"))
        )
        self.assertEqual([1, 2], [int(line["result"]["hash"], 16) for line in results])
        end = last["end"]
        self.assertEqual(["film 2.avi", "film 1.avi"], [one["name"] for one in end["results"]])
        self.assertEqual(
            ("done", 3, 2), (end["state"], len(end["traces"][0]["asked"]), end["answered"])
        )

    def test_many_results(self) -> None:
        """What does not fit one document comes in several, each result once."""
        self.actions.arriving = [tuple(found_file(number) for number in range(1, 251))]
        *_, last = self.json_lines("search", "film")
        self.assertEqual(250, len({one["hash"] for one in last["end"]["results"]}))

    def test_an_honest_estimate(self) -> None:
        """Before it starts one is told when it can be expected to, and what it goes by."""
        self.actions.arriving = [(), ()]
        told = self.mule("search", "film").stderr
        self.assertIn("goes by film: the nodes near that see what you search for", told)
        self.assertIn("Search 1 starts in about 40 s.", told)
        self.assertIn("Done: 0 files.", told)
        self.assertIn("Try fewer or other words", told)

    def test_not_in_the_network(self) -> None:
        """A search that cannot start for want of a network says so and ends with 4."""
        self.node = FakeNode(snapshot(ready=False))
        told = self.mule("search", "film", "--wait", "5", code=4).stderr
        self.assertIn("waits until the node is in the network", told)
        self.assertIn("It goes on: `mule searches 1`", told)

    def test_wait_is_over(self) -> None:
        """After so many seconds the command ends, and the search goes on in the node."""
        told = self.mule("search", "film", "--wait", "120").stderr
        self.assertIn("After 2 min the search starts in about 40 s.", told)
        self.assertEqual([], self.actions.stopped)

    def test_ctrl_c(self) -> None:
        """Ctrl-C stops the search in the node; what was found until then is listed."""
        self.waits.interrupted_at = 3.0
        self.actions.arriving = [(found_file(1),), (), (), (), (), ()]
        outcome = self.mule("search", "film")
        self.assertEqual([1], self.actions.stopped)
        self.assertIn("film 1.avi", outcome.stdout)
        self.assertIn("Stopped: 1 file.", outcome.stderr)

    def test_hostile_names(self) -> None:
        """Names of peers cannot act on the terminal: no control and no bidi characters pass."""
        self.actions.arriving = [(found_file(1, name=HOSTILE),), (found_file(2),)]
        shown = self.mule("search", "film").stdout
        for character in "\x1b\u202e\r\x07":
            self.assertNotIn(character, shown)
        self.assertIn("[31mredexe. line\n", shown)

    def test_bad_queries(self) -> None:
        """A query without sense ends with 2 and one sentence, before the node is asked."""
        for words in (("a b",), ('"open',), ("film", "--min-size", "many"), ("film", "--min-siz")):
            self.sentence("search", *words, code=2)
        self.assertIn(
            "swap", self.sentence("search", "film", "--min-size", "2", "--max-size", "1", code=2)
        )
        self.assertEqual([], self.actions.wishes)

    def test_too_many(self) -> None:
        """What the node refuses is its sentence, and ends with 1."""
        self.actions.most = 0
        self.assertIn("searches wait already", self.sentence("search", "film"))

    def test_no_identity_yet(self) -> None:
        """A node that has just been started for the first time is not ready: 4."""
        self.actions.begun = False
        self.assertIn("`mule status`", self.sentence("search", "film", code=4))


class OtherSearchTests(SpeakingCase):
    """``mule sources``, ``notes`` and ``lookup``."""

    def test_sources(self) -> None:
        """A file is named by its link, whose size keeps others of the same hash out."""
        self.actions.arriving = [(found_source(1), found_source(2))]
        *lines, last = self.mule("sources", LINK).stdout.splitlines()
        self.assertEqual([SourcesOf(KadID(7), 700)], self.actions.wishes)
        self.assertTrue(last.startswith("parts"), last)
        self.assertTrue(lines[-1].startswith("all of it"), lines)
        self.assertRegex(last, r"[a-z2-7]{52}\.b32\.i2p$")

    def test_notes(self) -> None:
        """Notes are told with their rating in words; their text cannot act on the terminal."""
        self.actions.arriving = [(found_note(1, HOSTILE), found_note(4))]
        shown = self.mule("notes", HASH.upper()).stdout
        self.assertEqual([NotesOn(KadID(7))], self.actions.wishes)
        self.assertIn("good       good  (film 4.avi)", shown)
        self.assertIn("fake       [31mredexe. line", shown)
        self.assertNotIn("\x1b", shown)

    def test_lookup(self) -> None:
        """A lookup shows whom it asked, who answered and how near it came over time."""
        self.actions.arriving = [(), ()]
        shown = self.mule("lookup", HASH).stdout
        self.assertEqual([Locate(KadID(7))], self.actions.wishes)
        self.assertIn("3 nodes asked, 2 answered; over after 1 min 1 s.", shown)
        self.assertIn(" 16 bits  after 3 s, 2 contacts", shown)
        self.assertIn("  8 bits  -", shown)
        self.assertIn("Nearest that answered: 16 bits at 3 s, 4 bits at 31 s.", shown)

    def test_bad_names(self) -> None:
        """What is no link, no hash and no identifier ends with 2 and one sentence."""
        self.assertIn("32 hexadecimal digits", self.sentence("sources", "zz", code=2))
        self.assertIn("ed2k://|file|NAME", self.sentence("notes", "ed2k://|server|x|1|/", code=2))
        self.assertIn("mule id", self.sentence("lookup", "12", code=2))


class SearchesTests(SpeakingCase):
    """``mule searches``."""

    def search(self) -> None:
        """One search that is done."""
        self.actions.arriving = [(found_file(1), found_file(2, 4))]
        self.mule("search", "film")

    def test_none(self) -> None:
        """Without any one is told how to begin one."""
        self.assertIn("mule search", self.mule("searches").stdout)
        self.assertEqual([], self.answer("searches"))

    def test_list(self) -> None:
        """Each has a line with its number, its kind, its words and how it stands."""
        self.search()
        self.mule("sources", HASH, "--wait", "0")
        first, second = self.mule("searches").stdout.splitlines()
        self.assertEqual("   1  files    film: done, 2 files", first)
        self.assertEqual(f"   2  sources  {HASH}: starts in about 40 s", second)
        self.assertEqual([2, 0], [one["found"] for one in self.answer("searches")])

    def test_one(self) -> None:
        """Its results can be had again, sorted, and whom it asked."""
        self.search()
        names = [one["name"] for one in self.answer("searches", "1")["results"]]
        self.assertEqual(["film 2.avi", "film 1.avi"], names)
        self.assertIn("3 nodes asked", self.mule("searches", "1", "--trace").stdout)

    def test_more(self) -> None:
        """A search that is done can have another round, which is followed."""
        self.search()
        self.actions.arriving = [(found_file(3),), ()]
        *_, last = self.json_lines("searches", "1", "--more")
        self.assertEqual(3, last["end"]["found"])

    def test_stop(self) -> None:
        """A search can be stopped by its number."""
        self.mule("search", "film", "--wait", "0")
        self.assertIn("Stopped", self.mule("searches", "1", "--stop").stderr)
        self.assertEqual([1], self.actions.stopped)

    def test_refusals(self) -> None:
        """Numbers of no search, searches under way, and words that contradict are refused."""
        self.assertIn("no search 5", self.sentence("searches", "5"))
        self.mule("search", "film", "--wait", "0")
        self.assertIn("still under way", self.sentence("searches", "1", "--more"))
        self.assertIn("Which", self.sentence("searches", "--stop", code=2))
        self.assertIn("choose", self.sentence("searches", "1", "--stop", "--more", code=2))


class LiveScreenTests(SpeakingCase):
    """A search on a terminal."""

    def test_latest_results_and_state(self) -> None:
        """The results that fit stand above a line of state, and go when the search ends."""
        self.actions.arriving = [tuple(found_file(number) for number in range(1, 31)), ()]
        self.mule("search", "film", "--wait", "0")
        document = self.answer("searches", "1")
        output = StringIO()
        console = Console(file=output, force_terminal=True, width=100, height=10)
        screen = LiveScreen(console)
        screen.begun(document)
        screen.seen(document)
        text = output.getvalue()
        self.assertIn("Ctrl-C stops it", text)
        self.assertIn(document["results"][-1]["link"], text)
        self.assertNotIn(document["results"][0]["link"], text)
        screen.ended(document, 1.0)
        self.assertIn("\x1b[2K", output.getvalue()[len(text) :])
