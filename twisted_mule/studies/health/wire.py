"""What some nodes send and hear: datagrams and bytes by type, and how long answers took."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from attrs import define, field

from twisted_mule.kad.destination import Destination
from twisted_mule.places import Outgoing
from twisted_mule.studies.health.figures import ratio, spread

#: Delays of answers that are kept.
_KEPT: Final = 200_000


@define(eq=False)
class WireTally:
    """
    A watch that counts for all nodes that it is given to.

    :ivar open: whether it counts.
    """

    open: bool = True
    sent_count: Counter[str] = field(factory=Counter, init=False)
    sent_bytes: Counter[str] = field(factory=Counter, init=False)
    heard_count: Counter[str] = field(factory=Counter, init=False)
    heard_bytes: Counter[str] = field(factory=Counter, init=False)
    delays: list[float] = field(factory=list, init=False)

    def sent(self, outgoing: Outgoing, tick: int, now: float) -> None:
        """A datagram left."""
        del tick
        if not self.open:
            return
        self.sent_count[outgoing.label] += 1
        self.sent_bytes[outgoing.label] += len(outgoing.datagram)
        if outgoing.arrived is not None and len(self.delays) < _KEPT:
            self.delays.append(now - outgoing.arrived)

    def heard(self, source: Destination, size: int, arrived: float, label: str | None) -> None:
        """A datagram came."""
        del source, arrived
        if self.open:
            self.heard_count[label or "refused"] += 1
            self.heard_bytes[label or "refused"] += size

    def document(self, node_hours: float) -> dict[str, Any]:
        """As JSON, for each node and hour."""
        sent, heard = self.sent_count.total(), self.heard_count.total()
        return {
            "node_hours": round(node_hours, 3),
            "sent_per_hour": ratio(sent, node_hours, 1),
            "sent_bytes_per_hour": ratio(self.sent_bytes.total(), node_hours, 0),
            "heard_per_hour": ratio(heard, node_hours, 1),
            "heard_bytes_per_hour": ratio(self.heard_bytes.total(), node_hours, 0),
            "refused": ratio(self.heard_count["refused"], heard),
            "answer_delay": spread(self.delays),
            "by_type": {
                name: [ratio(count, node_hours, 1), ratio(self.sent_bytes[name], count, 0)]
                for name, count in sorted(self.sent_count.items())
            },
        }
