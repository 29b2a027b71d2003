"""
The index and its serving against what iMule, executed, answered to the same datagrams.

Where we differ on purpose (design.md D24) the test says so.
"""

from __future__ import annotations

from random import Random

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import ME, NOW
from tests.kad.test_recorded_core import PEER, scenario, sent
from tests.recorded import recorded
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.cursor import Cursor
from twisted_mule.kad.exchange import Cover, Envelope, ForKey, Heard, Plain, Reply
from twisted_mule.kad.expression import Expression, decode_expression
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.serving import Serving

KEY = 85
UBUNTU = KadID.from_hex("31d6cfe0d16ae931b73c59d7e0c089c0")
SONG = KadID.from_hex("a448017aaf21d8525fc10ae87aa6729d")


def message(start: str, opcode: int) -> m.Message:
    """What iMule sent in the scenario whose name starts so, as we read it."""
    found, _ = sent(scenario(start), opcode)
    return found


def note() -> m.Message:
    """The note that iMule published."""
    (one,) = (
        one
        for one in recorded("messages_imule")["scenarios"]
        if one["scenario"] == "publish notes request"
    )
    found, _ = sent(one, 0x1A)
    return found


def in_order(reply: m.Message) -> m.Message:
    """The reply with its results in the order of their numbers: ours are shuffled (D1)."""
    assert isinstance(reply, m.SearchResponse | m.LegacySearchResponse)
    return evolve(reply, results=tuple(sorted(reply.results, key=lambda entry: entry.kad_id)))


class RecordedIndexTests(SynchronousTestCase):
    """The publishes of the recordings, stored by us, and then the searches."""

    def setUp(self) -> None:
        """Store the keyword and the source of the recordings."""
        self.serving = Serving(ME, Index())
        self.key = self.ask(message("publish key request, two files", 0x18))
        self.source = self.ask(message("publish source request", 0x19))

    def ask(self, request: m.Message) -> tuple[Reply, ...]:
        """What the peer of the recordings is answered, under its key."""
        request = decode(encode(request))
        heard = Heard(PEER, request, Envelope(Cover.NODE_ID, 0, KEY))
        return self.serving.answer(heard, NOW, Random(1))

    def test_publish_key(self) -> None:
        """A publish of two files is answered once, with the load of the second."""
        self.assertEqual(
            (Reply(message("reply to publish key request", 0x1B), ForKey(KEY)),), self.key
        )

    def test_publish_source(self) -> None:
        """A publish of a source is answered with the counts and the load."""
        self.assertEqual(
            (Reply(message("reply to publish source request", 0x1B), ForKey(KEY)),), self.source
        )

    def test_publish_notes(self) -> None:
        """
        A difference of D8: iMule never stores a note and keeps silent.

        We store it and answer with the key form.
        """
        theirs = scenario("publish notes request: never stored")
        self.assertEqual([], theirs["sent"])
        (reply,) = self.ask(note())
        self.assertEqual(m.PublishResponse(UBUNTU, 1), reply.message)
        (found,) = self.ask(m.SearchNotesRequest(UBUNTU, 0))
        assert isinstance(found.message, m.SearchResponse)
        (stored,) = found.message.results
        self.assertEqual(ME.kad_id, stored.kad_id)
        self.assertEqual([0x2D, 0x50, 0x23, 0x24], [tag.name for tag in stored.tags])

    def test_search_keyword(self) -> None:
        """A keyword search gives both files with every tag, in iMule's order of tags."""
        expected = message("search response, keyword", 0x17)
        (reply,) = self.ask(message("search key request, no expression", 0x14))
        self.assertEqual(expected, in_order(reply.message))
        self.assertEqual(ForKey(KEY), reply.seal)

    def test_order_of_results(self) -> None:
        """A difference of D1: iMule gives results in the order of their numbers, we do not."""
        request = message("search key request, no expression", 0x14)
        firsts = set()
        for seed in range(20):
            heard = Heard(PEER, request, Envelope())
            (reply,) = self.serving.answer(heard, NOW, Random(seed))
            assert isinstance(reply.message, m.SearchResponse)
            firsts.add(reply.message.results[0].kad_id)
        self.assertEqual({UBUNTU, SONG}, firsts)

    def test_search_source(self) -> None:
        """A source search gives the source with the datagram destination that we add."""
        expected = message("search response, source", 0x17)
        (reply,) = self.ask(message("search source request", 0x15))
        self.assertEqual(expected, reply.message)

    def test_search_notes(self) -> None:
        """Where nothing is stored the answer is empty."""
        expected = message("search response, notes, nothing stored", 0x17)
        assert isinstance(expected, m.SearchResponse)
        (reply,) = self.ask(m.SearchNotesRequest(expected.target, 0))
        self.assertEqual(expected, reply.message)

    def test_kad1_source_search(self) -> None:
        """Kad1 asks for sources with the byte 1 alone and is answered in clear."""
        (reply,) = self.ask(message("source search to version 2 contact", 0x07))
        expected = message("kad1 source search answer", 0x08)
        self.assertEqual((expected, Plain()), (reply.message, reply.seal))

    def test_kad1_keyword_search(self) -> None:
        """Kad1 asks for a keyword with the byte 0."""
        (reply,) = self.ask(message("keyword search to version 2 contact", 0x07))
        expected = message("kad1 keyword search answer", 0x08)
        self.assertEqual((expected, Plain()), (in_order(reply.message), reply.seal))

    def test_kad1_nothing_found(self) -> None:
        """In Kad1 nothing is answered with nothing."""
        self.assertEqual([], scenario("kad1 source search, nothing found")["sent"])
        self.assertEqual((), self.ask(m.LegacySearchRequest(SONG, 1)))
        self.assertEqual((), self.ask(message("kad1 search notes request", 0x09)))

    def test_kad1_publishes(self) -> None:
        """What comes by Kad1 is stored like what comes by Kad2."""
        self.serving = Serving(ME, Index())
        (file,) = self.ask(message("kad1 publish (keyword)", 0x0A))
        self.assertEqual(m.LegacyPublishResponse(keyword_id("ubuntu"), 1), file.message)
        (source,) = self.ask(message("source publish to version 3 contact", 0x0A))
        self.assertEqual(m.LegacyPublishResponse(UBUNTU, 1, 1, 1), source.message)
        self.test_search_source()
        (reply,) = self.ask(m.LegacySearchRequest(keyword_id("ubuntu"), 0))
        expected = message("kad1 keyword search answer", 0x08)
        assert isinstance(expected, m.LegacySearchResponse)
        self.assertEqual(evolve(expected, results=expected.results[:1]), reply.message)

    def test_restrictive_searches(self) -> None:
        """
        Every recorded expression finds as many files as it found in iMule, but for one.

        That one is the type filter as iMule writes it and cannot read it; we can (wire-format 12).
        """
        rows = [
            (one["scenario"], one["fields"])
            for one in recorded("messages_imule")["scenarios"]
            if one["scenario"].startswith("restrictive search")
        ]
        self.assertEqual(5, len(rows))
        for name, fields in rows:
            expression = decode_expression(Cursor(bytes.fromhex(fields["expression_hex"])))
            expected = fields["results_returned"]
            if "as iMule's own sender writes it" in name:
                self.assertEqual(0, expected)
                expected = 1
            self.assertEqual(expected, self.count(expression), name)

    def count(self, expression: Expression) -> int:
        """How many files an expression finds, in Kad2 and in Kad1."""
        (reply,) = self.ask(m.SearchKeyRequest(keyword_id("ubuntu"), 0, expression))
        legacy = self.ask(m.LegacySearchRequest(keyword_id("ubuntu"), 1, expression))
        assert isinstance(reply.message, m.SearchResponse)
        assert len(legacy) == (len(reply.message.results) > 0)
        return len(reply.message.results)

    def test_destinations(self) -> None:
        """The source of the recordings came from the peer, not from the node that wrote it."""
        (entry,) = self.serving.index.find_sources(UBUNTU, 0, 0, NOW)
        addresses = [tag.value for tag in entry.tags if tag.name in (0x52, 0x53)]
        self.assertEqual([destination(101), PEER], addresses)
