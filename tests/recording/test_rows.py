"""Tests for :mod:`twisted_mule.recording.rows`."""

from __future__ import annotations

from io import StringIO

from hypothesis import given
from hypothesis.strategies import builds, floats, integers, none, sampled_from, text
from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule.recording.rows import (
    Header,
    PlaceKind,
    Pseudonyms,
    Row,
    TraceError,
    Way,
    read,
    write,
)

HEADER = Header("node", "a program", "0123456789ab", {"seed": 1})
ROWS = builds(
    Row,
    t=floats(0.0, 1e6).map(lambda t: round(t, 6)),
    way=sampled_from(Way),
    peer=text(),
    size=integers(0, 10_240),
    type=none() | text(),
    tick=none() | integers(0),
    place=none() | sampled_from(PlaceKind),
)


class RowsTests(SynchronousTestCase):
    """What is written is read again, and nothing else is taken for a trace."""

    @given(ROWS)
    def test_round_trip(self, row: Row) -> None:
        """A trace that was written is read as it was."""
        file = StringIO()
        write(file, HEADER, [row, row])
        file.seek(0)
        header, rows = read(file)
        self.assertEqual(HEADER, header)
        self.assertEqual([row, row], list(rows))

    def test_lines(self) -> None:
        """What is not known takes no room in a line."""
        row = Row(1.5, Way.IN, "ab", 35)
        self.assertEqual('{"t":1.5,"dir":"in","peer":"ab","size":35,"type":null}\n', row.line)
        row = Row(1.5, Way.OUT, "ab", 35, "ping", 7, PlaceKind.REQUEST)
        self.assertTrue(row.line.endswith('"type":"ping","tick":7,"place":"request"}\n'))

    def test_cut_off(self) -> None:
        """A last line that was not written to its end is left out."""
        whole = Row(1.5, Way.IN, "ab", 35)
        _, rows = read([HEADER.line, whole.line, whole.line[:-5]])
        self.assertEqual([whole], list(rows))

    def test_no_trace(self) -> None:
        """What is no trace is refused, by the line that is wrong."""
        for first in ("", "nonsense\n", "[]\n", '{"trace":2}\n', '{"trace":1}\n'):
            self.assertRaises(TraceError, read, [first])
        endless = Row(1.5, Way.IN, "ab", 35).line.replace("35", "1e999")
        lines = "\n", "[]\n", '{"t":1}\n', '{"t":1,"dir":"up","peer":"a","size":1}\n', endless
        for wrong in lines:
            _, rows = read([HEADER.line, wrong])
            reason = self.assertRaises(TraceError, list, rows)
            self.assertIn("Line 2", str(reason))

    def test_pseudonyms(self) -> None:
        """A peer has one name in a trace, and another one in the next."""
        first, second = Pseudonyms(b"one"), Pseudonyms(b"two")
        self.assertEqual(first(destination(1)), first(destination(1)))
        self.assertNotEqual(first(destination(1)), first(destination(2)))
        self.assertNotEqual(first(destination(1)), second(destination(1)))
