"""Looking through shared paths: what the system refuses, and what goes away meanwhile."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from unittest.mock import patch

from tests.sharing.folders import FolderCase
from twisted_mule.sharing.folders import walk
from twisted_mule.sharing.sights import Folder, Found, LeftOut, SharingError, Why


class UnreadableTests(FolderCase):
    """What the system refuses; simulated, since these tests may run as root."""

    def refusing(self, name: str, reason: OSError) -> Callable[..., int]:
        """``os.open`` that refuses what is called ``name``."""
        real = os.open

        def refuse(path: str, flags: int, mode: int = 0, *, dir_fd: int | None = None) -> int:
            if os.path.basename(path) == name:
                raise reason
            return real(path, flags, mode, dir_fd=dir_fd)

        return refuse

    def test_folder(self) -> None:
        """A folder that cannot be read is told, and the rest is found."""
        self.put("closed/file")
        self.put("open/file")
        refuse = self.refusing("closed", PermissionError(errno.EACCES, "Permission denied"))
        with patch.object(os, "open", refuse):
            sights = list(walk(str(self.root)))
        closed = LeftOut(str(self.root / "closed"), Why.UNREADABLE, "Permission denied")
        self.assertIn(closed, sights)
        self.assertEqual(1, sum(isinstance(sight, Found) for sight in sights))

    def test_gone(self) -> None:
        """A folder that goes away while the others are looked at is no problem."""
        self.put("going/file")
        refuse = self.refusing("going", FileNotFoundError(errno.ENOENT, "No such file"))
        with patch.object(os, "open", refuse):
            self.assertEqual({}, self.left_out())

    def test_root(self) -> None:
        """A shared path that is away, or has become a link, is told in one sentence."""
        missing = str(self.base / "unplugged")
        complaint = self.assertRaises(SharingError, list, walk(missing))
        self.assertEqual(
            f"{missing} cannot be looked at (No such file or directory).", str(complaint)
        )
        link = self.base / "link"
        link.symlink_to(self.outside, target_is_directory=True)
        (sight,) = walk(str(link))
        self.assertEqual(LeftOut(str(link), Why.LINK), sight)

    def test_root_goes_away(self) -> None:
        """A shared path that goes away, or is replaced, while it is looked at is told."""
        for replaced, word in ((False, "cannot be looked at"), (True, "was replaced")):
            self.put("folder/file")
            sights = walk(str(self.root))
            self.assertEqual(Folder(str(self.root)), next(sights))
            self.root.rename(self.base / f"away-{replaced}")
            if replaced:
                self.root.mkdir()
            self.assertIn(word, str(self.assertRaises(SharingError, list, sights)))
            self.root.mkdir(exist_ok=True)

    def test_entry(self) -> None:
        """An entry whose facts cannot be read is told; one that has gone is not."""
        self.put("closed")
        self.put("gone")
        real = os.stat

        def refuse(path: str, *, dir_fd: int | None = None, **how: bool) -> os.stat_result:
            if path == "closed":
                raise PermissionError(errno.EACCES, "Permission denied")
            if path == "gone":
                raise FileNotFoundError(errno.ENOENT, "No such file")
            return real(path, dir_fd=dir_fd, **how)

        with patch.object(os, "stat", refuse):
            self.assertEqual({"closed": Why.UNREADABLE}, self.left_out())

    def test_same_folder_twice(self) -> None:
        """A folder that is mounted at two places is looked at once."""
        self.put("a/file")
        self.put("b/file")
        place = (self.root / "a").stat()
        real = os.fstat

        def same(descriptor: int) -> os.stat_result:
            status = real(descriptor)
            return place if status.st_ino == (self.root / "b").stat().st_ino else status

        with patch.object(os, "fstat", same):
            self.assertEqual({"b": Why.TWICE}, self.left_out())
