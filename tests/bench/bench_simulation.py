"""The simulator: events of its clock, and networks of the real node against real time."""

from __future__ import annotations

from random import Random

from attrs import evolve

from tests.bench.pace import MICRO, Pace
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.simulation.lean import shared_reading, without_cipher
from twisted_mule.simulation.scenario_files import load
from twisted_mule.simulation.world import World

#: 100,000 events a second.
EVENT = 10 * MICRO
PENDING = 10_000
EVENTS = 1_000
#: A network large enough to have what a thousand nodes have, and small enough to be waited for.
NODES = 60
WARM = 180.0
#: Short: what one round is interrupted by must not count.
SPAN = 1.0
#: Seconds that one second of one node may take: what it takes, and nearly as much again, for a
#: machine whose memory others want.  The aim, 1,000 nodes at five times real time, is 200 µs
#: (docs/simulation.md).
NODE_SECOND = 600 * MICRO


def test_clock(pace: Pace) -> None:
    """An event of the simulator's clock among 10,000 pending."""
    clock, random = HeapClock(), Random(1)
    left = 0

    def event() -> None:
        nonlocal left
        left -= 1
        clock.callLater(PENDING / EVENTS * 2.0 * random.random(), event)

    for _ in range(PENDING):
        clock.callLater(PENDING / EVENTS * 2.0 * random.random(), event)

    def events() -> None:
        nonlocal left
        left = EVENTS
        while left > 0:
            clock.run(0.01)

    pace.check(events, EVENT, per=EVENTS)
    assert len(clock.getDelayedCalls()) == PENDING


def test_world(pace: Pace) -> None:
    """A second of one simulated node, without cipher."""
    scenario = evolve(load("steady"), nodes=NODES)
    with shared_reading(), without_cipher():
        world = World(scenario)
        world.run(WARM)
        pace.check(lambda: world.run(SPAN), NODE_SECOND, per=int(NODES * SPAN))
    assert len(world.present) == NODES
