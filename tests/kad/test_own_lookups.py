"""Publishing and searching between cores that talk through real datagrams."""

from __future__ import annotations

from functools import cache
from random import Random

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import deal
from tests.kad.people import ME, NOW, covered, kad_of, seed
from tests.kad.test_core import ENVELOPES, MESSAGES, run
from tests.kad.village import Village, Villager, seed_of
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.core import Kad
from twisted_mule.kad.exchange import Envelope, ForKey, Heard, Reply, Request, RequestKind
from twisted_mule.kad.findings import FoundFile, FoundNote, FoundSource
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.kinds import Aim, Rank
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.published import Published, keyword_entry
from twisted_mule.kad.query import Filters, Query, parse
from twisted_mule.kad.search import (
    Locate,
    NotesOn,
    SearchState,
    SearchView,
    SearchWish,
    SourcesOf,
)
from twisted_mule.kad.searching import OPEN

SIZE = 12
FINISHING = (RequestKind.SEARCH, RequestKind.PUBLISH)


def song(number: int, **more: object) -> Published:
    """A file of the user's."""
    kad_id = KadID(Random(number).getrandbits(128))
    name = f"Çommon song{number} live.mp3"
    return Published(kad_id, name, 1_000_000 + number, "Audio", **more)  # type: ignore[arg-type]


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


class CoreTests(SynchronousTestCase):
    """The seam of the core: what the user wants goes in, what became of it comes out."""

    def test_stopped_lookup_goes_on(self) -> None:
        """A stopped search shows nowhere: its lookup spends all its requests."""
        kad = deal(kad_of(*(seed(n) for n in range(100))), Aim.VALUE)
        query = parse("ubuntu")
        number = kad.search(query)
        before = len(self.topics(run(kad, 20), query))
        kad.stop_search(number)
        after = len(self.topics(run(kad, 300, start=20), query))
        self.assertGreater(before, 2)
        self.assertEqual(contract.LOOKUP_REQUESTS, before + after)

    def topics(self, sent: list[tuple[float, Request]], query: Query) -> list[Request]:
        """The requests that belong to a search."""
        (leg,) = query.legs
        return [one for _, one in sent if one.topic == leg.target]

    def test_estimate(self) -> None:
        """A search that waits says for how long, the hold after the start included."""
        kad = deal(kad_of(*(seed(n) for n in range(100))), Aim.VALUE)
        for _ in range(3):
            kad.search(SourcesOf(KadID(Random(1).getrandbits(128))))
        kad.hold_until(NOW + 60)
        waits = [view.begins_in for view in kad.searches()]
        self.assertEqual([60.0, 60.0, 60.0], waits)
        kad.hold_until(NOW)
        self.assertEqual([0.0, 0.0, 48.0], [view.begins_in for view in kad.searches()])

    def test_bounded(self) -> None:
        """A bare lookup is refused quietly when too many searches wait."""
        kad = kad_of()
        taken = [kad.look_up(KadID(n)) for n in range(OPEN + 2)]
        self.assertEqual(OPEN, sum(taken))

    def test_again(self) -> None:
        """Only a search that is done can go on."""
        kad = deal(kad_of(seed(1)), Aim.NODE)
        number = kad.search(Locate(KadID(1)))
        self.assertFalse(kad.search_again(number))
        run(kad, 400)
        self.assertTrue(kad.search_again(number))

    def finish(self, kad: Kad, topic: KadID) -> tuple[float, Request]:
        """When and how a lookup finishes at the one node there is, which answers every step."""
        for second in range(1000):
            for now, request in run(kad, 1, start=second):
                match request.message:
                    case m.FindNodeRequest(target=target):
                        self.answer(kad, request, m.FindNodeResponse(target, ()), now)
                    case m.LegacyFindNodeRequest(target=target):
                        self.answer(kad, request, m.LegacyFindNodeResponse(target, ()), now)
                    case _ if request.kind in FINISHING and request.topic == topic:
                        return now, request
                    case _:
                        pass
        raise AssertionError("no lookup finishes")

    def answer(
        self,
        kad: Kad,
        request: Request,
        message: m.Message,
        now: float,
        envelope: Envelope | None = None,
    ) -> tuple[Reply, ...]:
        """What the answer to a request of ours calls for."""
        source = request.destination
        match = kad.match(source, message.opcode, now)
        heard = Heard(source, message, envelope or Envelope(), match)
        return kad.handle(heard, now, Random(1))

    def test_acknowledgement(self) -> None:
        """A PUBLISH_RES that asks for it is acknowledged, under the key of its sender."""
        for options, envelope, expected in (
            (1, covered(0x77), (Reply(m.PublishResponseAck(), ForKey(0x77)),)),
            (2, covered(0x77), ()),
            (None, covered(0x77), ()),
            (1, Envelope(), ()),
        ):
            kad = deal(kad_of(seed(1)), Aim.STORE)
            kad.share([song(1, rating=1, held=False)], NOW, Random(1))
            now, request = self.finish(kad, song(1).hash)
            message = m.PublishResponse(song(1).hash, 1, options=options)
            self.assertEqual(expected, self.answer(kad, request, message, now + 1, envelope))
            (trace,) = (one for one in kad.lookups() if one.rank is Rank.PUBLISHING)
            self.assertEqual(1, trace.results)

    def test_kad1_search(self) -> None:
        """A Kad1 node is searched in Kad1, and its results count like any others."""
        kad = deal(kad_of(seed(1, version=0)), Aim.VALUE)
        target = keyword_id("song1")
        kad.search(parse("song1"))
        now, request = self.finish(kad, target)
        self.assertEqual(m.LegacySearchRequest(target, 0), request.message)
        parts = [m.LegacySearchResponse(target, (keyword_entry(song(n), 1, 1),)) for n in (1, 2)]
        for number, part in enumerate(parts):
            self.assertEqual((), self.answer(kad, request, part, now + number))
        (view,) = kad.searches()
        self.assertEqual([song(1).hash], [getattr(one, "hash", None) for one in view.results])
        self.assertEqual(2, view.traces[0].results)

    def test_kad1_publish(self) -> None:
        """A Kad1 node is published to in Kad1, and its word counts like any other's."""
        kad = deal(kad_of(seed(1, version=0)), Aim.STORE)
        kad.share([song(1, rating=1, held=False)], NOW, Random(1))
        now, request = self.finish(kad, song(1).hash)
        self.assertIsInstance(request.message, m.LegacyPublishNotesRequest)
        answer = m.LegacyPublishResponse(song(1).hash, 1)
        self.assertEqual((), self.answer(kad, request, answer, now + 1))
        (trace,) = (one for one in kad.lookups() if one.rank is Rank.PUBLISHING)
        self.assertEqual(1, trace.results)


class HostileTests(SynchronousTestCase):
    """Answers that nobody asked for, or that lie, do no harm to searches and publishing."""

    @settings(deadline=None, max_examples=40)
    @given(
        st.lists(
            st.tuples(MESSAGES, ENVELOPES, st.integers(0, 3), st.booleans()),
            min_size=1,
            max_size=25,
        )
    )
    def test_anything(self, arrivals: list[tuple[m.Message, Envelope, int, bool]]) -> None:
        """Any messages in any order leave the seam whole."""
        kad = kad_of(*(seed(n) for n in range(4)))
        kad.share([song(n, rating=1) for n in range(3)], NOW, Random(1))
        for wish in (parse("foo OR bar"), SourcesOf(KadID(1)), NotesOn(KadID(2)), Locate(KadID(3))):
            kad.search(wish)
        for second, (message, envelope, peer, claims) in enumerate(arrivals):
            now = NOW + second
            source = seed(peer).destination
            answers = kad.match(source, message.opcode, now) if claims else None
            kad.handle(Heard(source, message, envelope, answers), now, Random(second))
            kad.beat(now, Random(second))
            kad.next_request(now, Random(second))
        self.assertEqual(4, len(kad.searches()))
        self.assertEqual(3, kad.publishing().shared)
        self.assertEqual((), kad.due_rows(NOW + 99))

    def test_strangers(self) -> None:
        """Results of somebody who was not asked are not results, whatever they are about."""
        kad = kad_of(*(seed(n) for n in range(30)))
        query = parse("ubuntu")
        kad.search(query)
        run(kad, 60)
        (leg,) = query.legs
        entry = Entry(KadID(1), keyword_entry(song(1), 1, 1).tags)
        message = m.SearchResponse(ME.kad_id, leg.target, (entry,))
        for n in range(30):
            source = seed(n).destination
            match = kad.match(source, message.opcode, NOW + 61)
            kad.handle(Heard(source, message, Envelope(), match), NOW + 61, Random(1))
        (view,) = kad.searches()
        self.assertEqual((), view.results)
