"""Peers that mean the prober no good."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from random import Random

from attrs import define, field

from tests.probing.imule import IMuleLike, crowd
from tests.probing.street import ASKER, Post
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Envelope, Seal
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.packing import PACKED_PROTOCOL
from twisted_mule.kad.records import write_contacts
from twisted_mule.simulation.clock import HeapClock


@define(eq=False)
class Mute:
    """Nobody."""

    clock: HeapClock
    destination: Destination = field(factory=lambda: destination(921))
    post: Post = field(init=False)

    def hear(self, source: Destination, datagram: bytes) -> None:
        """Say nothing."""


@define(eq=False)
class Spoiled(IMuleLike):
    """
    An iMule-like peer who answers everything, and then something else as well.

    :ivar spoil: makes the bytes that follow an answer.
    :ivar times: how many of them follow.
    """

    spoil: Callable[[Random], bytes] = lambda random: random.randbytes(50)
    times: int = 1
    _spoiling: Random = field(factory=lambda: Random(9), init=False)

    def hear(self, source: Destination, datagram: bytes) -> None:
        """Answer, and more."""
        IMuleLike.hear(self, source, datagram)
        for _ in range(self.times):
            self.post(source, self.spoil(self._spoiling))


@define(eq=False)
class Liar(IMuleLike):
    """An iMule-like peer who says that it is somebody else each time it is asked."""

    names: list[KadID] = field(factory=list)

    def answers(self, asked: m.Message, envelope: Envelope) -> list[tuple[bytes, Seal]]:
        """As iMule, under the next name for handshakes."""
        said = IMuleLike.answers(self, asked, envelope)
        if not isinstance(asked, m.HelloRequest | m.BootstrapRequest) or not self.names:
            return said
        name = self.names.pop(0)
        return [(plain.replace(self.kad_id.wire, name.wire), seal) for plain, seal in said]


_BOMB = bytes([PACKED_PROTOCOL, m.FindNodeResponse.opcode]) + zlib.compress(bytes(10 << 20))


def bomb(_: Random) -> bytes:
    """A packed datagram that inflates to ten megabytes."""
    return _BOMB


def giant(random: Random) -> bytes:
    """All that fits into a UDP datagram."""
    return bytes([5, m.SearchResponse.opcode]) + random.randbytes(64_000)


def crowded(_: Random) -> bytes:
    """A RES for a point that nobody asked for, with 255 contacts."""
    return bytes([5, m.FindNodeResponse.opcode]) + bytes(16) + b"\xff" + write_contacts(crowd(255))


def greedy(random: Random) -> bytes:
    """A REQ to us."""
    target = random.randbytes(16)
    return bytes([5, m.FindNodeRequest.opcode, 31]) + target + ASKER.kad_id.wire + target


def cut(random: Random) -> bytes:
    """A HELLO_RES that ends somewhere."""
    whole = bytes([5, m.HelloResponse.opcode, 8]) + random.randbytes(16) + destination(1).raw
    return whole[: random.randrange(len(whole))]
