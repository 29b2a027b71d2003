"""A catalogue with one shared path, and the files in it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.sharing.library import Catalogue
from twisted_mule.sharing.progress import LibraryStatus
from twisted_mule.sharing.sights import Found, Sight
from twisted_mule.sharing.tree import SharedFile

NOW = 1_000_000.0
LONG_AGO = 1_000


def file(path: str = "/r/a", size: int = 10, modified: int = LONG_AGO, root: str = "/r") -> Found:
    """A file below ``root``."""
    return Found(root, path, size, modified)


def shared(found: Found, number: int = 1) -> SharedFile:
    """``found`` with a hash."""
    return SharedFile.at(found.path, found.size, found.modified, KadID(number))


class CatalogueCase(SynchronousTestCase):
    """A catalogue with one shared path."""

    def setUp(self) -> None:
        """Share /r."""
        self.catalogue = Catalogue()
        self.catalogue.add("/r")

    def look(self, *sights: Sight, root: str = "/r") -> None:
        """Look through ``root`` and see these."""
        self.catalogue.begin(root)
        for sight in sights:
            self.catalogue.saw(root, sight, NOW)
        self.catalogue.ended(root)

    def hash_all(self, now: float = NOW) -> list[str]:
        """Hash what waits, each file to a number of its own; their paths in order."""
        paths: list[str] = []
        while (found := self.catalogue.next(now)) is not None:
            self.catalogue.hashed(found, KadID(len(paths) + 1))
            paths.append(found.path)
        return paths

    def paths(self) -> list[str]:
        """The paths of what is shared."""
        return [shared.path for shared in self.catalogue.listing()]

    def status(self, now: float = NOW) -> LibraryStatus:
        """How it stands."""
        return self.catalogue.status(now, None, None, "")
