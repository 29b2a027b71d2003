"""The list of what is shared, in the database."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import execute
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.ids import KadID
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory, StateError
from twisted_mule.store.shared_files import HashedFile, SharedFileStore, SharedList


def file(path: str, root: str = "/r", size: int = 1, number: int = 1) -> HashedFile:
    """A hashed file."""
    return HashedFile(path, root, size, 1_234_567_890_123_456_789, KadID(number))


hashed_files = st.builds(
    HashedFile,
    st.binary(min_size=1).map(os.fsdecode),
    st.just("/r"),
    st.integers(1, 1 << 38),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.integers(0, (1 << 128) - 1).map(KadID),
)


class SharedFileStoreTests(SynchronousTestCase):
    """A store whose work is done at once."""

    def setUp(self) -> None:
        """An empty database."""
        directory = StateDirectory(Path(self.mktemp()), lambda: 0.0)
        directory.prepare()
        self.database = Database(directory, execute)
        self.successResultOf(self.database.open())
        self.addCleanup(lambda: self.successResultOf(self.database.close()))
        self.store = SharedFileStore(self.database)

    def load(self) -> SharedList:
        """What is kept, after a restart."""
        self.successResultOf(self.database.close())
        self.successResultOf(self.database.open())
        return self.successResultOf(self.store.load())

    def add(self, root: str, *absorbed: str) -> None:
        """Keep a shared path."""
        self.successResultOf(self.store.add_root(root, absorbed))

    def test_nothing(self) -> None:
        """At first nothing is shared."""
        self.assertEqual(SharedList((), ()), self.load())

    def test_kept(self) -> None:
        """Paths come back in the order of adding, files by path, with all their facts."""
        self.add("/z")
        self.add("/a")
        self.add("/z")
        files = (file("/a/1", "/a"), file("/z/2", "/z", 5, 9))
        self.successResultOf(self.store.update(reversed(files), ()))
        self.assertEqual(SharedList(("/z", "/a"), files), self.load())

    def test_updated(self) -> None:
        """A file is kept once, with its newest hash; what is gone goes, unless it came back."""
        self.add("/r")
        self.successResultOf(self.store.update([file("/r/a"), file("/r/b"), file("/r/c")], ()))
        newer = file("/r/a", size=2, number=2)
        self.successResultOf(self.store.update([newer], ["/r/a", "/r/c", "/r/unknown"]))
        self.assertEqual((newer, file("/r/b")), self.load().files)

    def test_removed(self) -> None:
        """With a shared path all that is known of its files goes."""
        self.add("/r")
        self.add("/s")
        self.successResultOf(self.store.update([file("/r/a"), file("/s/a", "/s")], ()))
        self.successResultOf(self.store.remove_root("/r"))
        self.successResultOf(self.store.remove_root("/unknown"))
        self.assertEqual(SharedList(("/s",), (file("/s/a", "/s"),)), self.load())

    def test_absorbed(self) -> None:
        """A shared path that takes in others takes their files over."""
        self.add("/r/1")
        self.add("/r/2")
        self.successResultOf(self.store.update([file("/r/1/a", "/r/1")], ()))
        self.add("/r", "/r/1", "/r/2")
        self.assertEqual(SharedList(("/r",), (file("/r/1/a", "/r"),)), self.load())

    @settings(max_examples=20, deadline=None)
    @given(st.lists(hashed_files, unique_by=lambda hashed: hashed.path, max_size=5))
    def test_any_name(self, files: list[HashedFile]) -> None:
        """Whatever bytes a path has on the disk come back, as do the largest numbers."""
        self.successResultOf(self.store.update(files, [old.path for old in self.load().files]))
        self.assertEqual(
            sorted(files, key=lambda hashed: os.fsencode(hashed.path)), list(self.load().files)
        )

    def test_refused(self) -> None:
        """What no file can be is refused as a whole, with a sentence."""
        self.failureResultOf(
            self.store.update([file("/r/a"), file("/r/b", size=0)], ()), StateError
        )
        self.assertEqual((), self.load().files)
