"""What searches and publishes of others are answered (node-behaviour 7.2 and 7.3)."""

from __future__ import annotations

from itertools import chain
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME
from tests.kad.published import FILE, NOW, PAULA, PETER, WORD, a_file, a_note, a_source
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.exchange import Cover, Envelope, ForKey, Heard, Plain
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.serving import Serving
from twisted_mule.kad.tags import (
    DESCRIPTION,
    ENCRYPTION,
    FILESIZE,
    FLAGS,
    SOURCEDEST,
    SOURCETYPE,
    SOURCEUDEST,
    Tag,
    address,
    integer,
)


class ServingTestCase(SynchronousTestCase):
    """A node that serves."""

    def setUp(self) -> None:
        """An empty index."""
        self.index = Index()
        self.serving = Serving(ME, self.index)

    def ask(self, message: m.Message, seed: int = 1, now: float = NOW) -> list[m.Message]:
        """What is answered to a plain message of Peter's."""
        heard = Heard(PETER, message)
        return [reply.message for reply in self.serving.answer(heard, now, Random(seed))]

    def results(self, message: m.Message, seed: int = 1) -> list[list[int]]:
        """The numbers of the results of each part."""
        return [
            [entry.kad_id.value for entry in part.results]
            for part in self.ask(message, seed)
            if isinstance(part, m.SearchResponse | m.LegacySearchResponse)
        ]


class SearchTests(ServingTestCase):
    """Searches."""

    def test_nothing(self) -> None:
        """Kad2 is answered with nothing, once; Kad1 is not answered."""
        for request in (
            m.SearchKeyRequest(WORD),
            m.SearchSourceRequest(WORD, 0, 0),
            m.SearchNotesRequest(WORD, 0),
        ):
            self.assertEqual([m.SearchResponse(ME.kad_id, WORD, ())], self.ask(request))
        for legacy in (
            m.LegacySearchRequest(WORD, 0),
            m.LegacySearchRequest(WORD, 1),
            m.LegacySearchNotesRequest(WORD, KadID(5)),
        ):
            self.assertEqual([], self.ask(legacy))

    def test_seal(self) -> None:
        """A Kad2 answer goes under the key that came, in clear if none did; Kad1 in clear."""
        self.index.publish_keyword(WORD, [a_file(1)], PAULA, NOW)
        envelope = Envelope(Cover.NODE_ID, 0, 0x77)
        for message, given_, seal in (
            (m.SearchKeyRequest(WORD), envelope, ForKey(0x77)),
            (m.SearchKeyRequest(WORD), Envelope(), Plain()),
            (m.LegacySearchRequest(WORD, 0), envelope, Plain()),
            (m.PublishKeyRequest(WORD, ()), envelope, ForKey(0x77)),
            (m.LegacyPublishRequest(WORD, (a_file(2),)), envelope, Plain()),
        ):
            heard = Heard(PETER, message, given_)
            (reply,) = self.serving.answer(heard, NOW, Random(1))
            self.assertEqual((seal, frozenset()), (reply.seal, reply.expects))

    def test_shuffled(self) -> None:
        """Files, sources and notes come in another order every time."""
        for number in range(1, 9):
            who = destination(number)
            self.index.publish_keyword(WORD, [a_file(number)], who, NOW)
            self.index.publish_source(WORD, KadID(number), a_source(50 + number), who, NOW)
            self.index.publish_note(WORD, KadID(number << 64), a_note(), who, NOW)
        for request in (
            m.SearchKeyRequest(WORD),
            m.SearchSourceRequest(WORD, 0, 0),
            m.SearchNotesRequest(WORD, 0),
            m.LegacySearchRequest(WORD, 0),
            m.LegacySearchRequest(WORD, 1),
            m.LegacySearchNotesRequest(WORD, KadID(5)),
        ):
            orders = [tuple(self.results(request, seed)[0]) for seed in range(30)]
            self.assertGreater(len(set(orders)), 25)
            self.assertEqual(1, len({frozenset(order) for order in orders}))

    def test_three_hundred_files(self) -> None:
        """300 usual files fit into four full parts."""
        for number in range(400):
            self.index.publish_keyword(WORD, [a_file(number)], destination(number % 50), NOW)
        parts = self.results(m.SearchKeyRequest(WORD))
        self.assertEqual(300, sum(map(len, parts)))
        self.assertLessEqual(len(parts), contract.SEARCH_PARTS)
        self.assertEqual(list(range(300)), sorted(chain(*parts)))

    def test_sources_by_the_offset(self) -> None:
        """About fifty sources fit into an answer; the others are reached by the offset."""
        for number in range(1, 121):
            self.index.publish_source(
                WORD, KadID(number), a_source(200 + number), destination(number), NOW
            )
        seen: list[int] = []
        answers = []
        while parts := self.results(m.SearchSourceRequest(WORD, len(seen), 0)):
            answers.append(sum(map(len, parts)))
            if not answers[-1]:
                break
            seen += chain(*parts)
        self.assertEqual(list(range(1, 121)), sorted(seen))
        self.assertGreater(answers[0], 45)

    def test_kad1_searches(self) -> None:
        """The byte tells what Kad1 asks for: 1 alone sources, anything else a keyword."""
        self.index.publish_keyword(WORD, [a_file(1)], PAULA, NOW)
        self.index.publish_source(WORD, KadID(2), a_source(7), PAULA, NOW)
        self.index.publish_note(WORD, KadID(3), a_note(), PAULA, NOW)
        self.assertEqual([[1]], self.results(m.LegacySearchRequest(WORD, 0)))
        self.assertEqual([[2]], self.results(m.LegacySearchRequest(WORD, 1)))
        self.assertEqual([[3]], self.results(m.LegacySearchNotesRequest(WORD, KadID(5))))


class PublishTests(ServingTestCase):
    """Publishes."""

    def test_keyword(self) -> None:
        """A keyword publish is answered once, also when nothing in it is an entry."""
        files = tuple(map(a_file, range(5)))
        self.assertEqual([m.PublishResponse(WORD, 0)], self.ask(m.PublishKeyRequest(WORD, files)))
        self.assertEqual([m.PublishResponse(WORD, 0)], self.ask(m.PublishKeyRequest(WORD, ())))
        empty = m.PublishKeyRequest(FILE, (m.Entry(KadID(1), ()),))
        self.assertEqual([m.PublishResponse(FILE, 0)], self.ask(empty))
        first = m.PublishKeyRequest(FILE, (a_file(1),))
        self.assertEqual([m.PublishResponse(FILE, 1)], self.ask(first))

    def test_source(self) -> None:
        """A source is answered with the counts; what is none gets silence."""
        told = m.PublishSourceRequest(FILE, KadID(9), a_source(7))
        self.assertEqual([m.PublishResponse(FILE, 1, 1, 1)], self.ask(told))
        for number in (0, 1):
            tags = tuple(tag for at, tag in enumerate(a_source(7)) if at != number)
            self.assertEqual([], self.ask(m.PublishSourceRequest(FILE, KadID(9), tags)))

    def test_note(self) -> None:
        """A note is answered with the key form; what is none gets silence."""
        told = m.PublishNotesRequest(FILE, KadID(9), a_note())
        self.assertEqual([m.PublishResponse(FILE, 1)], self.ask(told))
        self.assertEqual([], self.ask(m.PublishNotesRequest(FILE, KadID(9), ())))

    def test_kad1(self) -> None:
        """Kad1 is answered for each entry, with the form that fits it."""
        source = m.Entry(KadID(9), a_source(7))
        told = m.LegacyPublishRequest(FILE, (a_file(1), source, m.Entry(KadID(8), ()), a_file(2)))
        self.assertEqual(
            [
                m.LegacyPublishResponse(FILE, 1),
                m.LegacyPublishResponse(FILE, 1, 1, 1),
                m.LegacyPublishResponse(FILE, 0),
                m.LegacyPublishResponse(FILE, 0),
            ],
            self.ask(told),
        )
        note = m.LegacyPublishNotesRequest(FILE, KadID(9), a_note())
        self.assertEqual([m.LegacyPublishResponse(FILE, 1)], self.ask(note))
        nothing = m.LegacyPublishRequest(FILE, (m.Entry(KadID(9), a_source(7)[:1]),))
        self.assertEqual([], self.ask(nothing))

    def test_kad1_many(self) -> None:
        """All files of a long Kad1 publish are stored, though few are answered."""
        told = m.LegacyPublishRequest(WORD, tuple(map(a_file, range(50))))
        self.assertEqual(contract.SEARCH_PARTS, len(self.ask(told)))
        self.assertEqual(50, self.index.size().keywords)

    def test_datagram_destination(self) -> None:
        """What the publish came from is added, unless Kad2 names another behind the type."""
        named = Tag(SOURCEUDEST, PAULA)
        for kad2, told, expected in (
            (True, a_source(7), PETER),
            (True, (*a_source(7), named), PAULA),
            (True, (named, *a_source(7)), PETER),
            (False, (*a_source(7), named), PETER),
        ):
            self.setUp()
            if kad2:
                self.ask(m.PublishSourceRequest(FILE, KadID(9), told))
            else:
                self.ask(m.LegacyPublishRequest(FILE, (m.Entry(KadID(9), told),)))
            (entry,) = self.index.find_sources(FILE, 0, 0, NOW)
            self.assertEqual(expected, address(entry.tags, SOURCEUDEST))
            self.assertEqual(1, sum(tag.name == SOURCEUDEST for tag in entry.tags))

    def test_strange_source(self) -> None:
        """Of what may be there once the last counts; what is of no use is not passed on."""
        strange = (
            Tag(FILESIZE, "large"),
            Tag(SOURCETYPE, 3),
            Tag(SOURCEDEST, 5),
            Tag(SOURCEDEST, destination(8)),
            *a_source(7),
        )
        self.ask(m.PublishSourceRequest(FILE, KadID(9), strange))
        (entry,) = self.index.find_sources(FILE, 0, 0, NOW)
        kinds = [ENCRYPTION, FLAGS, SOURCEDEST, SOURCETYPE, SOURCEUDEST, FILESIZE]
        self.assertEqual(kinds, [tag.name for tag in entry.tags])
        self.assertEqual(destination(7), address(entry.tags, SOURCEDEST))
        self.assertEqual(1, integer(entry.tags, SOURCETYPE))

    def test_verbatim(self) -> None:
        """Every other tag comes back as it came, reversed, then the name and the size."""
        more = (Tag(0x4A, "Art"), Tag(0xEE, 5), Tag(0xEE, b"\0\1"), Tag(DESCRIPTION, "…"))
        entry = m.Entry(KadID(1), (*a_file(1).tags, *more))
        self.ask(m.PublishKeyRequest(WORD, (entry,)))
        (found,) = self.index.find_keyword(WORD, None, 0, NOW, Random(1))
        name, size, *others = entry.tags
        self.assertEqual((*reversed(others), name, size), found.tags)
