"""Pages of a node that holds much: 5,000 contacts, 60,000 entries, weight and time of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from random import Random
from time import perf_counter
from types import SimpleNamespace
from typing import Any, cast

import pytest
from attrs import define, field
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from tests.bench import estate
from tests.bench.bench_turns import Sink
from tests.bench.pace import MILLI, Pace
from twisted_mule.details import Event, Part
from twisted_mule.gallery import Gallery
from twisted_mule.history import History
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Me
from twisted_mule.kad.core import Kad
from twisted_mule.kad.index import Index
from twisted_mule.node import MuleNode
from twisted_mule.snapshots import Cached, Facts, routing_status, snapshot
from twisted_mule.spans import FIGURES
from twisted_mule.status import NodeStatus, RouterState, RouterStatus
from twisted_mule.web import views
from twisted_mule.web.pages import make_site

#: The issue's bounds for one page: time of the reactor, and bytes.
PAGE = 2 * MILLI
WEIGHT = 30_000
HEAD = 1_000
HERE = IPv4Address("TCP", "127.0.0.1", 4721)
THERE = IPv4Address("TCP", "127.0.0.1", 40_000)


@define
class Estate:
    """A node that holds much, to be looked at."""

    gallery: Gallery
    clock: Clock
    turns: deque[Callable[[], None]] = field(factory=deque)

    def later(self, work: Callable[[], object]) -> Deferred[object]:
        """Work for another turn."""
        done: Deferred[object] = Deferred()
        self.turns.append(lambda: done.callback(work()))
        return done

    def ask(self, path: str) -> StringTransport:
        """A reader comes when every picture is stale; the first turn is done."""
        self.turns.clear()
        self.clock.advance(10.0)
        self.turns.append(partial(self._ask, path, transport := StringTransport(HERE, THERE)))
        return transport

    def _ask(self, path: str, transport: StringTransport) -> None:
        channel = make_site(self.gallery, reactor=self.clock, later=self.later).buildProtocol(THERE)
        assert channel is not None
        channel.makeConnection(transport)
        channel.dataReceived(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:4721\r\n\r\n".encode())

    def turn(self) -> float:
        """Do one turn; how long it took."""
        began = perf_counter()
        self.turns.popleft()()
        return perf_counter() - began


def recorded(clock: Clock) -> SimpleNamespace:
    """Time lines of a week."""
    history, random = History(), Random(2)
    for minute in range(0, 7 * 24 * 60, 5):
        figures = {name: random.uniform(0, 5_000) for name in FIGURES}
        history.note(1e9 + 60 * minute - 7 * 86_400, figures)
    return SimpleNamespace(
        timeline=lambda span: history.timeline(span, 1e9 + clock.seconds() - 1_200)
    )


@pytest.fixture(scope="module")
def estate_to_see() -> Estate:
    """5,000 contacts, 60,000 entries, lookups that were walked."""
    random, clock = Random(1), Clock()
    clock.advance(1000.0)
    (own,) = estate.destinations(1, random)
    index = Index()
    estate.fill(index, estate.ENTRIES, 1000.0, random)
    contacts = estate.contacts(estate.CONTACTS, random)
    core = Kad(Me(estate.OWN, own), 1, contacts, now=1000.0, random=random, index=index)
    node = MuleNode(clock, Chance(b"bench"), core, 1, Sink())
    node.startService()
    clock.pump([0.05] * 4000)
    assert node.core.lookups()
    facts = Facts("00" * 16, "state", 0.0, 0.0, None)
    facts.events.extend(Event(float(n), Part.ROUTER, f"It happened ({n})") for n in range(200))

    def status() -> NodeStatus:
        now = clock.seconds()
        online = RouterStatus(RouterState.ONLINE)
        return snapshot(facts, online, node, now, 1e9 + now, routing=table.status())

    table = Cached(lambda: routing_status(node, clock.seconds()), clock.seconds)

    daemon: Any = SimpleNamespace(
        node=node,
        clock=clock,
        facts=facts,
        status=Cached(status, clock.seconds).status,
        table=table.status,
        holdings=SimpleNamespace(library=SimpleNamespace(running=False), recorder=recorded(clock)),
    )
    return Estate(Gallery(cast("Any", daemon)), clock)


@pytest.mark.parametrize("path", [*views.PAGES, "/status.json", "/metrics"])
def test_page(estate_to_see: Estate, path: str, pace: Pace) -> None:
    """Page {path} of a full node, its longest turn."""
    times = []
    for _ in range(5):
        answer = estate_to_see.ask(path)
        turns = []
        while estate_to_see.turns:
            turns.append(estate_to_see.turn())
        times.append(turns)
    longest = max(range(len(times[0])), key=lambda turn: min(each[turn] for each in times))
    assert answer.value().startswith(b"HTTP/1.1 200")
    assert len(answer.value()) < WEIGHT + HEAD or path not in views.PAGES

    def prepare() -> None:
        estate_to_see.ask(path)
        for _ in range(longest):
            estate_to_see.turn()

    pace.check(estate_to_see.turn, PAGE, prepare=prepare)
