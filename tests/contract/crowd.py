"""A network of scripted nodes around the production node: they answer as honest peers do."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from attrs import define, field

from tests.contract.probing import Probe, Sent, Stage
from twisted_mule.kad import messages as m
from twisted_mule.kad.contact import YOUNG, SavedContact, Seed
from twisted_mule.kad.exchange import ForKey
from twisted_mule.kad.ids import KadID

#: Seconds until a peer answers, at the least and at the most.
LATENCY = (1.0, 6.0)


@define(eq=False)
class Neighbour(Probe):
    """A probe that answers requests, after the time that the network takes."""

    crowd: Crowd = field(kw_only=True)

    @property
    def seed(self) -> Seed:
        """How others write it down."""
        return Seed(self.kad_id, self.destination, self.version, verified=True)

    def received(self, sent: Sent) -> None:
        """A request of the node came."""
        super().received(sent)
        for answer in self.crowd.answers(self, self.read(sent)):
            wait = self.crowd.random.uniform(*LATENCY)
            self.stage.clock.callLater(wait, self.say, answer, ForKey(self.issued))


#: What is found at a neighbour that is asked for a target, in parts.
Found = Callable[[Neighbour, KadID], list[tuple[m.Entry, ...]]]


def nothing(_neighbour: Neighbour, _target: KadID) -> list[tuple[m.Entry, ...]]:
    """An empty answer."""
    return [()]


@define(eq=False)
class Crowd:
    """
    Neighbours who know each other, and who know the node.

    :ivar found: what their searches bring.
    :ivar people: the node's table are they.
    """

    count: int
    found: Found = nothing
    random: Random = field(factory=lambda: Random(9), init=False)
    people: list[Neighbour] = field(factory=list, init=False)

    def saved(self) -> tuple[SavedContact, ...]:
        """The table of a node that has met them all."""
        stand_in = Stage()
        people = [Neighbour(stand_in, 1000 + n, crowd=self) for n in range(self.count)]
        return tuple(
            SavedContact(
                one.seed,
                kind=YOUNG,
                expires=self.random.uniform(600.0, 3600.0),
                greeted=2,
                hello_seen=True,
            )
            for one in people
        )

    def settle(self, stage: Stage) -> None:
        """Live around the node of ``stage``."""
        self.people = [Neighbour(stage, 1000 + n, crowd=self) for n in range(self.count)]

    def answers(self, who: Neighbour, asked: m.Message) -> list[m.Message]:
        """What an honest peer says to it."""
        match asked:
            case m.HelloRequest():
                return [m.HelloResponse(who.record)]
            case m.FindNodeRequest(count, target):
                near = sorted(self.people, key=lambda one: one.kad_id.distance(target))
                return [m.FindNodeResponse(target, tuple(one.record for one in near[:count]))]
            case m.BootstrapRequest():
                some = self.random.sample(self.people, min(20, len(self.people)))
                records = tuple(one.record for one in some)
                return [m.BootstrapResponse(who.kad_id, who.version, None, records)]
            case m.SearchKeyRequest(target) | m.SearchSourceRequest(target):
                parts = self.found(who, target)
                return [m.SearchResponse(who.kad_id, target, part) for part in parts]
            case m.SearchNotesRequest(target):
                return [m.SearchResponse(who.kad_id, target, ())]
            case m.PublishKeyRequest(target) | m.PublishNotesRequest(target):
                return [m.PublishResponse(target, 1)]
            case m.PublishSourceRequest(target):
                return [m.PublishResponse(target, 1, 1, 1)]
            case _:
                return []


def stage_with(crowd: Crowd) -> Stage:
    """A node that has met a crowd before its start."""
    stage = Stage(crowd.saved())
    crowd.settle(stage)
    return stage


def requests_of(stage: Stage) -> list[tuple[Sent, m.Message]]:
    """What the node asked of its crowd so far, read by those who got it."""
    crowd = stage.wire.crowd
    return [(sent, crowd[sent.to].read(sent)) for sent in stage.sent if sent.to in crowd]
