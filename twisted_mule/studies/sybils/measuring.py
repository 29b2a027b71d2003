"""What attackers had of a run: of searches, of what is stored, of tables and of requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from heapq import nsmallest
from typing import Any, Final

from attrs import define, field

from twisted_mule.kad.contact import YOUNG, Contact
from twisted_mule.kad.ids import BITS, KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.search import SearchView
from twisted_mule.kad.survey import network_size
from twisted_mule.kad.traces import Asked, LookupTrace
from twisted_mule.simulation.person import Person
from twisted_mule.studies.sybils.playing import CONTROL, Play

#: So many nodes nearest to a target are those that count.
CLOSEST: Final = 10
#: A rule against crowds: the third nearest who answered is nearer than this share of the space
#: that one node has to itself.  Among honest nodes that happens once in a million.
CROWDED: Final = 0.02
_THIRD: Final = 2
#: Contacts whose distance begins with so many zeros are in the zones next to a node.
_NEXT: Final = 4


class Side(Enum):
    """What somebody is, whom a node knows or asks."""

    FAIR = "fair"
    HOSTILE = "hostile"
    NOBODY = "nobody"  # an invented contact


@define(eq=False)
class Measures:
    """The figures of a run."""

    play: Play
    _sides: dict[KadID, Side] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._sides = {
            person.me.kad_id: Side.FAIR if person.deceive is None else Side.HOSTILE
            for person in self.play.world.people
        }

    @property
    def document(self) -> dict[str, Any]:
        """As JSON; a share is ``None`` where there was nothing to share."""
        play, word = self.play, self.play.scenario.hostile.target
        victims = {id(person) for person in play.world.victims}
        others = [person for person in play.searchers if id(person) not in victims]
        return {
            "attackers": sum(one is Side.HOSTILE for one in self._sides.values()),
            "target": self._searched(word, others),
            "control": self._searched(CONTROL, others),
            "closest_hostile": self._closest(keyword_id(word)),
            "closest_hostile_control": self._closest(keyword_id(CONTROL)),
            "others": self._of(others),
            "victims": self._of(play.world.victims),
            "victims_control": self._searched(CONTROL, play.world.victims),
        }

    # --- searches, and what is stored ------------------------------------------------------

    def _searched(self, word: str, people: Sequence[Person]) -> dict[str, Any]:
        wanted = {id(person) for person in people}
        done = [(who, view) for who, view in self.play.searches(word) if id(who) in wanted]
        file = self.play.files[word].hash
        results = [getattr(one, "hash", None) for _, view in done for one in view.results]
        asked = [one for _, view in done for trace in view.traces for one in trace.asked]
        finishing = [one for one in asked if one.finishing]
        holders = [self._side(one.me.kad_id) for one in self.play.holders(word)]
        return {
            "searches": len(done),
            "undone": len(people) - len(done),
            "found": share(any(_is(file, one) for one in view.results) for _, view in done),
            "false_results": share(one != file for one in results),
            "asked": self._shares(asked),
            "finishing": self._shares(finishing),
            "holders": len(holders),
            "holders_hostile": share(one is Side.HOSTILE for one in holders),
            "crowded": share(self._is_crowded(who, view) for who, view in done),
        }

    def _is_crowded(self, person: Person, view: SearchView) -> bool:
        """Whether the rule against crowds would have spoken, by what this node knew."""
        if person.node is None or not view.traces:
            return False
        answered = {o.distance for o in view.traces[0].asked if o.answered is not None}
        if len(answered) <= _THIRD:
            return False
        size = network_size(person.node.core.table)
        return sorted(answered)[_THIRD] * size < CROWDED * 2.0**BITS

    def _closest(self, target: KadID) -> float | None:
        """Of the nodes nearest to a point, the share that is hostile."""
        there = [person.me.kad_id for person in self.play.world.present]
        near = nsmallest(CLOSEST, there, key=target.distance)
        return share(self._side(one) is Side.HOSTILE for one in near)

    # --- tables and lookups ----------------------------------------------------------------

    def _of(self, people: Sequence[Person]) -> dict[str, Any]:
        contacts = [one for person in people for one in _contacts(person)]
        verified = [one for one in contacts if one.verified]
        next_to = [one for one in contacts if one.distance >> (BITS - _NEXT) == 0]
        far = [one for one in contacts if one.distance >> (BITS - _NEXT)]
        traces = [trace for one in people for trace in self.play.lookups.get(one.number, [])]
        late = [trace for trace in traces if self._is_late(trace)]
        own = [one for one in late if one.kind is LookupKind.NODECOMPLETE]
        handed = [one for one in verified if one.kind <= YOUNG]
        return {
            "contacts": round(len(contacts) / len(people), 1) if people else None,
            "table": self._shares(contacts),
            "verified": self._shares(verified),
            "handed_out": self._shares(handed),
            "next_to": self._shares(next_to),
            "far": self._shares(far),
            "asked": self._shares(one for trace in late for one in trace.asked),
            "asked_own": self._shares(one for trace in own for one in trace.asked),
            "answered": share(one.answered is not None for t in late for one in t.asked),
        }

    def _is_late(self, trace: LookupTrace) -> bool:
        """Whether it began in the second half of the run, when attacks have had their effect."""
        world = self.play.world
        begun = trace.began - (world.clock.seconds() - world.now)
        return begun >= world.scenario.minutes * 30.0

    def _shares(self, those: Iterable[Contact | Asked]) -> dict[str, float | None]:
        sides = [self._side(one.kad_id) for one in those]
        return {
            side.value: share(one is side for one in sides) for side in (Side.HOSTILE, Side.NOBODY)
        }

    def _side(self, kad_id: KadID) -> Side:
        return self._sides.get(kad_id, Side.NOBODY)


def _is(file: KadID, result: object) -> bool:
    return getattr(result, "hash", None) == file


def _contacts(person: Person) -> list[Contact]:
    return [] if person.node is None else list(person.node.core.table)


def share(those: Iterable[bool]) -> float | None:
    """The share that is true; ``None`` of nothing."""
    all_of_them = list(those)
    return round(sum(all_of_them) / len(all_of_them), 4) if all_of_them else None
