"""Several cores that talk through real datagrams, on a clock of their own, without any reactor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count
from random import Random

from attrs import define, field

from tests.samples import destination
from twisted_mule.kad.contact import Me, SavedContact, Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.datagram import message, to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Heard, Seal
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Message
from twisted_mule.kad.opening import open_datagram


@define
class Letter:
    """One datagram on its way: who sent what to whom, when."""

    sent: float
    sender: Destination
    receiver: Destination
    message: Message
    seal: Seal


@define(eq=False)
class Villager:
    """One node: a core with the ticks and delays of the real sender, much simplified."""

    kad: Kad
    village: Village
    random: Random
    ticks: int = 0

    def tick(self) -> None:
        """One turn of the request place."""
        now = self.village.now
        self.ticks += 1
        self.kad.beat(now, self.random)
        request = self.kad.next_request(now, self.random)
        if request is not None:
            self.send(request.destination, request.message, request.seal)
        self.village.after(self.random.uniform(0.6, 1.4), self.tick)

    def send(self, receiver: Destination, content: Message, seal: Seal) -> None:
        """Put a message on the wire."""
        datagram = to_wire(content, seal, self.kad.own_key(receiver), self.random)
        here = self.kad.me.destination
        self.village.letters.append(Letter(self.village.now, here, receiver, content, seal))
        self.village.carry(here, receiver, datagram)

    def receive(self, source: Destination, datagram: bytes) -> None:
        """Open a datagram and answer it after a while."""
        now = self.village.now
        opened = open_datagram(datagram, self.kad.me.kad_id, self.kad.own_key(source))
        assert opened.opcode is not None
        answers = self.kad.match(source, opened.opcode, now)
        heard = Heard(source, message(opened), opened.envelope, answers)
        for reply in self.kad.handle(heard, now, self.random):

            def leave(reply=reply) -> None:  # type: ignore[no-untyped-def]
                self.send(source, reply.message, reply.seal)
                self.kad.replied(source, reply, self.village.now)

            self.village.after(self.random.uniform(0.5, 3.0), leave)


@define
class Village:
    """A network with latency, and with loss if it is asked for."""

    random: Random = field(factory=lambda: Random(1))
    now: float = 1000.0
    loses: Callable[[Destination, Destination], bool] = lambda _sender, _receiver: False
    letters: list[Letter] = field(factory=list)
    people: dict[Destination, Villager] = field(factory=dict)
    _events: list[tuple[float, int, Callable[[], None]]] = field(factory=list)
    _numbers: count[int] = field(factory=count)

    def settle(
        self,
        number: int,
        saved: Iterable[SavedContact] = (),
        seeds: Iterable[Seed] = (),
        kad_id: KadID | None = None,
    ) -> Villager:
        """A new node, which joins the ticks at once."""
        kad_id = kad_id or KadID(Random(number).getrandbits(128))
        source_id = KadID(Random(f"source {number}").getrandbits(128))
        me = Me(kad_id, destination(number), destination(number + 50_000), source_id)
        random = Random(number)
        kad = Kad(me, number, saved, now=self.now, random=random, seeds=seeds)
        villager = self.people[me.destination] = Villager(kad, self, random)
        self.after(random.random(), villager.tick)
        return villager

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Let something happen later."""
        heappush(self._events, (self.now + seconds, next(self._numbers), event))

    def carry(self, sender: Destination, receiver: Destination, datagram: bytes) -> None:
        """Deliver a datagram, or lose it."""
        villager = self.people.get(receiver)
        if villager is not None and not self.loses(sender, receiver):
            self.after(self.random.uniform(0.5, 2.0), lambda: villager.receive(sender, datagram))

    def live(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self._events and self._events[0][0] <= until:
            self.now, _, event = heappop(self._events)
            event()
        self.now = until

    def sent(self, sender: Villager | None = None) -> Counter[str]:
        """How many messages of each type left, of one node or of all."""
        here = sender and sender.kad.me.destination
        return Counter(
            type(letter.message).__name__
            for letter in self.letters
            if here is None or letter.sender == here
        )


def seed_of(villager: Villager, *, verified: bool = False) -> Seed:
    """What a list of seeds says of a node."""
    me = villager.kad.me
    return Seed(me.kad_id, me.destination, 8, verified=verified)
