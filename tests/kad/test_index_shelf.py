"""The shelf against a sorted dictionary."""

from __future__ import annotations

from itertools import islice
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad import shelf as module
from twisted_mule.kad.shelf import Shelf

KEY = 3
#: Few different bytes, the extreme ones among them, so that keys and prefixes meet.
letters = st.sampled_from([0, 1, 0x7F, 0xFE, 0xFF])
keys = st.lists(letters, min_size=KEY, max_size=KEY).map(bytes)
prefixes = st.lists(letters, max_size=KEY).map(bytes)
#: What follows a key in our records never begins with 0xff: it is a time.
bodies = st.binary(max_size=3).map(lambda rest: b"\x40" + rest)
steps = st.lists(st.tuples(keys, st.none() | bodies), max_size=60)


class ShelfTests(SynchronousTestCase):
    """Records come out as they went in, in order."""

    def setUp(self) -> None:
        """Pages of four, so that a few records fill many."""
        self.enterContext(patch.object(module, "PAGE", 4))
        self.enterContext(patch.object(module, "SWEPT", 6))

    def filled(self, changes: list[tuple[bytes, bytes | None]]) -> tuple[Shelf, dict[bytes, bytes]]:
        """A shelf after these steps, and the dictionary that it should equal."""
        shelf, model = Shelf(KEY, logged=True), dict[bytes, bytes]()
        for key, body in changes:
            if body is not None:
                shelf.put(key + body)
                model[key] = key + body
            elif key in model:
                shelf.remove(model.pop(key))
        return shelf, model

    @given(steps, prefixes, st.integers(0, 9), st.integers(0, 9))
    def test_model(
        self, changes: list[tuple[bytes, bytes | None]], prefix: bytes, begin: int, more: int
    ) -> None:
        """Counting, finding and listing by any prefix agree with the dictionary."""
        shelf, model = self.filled(changes)
        rows = [row for _, row in sorted(model.items()) if row.startswith(prefix)]
        self.assertEqual(len(model), len(shelf))
        self.assertEqual(sum(map(len, model.values())), shelf.size)
        self.assertEqual(len(rows), shelf.count(prefix))
        self.assertEqual(rows, list(shelf.records(prefix)))
        self.assertEqual(rows[begin:], list(shelf.records(prefix, begin)))
        end = begin + more
        self.assertEqual(rows[begin:end], list(shelf.records(prefix, begin, end)))
        self.assertEqual(next(iter(rows), None), shelf.get(prefix))

    @given(steps)
    def test_pages(self, changes: list[tuple[bytes, bytes | None]]) -> None:
        """Page by page, everything is seen once and in order."""
        shelf, model = self.filled(changes)
        seen: list[bytes] = []
        while rows := shelf.page_after(seen[-1][:KEY] if seen else b""):
            self.assertLessEqual(len(rows), 6)
            seen += rows
        self.assertEqual(sorted(model.values()), seen)

    @given(steps)
    def test_changes(self, changes: list[tuple[bytes, bytes | None]]) -> None:
        """What changed is told once: the record that is there now, or that there is none."""
        shelf, model = self.filled(changes)
        told = shelf.changes()
        self.assertEqual(model, {key: row for key, row in told.items() if row is not None})
        self.assertTrue(all(key not in model for key, row in told.items() if row is None))
        self.assertEqual({}, shelf.changes())

    def test_unlogged(self) -> None:
        """Without a log nothing is remembered, whatever happens and whoever asks."""
        shelf = Shelf(KEY)
        for number in range(9):
            self.assertEqual({}, shelf.changes())
            shelf.put(bytes((number, 0, 0, 1)))
        self.assertEqual({}, shelf.changes())

    def test_restored(self) -> None:
        """What comes from the disk does not go back to it."""
        shelf = Shelf(KEY, logged=True)
        shelf.put(b"abc1", restored=True)
        self.assertEqual({}, shelf.changes())
        self.assertEqual(b"abc1", shelf.get(b"abc"))

    def test_lazy(self) -> None:
        """The first records of a long list cost nothing for the rest."""
        shelf = Shelf(KEY)
        for number in range(100):
            shelf.put(bytes((number, 0, 0, 1)))
        first = islice(shelf.records(b""), 2)
        self.assertEqual([0, 1], [row[0] for row in first])
