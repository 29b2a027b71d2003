"""Tests for :mod:`twisted_mule.kad.errands` and the records, beside what iMule sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.recorded import recorded
from tests.samples import destination
from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.codec import decode, encode
from twisted_mule.kad.contact import Me
from twisted_mule.kad.errands import (
    Errand,
    FindFiles,
    FindNotes,
    FindSources,
    PublishFiles,
    PublishSource,
    finish,
)
from twisted_mule.kad.exchange import ForNode, Plain, Request, RequestKind
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.published import (
    COMMENT,
    Published,
    keyword_entry,
    note_record,
    packed,
    source_record,
)
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.tags import DESCRIPTION, FILENAME, FILESIZE, FLAGS, Tag, integer, text

ME = Me(
    KadID.from_hex("00112233445566778899aabbccddeeff"),
    destination(100),
    destination(101),
    KadID.from_hex("0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
)
PEER = KadID.from_hex("f0e1d2c3b4a5968778695a4b3c2d1e0f")
WORD = KadID.from_hex("a5d7852a264d406b2d682a4aa88fb6d1")
FILE = KadID.from_hex("31d6cfe0d16ae931b73c59d7e0c089c0")
ISO = Published(FILE, "ubuntu-24.04-desktop-amd64.iso", 6114656256, "Pro", comment="good", rating=4)
KEY = 0x11223344


def asked(errand: Errand, target: KadID = FILE, version: int = 8) -> Request:
    """The finishing request to a peer of this version."""
    return finish(ME, Candidate(PEER, destination(7), version), KEY, target, errand)


def source(file: Published = ISO, me: Me = ME) -> PublishSource:
    """Ourselves as a source."""
    record = source_record(me, file)
    assert record is not None
    return record


class RecordedTests(SynchronousTestCase):
    """Each finishing request is what iMule sends to a peer of that version."""

    def assert_like(self, scenario: str, request: Request, *, entries: int | None = None) -> None:
        """The message and its cover are as recorded."""
        (one,) = (s for s in recorded("messages_imule")["scenarios"] if s["scenario"] == scenario)
        (sent,) = one["sent"]
        message = decode(bytes.fromhex(sent["plain_hex"]))
        if entries is not None:
            assert isinstance(message, m.PublishKeyRequest)
            message = m.PublishKeyRequest(message.target, message.entries[:entries])
        self.assertEqual(message, request.message)
        covered = ForNode(PEER, KEY) if sent["encrypted_by_sender"] else Plain()
        self.assertEqual(covered, request.seal)
        self.assertEqual(getattr(message, "target", None), request.topic)

    def test_keyword(self) -> None:
        """A keyword is searched for without an expression, with one, and in Kad1."""
        self.assert_like("search key request, no expression", asked(FindFiles(), WORD))
        words = FindFiles(Words("desktop amd64"))
        self.assert_like("search key request with string expression", asked(words, WORD))
        self.assert_like(
            "keyword search to version 2 contact uses kad1 SEARCH_REQ",
            asked(FindFiles(), WORD, 2),
        )
        legacy = asked(words, WORD, 0).message
        self.assertEqual(m.LegacySearchRequest(WORD, 1, Words("desktop amd64")), legacy)

    def test_sources(self) -> None:
        """Sources are searched for by size, which Kad1 cannot say."""
        self.assert_like("search source request", asked(FindSources(ISO.size)))
        self.assert_like(
            "source search to version 2 contact uses kad1 SEARCH_REQ (restrictive byte 1)",
            asked(FindSources(ISO.size), version=2),
        )

    def test_notes(self) -> None:
        """Notes are searched for by size, in Kad1 under our own identifier."""
        self.assert_like("search notes request", asked(FindNotes(ISO.size)))
        self.assert_like("kad1 search notes request", asked(FindNotes(), version=2))

    def test_publish_keyword(self) -> None:
        """A file under a keyword has its tags in iMule's order."""
        errand = packed([keyword_entry(ISO, 5, 3)])
        self.assert_like("publish key request, two files", asked(errand, WORD), entries=1)
        self.assert_like("kad1 publish (keyword)", asked(errand, WORD, 1))

    def test_publish_source(self) -> None:
        """A source is filed under our third identifier, with the destination of the streams."""
        self.assert_like("publish source request", asked(source()))
        self.assert_like(
            "source publish to version 3 contact uses kad1 PUBLISH_REQ", asked(source(), version=3)
        )

    def test_publish_notes(self) -> None:
        """A note is filed under our Kad identifier."""
        self.assert_like("publish notes request", asked(note_record(ISO)))
        message = asked(note_record(ISO), version=1).message
        self.assertIsInstance(message, m.LegacyPublishNotesRequest)


class GateTests(SynchronousTestCase):
    """Which generation of messages a peer gets depends on its version alone (wire-format 13)."""

    def test_gates(self) -> None:
        """Kad2 begins at 2 for keywords and notes, 3 for searches, 4 for sources."""
        gates = []
        for errand in (
            packed([keyword_entry(ISO, 1, 1)]),
            note_record(ISO),
            FindFiles(),
            FindSources(),
            FindNotes(),
            source(),
        ):
            opcodes = [asked(errand, version=version).message.opcode for version in range(9)]
            gates.append(sum(opcode < 0x0D for opcode in opcodes))
        self.assertEqual([2, 2, 3, 3, 3, 4], gates)

    def test_answers(self) -> None:
        """The answer that is waited for is of the generation of the request."""
        kinds = {
            (kind, version): next(iter(asked(errand, version=version).expects))
            for kind, errand in (("search", FindNotes()), ("publish", source()))
            for version in (0, 8)
        }
        self.assertEqual(
            {
                ("search", 0): 0x08,
                ("search", 8): 0x17,
                ("publish", 0): 0x0B,
                ("publish", 8): 0x1B,
            },
            kinds,
        )

    def test_kinds(self) -> None:
        """Searches and publishes are counted apart."""
        self.assertEqual(RequestKind.SEARCH, asked(FindNotes()).kind)
        self.assertEqual(RequestKind.PUBLISH, asked(source(), version=0).kind)

    def test_oldest_peers(self) -> None:
        """The oldest peers are not told the size of a file in a source."""
        for version, told in ((0, None), (1, None), (2, ISO.size), (3, ISO.size)):
            message = asked(source(), version=version).message
            assert isinstance(message, m.LegacyPublishRequest)
            self.assertEqual(told, integer(message.entries[0].tags, FILESIZE))

    def test_obfuscation(self) -> None:
        """Below version 6 everything goes in clear."""
        self.assertEqual(Plain(), asked(FindNotes(), version=5).seal)
        self.assertEqual(ForNode(PEER, KEY), asked(FindNotes(), version=6).seal)


class RecordTests(SynchronousTestCase):
    """What we say of our files."""

    def test_incomplete(self) -> None:
        """Only who has all of a file says so."""
        flags = [
            integer(source(Published(FILE, "a", 1, complete=complete)).tags, FLAGS)
            for complete in (True, False)
        ]
        self.assertEqual([1, 0], flags)

    def test_without_streams(self) -> None:
        """Without a stream destination, or an identifier for it, there is no source to publish."""
        self.assertIsNone(source_record(Me(ME.kad_id, ME.destination), ISO))
        self.assertIsNone(source_record(Me(ME.kad_id, ME.destination, ME.tcp), ISO))

    def test_bare_file(self) -> None:
        """A file of unknown type has no type, and one source at least: ourselves."""
        entry = keyword_entry(Published(FILE, "a.b", 9), 0, 0)
        self.assertEqual([0x23, 0x24, 0x42, 0x35], [tag.name for tag in entry.tags])
        self.assertEqual([1, 1], [tag.value for tag in entry.tags[2:]])

    def test_silent_note(self) -> None:
        """A note says only what there is to say."""
        self.assertEqual(
            (Tag(FILENAME, "a"), Tag(DESCRIPTION, "b"), Tag(FILESIZE, 1)),
            note_record(Published(FILE, "a", 1, comment="b")).tags,
        )

    def test_odd_names(self) -> None:
        """A name that is no text is written with question marks; a long comment is cut."""
        file = Published(FILE, "a\udce9.txt", 1, comment="x" * 999)
        tags = note_record(file).tags
        self.assertEqual("a?.txt", text(tags, FILENAME))
        self.assertEqual(COMMENT, len(text(tags, DESCRIPTION) or ""))
        encode(m.PublishNotesRequest(FILE, ME.kad_id, tags))


class PackingTests(SynchronousTestCase):
    """A keyword publish holds as many files as one datagram can."""

    def test_most(self) -> None:
        """At most 150 files."""
        entries = [keyword_entry(Published(KadID(n + 1), "a", 1), 1, 1) for n in range(200)]
        errand = packed(entries)
        self.assertEqual(contract.FILES_PER_PUBLISH, len(errand.entries))
        self.assertEqual(tuple(entries[:150]), errand.entries)

    @given(st.lists(st.text(min_size=1, max_size=255), min_size=1, max_size=200))
    def test_size(self, names: list[str]) -> None:
        """Whatever the names, the payload fits, and not one more file would have."""
        entries = [
            keyword_entry(Published(KadID(n + 1), name, 1 << 40, "Video"), 9, 9)
            for n, name in enumerate(names)
        ]
        errand = packed(entries)
        sizes = [
            len(encode(m.PublishKeyRequest(WORD, tuple(entries[:count])))) - 2
            for count in (len(errand.entries), len(errand.entries) + 1)
        ]
        self.assertLessEqual(sizes[0], contract.PAYLOAD_SIZE)
        if len(errand.entries) < min(len(names), contract.FILES_PER_PUBLISH):
            self.assertGreater(sizes[1], contract.PAYLOAD_SIZE)

    def test_nothing(self) -> None:
        """Of nothing there is nothing."""
        self.assertEqual(PublishFiles(()), packed([]))
