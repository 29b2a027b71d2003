"""Publishing and searching through the core: requests go out, answers come in, true or not."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.cards import deal
from tests.kad.people import ME, NOW, covered, kad_of, seed
from tests.kad.songs import song
from tests.kad.test_core import ENVELOPES, MESSAGES, run
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.core import Kad
from twisted_mule.kad.exchange import Envelope, ForKey, Heard, Reply, Request, RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.kinds import Aim, Rank
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.published import keyword_entry
from twisted_mule.kad.query import Query, parse
from twisted_mule.kad.search import Locate, NotesOn, SourcesOf
from twisted_mule.kad.searching import OPEN

FINISHING = (RequestKind.SEARCH, RequestKind.PUBLISH)


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
