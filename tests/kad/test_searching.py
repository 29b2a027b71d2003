"""Tests for :mod:`twisted_mule.kad.searching`."""

from __future__ import annotations

from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import offered
from tests.kad.model import anybody
from tests.kad.people import ME, NOW
from tests.samples import destination
from twisted_mule.kad.errands import FindFiles, FindNotes, FindSources
from twisted_mule.kad.findings import FoundFile
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind
from twisted_mule.kad.limits import MAX_START
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import LookupWish
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.query import parse
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.search import Locate, NotesOn, SearchState, SearchView, SourcesOf
from twisted_mule.kad.searching import KEPT, OPEN, SearchError, Searching
from twisted_mule.kad.tags import FILENAME, FILESIZE, Tag

FILE = KadID(7)


def entry(number: int, name: str = "foo") -> Entry:
    """A file in an answer."""
    return Entry(KadID(number), (Tag(FILENAME, name), Tag(FILESIZE, 9)))


class SearchingTests(SynchronousTestCase):
    """A search waits for its slot, walks, listens and is done."""

    def setUp(self) -> None:
        """Nothing is searched for."""
        self.searching = Searching(ME)
        self.random = Random(1)
        self.busy: set[KadID] = set()

    def offer(self, *aims: Aim) -> LookupWish | None:
        """What a free slot is offered."""
        return offered(self.searching, aims, self.busy.__contains__, NOW, self.random)

    def begin(self) -> Lookup:
        """Give the next search a slot."""
        wish = self.offer()
        assert wish is not None
        lookup = Lookup(wish.target, wish.kind, NOW, wish.errand, wish.rank, wish.owner)
        self.searching.begun(lookup, NOW, self.random)
        return lookup

    def page(self, lookup: Lookup, results: int) -> None:
        """A node that ``lookup`` asked sends so many results."""
        lookup.heard_of([Candidate(KadID(1), destination(1), 8)])
        lookup.ask(anybody, NOW)
        lookup.answered(destination(1), [], NOW)
        lookup.ask(anybody, NOW)
        lookup.delivered(destination(1), results, NOW)

    def view(self, number: int) -> SearchView:
        """How the user sees a search."""
        views = self.searching.views(lambda targets: [10.0 * n for n in range(len(targets))])
        (view,) = (one for one in views if one.number == number)
        return view

    def test_kinds(self) -> None:
        """Each wish takes a lookup of its kind, with what its nodes are to be asked."""
        query = parse("foo bar")
        wishes = (query, SourcesOf(FILE, 5), NotesOn(FILE, 6), Locate(FILE))
        numbers = [self.searching.want(wish) for wish in wishes]
        lookups = [self.begin() for _ in wishes]
        (leg,) = query.legs
        self.assertEqual(
            [
                (LookupKind.KEYWORD, leg.target, FindFiles(leg.expression)),
                (LookupKind.SOURCE, FILE, FindSources(5)),
                (LookupKind.NOTES, FILE, FindNotes(6)),
                (LookupKind.NODE, FILE, None),
            ],
            [(one.kind, one.target, one.errand) for one in lookups],
        )
        self.assertEqual([1, 2, 3, 4], numbers)
        self.assertIsNone(self.offer())

    def test_life(self) -> None:
        """A search waits with an estimate, walks, and is done when its lookup is over."""
        first = self.searching.want(SourcesOf(FILE))
        second = self.searching.want(NotesOn(FILE))
        states = [(self.view(n).state, self.view(n).begins_in) for n in (first, second)]
        self.assertEqual([(SearchState.WAITING, 0.0), (SearchState.WAITING, 10.0)], states)
        lookup = self.begin()
        view = self.view(first)
        self.assertEqual((SearchState.WALKING, None, 1), (view.state, view.begins_in, view.lookups))
        self.assertEqual((lookup.trace,), view.traces)
        self.searching.ended(lookup)
        view = self.view(first)
        self.assertEqual((SearchState.DONE, False), (view.state, view.stopped))
        self.assertEqual(0.0, self.view(second).begins_in)

    def test_results(self) -> None:
        """Answers to its own lookup are its results, those to others are not."""
        number = self.searching.want(parse("foo"))
        lookup = self.begin()
        self.searching.brought(lookup, [entry(1), entry(2, "bar"), entry(1)])
        self.searching.brought(Lookup(lookup.target, lookup.kind, NOW, owner=number), [entry(3)])
        self.assertEqual((FoundFile(KadID(1), "foo", 9, answers=2),), self.view(number).results)
        self.searching.ended(lookup)
        self.searching.brought(lookup, [entry(4)])
        self.assertEqual(1, len(self.view(number).results))

    def test_busy_target(self) -> None:
        """A target that has a lookup already is passed over until it has none."""
        self.searching.want(SourcesOf(FILE))
        self.searching.want(Locate(KadID(9)))
        self.busy.add(FILE)
        self.assertEqual(KadID(9), self.begin().target)
        self.assertIsNone(self.offer())
        self.busy.clear()
        self.assertEqual(FILE, self.begin().target)

    def test_aims(self) -> None:
        """It offers only what may begin."""
        self.searching.want(SourcesOf(FILE))
        self.assertIsNone(self.offer(Aim.STORE, Aim.NODE))
        self.assertIsNotNone(self.offer(Aim.VALUE))

    def test_alternatives(self) -> None:
        """Alternatives are looked up one after the other or side by side, into one list."""
        number = self.searching.want(parse("foo OR bar"))
        lookups = [self.begin(), self.begin()]
        for one, name in zip(lookups, ("foo", "bar"), strict=True):
            self.searching.brought(one, [entry(len(name) + one.owner, name), entry(99, name)])
        self.searching.ended(lookups[1])
        self.assertEqual(SearchState.WALKING, self.view(number).state)
        self.searching.ended(lookups[0])
        view = self.view(number)
        self.assertEqual((SearchState.DONE, 2, 2), (view.state, view.lookups, len(view.results)))

    def test_stop(self) -> None:
        """A stopped search keeps its results, hears nothing more and wants nothing more."""
        number = self.searching.want(parse("foo OR bar"))
        lookup = self.begin()
        self.searching.brought(lookup, [entry(1)])
        self.assertTrue(self.searching.stop(number))
        self.searching.brought(lookup, [entry(2)])
        self.searching.ended(lookup)
        view = self.view(number)
        self.assertEqual((SearchState.DONE, True, 1), (view.state, view.stopped, len(view.results)))
        self.assertIsNone(self.offer())
        self.assertFalse(self.searching.stop(99))

    def test_stop_after_the_end(self) -> None:
        """To stop what is done changes nothing."""
        number = self.searching.want(SourcesOf(FILE))
        self.searching.ended(self.begin())
        self.assertTrue(self.searching.stop(number))
        self.assertFalse(self.view(number).stopped)

    def test_again(self) -> None:
        """A search that is done can go on; its results stay."""
        number = self.searching.want(parse("foo"))
        self.assertFalse(self.searching.again(number))
        lookup = self.begin()
        self.searching.brought(lookup, [entry(1)])
        self.searching.ended(lookup)
        self.assertTrue(self.searching.again(number))
        self.assertEqual(FindFiles(), getattr(self.offer(), "errand", None))
        self.searching.brought(self.begin(), [entry(2)])
        view = self.view(number)
        self.assertEqual((2, 2, 1), (len(view.results), view.lookups, len(view.traces)))
        self.assertFalse(self.searching.again(99))

    def test_further_pages(self) -> None:
        """Where a node sent all that fits, the next round asks for what follows."""
        number = self.searching.want(SourcesOf(FILE, 5))
        lookup = self.begin()
        self.page(lookup, 45)
        self.searching.ended(lookup)
        self.assertTrue(self.view(number).more)
        self.searching.again(number)
        following = self.begin()
        self.assertEqual(FindSources(5, 45), following.errand)
        self.page(following, 3)
        self.searching.ended(following)
        self.assertFalse(self.view(number).more)
        self.searching.again(number)
        self.assertEqual(FindSources(5, 0), self.begin().errand)

    def test_last_page(self) -> None:
        """More than the wire can skip is not asked for."""
        number = self.searching.want(SourcesOf(FILE))
        lookup = self.begin()
        self.page(lookup, MAX_START + 9)
        self.searching.ended(lookup)
        self.searching.again(number)
        self.assertEqual(FindSources(0, MAX_START), self.begin().errand)

    def test_bounded(self) -> None:
        """Too many searches are refused in one sentence; of those done the oldest are forgotten."""
        for _ in range(OPEN):
            self.searching.want(SourcesOf(FILE))
        reason = self.assertRaises(SearchError, self.searching.want, SourcesOf(FILE))
        self.assertIn("stop one", str(reason))
        for _ in range(OPEN):
            self.searching.ended(self.begin())
        views = self.searching.views(lambda _: [])
        self.assertEqual(list(range(OPEN - KEPT + 1, OPEN + 1)), [one.number for one in views])
        self.assertEqual(OPEN + 1, self.searching.want(SourcesOf(FILE)))

    def test_forgotten_lookup(self) -> None:
        """A lookup whose search is forgotten brings nothing and disturbs nobody."""
        lookup = Lookup(FILE, LookupKind.SOURCE, NOW, owner=9)
        self.searching.brought(lookup, [entry(1)])
        self.searching.ended(lookup)
        self.assertEqual((), self.searching.views(lambda _: []))
