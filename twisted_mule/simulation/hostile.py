"""Nodes that do not play fair: the real node, whose answers are changed before they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, Protocol, assert_never

from attrs import evolve, frozen

from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import Me
from twisted_mule.kad.core import Kad
from twisted_mule.kad.destination import SIZE as DESTINATION_SIZE
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Heard, Reply, Request
from twisted_mule.kad.ids import BITS, KadID
from twisted_mule.kad.tags import FILENAME, FILESIZE, Tag

#: Bits that a Sybil shares with its target, and those that a request must share to be misled.
SYBIL_BITS: Final = 32
_NEAR: Final = 8
#: Entries of a poisoned answer.
_JUNK: Final = 20
_HELLO: Final = (m.HelloResponse, m.HelloResponseAck, m.LegacyHelloResponse)


class Malice(Enum):
    """What a hostile node does to those who ask it."""

    SILENT = "silent"  # greets, so as to stay in tables, and answers nothing else
    LYING = "lying"  # names contacts near the target that do not exist
    POISONING = "poisoning"  # adds files that do not exist to what it finds
    SYBIL = "sybil"  # near one target: names only its like, and finds nothing
    ENCIRCLING = "encircling"  # greets its victims often, and names only its like to them


class Deceive(Protocol):
    """The hands that answers pass through."""

    @property
    def malice(self) -> Malice:
        """What they do."""

    def __call__(self, reply: Reply, source: Destination, draws: Draws) -> Reply | None:
        """What leaves for ``source`` instead of ``reply``."""

    def urge(self, me: Me, now: float, draws: Draws) -> Request | None:
        """What is asked instead of what the real core would ask, ``None`` for that."""


class DeceitfulKad(Kad):
    """
    A core whose answers pass through somebody's hands.

    :ivar deceive: makes another answer of an answer, or none.
    :ivar spend: called before each message is handled; slow hosts make it take time.
    """

    deceive: Deceive | None = None
    spend: Callable[[], None] | None = None

    def handle(self, heard: Heard, now: float, random: Draws) -> tuple[Reply, ...]:
        """What the real core answers, changed."""
        if self.spend is not None:
            self.spend()
        replies = super().handle(heard, now, random)
        if self.deceive is None:
            return replies
        changed = [self.deceive(reply, heard.source, random) for reply in replies]
        return tuple([reply for reply in changed if reply is not None])

    def next_request(self, now: float, random: Draws) -> Request | None:
        """What the real core asks, unless somebody has something else in mind."""
        urged = None if self.deceive is None else self.deceive.urge(self.me, now, random)
        if urged is None:
            return super().next_request(now, random)
        self._tracking.sent(urged, now)
        return urged


@frozen
class Liar:
    """
    The hands that change answers.

    :ivar gang: for Sybils, how all of them stand in lists; ``target`` is what they surround.
    :ivar word: for those who poison, the keyword behind ``target``: what they add bears it.
    """

    malice: Malice
    target: KadID
    gang: Sequence[m.PeerRecord] = ()
    word: str = ""

    def __call__(self, reply: Reply, source: Destination, draws: Draws) -> Reply | None:
        """What leaves instead of ``reply``, whoever asked."""
        del source
        match self.malice:
            case Malice.SILENT:
                return reply if isinstance(reply.message, _HELLO) else None
            case Malice.LYING:
                return self._lie(reply, draws)
            case Malice.POISONING:
                return self._poison(reply, draws)
            case Malice.SYBIL:
                return self._surround(reply, draws)
            case Malice.ENCIRCLING:
                return reply  # see encircling.py
            case _ as never:
                assert_never(never)

    def urge(self, me: Me, now: float, draws: Draws) -> Request | None:
        """Nothing of its own."""
        del me, now, draws
        return None

    def _lie(self, reply: Reply, draws: Draws) -> Reply:
        if not isinstance(reply.message, m.FindNodeResponse):
            return reply
        target = reply.message.target
        invented = tuple(_invented(target, draws) for _ in reply.message.contacts)
        return reply._replace(message=m.FindNodeResponse(target, invented))

    def _poison(self, reply: Reply, draws: Draws) -> Reply:
        if not isinstance(reply.message, m.SearchResponse):
            return reply
        known = reply.message.target == self.target
        junk = tuple(_junk(self.word if known else "junk", draws) for _ in range(_JUNK))
        return reply._replace(message=evolve(reply.message, results=junk))

    def _surround(self, reply: Reply, draws: Draws) -> Reply:
        message = reply.message
        if isinstance(message, m.SearchResponse) and self._is_near(message.target):
            return reply._replace(message=evolve(message, results=()))
        if isinstance(message, m.FindNodeResponse) and self._is_near(message.target):
            fellows = list(self.gang)
            draws.shuffle(fellows)
            named = tuple(fellows[: len(message.contacts)])
            return reply._replace(message=m.FindNodeResponse(message.target, named))
        return reply

    def _is_near(self, point: KadID) -> bool:
        return self.target.distance(point) >> (BITS - _NEAR) == 0


def near(target: KadID, bits: int, draws: Draws) -> KadID:
    """A random point that shares the first ``bits`` bits of ``target``."""
    free = BITS - bits
    below = int.from_bytes(draws.randbytes(BITS // 8), "big") & ((1 << free) - 1)
    return KadID(target.value >> free << free | below or 1)


def _invented(target: KadID, draws: Draws) -> m.PeerRecord:
    return m.PeerRecord(m.VERSION, near(target, SYBIL_BITS, draws), somewhere(draws))


def _junk(word: str, draws: Draws) -> m.Entry:
    name = f"{word} {draws.randrange(1 << 32):08x}.mkv"
    tags = (Tag(FILENAME, name), Tag(FILESIZE, 1 + draws.randrange(1 << 30)))
    return m.Entry(KadID.from_natural(draws.randbytes(16)), tags)


def somewhere(draws: Draws) -> Destination:
    """A destination with random keys."""
    keys = draws.randbytes(DESTINATION_SIZE - 3)
    return Destination((keys if any(keys[:4]) else b"\1" + keys[1:]) + bytes(3))
