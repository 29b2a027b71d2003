"""Study (b): what lookups reach with half the contacts dead, and what is found under churn."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, Final

from attrs import define, field

from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.query import parse
from twisted_mule.simulation.person import Person
from twisted_mule.simulation.scenario import Churn, Scenario, Start, Users
from twisted_mule.simulation.world import World
from twisted_mule.studies.health.asking import Asking
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
from twisted_mule.studies.health.stores import StoreBook
from twisted_mule.studies.health.wire import WireTally

#: Seconds between two looks.
LOOK: Final = 30.0
#: Nodes whose lookups are looked at, where all would be too many.
SAMPLE: Final = 100
#: Lookups that begin earlier, in seconds, are passed over.
SINCE: Final = 30.0
#: Ages, in hours, at which a stored keyword is looked for, each time by so many.
AGES: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
SEARCHERS: Final = 5
#: Minutes for the network to form and for the first keys to be stored; and after the last search.
FORMING: Final = 35.0
AFTER: Final = 10.0


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """The figures of one run."""
    with surroundings(plan):
        if plan.part == "retrieval":
            return _retrieval(plan, progress)
        return _half_dead(plan, progress)


# --- lookups with dead contacts ------------------------------------------------------------


def _half_dead(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Tables that have lived for long, a share of whose contacts has just died; or a start."""
    aged = plan.part != "start"
    world = _with_dead(plan, aged=aged)
    since = SINCE if aged else plan.minutes * 30.0
    asking_nodes = max(round(plan.nodes * plan.askers), 1)
    for person in world.people[asking_nodes:]:
        person.started = listen
    sample = world.people[: min(SAMPLE, asking_nodes)]
    book, asking = LookupBook(world, sample, since), Asking(world)
    asked, end = False, plan.minutes * 60.0
    while world.now < end:
        world.run(min(LOOK, end - world.now))
        if world.now >= since and not asked:
            asked = True
            for person in sample:
                _look_for(world, asking, person, person.number, "random")
        asking.look()
        book.look()
        progress(world.now / end)
    return {
        **_contacts(world),
        "lookups": book.document,
        "searches": asking.document,
        "sent_per_node_minute": ratio(world.network.sent, plan.nodes * plan.minutes, 2),
    }


def _with_dead(plan: Plan, *, aged: bool) -> World:
    start = Start(knows=0, within=5.0) if aged else Start(60, plan.dead, 60.0)
    users = Users(sharing=0.3, files=2, catalogue=5000)
    scenario = Scenario(nodes=plan.nodes, seed=plan.seed, start=start, climate=OPEN, users=users)
    world = World(scenario, BREEDS[plan.breed])
    if aged:
        mature(world, plan.dead)
    return world


def _look_for(world: World, asking: Asking, person: Person, number: int, group: str) -> None:
    first, _, own = world.catalogue.words(number)
    asking.ask(person, parse(f"{own} {first}"), world.catalogue.file(number).hash, group)


def _contacts(world: World) -> dict[str, float | None]:
    """How many contacts a node has in the end."""
    tables = [len(one.node.core.table) for one in world.present if one.node is not None]
    return {"contacts": ratio(sum(tables), len(tables), 1)}


# --- keywords under churn ------------------------------------------------------------------


@define(eq=False)
class _Keywords:
    """Look for what was stored, at several ages, wherever its publisher is by then."""

    world: World
    asking: Asking
    stores: StoreBook
    until: float
    ages: tuple[float, ...]
    _numbers: dict[KadID, int] = field(init=False)
    _followed: set[KadID] = field(factory=set, init=False)
    _due: list[tuple[float, float, int]] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        files = range(self.world.catalogue.count)
        self._numbers = {keyword_id(f"title{number:05d}"): number for number in files}

    def look(self) -> None:
        """Follow new keys, and have those searched whose time has come."""
        clock = self.world.clock.seconds()
        for key, at in self.stores.stored.items():
            number = self._numbers.get(key)
            if key in self._followed or number is None or self.world.now > self.until:
                continue
            self._followed.add(key)
            for age in self.ages:
                heappush(self._due, (at + age * 3600.0, age, number))
        while self._due and self._due[0][0] <= clock:
            _, age, number = heappop(self._due)
            self._search(age, number)

    def _search(self, age: float, number: int) -> None:
        file = self.world.catalogue.file(number).hash
        draws = self.world.chance.stream("study searchers", number, int(age * 60))
        others = [
            person
            for person in self.world.present
            if all(one.hash != file for one in person.user.files)
        ]
        draws.shuffle(others)
        for person in others[:SEARCHERS]:
            _look_for(self.world, self.asking, person, number, f"{age:g} h")

    @property
    def followed(self) -> int:
        """How many keys are looked for."""
        return len(self._followed)


def _retrieval(plan: Plan, progress: Progress) -> dict[str, Any]:
    world = _with_churn(plan)
    wire, stores, asking = WireTally(), StoreBook(), Asking(world)
    for person in world.people:
        person.watch = wire
    book = LookupBook(world, world.people, told=[stores.ended])
    keywords = _keywords(plan, world, asking, stores)
    end, hours = plan.minutes * 60.0, 0.0
    while world.now < end:
        world.run(min(LOOK, end - world.now))
        hours += len(world.present) * LOOK / 3600.0
        for part in (book, keywords, asking):
            part.look()
        progress(world.now / end)
    return {
        **_contacts(world),
        "people": len(world.people),
        "keys": keywords.followed,
        "searches": asking.document,
        "gone": asking.gone,
        "stores": stores.document,
        "lookups": book.document,
        "wire": wire.document(hours),
    }


def _keywords(plan: Plan, world: World, asking: Asking, stores: StoreBook) -> _Keywords:
    """Of the ages those that a run of this length reaches."""
    ages = tuple(age for age in AGES if age * 60.0 <= plan.minutes - FORMING - AFTER)
    until = (plan.minutes - AFTER) * 60.0 - 3600.0 * max(ages, default=0.0)
    return _Keywords(world, asking, stores, until, ages)


def _with_churn(plan: Plan) -> World:
    scenario = Scenario(
        nodes=plan.nodes,
        seed=plan.seed,
        start=Start(60, plan.dead, 60.0),
        churn=Churn(),
        users=Users(sharing=0.3, files=3, catalogue=20_000),
    )
    return World(scenario, BREEDS[plan.breed])
