"""What a run has shown, in figures that a program can read."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from statistics import fmean, median
from typing import Any, Final

from attrs import define, field

from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.traces import LookupTrace
from twisted_mule.simulation.person import Person
from twisted_mule.simulation.series import Series
from twisted_mule.simulation.world import World

#: Seconds between two looks at the lookups that have ended.
EVERY: Final = 60.0
#: Nodes whose lookups are looked at, at the most.
_SAMPLE: Final = 50
#: So many nodes nearest to a target are the right ones.
_CLOSEST: Final = 10


@define
class Tally:
    """Lookups of one sort that have ended: what they asked, and how near they came."""

    ended: int = 0
    asked: int = 0
    answered: int = 0
    right: int = 0
    possible: int = 0

    def add(self, trace: LookupTrace, nearest: set[int]) -> None:
        """One more; ``nearest`` are the right nodes, all of which are there."""
        self.ended += 1
        self.asked += len(trace.asked)
        self.answered += trace.answered
        reached = {one.kad_id.value for one in trace.asked if one.answered is not None}
        self.right += len(reached & nearest)
        self.possible += len(nearest)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "ended": self.ended,
            "requests_each": _ratio(self.asked, self.ended),
            "answered": _ratio(self.answered, self.asked),
            "closest_found": _ratio(self.right, self.possible),
        }


@define(eq=False)
class Observer:
    """Look at the lookups of some nodes while a world runs; it changes nothing there."""

    world: World
    _sample: list[Person] = field(init=False)
    _seen: dict[int, float] = field(factory=dict, init=False)
    tallies: dict[Aim, Tally] = field(factory=lambda: {aim: Tally() for aim in Aim}, init=False)
    series: Series = field(init=False)

    def __attrs_post_init__(self) -> None:
        fair = [person for person in self.world.people if person.deceive is None]
        step = max(1, -(-len(fair) // _SAMPLE))
        self._sample = fair[::step]
        for person in self._sample:
            person.looked_at = True
        self.series = Series(self._sample)

    def look(self) -> None:
        """Count what has ended since the last look, and note how things stand."""
        self._count()
        world, ended = self.world, sum(tally.ended for tally in self.tallies.values())
        self.series.look(world.now / 60.0, len(world.present), ended, world.people)

    def _count(self) -> None:
        everybody = [person.me.kad_id.value for person in self.world.present]
        for person in self._sample:
            others = [one for one in everybody if one != person.me.kad_id.value]
            if person.node is None:
                self._seen.pop(person.number, None)
                continue
            since = self._seen.get(person.number, -1.0)
            for trace in person.node.core.lookups():
                over = None if trace.ended is None else trace.began + trace.ended
                if over is not None and over > since:
                    self.tallies[trace.kind.aim].add(trace, _nearest(others, trace.target))
            self._seen[person.number] = self.world.clock.seconds()


def _nearest(others: list[int], target: KadID) -> set[int]:
    return set(nsmallest(_CLOSEST, others, key=target.value.__xor__))


def document(world: World, observer: Observer) -> dict[str, Any]:
    """The figures of a run that has come to its end."""
    scenario, network, present = world.scenario, world.network, world.present
    minutes = scenario.minutes
    return {
        "title": scenario.title,
        "seed": scenario.seed,
        "nodes": scenario.nodes,
        "minutes": minutes,
        "obfuscation": scenario.obfuscation,
        "people": len(world.people),
        "present": len(present),
        "fingerprint": network.fingerprint,
        "sent": network.sent,
        "bytes": network.size,
        "lost": network.lost,
        "in_vain": network.vain,
        "per_node_minute": _ratio(network.sent, scenario.nodes * minutes),
        **_nodes(world),
        "lookups": {aim.value: observer.tallies[aim].document for aim in Aim},
        "searches": _searches(world),
        "delays": observer.series.delays,
        "series": observer.series.document,
    }


def _nodes(world: World) -> dict[str, Any]:
    """What the nodes that are there at the end say of themselves."""
    counts: Counter[str] = Counter()
    contacts, handshakes, index, ticks, requests = [], [], 0, 0, 0
    now = world.clock.seconds()
    for person in world.present:
        node = person.node
        if node is None:
            continue
        for name, count in node.counters.report(now)[0].items():
            counts[name] += count.total
        table = node.core.survey(now)
        contacts.append(table.contacts)
        handshakes.append(table.handshakes)
        ticks += node.sender.record.ticks
        requests += node.requests
        size = node.core.index.size()
        index += size.keywords + size.sources + size.notes
    return {
        "contacts": round(fmean(contacts), 1) if contacts else 0.0,
        "handshakes": round(fmean(handshakes), 1) if handshakes else 0.0,
        "stored": index,
        "request_places_used": _ratio(requests, ticks),
        "defects": counts["defects"],
        "counts": dict(sorted(counts.items())),
    }


def _searches(world: World) -> dict[str, Any]:
    sought = [one for person in world.people for one in person.user.sought]
    shared = [one for one in sought if one.shared]
    return {
        "done": len(sought),
        "shared": len(shared),
        "found": _ratio(sum(one.found for one in shared), len(shared)),
        "seconds": round(median(one.waited for one in sought), 1) if sought else None,
    }


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
