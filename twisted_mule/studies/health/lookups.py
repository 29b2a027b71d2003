"""What lookups came to: how near, over how many hops, with how many requests, how soon."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from heapq import nsmallest
from typing import Any, Final

from attrs import define, field

from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.traces import Asked, LookupTrace
from twisted_mule.simulation.person import Person
from twisted_mule.simulation.world import World
from twisted_mule.studies.health.figures import ratio, spread

#: So many nodes nearest to a target are the right ones.
CLOSEST: Final = 10
#: Traces that are kept between two looks; nobody ends so many lookups meanwhile.
_KEPT: Final = 256

#: Told of every lookup that has ended, and of the person whose it was.
Ended = Callable[[Person, LookupTrace], None]


@define
class Tally:
    """
    Lookups of one sort.

    :ivar right: the nearest nodes that answered, ``possible`` is how many there were.
    :ivar hops: how often the nearest one that answered was so many hops away.
    """

    ended: int = 0
    asked: int = 0
    answered: int = 0
    results: int = 0
    right: int = 0
    possible: int = 0
    nearest: int = 0
    hops: list[int] = field(factory=list)
    seconds: list[float] = field(factory=list)
    nearest_at: list[float] = field(factory=list)
    round_trips: list[float] = field(factory=list)

    def add(self, trace: LookupTrace, right: list[int], depths: dict[KadID, int]) -> None:
        """One more."""
        self.ended += 1
        self.asked += len(trace.asked)
        self.answered += trace.answered
        self.results += trace.results
        there = [one for one in trace.asked if one.answered is not None]
        reached = {one.kad_id.value for one in there}
        self.right += len(reached.intersection(right))
        self.possible += len(right)
        self.nearest += bool(right) and right[0] in reached
        self.seconds.append(max((one.at for one in trace.asked), default=0.0))
        self.round_trips += [_trip(one) for one in there]
        if there:
            best = min(there, key=lambda one: one.distance)
            self.hops.append(depths.get(best.kad_id, 1))
            self.nearest_at.append(best.answered or 0.0)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "ended": self.ended,
            "requests": ratio(self.asked, self.ended, 2),
            "answered": ratio(self.answered, self.asked),
            "closest_found": ratio(self.right, self.possible),
            "nearest_found": ratio(self.nearest, self.ended),
            "hops": ratio(sum(self.hops), len(self.hops), 2),
            "hops_seen": [self.hops.count(n) for n in range(1, max(self.hops, default=0) + 1)],
            "seconds": spread(self.seconds),
            "nearest_seconds": spread(self.nearest_at),
            "round_trip": spread(self.round_trips),
        }


def _trip(asked: Asked) -> float:
    return (asked.answered or 0.0) - asked.at


@define(eq=False)
class _Following:
    """Stands between what others name and the lookups of one node, and counts hops."""

    agenda: Agenda
    depths: dict[tuple[KadID, float], dict[KadID, int]] = field(factory=dict)
    _at: dict[tuple[KadID, float], dict[Destination, int]] = field(factory=dict)

    def found(
        self, source: Destination, target: KadID, named: Iterable[Candidate], now: float
    ) -> None:
        """``source`` named somebody: one hop behind it, unless the lookup knew them already."""
        candidates = list(named)
        lookup = self.agenda.slots.find(target)
        if lookup is not None and not lookup.spent:
            key = target, lookup.began
            depths, at = self.depths.setdefault(key, {}), self._at.setdefault(key, {})
            behind = at.get(source, 1) + 1
            known = lookup._passed.union(one.kad_id for one in lookup._frontier)
            for one in candidates:
                if one.kad_id not in known:
                    depths[one.kad_id] = at[one.destination] = behind
        self.agenda.found(source, target, candidates, now)

    def close(self, trace: LookupTrace) -> dict[KadID, int]:
        """The hops of a lookup that has ended; those of its own table are not named."""
        key = trace.target, trace.began
        self._at.pop(key, None)
        return self.depths.pop(key, {})


@define(eq=False)
class LookupBook:
    """
    The lookups of some people, by sort and by who wanted them.

    :ivar sample: whose lookups are looked at.
    :ivar since: lookups that began earlier, in seconds of the world, are passed over.
    :ivar told: told of every one that has ended.
    """

    world: World
    sample: list[Person]
    since: float = 0.0
    told: list[Ended] = field(factory=list)
    tallies: dict[str, Tally] = field(factory=dict, init=False)
    _followed: dict[int, _Following] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for person in self.sample:
            person.looked_at = True
            person.started = self._follow

    def _follow(self, person: Person) -> None:
        if person.node is None:
            return
        core = person.node.core
        core._agenda.slots.traces = deque(maxlen=_KEPT)
        following = self._followed[person.number] = _Following(core._agenda)
        core._hearing.hearsay.agenda = following  # type: ignore[assignment]

    def look(self) -> None:
        """Count what has ended since the last look."""
        everybody = [person.me.kad_id.value for person in self.world.present]
        for person in self.sample:
            if person.node is None:
                continue
            traces = person.node.core._agenda.slots.traces
            while traces:
                self._add(person, traces.popleft(), everybody)

    def _add(self, person: Person, trace: LookupTrace, everybody: list[int]) -> None:
        depths = self._followed[person.number].close(trace)
        if trace.began < self.world.clock.seconds() - self.world.now + self.since:
            return
        for told in self.told:
            told(person, trace)
        own = person.me.kad_id.value
        others = (one for one in everybody if one != own)
        right = nsmallest(CLOSEST, others, key=trace.target.value.__xor__)
        aim = trace.kind.aim.value
        for name in (aim, f"{aim} {trace.rank.name.lower()}"):
            self.tallies.setdefault(name, Tally()).add(trace, right, depths)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {name: tally.document for name, tally in sorted(self.tallies.items())}
