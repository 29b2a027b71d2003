"""A node as the control socket sees it."""

from __future__ import annotations

from attrs import define, field

from tests.samples import destination
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.ids import KadID
from twisted_mule.status import (
    NodeStatus,
    Phase,
    RouterState,
    RouterStatus,
    RoutingStatus,
    Step,
    StepState,
)
from twisted_mule.store import nodes_dat
from twisted_mule.store.contacts import node_of


def seed(number: int) -> Seed:
    """A contact."""
    return Seed(KadID(number), destination(number), 8, verified=True)


def nodes_file(*numbers: int) -> bytes:
    """A ``nodes.dat`` with these contacts."""
    return nodes_dat.write(node_of(seed(number)) for number in numbers)


def snapshot(*, ready: bool = True) -> NodeStatus:
    """What a node says of itself."""
    return NodeStatus(
        version="0.1.0",
        kad_id=KadID(1).hex,
        destination="abcdefgh",
        dashboard="http://127.0.0.1:8080/",
        data="/srv/mule",
        taken_at=2.0,
        started_at=1.0,
        uptime=3723.0,
        phase=Phase.RUNNING,
        practice=8,
        headline="Online: 3 of 8 contacts verified",
        router=RouterStatus(
            state=RouterState.ONLINE,
            endpoint="127.0.0.1:7656",
            steps=(Step("Router's SAM port reached", StepState.DONE, 0.1, "at once"),),
        ),
        routing=RoutingStatus(contacts=8, verified=3, heard=3 if ready else 0),
        events=((1.5, "Started"),),
    )


@define
class FakeNode:
    """
    A status and a table, without the rest.

    :ivar slices: how many contacts were offered in each turn.
    """

    shown: NodeStatus = field(factory=snapshot)
    table: dict[KadID, Seed] = field(factory=dict)
    slices: list[int] = field(factory=list)

    def status(self) -> NodeStatus:
        """The snapshot."""
        return self.shown

    def learn(self, seeds: tuple[Seed, ...]) -> int:
        """Take what is new."""
        self.slices.append(len(seeds))
        new = [one for one in seeds if one.kad_id not in self.table]
        self.table.update({one.kad_id: one for one in new})
        return len(new)

    def contacts(self) -> tuple[Seed, ...]:
        """All of them."""
        return tuple(self.table.values())
