"""A library with real folders, a real database and a clock of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.hashing import Ed2kHash
from twisted_mule.sharing.service import Library
from twisted_mule.sharing.sights import SharingError
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.shared_files import SharedFileStore
from twisted_mule.store.worker import Run

WALL = 2_000_000_000.0
LONG_AGO = 1_500_000_000


def ed2k(content: bytes) -> KadID:
    """The hash of ``content``."""
    whole = Ed2kHash()
    whole.update(content)
    return whole.result().hash


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
