"""The library as a whole: what happens while its thread is at work."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attrs import define, field
from twisted.internet.defer import Deferred, execute

from tests.sharing.libraries import LONG_AGO, LibraryCase, ed2k
from twisted_mule.sharing.hashing import BLOCK
from twisted_mule.sharing.library import RETRY
from twisted_mule.sharing.service import REPORT_EVERY, Library


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
