"""What else takes a turn of the reactor: ticks, pages, and the table on its way to the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.bench import estate
from tests.bench.bench_table import offered
from tests.bench.pace import MILLI, Pace
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Me, SavedContact
from twisted_mule.kad.core import Kad
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.node import MuleNode
from twisted_mule.store.contacts import PORTION, ContactStore
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


@define
class Elsewhere:
    """A thread whose share is not the reactor's: nothing happens there, and it tells when asked."""

    waiting: list[Deferred[Any]] = field(factory=list)

    def __call__(self, work: Callable[[], T], /) -> Deferred[T]:
        """Never done by itself."""
        done: Deferred[T] = Deferred()
        self.waiting.append(done)
        return done

    def turn(self) -> None:
        """The reactor hears that all is done (and that no row was there before)."""
        done, self.waiting = self.waiting, []
        for one in done:
            one.callback(0)


@define
class Saving:
    """A table on its way to the database, over and over again."""

    elsewhere: Elsewhere
    begin: Callable[[], object]

    def at(self, turn: int) -> None:
        """Begin again, and go on to before this turn."""
        self.elsewhere.waiting.clear()
        self.begin()
        for _ in range(turn - 1):
            self.elsewhere.turn()


def test_saving(standing: Standing, pace: Pace, tmp_path: Path) -> None:
    """Saving a usual large table, its longest kind of turn."""
    elsewhere = Elsewhere()
    database = Database(StateDirectory(tmp_path, lambda: 0.0), elsewhere)
    core, store = standing.node.core, ContactStore(database)
    assert len(core.table) > 500
    saving = Saving(elsewhere, lambda: store.save(kept(core.table), 1e9))
    pace.check(elsewhere.turn, TURN, prepare=lambda: saving.at(1))


@pytest.mark.parametrize("turn", [0, 1, 13, 25])
def test_saving_most(turn: int, pace: Pace, tmp_path: Path) -> None:
    """Saving a table of 5,000 contacts, turn {turn}."""
    elsewhere = Elsewhere()
    database = Database(StateDirectory(tmp_path, lambda: 0.0), elsewhere)
    random, store = Random(1), ContactStore(database)
    (own,) = estate.destinations(1, random)
    table = RoutingTable(Me(estate.OWN, own), 0.0)
    table.restore(estate.contacts(estate.CONTACTS, random), 0.0)
    assert len(table) == estate.CONTACTS == 25 * PORTION
    saving = Saving(elsewhere, lambda: store.save(kept(table), 1e9))
    if turn == 0:  # it makes the list and asks the database where its last row is
        pace.check(saving.begin, TURN, prepare=elsewhere.waiting.clear)
    else:
        pace.check(elsewhere.turn, TURN, prepare=lambda: saving.at(turn))


def kept(table: RoutingTable) -> Iterator[SavedContact]:
    """Its contacts one by one, as the daemon saves them."""
    return (one.saved(5000.0) for one in list(table) if one in table)
