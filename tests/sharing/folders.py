"""A folder to share, and what is seen in it."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sharing.folders import places, walk
from twisted_mule.sharing.sights import Found, LeftOut, Why


class FolderCase(SynchronousTestCase):
    """A folder of its own for every test."""

    def setUp(self) -> None:
        """An empty folder to share, by its real path, and one beside it."""
        self.base = Path(os.path.realpath(self.mktemp()))
        self.root = self.base / "shared"
        self.root.mkdir(parents=True)
        self.outside = self.base / "outside"
        self.outside.mkdir()

    def put(self, name: str, content: bytes = b"content") -> Path:
        """A file below the shared folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def found(self) -> list[str]:
        """The files that are found, by their names below the shared folder."""
        return [
            os.path.relpath(sight.path, self.root)
            for sight in walk(str(self.root))
            if isinstance(sight, Found)
        ]

    def left_out(self, private: tuple[str, ...] = ()) -> dict[str, Why]:
        """What is left out, and why."""
        return {
            os.path.relpath(sight.path, self.root): sight.why
            for sight in walk(str(self.root), places(private))
            if isinstance(sight, LeftOut)
        }
