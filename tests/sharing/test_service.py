"""The library as a whole: adding, removing, looking again."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

from tests.sharing.libraries import LONG_AGO, WALL, LibraryCase, ed2k
from twisted_mule.sharing.library import SETTLED
from twisted_mule.sharing.service import RESCAN_EVERY, Added
from twisted_mule.sharing.tree import SharedFile


class SharingTests(LibraryCase):
    """Adding, removing, looking again."""

    def test_nothing(self) -> None:
        """A library in which nothing is shared says so and waits."""
        library = self.started()
        self.assertEqual([()], self.told)
        self.assertTrue(library.status().idle)
        self.assertEqual((), library.status().roots)

    def test_add(self) -> None:
        """A shared folder is looked through and hashed, and the node is told."""
        a, b = self.put("a.mp3", b"1"), self.put("b/ж.txt", b"22")
        library = self.started()
        added = self.successResultOf(library.add(str(self.root)))
        self.assertEqual(Added(str(self.root), ()), added)
        stamp = LONG_AGO * 10**9
        wanted = (
            SharedFile.at(a, 1, stamp, ed2k(b"1")),
            SharedFile.at(b, 2, stamp, ed2k(b"22")),
        )
        self.assertEqual([(), wanted], self.told)
        self.assertEqual(wanted, library.files())
        status = library.status()
        self.assertEqual((2, 3, 0, ()), (status.files, status.bytes, status.waiting,
                                         status.problems))  # fmt: skip
        self.assertTrue(status.idle)
        self.assertTrue(status.roots[0].looked)

    def test_one_file(self) -> None:
        """A single file can be shared."""
        path = self.put("a", b"1")
        self.put("b", b"2")
        library = self.started()
        self.successResultOf(library.add(path))
        self.assertEqual(["a"], self.names())

    def test_equal_files(self) -> None:
        """Of equal files the node is told one; all their paths are listed."""
        paths = {self.put("a"), self.put("b")}
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        self.assertEqual(1, len(self.told[-1]))
        self.assertEqual(paths, {file.path for file in library.listing()})

    def test_add_twice(self) -> None:
        """What is shared already, itself or with a folder above, is refused with a sentence."""
        self.put("b/a")
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        self.assertIn("shared already.", self.complaint(library.add(str(self.root))))
        part = self.complaint(library.add(str(self.root / "b")))
        self.assertIn(f"as part of {self.root}.", part)

    def test_refused(self) -> None:
        """What cannot be shared is refused, and nothing is kept of it."""
        library = self.started()
        self.assertIn("No such file", self.complaint(library.add(str(self.root / "missing"))))
        self.assertIn("begin it with /", self.complaint(library.add("shared")))
        self.assertIn("never shared", self.complaint(library.add(str(self.directory.root))))
        self.assertEqual((), library.status().roots)
        self.assertEqual((), self.successResultOf(library.store.load()).roots)

    def test_state_within(self) -> None:
        """A folder around our state is shared without it."""
        self.put("a")
        library = self.started()
        self.successResultOf(library.add(str(self.base)))
        self.assertEqual(["a"], self.names())

    def test_add_above(self) -> None:
        """A folder above a shared one takes its place; nothing is hashed twice."""
        self.put("b/a", b"1")
        library = self.started()
        self.successResultOf(library.add(str(self.root / "b")))
        self.put("c", b"2")
        with patch("twisted_mule.sharing.bench.open_file") as opened:
            opened.side_effect = FileNotFoundError
            added = self.successResultOf(library.add(str(self.root)))
        self.assertEqual((str(self.root / "b"),), added.absorbed)
        self.assertEqual([str(self.root / "c")], [call.args[1] for call in opened.mock_calls])
        kept = self.successResultOf(library.store.load())
        self.assertEqual((str(self.root),), kept.roots)
        self.assertEqual([str(self.root)], [file.root for file in kept.files])

    def test_remove(self) -> None:
        """A path that is removed is forgotten at once, with its files."""
        self.put("a")
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        self.assertEqual(str(self.root), self.successResultOf(library.remove(f"{self.root}/")))
        self.assertEqual((), self.told[-1])
        kept = self.successResultOf(library.store.load())
        self.assertEqual(((), ()), (kept.roots, kept.files))

    def test_remove_missing(self) -> None:
        """A path that is away can be removed; one that is not shared cannot."""
        path = Path(self.put("b/a"))
        library = self.started()
        self.successResultOf(library.add(str(path.parent)))
        path.unlink()
        path.parent.rmdir()
        self.assertIn("not shared", self.complaint(library.remove(str(self.root))))
        self.assertIn("only a part", self.complaint(library.remove(str(path))))
        self.assertIn("begin it with /", self.complaint(library.remove("b")))
        self.successResultOf(library.remove(str(path.parent)))
        self.assertEqual((), library.status().roots)

    def test_rescan(self) -> None:
        """A look finds what is new, what changed and what is gone, when it is asked for."""
        self.put("stays", b"1")
        self.put("changes", b"2")
        self.put("goes", b"3")
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        self.put("changes", b"4", LONG_AGO + 1)
        self.put("new", b"5")
        (self.root / "goes").unlink()
        self.successResultOf(library.rescan(str(self.root)))
        self.assertEqual(["changes", "new", "stays"], self.names())
        hashes = {file.name: file.hash for file in self.told[-1]}
        self.assertEqual((ed2k(b"4"), ed2k(b"1")), (hashes["changes"], hashes["stays"]))
        kept = self.successResultOf(library.store.load())
        self.assertEqual(set(hashes.values()), {file.hash for file in kept.files})

    def test_rescan_all(self) -> None:
        """Without a path all are looked through; without any there is nothing to do."""
        library = self.started()
        self.assertIsNone(self.successResultOf(library.rescan()))
        for name in ("one", "two"):
            (self.root / name).mkdir()
            self.successResultOf(library.add(str(self.root / name)))
            self.put(f"{name}/file-{name}", name.encode())
        self.assertIsNone(self.successResultOf(library.rescan()))
        self.assertEqual(["file-one", "file-two"], self.names())
        self.assertIn("not shared", self.complaint(library.rescan(str(self.root))))

    def test_by_itself(self) -> None:
        """Everything is looked through again every hour."""
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        self.put("new")
        self.clock.pump([RESCAN_EVERY - 1])
        self.assertEqual([()], self.told)
        self.clock.pump([1])
        self.assertEqual(["new"], self.names())

    def test_unplugged(self) -> None:
        """A folder that is away is told, and comes back without being hashed again."""
        self.put("a")
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        away = self.base / "away"
        self.root.rename(away)
        self.successResultOf(library.rescan())
        self.assertEqual((), self.told[-1])
        self.assertIn("cannot be looked at", library.status().roots[0].trouble)
        away.rename(self.root)
        with patch("twisted_mule.sharing.bench.open_file") as opened:
            self.successResultOf(library.rescan())
        self.assertEqual([], opened.mock_calls)
        self.assertEqual(["a"], self.names())

    def test_just_written(self) -> None:
        """A file that was just written is hashed once it has settled."""
        self.put("a", modified=int(WALL))
        library = self.started()
        self.successResultOf(library.add(str(self.root)))
        self.assertEqual((1, ()), (library.status().later, library.files()))
        self.clock.pump([SETTLED])
        self.assertEqual(["a"], self.names())

    def test_unreadable(self) -> None:
        """A file that cannot be read is listed, and the others are shared."""
        self.put("a", b"1")
        self.put("b", b"2")
        real = os.open

        def refuse(path: str, flags: int, mode: int = 0, *, dir_fd: int | None = None) -> int:
            if path == "a":
                raise PermissionError(13, "Permission denied")
            return real(path, flags, mode, dir_fd=dir_fd)

        library = self.started()
        with patch.object(os, "open", refuse):
            self.successResultOf(library.add(str(self.root)))
        self.assertEqual(["b"], self.names())
        (problem,) = library.status().problems
        self.assertEqual("it cannot be read (Permission denied)", problem.reason)

    def test_listener_fails(self) -> None:
        """Whatever happens to the one who is told, sharing goes on."""
        self.put("a")
        library = self.library()

        def broken(files: tuple[SharedFile, ...]) -> None:
            raise RuntimeError("not today")

        library.on_change = broken
        library.startService()
        self.successResultOf(library.add(str(self.root)))
        self.assertEqual(1, len(library.files()))
        self.assertEqual(2, len(self.flushLoggedErrors(RuntimeError)))
