"""How a run went, minute by minute: it reads what nodes count anyway, and changes nothing there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from attrs import define, field

from twisted_mule.details import DELAY_STEP, DELAY_STEPS
from twisted_mule.node import MuleNode
from twisted_mule.simulation.person import Person

_SENT: Final = "sent_"


@define(eq=False)
class Series:
    """
    One value for each look; of datagrams and answers those of a sample of nodes.

    :ivar at: when, in minutes.
    :ivar present: how many nodes were there.
    :ivar sent: by type, datagrams a node-minute since the look before.
    :ivar lookups: of the sample that have ended so far; ``searches`` of everybody, and ``found``.
    """

    sample: Sequence[Person]
    at: list[float] = field(factory=list, init=False)
    present: list[int] = field(factory=list, init=False)
    lookups: list[int] = field(factory=list, init=False)
    searches: list[int] = field(factory=list, init=False)
    found: list[int] = field(factory=list, init=False)
    sent: list[Counter[str]] = field(factory=list, init=False)
    _ahead: dict[int, tuple[MuleNode, Counter[str], Counter[int]]] = field(factory=dict, init=False)
    _delays: Counter[int] = field(factory=Counter, init=False)

    def look(self, minutes: float, present: int, lookups: int, people: Sequence[Person]) -> None:
        """Note how it stands."""
        passed = minutes - (self.at[-1] if self.at else 0.0)
        counts, there = self._sent()
        rate = 1.0 / (there * passed) if there and passed else 0.0
        self.at.append(round(minutes, 3))
        self.present.append(present)
        self.lookups.append(lookups)
        self.sent.append(Counter({name: count * rate for name, count in counts.items()}))
        sought = [one for person in people for one in person.user.sought if one.shared]
        self.searches.append(len(sought))
        self.found.append(sum(one.found for one in sought))

    def _sent(self) -> tuple[Counter[str], int]:
        """What the sample has sent since the last look, and how many of it are there."""
        counts: Counter[str] = Counter()
        there = 0
        for person in self.sample:
            node = person.node
            if node is None:
                continue
            there += 1
            totals = Counter({name: n for name, n in _totals(node) if name.startswith(_SENT)})
            delays = Counter(node.delays)
            known = self._ahead.get(person.number)
            if known is not None and known[0] is node:  # a node that was started again counts anew
                counts += totals - known[1]
                self._delays += delays - known[2]
            else:
                counts += totals
                self._delays += delays
            self._ahead[person.number] = (node, totals, delays)
        return counts, there

    @property
    def document(self) -> dict[str, Any]:
        """As JSON: a list for each series, all equally long."""
        names = sorted({name for counts in self.sent for name in counts})
        return {
            "minute": self.at,
            "present": self.present,
            "lookups": self.lookups,
            "searches": self.searches,
            "found": self.found,
            "sent": {
                name.removeprefix(_SENT): [round(counts[name], 4) for counts in self.sent]
                for name in names
            },
        }

    @property
    def delays(self) -> dict[str, Any]:
        """How many answers of the sample left in each step of delay; the last step is open."""
        steps = [self._delays[step] for step in range(DELAY_STEPS)]
        return {"step": DELAY_STEP, "answers": steps}


def _totals(node: MuleNode) -> list[tuple[str, int]]:
    now = node.clock.seconds()
    return [(name, count.total) for name, count in node.counters.report(now)[0].items()]
