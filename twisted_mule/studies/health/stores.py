"""What keeping words and files published costs, counted the same way for every sort of node."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import LookupKind, Rank
from twisted_mule.kad.traces import LookupTrace
from twisted_mule.simulation.person import Person
from twisted_mule.studies.health.figures import ratio


@define
class _Stores:
    """Lookups that published records of one kind."""

    publishes: int = 0
    acknowledged: int = 0
    holders: int = 0
    messages: int = 0
    kept: set[tuple[int, KadID]] = field(factory=set)


@define(eq=False)
class StoreBook:
    """
    All publishes of those whose lookups are looked at.

    :ivar stored: when each key was first acknowledged, on the clock of the world.
    """

    stored: dict[KadID, float] = field(factory=dict, init=False)
    _kinds: dict[LookupKind, _Stores] = field(factory=dict, init=False)

    def ended(self, person: Person, trace: LookupTrace) -> None:
        """A lookup is over: its requests and their answers are messages of its key."""
        if trace.rank is not Rank.PUBLISHING:
            return
        stores = self._kinds.setdefault(trace.kind, _Stores())
        stores.publishes += 1
        stores.messages += len(trace.asked) + trace.answered
        if trace.results:
            stores.acknowledged += 1
            stores.holders += trace.results
            stores.kept.add((person.number, trace.target))
            if trace.kind is LookupKind.STORE_KEYWORD:
                self.stored.setdefault(trace.target, trace.began + (trace.ended or 0.0))

    @property
    def document(self) -> dict[str, Any]:
        """As JSON, by kind."""
        return {
            kind.value: {
                "publishes": one.publishes,
                "acknowledged": one.acknowledged,
                "kept": len(one.kept),
                "holders": ratio(one.holders, one.acknowledged, 2),
                "messages_each": ratio(one.messages, one.publishes, 2),
                "messages_a_key": ratio(one.messages, len(one.kept), 2),
            }
            for kind, one in sorted(self._kinds.items(), key=lambda item: item[0].value)
        }
