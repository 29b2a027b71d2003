"""The production node on a virtual clock, and others around it that speak in whole datagrams."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from random import Random

from attrs import define, field, frozen

from tests.kad.people import ME, proven, seed
from tests.samples import destination
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.contact import Me, SavedContact, Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.datagram import message, to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import ForNode, Seal
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.messages import LegacyRecord, Message, PeerRecord
from twisted_mule.kad.opening import Opened, open_datagram
from twisted_mule.kad.verify import verify_key
from twisted_mule.node import MuleNode
from twisted_mule.simulation.clock import HeapClock

SECRET = 0xDEADBEEF
BEGAN = 5000.0
#: An answer to anything is there after so many seconds, or never.
PATIENCE = 4.0
#: The node of the recordings, with the source identifier that it needs to publish.
SELF = Me(ME.kad_id, ME.destination, ME.tcp, KadID(0xFEED << 96))


@frozen
class Sent:
    """One datagram that left: when, to whom, and its bytes."""

    at: float
    to: Destination
    datagram: bytes


@define(eq=False)
class Wire:
    """
    A session that is open, and remembers what passes.

    :ivar heard: when something came.
    """

    clock: HeapClock
    online: bool = True
    sent: list[Sent] = field(factory=list)
    crowd: dict[Destination, Probe] = field(factory=dict)
    heard: list[float] = field(factory=list)

    def send(self, destination: Destination, datagram: bytes) -> None:
        """The sink."""
        sent = Sent(self.clock.seconds(), destination, datagram)
        self.sent.append(sent)
        if destination in self.crowd:
            self.crowd[destination].received(sent)


def contacts(count: int) -> tuple[SavedContact, ...]:
    """So many contacts that have proven themselves, from all over the identifier space."""
    return tuple(proven(seed(number)) for number in range(count))


@define(eq=False)
class Stage:
    """
    A node that was just started.

    :param contacts: its table at the end of the last run.
    :param index: what it holds for others.
    """

    contacts: Iterable[SavedContact] = ()
    index: Index | None = None
    boot: bytes = b"boot"
    seeds: Iterable[Seed] = ()
    clock: HeapClock = field(factory=partial(HeapClock, BEGAN), init=False)
    wire: Wire = field(init=False)
    core: Kad = field(init=False)
    node: MuleNode = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.wire = Wire(self.clock)
        self.core = Kad(
            SELF,
            SECRET,
            self.contacts,
            now=BEGAN,
            random=Random(0),
            seeds=self.seeds,
            index=self.index,
        )
        self.node = MuleNode(self.clock, Chance(self.boot), self.core, SECRET, self.wire)
        self.node.startService()

    @property
    def sent(self) -> list[Sent]:
        """Everything that left so far."""
        return self.wire.sent

    def run(self, seconds: float) -> None:
        """Let time pass, from one timer to the next."""
        self.clock.run(seconds)


@define(eq=False)
class Probe:
    """
    Another node, which says what it is told to and opens what it gets.

    :ivar key: the verify key that it gives to the node.
    """

    stage: Stage
    number: int
    version: int = 8
    kad_id: KadID = field(init=False)
    destination: Destination = field(init=False)
    key: int = field(init=False)
    got: list[Sent] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.destination = destination(20_000 + self.number)
        self.kad_id = KadID(Random(f"probe {self.number}").getrandbits(128) | 1)
        self.key = 0x0BADCAFE + self.number
        self.stage.wire.crowd[self.destination] = self

    def received(self, sent: Sent) -> None:
        """A datagram came."""
        self.got.append(sent)

    @property
    def record(self) -> PeerRecord:
        """How it writes itself."""
        return PeerRecord(self.version, self.kad_id, self.destination)

    @property
    def legacy_record(self) -> LegacyRecord:
        """How it writes itself in Kad1."""
        return LegacyRecord(self.kad_id, self.destination, destination(40_000 + self.number), 0)

    @property
    def issued(self) -> int:
        """The key that the node gives to it."""
        return verify_key(SECRET, self.destination.dest_hash)

    def wrap(self, content: Message, seal: Seal | None = None) -> bytes:
        """The datagram that carries ``content``, under the node's identifier unless said so."""
        seal = ForNode(SELF.kad_id) if seal is None else seal
        return to_wire(content, seal, self.key, Random(self.number))

    def throw(self, datagram: bytes) -> None:
        """Let the node hear these bytes."""
        self.stage.wire.heard.append(self.stage.clock.seconds())
        self.stage.node.received(self.destination, datagram, self.stage.clock.seconds())

    def say(self, content: Message, seal: Seal | None = None) -> None:
        """Let the node hear ``content``."""
        self.throw(self.wrap(content, seal))

    def ask(self, content: Message, seal: Seal | None = None) -> list[Message]:
        """What it gets for ``content`` within the time that an answer may take."""
        return self.get(self.wrap(content, seal))

    def get(self, datagram: bytes) -> list[Message]:
        """What it gets for these bytes within the time that an answer may take."""
        before = len(self.got)
        self.throw(datagram)
        self.stage.run(PATIENCE)
        return [self.read(sent) for sent in self.got[before:]]

    def open(self, sent: Sent) -> Opened:
        """A datagram without its cover."""
        return open_datagram(sent.datagram, self.kad_id, self.key)

    def read(self, sent: Sent) -> Message:
        """What a datagram says."""
        return message(self.open(sent))
