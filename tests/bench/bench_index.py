"""The index when it is full, and what keeping it on the disk costs the reactor."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from twisted.internet.defer import Deferred

from tests.bench import estate
from tests.bench.pace import MICRO, MILLI, Pace
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.messages import Entry
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory
from twisted_mule.store.index_store import IndexStore

T = TypeVar("T")

NOW = 5000.0
#: Publishes between two writes, eight seconds apart, of a node that is asked three times a second.
CHANGED = 24


#: Inserts of one round, and room for all rounds.
BATCH = 50
ROOM = 6_000


@pytest.fixture(scope="module")
def full() -> Index:
    """An index with 60,000 entries, less the room for a few inserts."""
    index = Index(logged=True)
    estate.fill(index, estate.ENTRIES - ROOM, NOW, Random(3))
    index.changes()
    return index


def test_insert(full: Index, pace: Pace) -> None:
    """Index insert at 60,000 entries."""
    random = Random(8)
    (publisher,) = estate.destinations(1, random)
    made = ((keyword_id(word), (entry,)) for word, entry in estate.entries(random))
    batch: list[tuple[KadID, tuple[Entry, ...]]] = []

    def prepare() -> None:
        batch[:] = islice(made, BATCH)

    def insert() -> None:
        for target, entry in batch:
            full.publish_keyword(target, entry, publisher, NOW)

    before = full.size().keywords
    pace.check(insert, 60 * MICRO, prepare=prepare, per=BATCH)
    assert before + 15 * BATCH < full.size().keywords < estate.ENTRIES


def test_search(full: Index, pace: Pace) -> None:
    """Index search at 60,000 entries, 300 results."""
    word, random = keyword_id("winter"), Random(4)
    assert len(full.find_keyword(word, None, 0, NOW, random)) == 300
    pace.check(lambda: full.find_keyword(word, None, 0, NOW, random), 2 * MILLI)


def test_search_nothing(full: Index, pace: Pace) -> None:
    """Index search at 60,000 entries, no result."""
    word, random = KadID(1), Random(4)
    assert full.find_keyword(word, None, 0, NOW, random) == ()
    pace.check(lambda: full.find_keyword(word, None, 0, NOW, random), 20 * MICRO)


def elsewhere(work: Callable[[], T], /) -> Deferred[T]:
    """A thread whose share is not the reactor's: nothing happens here."""
    return Deferred()


def test_saving(full: Index, pace: Pace, tmp_path: Path) -> None:
    """Index changes handed to the database."""
    database = Database(StateDirectory(tmp_path, lambda: 0.0), elsewhere)
    store = IndexStore(database, full, lambda: 1e9, lambda: NOW)
    random = Random(6)
    (publisher,) = estate.destinations(1, random)
    made = [(keyword_id(word), entry) for word, entry in islice(estate.entries(random), CHANGED)]

    def change() -> None:
        for target, entry in made:
            full.publish_keyword(target, (entry,), publisher, NOW)

    pace.check(store.save, 2 * MILLI, prepare=change)
