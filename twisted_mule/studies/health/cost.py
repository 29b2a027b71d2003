"""Study (d): what the contract costs, against the same core without it and iMule's rules."""

from __future__ import annotations

from typing import Any, Final

from twisted_mule.kad.query import parse
from twisted_mule.simulation.scenario import Scenario, Start, Users
from twisted_mule.simulation.world import World
from twisted_mule.studies.health.asking import Asking
from twisted_mule.studies.health.figures import ratio
from twisted_mule.studies.health.lookups import LookupBook
from twisted_mule.studies.health.mature import mature
from twisted_mule.studies.health.plan import BREEDS, Plan, Progress, surroundings
from twisted_mule.studies.health.stores import StoreBook
from twisted_mule.studies.health.wire import WireTally

#: Seconds between two looks; in each somebody searches, once files can be found.
LOOK: Final = 15.0
#: Minutes that are not counted.
SETTLING: Final = 5.0
#: The share of a run after which people search.
SEARCHING: Final = 0.6


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """The figures of one run."""
    with surroundings(plan):
        scenario = Scenario(
            nodes=plan.nodes,
            seed=plan.seed,
            start=Start(knows=0, within=30.0),
            users=Users(sharing=0.3, files=3, catalogue=500),
        )
        world = World(scenario, BREEDS[plan.breed])
        mature(world, plan.dead)
        wire, stores, asking = WireTally(open=False), StoreBook(), Asking(world)
        for person in world.people:
            person.watch = wire
        book = LookupBook(world, world.people, SETTLING * 60.0, [stores.ended])
        _pass(world, plan, (wire, book, asking), progress)
        hours = plan.nodes * (plan.minutes - SETTLING) / 60.0
        return {
            "wire": wire.document(hours),
            "lookups": book.document,
            "stores": stores.document,
            "searches": asking.document,
            "lookups_per_hour": ratio(sum(_begun(book)), hours, 1),
        }


def _begun(book: LookupBook) -> list[int]:
    return [tally.ended for name, tally in book.tallies.items() if " " not in name]


def _pass(
    world: World, plan: Plan, parts: tuple[WireTally, LookupBook, Asking], progress: Progress
) -> None:
    wire, book, asking = parts
    end = plan.minutes * 60.0
    while world.now < end:
        world.run(min(LOOK, end - world.now))
        wire.open = world.now >= SETTLING * 60.0
        if end * SEARCHING <= world.now < end - 300.0:
            _somebody_searches(world, asking)
        book.look()
        asking.look()
        progress(world.now / end)


def _somebody_searches(world: World, asking: Asking) -> None:
    """Somebody looks for a file that somebody else shares."""
    draws = world.chance.stream("study search", int(world.now))
    searcher = draws.choice(world.present)
    files = [
        file for person in world.present if person is not searcher for file in person.user.files
    ]
    if files:
        file = draws.choice(files)
        first, _, own = file.name.removesuffix(".mkv").split()
        asking.ask(searcher, parse(f"{own} {first}"), file.hash, "shared")
