"""The library as a whole: what outlives the process, and disks that refuse."""

from __future__ import annotations

from unittest.mock import patch

from tests.sharing.libraries import LONG_AGO, LibraryCase, ed2k
from twisted_mule.store import shared_files
from twisted_mule.store.directory import StateError


class KeepingTests(LibraryCase):
    """What outlives the process, and disks that refuse."""

    def test_restart(self) -> None:
        """After a restart the files are shared at once and nothing is hashed again."""
        self.put("a")
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        before = library.files()
        self.stop(library)
        self.told.clear()
        with patch("twisted_mule.sharing.bench.open_file") as opened:
            again = self.started()
        self.assertEqual([before], self.told)
        self.assertEqual([], opened.mock_calls)
        self.assertTrue(again.status().roots[0].looked)

    def test_changed_meanwhile(self) -> None:
        """What changed while the node was off is found at the start."""
        self.put("a", b"1")
        self.put("b", b"2")
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        self.stop(library)
        (self.root / "a").unlink()
        self.put("b", b"3", LONG_AGO + 1)
        self.started()
        self.assertEqual([ed2k(b"3")], [file.hash for file in self.told[-1]])

    def test_disk_refuses(self) -> None:
        """What cannot be kept is shared all the same, and the user is told, until it can be."""
        self.put("a", b"1")
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        self.put("b", b"2")
        with patch.object(shared_files, "_PUT", "INSERT INTO nowhere VALUES (?, ?, ?, ?, ?)"):
            self.successResultOf(library.rescan())
        self.assertEqual(["a", "b"], self.names())
        self.assertIn("cannot be used", library.status().trouble)
        self.put("c", b"3")
        self.successResultOf(library.rescan())
        self.assertEqual("", library.status().trouble)

    def test_cannot_be_added(self) -> None:
        """A path that cannot be kept is not shared; what it would have absorbed stays."""
        self.put("b/a")
        library = self.started()
        self.successResultOf(library.add(str(self.root / "b")))
        self.successResultOf(self.database.close())
        self.failureResultOf(library.add(str(self.root)), StateError)
        self.assertEqual([str(self.root / "b")], [r.path for r in library.status().roots])
        self.successResultOf(self.database.open())
        self.assertEqual(["a"], self.names())

    def test_nothing_to_read_from(self) -> None:
        """A list that cannot be read is told; the service runs."""
        self.successResultOf(self.database.close())
        library = self.started()
        self.assertIn("not open", library.status().trouble)
        self.assertEqual([()], self.told)
        self.successResultOf(self.database.open())
