"""A village whose people find what one of them has published, through real datagrams."""

from __future__ import annotations

from functools import cache
from random import Random

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.songs import song
from tests.kad.village import Village, Villager, seed_of
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.exchange import Heard
from twisted_mule.kad.findings import FoundFile, FoundNote, FoundSource
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.kinds import Rank
from twisted_mule.kad.published import Published, keyword_entry
from twisted_mule.kad.query import Filters, parse
from twisted_mule.kad.search import Locate, NotesOn, SearchState, SearchView, SearchWish, SourcesOf

SIZE = 12
SONGS = tuple(song(n, rating=n, comment="lovely" if n == 5 else "") for n in range(6))


@cache
def market() -> Village:
    """A village in which the fourth has published six songs; the same for all tests."""
    village = Village()
    first = village.settle(1)
    others = [village.settle(n, seeds=[seed_of(first)]) for n in range(2, SIZE + 1)]
    village.live(900)
    alice = others[2]
    alice.kad.share(SONGS, village.now, alice.random)
    village.live(4800)
    return village


class MarketTests(SynchronousTestCase):
    """What one node publishes the others find."""

    def setUp(self) -> None:
        """The market, the one who publishes, and one who searches."""
        self.village = market()
        self.people = [self.village.people[destination(n)] for n in range(1, SIZE + 1)]
        self.alice, self.bob = self.people[3], self.people[7]
        self.songs = SONGS

    def find(self, wish: SearchWish, by: Villager | None = None) -> SearchView:
        """A search from its begin to its end."""
        kad = (by or self.bob).kad
        number = kad.search(wish)
        for _ in range(200):
            self.village.live(5)
            (view,) = (one for one in kad.searches() if one.number == number)
            if view.state is SearchState.DONE:
                return view
        raise AssertionError("the search does not end")

    def names(self, text: str, filters: Filters | None = None) -> set[str]:
        """The names that a search for words finds."""
        found = self.find(parse(text, filters)).results
        return {one.name for one in found if isinstance(one, FoundFile)}

    def test_all_published(self) -> None:
        """In less than an hour six files are published with all their words and notes."""
        view = self.alice.kad.publishing()
        self.assertEqual((6, 6, 0), (view.shared, view.taken, view.waiting))
        self.assertEqual((5, 5), (view.notes, view.notes_sent))
        for one in view.files:
            self.assertEqual((True, 3, 3), (one.known, one.keywords, one.keywords_known))
        self.assertEqual(6 + 8 + 5, len(self.alice.kad.due_rows(self.village.now)))

    def test_words(self) -> None:
        """A file is found by any of its words, each once, whoever answers."""
        view = self.find(parse("çommon"))
        found = {one.hash: one for one in view.results if isinstance(one, FoundFile)}
        self.assertEqual({one.hash for one in self.songs}, set(found))
        first = found[self.songs[2].hash]
        self.assertEqual(
            (self.songs[2].name, self.songs[2].size, "Audio", 1),
            (first.name, first.size, first.file_type, first.sources),
        )
        self.assertGreaterEqual(first.answers, 8)

    def test_expressions(self) -> None:
        """Expressions and filters choose among them."""
        self.assertEqual({self.songs[4].name}, self.names("ÇOMMON song4"))
        self.assertEqual({song.name for song in self.songs[1:]}, self.names("live -song0"))
        self.assertEqual(
            {self.songs[1].name, self.songs[2].name}, self.names("song1 OR (live song2)")
        )
        self.assertEqual({self.songs[5].name}, self.names("live", Filters(min_size=1_000_005)))
        self.assertEqual(set(), self.names("live", Filters(file_type="Video")))

    def test_sources(self) -> None:
        """The source is the stream destination, under the identifier that is for sources only."""
        me = self.alice.kad.me
        view = self.find(SourcesOf(self.songs[0].hash, self.songs[0].size))
        (found,) = view.results
        assert isinstance(found, FoundSource)
        self.assertEqual((me.source_id, me.tcp), (found.source, found.destination))
        self.assertEqual((me.destination, True), (found.datagrams, found.complete))
        self.assertEqual((), self.find(SourcesOf(self.songs[0].hash), self.alice).results)

    def test_notes(self) -> None:
        """Rating and comment come from the identifier of the node."""
        (found,) = self.find(NotesOn(self.songs[5].hash)).results
        expected = FoundNote(
            self.alice.kad.me.kad_id, self.songs[5].name, 5, "lovely", self.songs[5].size
        )
        assert isinstance(found, FoundNote)
        self.assertEqual(expected, evolve(found, answers=1))

    def test_locate(self) -> None:
        """A bare lookup asks everybody there is, and its trace shows how near it came."""
        view = self.find(Locate(self.people[5].kad.me.kad_id))
        (trace,) = view.traces
        self.assertEqual((Rank.USER, SIZE - 1), (trace.rank, len(trace.asked)))
        self.assertEqual(0, trace.progress[-1][1])
        self.assertGreater(trace.ended or 0.0, 0.0)

    def test_shape(self) -> None:
        """Every lookup that finishes walks first, then asks ten who answered."""
        view = self.find(parse("song3"))
        (trace,) = view.traces
        flags = [one.finishing for one in trace.asked]
        self.assertEqual([False] * (SIZE - 1) + [True] * contract.LOOKUP_FINISH, flags)
        walked = {one.kad_id for one in trace.asked if not one.finishing}
        self.assertLessEqual({one.kad_id for one in trace.asked if one.finishing}, walked)

    def test_nothing_of_ours_is_served(self) -> None:
        """Neither what we publish ourselves nor what we found gets into our own index."""
        file = self.songs[1].hash
        self.assertEqual(1, len(self.find(SourcesOf(file)).results))
        stored = {
            letter.receiver
            for letter in self.village.letters
            if isinstance(letter.message, m.PublishSourceRequest) and letter.message.target == file
        }
        self.assertNotIn(self.alice.kad.me.destination, stored)
        for person in self.people:
            heard = Heard(self.bob.kad.me.destination, m.SearchSourceRequest(file, 0, 0))
            (reply,) = person.kad.handle(heard, self.village.now, Random(1))
            assert isinstance(reply.message, m.SearchResponse)
            self.assertEqual(person.kad.me.destination in stored, len(reply.message.results) == 1)

    def test_answers_in_parts(self) -> None:
        """What takes several datagrams arrives whole."""
        files = [Published(KadID(n + 1), f"many {'y' * 150} {n}", 9) for n in range(150)]
        entries = tuple(keyword_entry(one, 1, 1) for one in files)
        target = keyword_id("many")
        for person in self.people:
            person.kad.index.publish_keyword(
                target, entries, self.alice.kad.me.destination, self.village.now
            )
        view = self.find(parse("many"))
        self.assertEqual(150, len(view.results))
        self.assertEqual(150, max(one.results for trace in view.traces for one in trace.asked))

    def test_half_of_the_village_gone(self) -> None:
        """When half of the nodes vanish, all of it is still found."""
        self.addCleanup(self.village.people.update, dict(self.village.people))
        gone = [one for one in self.people if one not in (self.alice, self.bob)][::2]
        for person in gone:
            place = person.kad.me.destination
            del self.village.people[place]
        self.assertEqual({song.name for song in self.songs}, self.names("live"))
        (found,) = self.find(SourcesOf(self.songs[3].hash)).results
        assert isinstance(found, FoundSource)
        self.assertEqual(self.alice.kad.me.tcp, found.destination)
