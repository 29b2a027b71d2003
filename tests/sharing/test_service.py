"""The library as a whole: real folders, a real database, a clock of our own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attrs import define, field
from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.hashing import BLOCK, Ed2kHash
from twisted_mule.sharing.library import RETRY, SETTLED
from twisted_mule.sharing.service import REPORT_EVERY, RESCAN_EVERY, Added, Library
from twisted_mule.sharing.sights import SharingError
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store import shared_files
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory, StateError
from twisted_mule.store.shared_files import SharedFileStore
from twisted_mule.store.worker import Run

WALL = 2_000_000_000.0
LONG_AGO = 1_500_000_000


def ed2k(content: bytes) -> KadID:
    """The hash of ``content``."""
    whole = Ed2kHash()
    whole.update(content)
    return whole.result().hash


@define(eq=False)
class Steps:
    """A thread that works when it is told to."""

    asked: list[tuple[Callable[[], Any], Deferred[Any]]] = field(factory=list)

    def run(self, work: Callable[[], Any]) -> Deferred[Any]:
        """Ask for ``work``."""
        done: Deferred[Any] = Deferred()
        self.asked.append((work, done))
        return done

    def step(self) -> None:
        """Do one piece of work."""
        work, done = self.asked.pop(0)
        execute(work).chainDeferred(done)

    def all(self) -> None:
        """Do everything, and what it leads to."""
        while self.asked:
            self.step()


class LibraryCase(SynchronousTestCase):
    """A state directory, a folder to share, and a library."""

    def setUp(self) -> None:
        """Nothing is shared yet."""
        self.base = Path(os.path.realpath(self.mktemp()))
        self.root = self.base / "shared"
        self.root.mkdir(parents=True)
        self.directory = StateDirectory(self.base / "state", lambda: WALL)
        self.directory.prepare()
        self.database = Database(self.directory, execute)
        self.successResultOf(self.database.open())
        self.addCleanup(lambda: self.successResultOf(self.database.close()))
        self.clock = Clock()
        self.told: list[tuple[SharedFile, ...]] = []

    def library(self, run: Run = execute) -> Library:
        """A library, stopped at the end of the test."""
        library = Library(
            store=SharedFileStore(self.database),
            run=run,
            clock=self.clock,
            wall=lambda: WALL + self.clock.seconds(),
            private=(str(self.directory.root),),
            on_change=self.told.append,
        )
        self.addCleanup(lambda: library.running and library.stopService())
        return library

    def started(self) -> Library:
        """A library that runs."""
        library = self.library()
        library.startService()
        return library

    def stop(self, library: Library) -> None:
        """Stop it, which it can do at once."""
        stopped = library.stopService()
        assert stopped is not None
        self.successResultOf(stopped)

    def put(self, name: str, content: bytes = b"content", modified: int = LONG_AGO) -> str:
        """A file below the shared folder, as it has been for long."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (modified, modified))
        return str(path)

    def names(self) -> list[str]:
        """The names that were told last."""
        return sorted(file.name for file in self.told[-1])

    def complaint(self, wanted: Deferred[Any]) -> str:
        """Why it cannot be done: one sentence."""
        sentence = str(self.failureResultOf(wanted, SharingError).value)
        self.assertTrue(sentence.endswith("."), sentence)
        return sentence


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


class ThreadTests(LibraryCase):
    """What happens while the thread is at work."""

    def setUp(self) -> None:
        """A library whose thread works in steps."""
        super().setUp()
        self.steps = Steps()

    def begun(self, library: Library) -> None:
        """Start ``library``, share the folder, and go on until a file is opened for its hash."""
        library.startService()
        self.steps.all()
        library.add(str(self.root))
        while library.status().current is None:
            self.steps.step()
        self.steps.step()

    def test_not_yet(self) -> None:
        """Before the list is read nothing can be added."""
        library = self.library(self.steps.run)
        self.assertIn("starting or stopping", self.complaint(library.add(str(self.root))))
        library.startService()
        self.assertIn("starting or stopping", self.complaint(library.rescan()))
        self.steps.all()
        self.stop(library)
        self.assertIn("starting or stopping", self.complaint(library.remove("/")))

    def test_progress(self) -> None:
        """While a file is hashed the status says which and how much of it is done."""
        path = self.put("a", bytes(3 * BLOCK))
        library = self.library(self.steps.run)
        self.begun(library)
        status = library.status()
        assert status.current is not None
        self.assertEqual((path, 3 * BLOCK, 0), (status.current.path, status.current.size,
                                                status.current.done))  # fmt: skip
        self.assertEqual((1, False, 0.0), (status.waiting, status.idle, status.share))
        self.interrupt_after_a_block(library)
        self.steps.step()
        self.assertEqual(1 / 3, library.status().share)
        self.steps.all()
        self.assertEqual(ed2k(bytes(3 * BLOCK)), self.told[-1][0].hash)

    def interrupt_after_a_block(self, library: Library) -> None:
        """Let the reading that begins next be asked for a break at once."""
        reading = library._bench._reading
        assert reading is not None
        take = reading._take

        def take_and_rest(block: memoryview) -> None:
            take(block)
            library._bench.interrupt()

        patcher = patch.object(type(reading), "_take", lambda _, block: take_and_rest(block))
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_others_first(self) -> None:
        """Who adds a path does not wait until a large file is hashed."""
        self.put("big", bytes(3 * BLOCK))
        other = self.base / "other"
        other.mkdir()
        library = self.library(self.steps.run)
        self.begun(library)
        added = library.add(str(other))
        self.steps.step()
        self.assertNoResult(added)
        self.steps.step()
        self.assertEqual(str(other), self.successResultOf(added).root)
        assert library.status().current is not None
        self.assertEqual([], [file.name for file in library.files()])
        self.steps.all()
        self.assertEqual(["big"], self.names())

    def test_removed_while_hashed(self) -> None:
        """A path that is removed while a file of it is hashed leaves nothing behind."""
        self.put("a", bytes(3 * BLOCK))
        library = self.library(self.steps.run)
        self.begun(library)
        removed = library.remove(str(self.root))
        self.steps.all()
        self.successResultOf(removed)
        self.assertEqual(((), None), (library.files(), library.status().current))
        self.assertEqual((), self.successResultOf(library.store.load()).files)

    def test_removed_while_looked_through(self) -> None:
        """A path that is removed while it is looked through is let go."""
        self.put("a")
        library = self.library(self.steps.run)
        library.startService()
        self.steps.all()
        library.add(str(self.root))
        self.steps.step()
        library.remove(str(self.root))
        self.steps.all()
        self.assertEqual((), library.status().roots)
        self.assertTrue(library.status().idle)

    def test_changes_while_hashed(self) -> None:
        """A file that changes while it is hashed is tried again later, as it is then."""
        path = self.put("a", b"before")
        library = self.library(self.steps.run)
        self.begun(library)
        Path(path).write_bytes(b"after the change")
        os.utime(path, (LONG_AGO + 1, LONG_AGO + 1))
        self.steps.all()
        self.assertEqual((), library.files())
        self.assertEqual(1, library.status().later)
        self.clock.pump([RETRY])
        self.steps.all()
        (file,) = library.files()
        self.assertEqual((16, ed2k(b"after the change")), (file.size, file.hash))

    def test_emptied_before_hashed(self) -> None:
        """A file that is empty, or gone, when its turn comes is left out."""
        self.put("a", b"1")
        self.put("b", b"22")
        library = self.library(self.steps.run)
        library.startService()
        self.steps.all()
        library.add(str(self.root))
        while library.status().current is None:
            self.steps.step()
        os.truncate(self.root / "a", 0)
        (self.root / "b").unlink()
        self.steps.all()
        self.assertEqual(((), ()), (library.files(), library.status().problems))
        self.assertIn(("it is empty", 1), library.status().roots[0].left_out)

    def test_link_instead_of_a_file(self) -> None:
        """A file that has become a link when its turn comes is not followed."""
        path = Path(self.put("a", b"1"))
        secret = self.base / "secret"
        secret.write_bytes(b"secret")
        library = self.library(self.steps.run)
        library.startService()
        self.steps.all()
        library.add(str(self.root))
        while library.status().current is None:
            self.steps.step()
        path.unlink()
        path.symlink_to(secret)
        self.steps.all()
        self.assertEqual((), library.files())
        self.assertIn("symbolic link", library.status().problems[0].reason)

    def test_reports_while_busy(self) -> None:
        """While there is work the node is told of changes every few seconds, not file by file."""
        for number in range(4):
            self.put(f"{number}", b"%d" % number)
        library = self.library(self.steps.run)
        self.begun(library)
        while library.status().done < 2:
            self.steps.step()
        self.assertEqual(1, len(self.told))
        self.clock.advance(REPORT_EVERY)
        while library.status().done < 3:
            self.steps.step()
        self.steps.all()
        self.assertEqual([0, 2, 4], [len(files) for files in self.told])

    def test_stopped_while_hashed(self) -> None:
        """A stop breaks off, keeps what is hashed, and leaves no file open."""
        self.put("a", b"1")
        self.put("big", bytes(3 * BLOCK))
        before = len(os.listdir("/proc/self/fd"))
        library = self.library(self.steps.run)
        self.begun(library)
        while library.status().done < 1 or library.status().current is None:
            self.steps.step()
        self.steps.step()
        stopped = library.stopService()
        assert stopped is not None
        self.assertNoResult(stopped)
        self.steps.all()
        self.successResultOf(stopped)
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))
        kept = self.successResultOf(library.store.load())
        self.assertEqual([str(self.root / "a")], [file.path for file in kept.files])

    def test_stopped_while_looked_through(self) -> None:
        """A stop breaks off a look, and who waited for it is told."""
        self.put("a")
        library = self.library(self.steps.run)
        library.startService()
        self.steps.all()
        library.add(str(self.root))
        self.steps.all()
        waiting = library.rescan()
        self.steps.step()
        stopped = library.stopService()
        assert stopped is not None
        self.steps.all()
        self.successResultOf(stopped)
        self.assertIn("stopping", self.complaint(waiting))
        self.assertEqual(1, len(library.files()))

    def test_stopped_before_looked_through(self) -> None:
        """Who waits for a look that the stop comes before is told; so is who asks too late."""
        self.put("a", bytes(3 * BLOCK))
        library = self.library(self.steps.run)
        self.begun(library)
        soon, late = library.rescan(), library.rescan()
        for _ in range(2):
            self.steps.step()
        library.stopService()
        self.steps.all()
        self.assertIn("stopping", self.complaint(soon))
        self.assertIn("stopping", self.complaint(late))

    def test_a_defect(self) -> None:
        """If the work ends by a defect it is logged and told, and a stop still stops."""
        library = self.library(self.steps.run)
        library.startService()
        with patch.object(type(library._bench), "work", side_effect=RuntimeError("defect")):
            self.steps.all()
        self.assertIn("defect", library.status().trouble)
        self.assertEqual(1, len(self.flushLoggedErrors(RuntimeError)))
        self.stop(library)
