"""What else takes a turn of the reactor: ticks, pages, and the table on its way to the disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from attrs import define
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.bench import estate
from tests.bench.bench_table import offered
from tests.bench.pace import MILLI, Pace
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Me
from twisted_mule.kad.core import Kad
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.node import MuleNode
from twisted_mule.store.contacts import ContactStore
from twisted_mule.store.database import Database
from twisted_mule.store.directory import StateDirectory

T = TypeVar("T")

#: The issue's bound for one turn of the reactor, and the one of perf for pages and savings.
TURN = 2 * MILLI
PAGE = 5 * MILLI


@define
class Sink:
    """A link that is always there."""

    online: bool = True
    sent: int = 0

    def send(self, destination: Destination, datagram: bytes) -> None:
        """Count it."""
        self.sent += 1


@define
class Standing:
    """A node that runs among thousands of others, none of whom answers."""

    clock: Clock
    sink: Sink
    node: MuleNode


@pytest.fixture(scope="module")
def standing() -> Standing:
    """It holds as many contacts as its table takes of a hundred thousand, and has begun to ask."""
    clock, table = Clock(), offered(100_000)
    clock.advance(1000.0)
    now = clock.seconds()
    saved = [contact.saved(now) for contact in table]
    core = Kad(table.me, 1, saved, now=now, random=Random(1))
    sink = Sink()
    node = MuleNode(clock, Chance(b"bench"), core, 1, sink)
    node.startService()
    clock.pump([0.05] * 4000)
    assert sink.sent > 50
    return Standing(clock, sink, node)


def test_tick(standing: Standing, pace: Pace) -> None:
    """A tick of the sender, its request included."""
    sender = standing.node.sender

    def tick() -> None:
        ticks = sender.record.ticks
        while sender.record.ticks == ticks:
            calls = standing.clock.getDelayedCalls()
            due = min(call.getTime() for call in calls)
            standing.clock.advance(max(due - standing.clock.seconds(), 0.0))

    sent = standing.sink.sent
    pace.check(tick, TURN)
    assert standing.sink.sent > sent


def elsewhere(work: Callable[[], T], /) -> Deferred[T]:
    """A thread whose share is not the reactor's: nothing happens here."""
    return Deferred()


def test_saving(standing: Standing, pace: Pace, tmp_path: Path) -> None:
    """A usual large table handed to the database."""
    database = Database(StateDirectory(tmp_path, lambda: 0.0), elsewhere)
    core, store = standing.node.core, ContactStore(database)
    assert len(core.table) > 500
    pace.check(lambda: store.save(core.saved(5000.0), 1e9), PAGE)


def test_saving_most(pace: Pace, tmp_path: Path) -> None:
    """A table of 5,000 contacts handed to the database."""
    database = Database(StateDirectory(tmp_path, lambda: 0.0), elsewhere)
    random, store = Random(1), ContactStore(database)
    (own,) = estate.destinations(1, random)
    table = RoutingTable(Me(estate.OWN, own), 0.0)
    table.restore(estate.contacts(estate.CONTACTS, random), 0.0)
    assert len(table) == estate.CONTACTS
    pace.check(lambda: store.save((one.saved(5000.0) for one in table), 1e9), PAGE)
