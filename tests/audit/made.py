"""Traces of a node that has nothing but a schedule and places: quick to make, lawful in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from random import Random
from typing import Final

from twisted_mule import contract
from twisted_mule.audit.views import Trace, of_rows
from twisted_mule.kad.chance import Chance
from twisted_mule.places import Places, departures
from twisted_mule.recording.rows import Header, PlaceKind, Row, Way
from twisted_mule.ticks import TickSchedule

HEADER: Final = Header("simulator", "tests")
BEGIN: Final = 1000.0
PEERS: Final = 40
KINDS: Final = (
    ("find_node_request", "find_node_response", 600),
    ("ping", "pong", 2),
    ("hello_request", "hello_response", 430),
)
Change = Callable[[Row], Row]


def rows(seed: int, seconds: float = 1800.0, rate: float = 1.0) -> list[Row]:
    """Everything that passes: a request of its own each tick, answers to what comes."""
    chance, draws = Chance(b"made %d" % seed), Random(seed)
    schedule = TickSchedule(chance, BEGIN)
    places = Places(schedule, chance)
    made: list[Row] = []
    booked: dict[int, list[tuple[int, str, int, str]]] = {}
    at, number = BEGIN + 4.0, 0
    while at < BEGIN + seconds:
        at, number = at + draws.expovariate(rate), number + 1
        peer = f"{draws.randrange(PEERS):04x}"
        asked, answer, size = draws.choice(KINDS)
        made.append(Row(at, Way.IN, peer, 60, asked))
        for place in places.book(at, peer.encode(), number):
            booked.setdefault(place.tick, []).append((place.seat, peer, size, answer))
    for tick in range(6, max(booked)):
        batch = booked.get(tick, [])
        batch.append((contract.ANSWER_PLACES, f"{tick % 100:04x}", 67, "find_node_request"))
        made += _left(tick, schedule.time_of(tick), departures(tick, chance), batch)
    return sorted(made, key=lambda row: row.t)


def _left(
    tick: int, when: float, offsets: tuple[float, ...], batch: Iterable[tuple[int, str, int, str]]
) -> list[Row]:
    return [
        Row(
            when + offsets[seat],
            Way.OUT,
            peer,
            size,
            kind,
            tick,
            PlaceKind.REQUEST if seat == contract.ANSWER_PLACES else PlaceKind.ANSWER,
        )
        for seat, peer, size, kind in batch
    ]


@cache
def trace(seed: int, seconds: float = 1800.0, rate: float = 1.0) -> Trace:
    """A lawful trace."""
    return of_rows(f"made {seed}", HEADER, rows(seed, seconds, rate))


def changed(seed: int, change: Change, seconds: float = 1800.0, rate: float = 1.0) -> Trace:
    """The same with each row as ``change`` makes it."""
    return of_rows(f"made {seed}", HEADER, map(change, rows(seed, seconds, rate)))


def written(seed: int, seconds: float = 1800.0, change: Change = lambda row: row) -> str:
    """The same as a file."""
    return HEADER.line + "".join(change(row).line for row in rows(seed, seconds))
