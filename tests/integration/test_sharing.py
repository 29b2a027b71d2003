"""Sharing with real threads: the reactor goes on while files are hashed."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.task import LoopingCall, deferLater

from twisted_mule.sharing.hashing import PART, Ed2kHash
from twisted_mule.sharing.service import Library
from twisted_mule.sharing.tree import SharedFile
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.shared_files import SharedFileStore
from twisted_mule.store.worker import Worker

WALL = 2_000_000_000.0
NAMES = ("{} ubuntu.iso", "{} Война и мир.fb2", "{} 紅樓夢.epub", "{} été.mp3", "{} שלום.pdf")


@define(eq=False)
class Home:
    """A library with threads of its own, and a folder."""

    base: Path
    told: list[tuple[SharedFile, ...]] = field(factory=list)
    store: Worker = field(init=False)
    hashing: Worker = field(init=False)
    shelf: Library = field(init=False)
    database: Database = field(init=False)

    async def open(self) -> None:
        """Start everything."""
        state = StateDirectory(self.base / "state", lambda: WALL)
        state.prepare()
        threads: Any = reactor
        self.store, self.hashing = Worker(threads), Worker(threads, "mule-hash")
        self.store.startService()
        self.hashing.startService()
        self.database = Database(state, self.store.run)
        await self.database.open()
        store, private = SharedFileStore(self.database), (str(state.root),)
        self.shelf = Library(
            store, self.hashing.run, reactor, lambda: WALL, private, self.told.append
        )
        self.shelf.startService()
        await self.until(bool, self.told)

    async def close(self) -> None:
        """Stop everything."""
        stopped = self.shelf.stopService()
        assert stopped is not None
        await stopped
        await self.database.close()
        self.hashing.stopService()
        self.store.stopService()

    async def until(self, true: object, *arguments: object) -> None:
        """Wait until ``true`` of the arguments is so, for 30 s at most."""
        assert callable(true)
        for _ in range(3000):
            if true(*arguments):
                return
            await deferLater(reactor, 0.01)
        raise AssertionError("it took too long")


@pytest_twisted.async_yield_fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """One that runs."""
    home = Home(tmp_path)
    await home.open()
    yield home
    await home.close()


@pytest_twisted.ensureDeferred
async def test_many_files(home: Home) -> None:
    """Sixty files with names in several scripts are hashed; each has the hash of its content."""
    wanted = {}
    for number in range(60):
        path = home.base / "shared" / str(number % 7) / NAMES[number % 5].format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content := os.urandom(number + 1))
        os.utime(path, (1, 1))
        whole = Ed2kHash()
        whole.update(content)
        wanted[path.name] = whole.result().hash
    await home.shelf.add(str(home.base))
    await home.until(lambda: home.shelf.status().idle and home.shelf.status().done)
    assert {file.name: file.hash for file in home.shelf.files()} == wanted
    assert home.shelf.status().problems == ()
    assert {file.name for file in home.told[-1]} == set(wanted)


@pytest_twisted.ensureDeferred
async def test_reactor_goes_on(home: Home) -> None:
    """While a large file is hashed timers run, others are served, and a stop does not wait."""
    folder, other = home.base / "large", home.base / "other"
    folder.mkdir()
    other.mkdir()
    large = folder / "large"
    with large.open("wb") as file:
        file.truncate(400 * PART)  # holds no blocks on the disk, yet takes seconds to hash
    os.utime(large, (1, 1))
    beats: list[int] = []
    beating = LoopingCall(lambda: beats.append(1))
    beating.start(0.01)
    await home.shelf.add(str(folder))
    await home.until(lambda: (now := home.shelf.status().current) and now.done)
    before = len(beats)
    await home.shelf.add(str(other))
    current = home.shelf.status().current
    assert current is not None
    assert 0 < current.share < 1
    await home.until(lambda: len(beats) > before + 20)
    beating.stop()
    names = {thread.name for thread in threading.enumerate()}
    assert any("mule-hash" in name for name in names)
