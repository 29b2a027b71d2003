"""The state directory: private, locked, whole."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.store.directory import (
    IDENTITY,
    LOCK,
    NODES,
    StateDirectory,
    StateError,
    StateLockedError,
)

#: 2026-11-22 11:30:00 UTC.
NOW = 1_795_347_000.0

HOLDER = """
import sys, time
from pathlib import Path
from twisted_mule.store.directory import StateDirectory
directory = StateDirectory(Path(sys.argv[1]), time.time)
directory.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def mode(path: Path) -> int:
    """The permissions of ``path``."""
    return stat.S_IMODE(path.lstat().st_mode)


class DirectoryCase(SynchronousTestCase):
    """A prepared state directory."""

    def setUp(self) -> None:
        """Make it."""
        self.root = Path(self.mktemp()) / "state"
        self.directory = StateDirectory(self.root, lambda: NOW)
        self.notices = self.directory.prepare()
        self.addCleanup(self.directory.release)


class PreparationTests(DirectoryCase):
    """Making and repairing the directory."""

    def test_new(self) -> None:
        """A new directory, parents and all, is for its owner only."""
        self.assertEqual(0o700, mode(self.root))
        self.assertEqual((), self.notices)

    def test_wide_permissions_are_repaired(self) -> None:
        """Directory and files that others could enter are closed, with a sentence for each."""
        self.directory.write(IDENTITY, b"secret")
        self.root.chmod(0o755)
        (self.root / IDENTITY).chmod(0o644)
        notices = self.directory.prepare()
        self.assertEqual((0o700, 0o600), (mode(self.root), mode(self.root / IDENTITY)))
        self.assertEqual(2, len(notices))
        self.assertIn(IDENTITY, notices[1])

    def test_repaired_once(self) -> None:
        """What is private already is not mentioned."""
        self.directory.write(IDENTITY, b"secret")
        self.assertEqual((), self.directory.prepare())

    def test_foreign_files_keep_their_permissions(self) -> None:
        """A file that is not ours is left alone, even beside ours."""
        self.directory.write(IDENTITY, b"secret")
        (self.root / "notes.txt").touch()
        (self.root / "notes.txt").chmod(0o644)
        self.directory.prepare()
        self.assertEqual(0o644, mode(self.root / "notes.txt"))

    def test_a_shared_directory_is_refused(self) -> None:
        """A directory such as /tmp, with other things in it, is not taken over."""
        shared = Path(self.mktemp())
        shared.mkdir(0o755)
        (shared / "notes.txt").touch()
        with self.assertRaisesRegex(StateError, "holds other files"):
            StateDirectory(shared, lambda: NOW).prepare()
        self.assertEqual(0o755, mode(shared))

    def test_files_of_imule_are_no_strangers(self) -> None:
        """A directory that holds only a nodes.dat, put there beforehand, is taken."""
        other = Path(self.mktemp())
        other.mkdir(0o755)
        (other / NODES).touch()
        StateDirectory(other, lambda: NOW).prepare()
        self.assertEqual(0o700, mode(other))

    def test_a_file_in_the_way(self) -> None:
        """A file where the directory should be gives a sentence, and stays."""
        path = Path(self.mktemp())
        path.write_text("mine")
        with self.assertRaisesRegex(StateError, "--data"):
            StateDirectory(path, lambda: NOW).prepare()
        self.assertEqual("mine", path.read_text())


class LockTests(DirectoryCase):
    """One process at a time."""

    def test_second_process(self) -> None:
        """While another process holds the lock, its number is in the refusal; then it is free."""
        command = [sys.executable, "-c", HOLDER, str(self.root)]
        with subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as holder:
            assert holder.stdout is not None
            self.assertEqual(b"held\n", holder.stdout.readline())
            with self.assertRaises(StateLockedError) as caught:
                self.directory.acquire()
            self.assertEqual(holder.pid, caught.exception.pid)
            self.assertIn(f"Process {holder.pid} already uses", str(caught.exception))
            holder.kill()
        self.directory.acquire()
        self.assertTrue(self.directory.locked)

    def test_two_objects(self) -> None:
        """Within one process the lock holds as well."""
        self.directory.acquire()
        with self.assertRaises(StateLockedError):
            StateDirectory(self.root, lambda: NOW).acquire()

    def test_again(self) -> None:
        """Who holds the lock may ask again; it says who holds it."""
        self.directory.acquire()
        self.directory.acquire()
        self.assertEqual(str(os.getpid()), (self.root / LOCK).read_text().strip())
        self.assertEqual(0o600, mode(self.root / LOCK))

    def test_release(self) -> None:
        """After the release the next one gets it; releasing twice is no fault."""
        self.directory.acquire()
        self.directory.release()
        self.directory.release()
        other = StateDirectory(self.root, lambda: NOW)
        other.acquire()
        self.addCleanup(other.release)
        self.assertTrue(other.locked)
        self.assertFalse(self.directory.locked)

    def test_an_unreadable_number(self) -> None:
        """A lock whose holder did not write its number is respected all the same."""
        self.directory.acquire()
        (self.root / LOCK).write_text("?")
        with self.assertRaises(StateLockedError) as caught:
            StateDirectory(self.root, lambda: NOW).acquire()
        self.assertIsNone(caught.exception.pid)

    def test_no_directory(self) -> None:
        """Without a directory there is a sentence."""
        with self.assertRaisesRegex(StateError, "cannot be written"):
            StateDirectory(self.root / "nowhere", lambda: NOW).acquire()


class FileTests(DirectoryCase):
    """Files, each replaced whole."""

    def test_round_trip(self) -> None:
        """What was written is read back, and only its owner can."""
        self.directory.write(NODES, b"\0\1")
        self.assertEqual(b"\0\1", self.directory.read(NODES))
        self.assertEqual(0o600, mode(self.root / NODES))

    def test_missing(self) -> None:
        """A file that is not there is no error."""
        self.assertIsNone(self.directory.read(NODES))

    def test_unreadable(self) -> None:
        """A file that cannot be read is one."""
        (self.root / NODES).mkdir()
        with self.assertRaisesRegex(StateError, "cannot be read"):
            self.directory.read(NODES)

    def test_a_failed_write_keeps_the_old(self) -> None:
        """When the disk refuses, the old content stays and nothing lies about."""
        self.directory.write(NODES, b"old")
        with (
            patch("os.fsync", side_effect=OSError(28, "No space left on device")),
            self.assertRaisesRegex(StateError, "No space left"),
        ):
            self.directory.write(NODES, b"new")
        self.assertEqual(b"old", self.directory.read(NODES))
        self.assertEqual([NODES], [path.name for path in self.root.iterdir()])

    def test_to_the_disk_before_the_rename(self) -> None:
        """The content is on the disk before it gets its name, and the directory after that."""
        steps: list[str] = []
        fsync, replace = os.fsync, Path.replace

        def synced(descriptor: int) -> None:
            steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
            fsync(descriptor)

        def renamed(path: Path, target: Path) -> Path:
            steps.append("rename")
            return replace(path, target)

        with patch("os.fsync", synced), patch.object(Path, "replace", renamed):
            self.directory.write(NODES, b"new")
        self.assertEqual(["file", "rename", "directory"], steps)

    def test_a_link_is_not_followed(self) -> None:
        """A symbolic link planted at the sibling's name is not written through."""
        target = self.root.parent / "precious"
        target.write_text("mine")
        (self.root / f"{NODES}.new").symlink_to(target)
        with self.assertRaises(StateError):
            self.directory.write(NODES, b"new")
        self.assertEqual("mine", target.read_text())

    def test_keep_old(self) -> None:
        """A copy of the present content is kept beside it."""
        self.directory.write(NODES, b"old")
        self.directory.keep_old(NODES)
        self.directory.write(NODES, b"new")
        self.assertEqual(b"old", self.directory.read(f"{NODES}.old"))

    def test_keep_nothing(self) -> None:
        """Where there is nothing, nothing is kept."""
        self.directory.keep_old(NODES)
        self.assertEqual([], list(self.root.iterdir()))


class SetAsideTests(DirectoryCase):
    """Damaged files."""

    def test_named_by_time(self) -> None:
        """A damaged file keeps its content under a name with the time, and a sentence says so."""
        self.directory.write(NODES, b"junk")
        notice = self.directory.set_aside(NODES, "too short")
        name = "nodes.dat.damaged-20261122-113000"
        self.assertEqual(f"{NODES} is damaged (too short); it was set aside as {name}.", notice)
        self.assertEqual(b"junk", self.directory.read(name))
        self.assertIsNone(self.directory.read(NODES))

    def test_never_overwrites(self) -> None:
        """Two in one second are both kept."""
        for content in (b"first", b"second", b"third"):
            self.directory.write(NODES, content)
            self.directory.set_aside(NODES, "junk")
        kept = {path.read_bytes() for path in self.root.iterdir()}
        self.assertEqual({b"first", b"second", b"third"}, kept)

    def test_missing(self) -> None:
        """What is not there cannot be set aside."""
        with self.assertRaisesRegex(StateError, "cannot be set aside"):
            self.directory.set_aside(NODES, "junk")
