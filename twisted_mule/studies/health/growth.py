"""Study (e): how hops, messages and memory of a node grow with the network."""

from __future__ import annotations

from typing import Any, Final

from twisted_mule.simulation.scenario import Scenario, Start
from twisted_mule.simulation.world import World
from twisted_mule.studies.health.figures import ratio
from twisted_mule.studies.health.lookups import LookupBook
from twisted_mule.studies.health.mature import mature
from twisted_mule.studies.health.plan import (
    BREEDS,
    OPEN,
    Plan,
    Progress,
    listen,
    surroundings,
)
from twisted_mule.studies.health.wire import WireTally

#: Seconds between two looks.
LOOK: Final = 15.0
#: Nodes whose lookups and datagrams are looked at.
SAMPLE: Final = 100
#: Seconds that are not counted: the hold after the start lasts so long.
SINCE: Final = 60.0


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """The figures of one run."""
    with surroundings(plan):
        scenario = Scenario(
            nodes=plan.nodes, seed=plan.seed, start=Start(knows=0, within=5.0), climate=OPEN
        )
        world = World(scenario, BREEDS[plan.breed])
        mature(world, plan.dead)
        asking = max(round(plan.nodes * plan.askers), 1)
        for person in world.people[asking:]:
            person.started = listen
        sample, wire = world.people[: min(SAMPLE, asking)], WireTally(open=False)
        for person in sample:
            person.watch = wire
        book = LookupBook(world, sample)
        end = plan.minutes * 60.0
        while world.now < end:
            world.run(min(LOOK, end - world.now))
            wire.open = world.now >= SINCE
            book.look()
            progress(world.now / end)
        return _document(world, book, wire, (end - SINCE) / 3600.0)


def _document(world: World, book: LookupBook, wire: WireTally, hours: float) -> dict[str, Any]:
    sizes = [len(one.node.core.table) for one in world.present if one.node is not None]
    return {
        "contacts": ratio(sum(sizes), len(sizes), 1),
        "lookups": book.document,
        "wire": wire.document(len(book.sample) * hours),
        "sent": world.network.sent,
    }
