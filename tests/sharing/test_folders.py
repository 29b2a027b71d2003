"""Looking through shared paths: odd trees, links, and opening what was found."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from unittest.mock import patch

from tests.sharing.folders import FolderCase
from twisted_mule.sharing import folders
from twisted_mule.sharing.folders import Look, examine, open_file, walk
from twisted_mule.sharing.sights import Folder, Found, SharingError, Why


class WalkTests(FolderCase):
    """What is seen in a tree."""

    def test_in_order(self) -> None:
        """All files of all folders are found: those of a folder by name, then the folders."""
        for name in ("b/2", "a/1", "z", "b/c/d/e", "b/1", "y"):
            self.put(name)
        self.assertEqual(["y", "z", "a/1", "b/1", "b/2", "b/c/d/e"], self.found())

    def test_what_is_found(self) -> None:
        """A file comes with its shared path, its whole path, size and time to the nanosecond."""
        path = self.put("folder/file", b"12345")
        os.utime(path, ns=(0, 1_234_567_890_123_456_789))
        root = str(self.root)
        self.assertEqual(
            [
                Folder(root),
                Folder(f"{root}/folder"),
                Found(root, str(path), 5, 1_234_567_890_123_456_789),
            ],
            list(walk(root)),
        )

    def test_one_file(self) -> None:
        """A shared path may be a single file, even one that would be left out of a folder."""
        path = self.put(".hidden.part")
        (sight,) = walk(str(path))
        self.assertEqual(Found(str(path), str(path), 7, path.stat().st_mtime_ns), sight)

    def test_odd_names(self) -> None:
        """Names in any script, with line ends, backslashes and bytes that are no text are found."""
        raw = [
            "Война.txt".encode(), "紅樓夢".encode(), b"\xff\xfe\x80", b"new\nline", b"back\\slash",
            b"-rf", b" ", b"%2e%2e", b"x" * 255,
        ]  # fmt: skip
        for name in raw:
            with open(os.fsencode(self.root) + b"/" + name, "wb") as file:
                file.write(b"x")
        self.assertEqual(sorted(map(os.fsdecode, raw)), self.found())

    def test_no_links(self) -> None:
        """No symbolic link is followed, neither out of the tree nor within it, nor in a circle."""
        inner = self.put("folder/file")
        (self.outside / "secret").write_bytes(b"secret")
        (self.root / "to-folder").symlink_to(self.outside, target_is_directory=True)
        (self.root / "to-file").symlink_to(self.outside / "secret")
        (self.root / "within").symlink_to(inner)
        (self.root / "circle").symlink_to(self.root, target_is_directory=True)
        (self.root / "broken").symlink_to("nowhere")
        self.assertEqual(["folder/file"], self.found())
        links = ("to-folder", "to-file", "within", "circle", "broken")
        self.assertEqual(dict.fromkeys(links, Why.LINK), self.left_out())

    def test_left_out(self) -> None:
        """Hidden, temporary, empty and special files are left out, each with its reason."""
        for name in (".hidden", ".folder/file", "notes.txt~", "film.avi.part", "001.part.met",
                     "~$letter.doc", "Thumbs.db", "half.crdownload", "A.TMP"):  # fmt: skip
            self.put(name)
        self.put("empty", b"")
        os.mkfifo(self.root / "pipe")
        self.put("folder.part/kept")
        self.assertEqual(["folder.part/kept"], self.found())
        self.assertEqual(
            {
                ".hidden": Why.HIDDEN,
                ".folder": Why.HIDDEN,
                "notes.txt~": Why.TEMPORARY,
                "film.avi.part": Why.TEMPORARY,
                "001.part.met": Why.TEMPORARY,
                "~$letter.doc": Why.TEMPORARY,
                "Thumbs.db": Why.TEMPORARY,
                "half.crdownload": Why.TEMPORARY,
                "A.TMP": Why.TEMPORARY,
                "empty": Why.EMPTY,
                "pipe": Why.SPECIAL,
            },
            self.left_out(),
        )

    def test_too_large(self) -> None:
        """A file beyond 256 GiB has no place in the network."""
        path = self.put("huge")
        try:
            os.truncate(path, (1 << 38) + 1)
        except OSError as reason:  # a file system without such files
            self.assertEqual(errno.EFBIG, reason.errno)
            return
        self.assertEqual({"huge": Why.TOO_LARGE}, self.left_out())

    def test_private(self) -> None:
        """Our own state is never shared, by whatever path it is reached."""
        self.put("state/identity")
        self.put("kept")
        alias = self.base / "alias"
        alias.symlink_to(self.root / "state", target_is_directory=True)
        self.assertEqual({"state": Why.PRIVATE}, self.left_out((str(alias), "/does/not/exist")))

    def test_deep(self) -> None:
        """A tree deeper than anybody needs is looked at down to a limit."""
        descriptor = os.open(self.root, os.O_RDONLY)
        for _ in range(folders.DEEPEST + 2):
            os.mkdir("d", dir_fd=descriptor)
            inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        os.close(descriptor)
        self.put("d/d/file")
        self.assertEqual(["d/d/file"], self.found())
        self.assertEqual([Why.TOO_DEEP], list(self.left_out().values()))

    def test_full(self) -> None:
        """Of a folder with more entries than anybody needs the first are looked at."""
        for number in range(5):
            self.put(str(number))
        with patch.object(folders, "MOST_ENTRIES", 3):
            self.assertEqual(3, len(self.found()))
            self.assertEqual({".": Why.TOO_FULL}, self.left_out())

    def test_late_times(self) -> None:
        """A time beyond what a database holds counts as the last that it does."""
        path = self.put("file")
        os.utime(path, ns=(0, (1 << 63) + 10**18))
        if path.stat().st_mtime_ns >= 1 << 63:  # else the file system has no such times
            (sight,) = walk(str(path))
            assert isinstance(sight, Found)
            self.assertEqual((1 << 63) - 1, sight.modified)
        self.assertEqual(["file"], self.found())


class LookTests(FolderCase):
    """A walk in steps."""

    def test_batches(self) -> None:
        """Batches bring everything once, and end with an empty one."""
        for number in range(folders.BATCH + 5):
            self.put(f"{number:04}")
        look = Look(str(self.root), ())
        first, second = look.batch(), look.batch()
        self.assertEqual((folders.BATCH, 6), (len(first), len(second)))
        self.assertEqual(list(walk(str(self.root))), [*first, *second])
        self.assertEqual((), look.batch())

    def test_closed(self) -> None:
        """A walk that is broken off leaves no folder open."""
        for number in range(folders.BATCH + 5):
            self.put(f"{number:04}")
        before = len(os.listdir("/proc/self/fd"))
        look = Look(str(self.root), ())
        look.batch()
        look.close()
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))
        self.assertEqual((), look.batch())


class OpenFileTests(FolderCase):
    """Opening what was found."""

    def content(self, path: Path) -> bytes:
        """What the file at ``path`` holds, opened below the shared folder."""
        descriptor = open_file(str(self.root), str(path))
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def test_opened(self) -> None:
        """A file is opened by its path, at any depth, or as the shared path itself."""
        self.assertEqual(b"1", self.content(self.put("file", b"1")))
        deep = self.put("a/b/c/file", b"2")
        self.assertEqual(b"2", self.content(deep))
        descriptor = open_file(str(deep), str(deep))
        self.assertTrue(stat.S_ISREG(os.fstat(descriptor).st_mode))
        os.close(descriptor)

    def test_no_way_out(self) -> None:
        """A link that somebody put into the way is not followed, as a file or as a folder."""
        (self.outside / "file").write_bytes(b"secret")
        (self.root / "file").symlink_to(self.outside / "file")
        (self.root / "folder").symlink_to(self.outside, target_is_directory=True)
        for path in ("file", "folder/file", "../outside/file"):
            with self.assertRaises(OSError) as caught:
                self.content(self.root / path)
            self.assertIn(caught.exception.errno, (errno.ELOOP, errno.ENOTDIR))

    def test_never_waits(self) -> None:
        """A pipe in the place of a file does not make the thread wait for a writer."""
        os.mkfifo(self.root / "pipe")
        descriptor = open_file(str(self.root), str(self.root / "pipe"))
        self.assertTrue(stat.S_ISFIFO(os.fstat(descriptor).st_mode))
        os.close(descriptor)


class ExamineTests(FolderCase):
    """What may be shared."""

    def complaint(self, path: str, private: tuple[str, ...] = ()) -> str:
        """Why ``path`` cannot be shared: one sentence."""
        sentence = str(self.assertRaises(SharingError, examine, path, private))
        self.assertTrue(sentence.endswith("."), sentence)
        return sentence

    def test_real_path(self) -> None:
        """Folders and files are shared by their real paths, however they are named."""
        path = self.put("file")
        link = self.base / "link"
        link.symlink_to(self.root, target_is_directory=True)
        for name in (self.root, f"{self.root}/", f"{self.root}/../shared", link):
            self.assertEqual(str(self.root), examine(str(name), ()))
        self.assertEqual(str(path), examine(f"{link}/file", ()))

    def test_refused(self) -> None:
        """What is missing, no path, or neither folder nor file is refused with the reason."""
        self.assertIn("No such file", self.complaint(str(self.base / "missing")))
        self.assertIn("begin it with /", self.complaint("relative"))
        self.assertIn("begin it with /", self.complaint(""))
        self.assertIn("not a path", self.complaint("/a\0b"))
        self.assertIn("not a path", self.complaint("/\ud800"))
        self.assertIn("neither a folder nor a file", self.complaint("/dev/null"))
        self.assertIn("whole file system", self.complaint("/"))

    def test_unreadable(self) -> None:
        """What cannot be read is refused with what to do."""
        with patch.object(os, "access", lambda path, mode: False):
            self.assertIn("change its permissions", self.complaint(str(self.root)))

    def test_private(self) -> None:
        """Our state, and anything in it, is never shared; a folder around it may be."""
        private = (str(self.root),)
        self.assertIn("never shared", self.complaint(str(self.root), private))
        self.assertIn("never shared", self.complaint(str(self.put("a/b")), private))
        self.assertEqual(str(self.base), examine(str(self.base), private))
