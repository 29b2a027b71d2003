"""Searching over the control socket, at the level of its commands."""

from __future__ import annotations

from tests.control.actions import found_file, found_note, found_source, lookup_trace
from tests.control.served import ServedCase
from twisted_mule.control.commands import (
    GetSearch,
    ListSearches,
    LookUp,
    NotReadyError,
    SearchAgain,
    SearchFiles,
    SearchNotes,
    SearchSources,
    StopSearch,
)
from twisted_mule.control.found import PAGE
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.query import Query
from twisted_mule.kad.search import Locate, NotesOn, SourcesOf

HASH = KadID(7).hex
WORDS = {"words": "film", "file_type": "", "min_size": 0, "extension": "", "min_sources": 0}


class SearchDeskTests(ServedCase):
    """Wishes in, how they stand out."""

    def test_wishes(self) -> None:
        """Every kind of search is taken on under a number of its own."""
        numbers = [
            self.successResultOf(self.ask(SearchFiles, **WORDS, max_size=10))["number"],
            self.successResultOf(self.ask(SearchSources, file_hash=HASH, size=700))["number"],
            self.successResultOf(self.ask(SearchNotes, file_hash=HASH, size=0))["number"],
            self.successResultOf(self.ask(LookUp, target=HASH))["number"],
        ]
        self.assertEqual([1, 2, 3, 4], numbers)
        query, *others = self.actions.wishes
        assert isinstance(query, Query)
        self.assertEqual(("film", 10), (query.text, query.filters.max_size))
        self.assertEqual([SourcesOf(KadID(7), 700), NotesOn(KadID(7)), Locate(KadID(7))], others)

    def test_state(self) -> None:
        """A document says where a search stands and whether anything can be found at present."""
        self.ask(SearchFiles, **WORDS)
        document = self.document(GetSearch, number=1, since=0, traces=False)
        self.assertEqual(
            ("waiting", 40.0, ["film"]), tuple(document[k] for k in ("state", "begins_in", "words"))
        )
        self.assertTrue(document["network"]["ready"])
        self.assertNotIn("traces", document)

    def test_results_since(self) -> None:
        """Results come a page at a time, from wherever the client is; a wild offset is empty."""
        self.actions.arriving = [tuple(found_file(number) for number in range(1, PAGE + 3)), ()]
        self.ask(SearchFiles, **WORDS)
        self.document(GetSearch, number=1, since=0, traces=False)
        first = self.document(GetSearch, number=1, since=-9, traces=False)
        rest = self.document(GetSearch, number=1, since=first["next"], traces=True)
        self.assertEqual((PAGE, 2), (len(first["results"]), len(rest["results"])))
        self.assertEqual(PAGE + 2, rest["next"])
        self.assertEqual(
            [], self.document(GetSearch, number=1, since=10**9, traces=True)["results"]
        )
        self.assertEqual(len(lookup_trace(KadID(5)).asked), len(rest["traces"][0]["asked"]))

    def test_every_kind_of_result(self) -> None:
        """Sources and notes are told with all that is known of them."""
        self.actions.arriving = [(found_source(2), found_note(3)), ()]
        self.ask(SearchSources, file_hash=HASH, size=0)
        self.document(GetSearch, number=1, since=0, traces=False)
        source, note = self.document(GetSearch, number=1, since=0, traces=False)["results"]
        self.assertEqual((True, 516), (source["complete"], len(source["destination"])))
        self.assertEqual((3, "good"), (note["rating"], note["comment"]))

    def test_list_stop_and_again(self) -> None:
        """Searches are listed, stopped, and given another round once they are done."""
        self.ask(SearchFiles, **WORDS)
        self.assertIn("under way", self.refused(SearchAgain, number=1))
        self.successResultOf(self.ask(StopSearch, number=1))
        self.assertTrue(self.document(ListSearches)[0]["stopped"])
        self.successResultOf(self.ask(SearchAgain, number=1))
        self.assertEqual("waiting", self.document(ListSearches)[0]["state"])

    def test_no_such_search(self) -> None:
        """Numbers of no search are refused with the next step."""
        for command, others in (
            (GetSearch, {"since": 0, "traces": False}),
            (StopSearch, {}),
            (SearchAgain, {}),
        ):
            self.assertIn("`mule searches`", self.refused(command, number=9, **others))

    def test_refusals(self) -> None:
        """Queries without sense, too many searches and what is no hash are refused."""
        self.assertIn(
            "words of three letters", self.refused(SearchFiles, **{**WORDS, "words": "a"})
        )
        self.assertIn("swap", self.refused(SearchFiles, **{**WORDS, "min_size": 9}, max_size=1))
        self.assertIn("32 hexadecimal", self.refused(LookUp, target="x"))
        self.assertIn("not negative", self.refused(SearchNotes, file_hash=HASH, size=-1))
        self.actions.most = 0
        self.assertIn("wait already", self.refused(SearchFiles, **WORDS))

    def test_not_ready(self) -> None:
        """What the node cannot do yet is told apart from what it will not do."""
        self.actions.begun = False
        self.failureResultOf(self.ask(SearchFiles, **WORDS), NotReadyError)
