"""Tests for :mod:`twisted_mule.figures.parquet`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.figures import parquet

#: A run of which everything is known, and a later one with another column and a fraction.
FIRST: dict[str, Any] = {
    "title": "one",
    "seed": 1,
    "obfuscation": True,
    "searches": {"done": 0, "found": None},
    "series": {"minute": [1.0, 2.0], "sent": {"hello_request": [0.5, 0]}},
}
SECOND: dict[str, Any] = {**FIRST, "seed": 2.5, "searches": {"done": 4, "found": 0.75}, "more": "x"}


class ParquetTests(SynchronousTestCase):
    """A run is a row, a figure a column, and a file only grows."""

    def setUp(self) -> None:
        """A folder of our own."""
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.path = self.folder / "runs.parquet"

    def test_a_row_a_run(self) -> None:
        """Names within names are joined by points; a series is a list in its row."""
        parquet.append(self.path, [FIRST])
        (row,) = parquet.read(self.path).to_pylist()
        self.assertEqual(
            {
                "title": "one",
                "seed": 1,
                "obfuscation": True,
                "searches.done": 0,
                "searches.found": None,
                "series.minute": [1.0, 2.0],
                "series.sent.hello_request": [0.5, 0.0],
            },
            row,
        )

    def test_rows_are_added(self) -> None:
        """What is there stays, and what only one run has is null in the others."""
        parquet.append(self.path, [FIRST])
        parquet.append(self.path, [SECOND])
        rows = parquet.read(self.path).to_pylist()
        self.assertEqual([1.0, 2.5], [row["seed"] for row in rows])
        self.assertEqual([None, 0.75], [row["searches.found"] for row in rows])
        self.assertEqual([None, "x"], [row["more"] for row in rows])

    def test_nothing_is_lost(self) -> None:
        """A write that fails leaves the file as it was, and nothing beside it."""
        parquet.append(self.path, [FIRST])
        before = self.path.read_bytes()
        with mock.patch("os.replace", side_effect=OSError("full")):
            self.assertRaises(OSError, parquet.append, self.path, [SECOND])
        self.assertEqual((before, [self.path]), (self.path.read_bytes(), [*self.folder.iterdir()]))

    def test_other_files_are_refused(self) -> None:
        """What is no Parquet, or has text where numbers belong, is left alone."""
        self.path.write_text("seed,found\n1,0.5\n")
        self.assertRaises(parquet.ForeignFileError, parquet.append, self.path, [FIRST])
        self.assertEqual("seed,found\n1,0.5\n", self.path.read_text())
        other = self.folder / "other.parquet"
        parquet.append(other, [{"seed": "a word"}])
        self.assertRaises(parquet.ForeignFileError, parquet.append, other, [FIRST])
        self.assertEqual([{"seed": "a word"}], parquet.read(other).to_pylist())

    def test_rights_stay(self) -> None:
        """A file that its owner keeps private stays private."""
        parquet.append(self.path, [FIRST])
        self.path.chmod(0o600)
        parquet.append(self.path, [SECOND])
        self.assertEqual(0o600, self.path.stat().st_mode & 0o777)
