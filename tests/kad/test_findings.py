"""Tests for :mod:`twisted_mule.kad.findings`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule.kad.findings import (
    RESULTS,
    Findings,
    FoundFile,
    FoundNote,
    FoundSource,
    files_of,
    note,
    sources_but,
)
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.query import parse
from twisted_mule.kad.tags import (
    COMPLETE_SOURCES,
    DESCRIPTION,
    FILENAME,
    FILERATING,
    FILESIZE,
    FILETYPE,
    FLAGS,
    SOURCEDEST,
    SOURCES,
    SOURCETYPE,
    SOURCEUDEST,
    Tag,
    TagValue,
)

FILE = KadID(7)


def entry(kad_id: KadID, tags: dict[int, TagValue]) -> Entry:
    """An entry of an answer."""
    return Entry(kad_id, tuple(Tag(name, value) for name, value in tags.items()))


class FileTests(SynchronousTestCase):
    """Files found by their words."""

    def setUp(self) -> None:
        """Nothing was found for a word."""
        self.findings = Findings(files_of(parse("foo")))

    def found(self, number: int = 7, **more: TagValue) -> None:
        """Some node names a file."""
        names = {"name": FILENAME, "size": FILESIZE, "kind": FILETYPE, "sources": SOURCES}
        names["complete"] = COMPLETE_SOURCES
        values: dict[str, TagValue] = {"name": "foo.iso", "size": 9, **more}
        tags = {names[key]: value for key, value in values.items()}
        self.findings.add(entry(KadID(number), tags))

    def test_each_once(self) -> None:
        """A file is one result; the greatest numbers stand, the first name stays."""
        self.found(sources=3, complete=1)
        self.found(sources=1, complete=2, kind="Pro", name="foo bar.iso")
        self.assertEqual((FoundFile(FILE, "foo.iso", 9, "Pro", 3, 2, 2),), self.findings.all)

    def test_order(self) -> None:
        """Results keep their positions."""
        for number in (3, 1, 2, 1, 3):
            self.found(number)
        found = [one.hash.value for one in self.findings.all if isinstance(one, FoundFile)]
        self.assertEqual([3, 1, 2], found)

    def test_useless(self) -> None:
        """What has no name, no size or not the words is no result."""
        self.found(name="")
        self.found(size=0)
        self.found(size="9")
        self.found(name=b"foo")
        self.found(name="food")
        self.assertEqual((0, 5), (len(self.findings), self.findings.useless))

    def test_bounded(self) -> None:
        """Beyond the bound results are only counted; known ones still get better."""
        for number in range(RESULTS + 5):
            self.found(number)
        self.found(0, sources=9)
        self.assertEqual((RESULTS, 5), (len(self.findings), self.findings.dropped))
        first = self.findings.all[0]
        self.assertEqual(FoundFile(KadID(0), "foo.iso", 9, "", 9, 0, 2), first)


class SourceTests(SynchronousTestCase):
    """Sources of a file."""

    def setUp(self) -> None:
        """Nothing was found; our own streams are number 1."""
        self.findings = Findings(sources_but(destination(1)))

    def found(self, number: int, kind: int = 1, **more: TagValue) -> None:
        """Some node names a source."""
        names = {"datagrams": SOURCEUDEST, "size": FILESIZE, "flags": FLAGS}
        tags: dict[int, TagValue] = {SOURCETYPE: kind, SOURCEDEST: destination(number)}
        self.findings.add(entry(FILE, tags | {names[key]: value for key, value in more.items()}))

    def test_each_once(self) -> None:
        """A source is its stream destination; what one node does not know another may."""
        self.found(5, size=9)
        self.found(5, datagrams=destination(6), flags=3)
        expected = FoundSource(FILE, destination(5), destination(6), 9, complete=True, answers=2)
        self.assertEqual((expected,), self.findings.all)

    def test_types(self) -> None:
        """Only those that can be reached are results."""
        for kind in range(7):
            self.found(10 + kind, kind)
        self.assertEqual(2, len(self.findings))

    def test_ourselves(self) -> None:
        """We are no source of our own, nor is one without streams."""
        self.found(1)
        self.findings.add(entry(FILE, {SOURCETYPE: 1}))
        self.assertEqual(2, self.findings.useless)


class NoteTests(SynchronousTestCase):
    """What others think of a file."""

    def test_notes(self) -> None:
        """A publisher has one say; who says nothing, or rates beyond the scale, is not heard."""
        findings = Findings(note)
        findings.add(entry(KadID(1), {FILENAME: "a", FILERATING: 4, FILESIZE: 9}))
        findings.add(entry(KadID(1), {FILENAME: "a", FILERATING: 1}))
        findings.add(entry(KadID(2), {DESCRIPTION: "fine"}))
        findings.add(entry(KadID(3), {FILENAME: "a"}))
        findings.add(entry(KadID(4), {FILERATING: 6, DESCRIPTION: "x"}))
        expected = (FoundNote(KadID(1), "a", 4, "", 9, 2), FoundNote(KadID(2), "", 0, "fine"))
        self.assertEqual(expected, findings.all)
        self.assertEqual(2, findings.useless)
