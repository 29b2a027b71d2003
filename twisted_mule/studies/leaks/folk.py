"""Who else there is on the stage of a study, and what they say: drawn by the run, known to all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, field, frozen

from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.contact import YOUNG, SavedContact, Seed
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Plain
from twisted_mule.kad.ids import SIZE, KadID
from twisted_mule.kad.messages import Entry, Message, Tags
from twisted_mule.kad.tags import (
    FILENAME,
    FILERATING,
    FILESIZE,
    SOURCEDEST,
    SOURCES,
    SOURCETYPE,
    Tag,
)
from twisted_mule.simulation.hostile import somewhere

#: Nodes that the node may learn of, and how many of them it knows when the run begins.
FOLK: Final = 400
KNOWN: Final = 100
#: Others, who ask and are never asked.
STRANGERS: Final = 200
#: Keys that strangers publish under and look for.
KEYS: Final = 60
#: Whom one names to somebody who asks for nodes: those nearest to the target of so many.
_ACQUAINTED: Final = 24
_HOUR: Final = 3600.0
_MOST: Final = 2**32 - 1


@frozen
class Peer:
    """Somebody on the stage, by a small number."""

    number: int
    kad_id: KadID
    destination: Destination
    secret: int

    @property
    def record(self) -> m.PeerRecord:
        """How it stands in a list."""
        return m.PeerRecord(m.VERSION, self.kad_id, self.destination)

    def says(self, message: Message, draws: Draws) -> bytes:
        """``message`` as it travels, without a cover."""
        return to_wire(message, Plain(), self.secret, draws)


def _peer(number: int, draws: Draws) -> Peer:
    kad_id = KadID.from_natural(draws.randbytes(SIZE))
    return Peer(number, kad_id, somewhere(draws), 1 + draws.randrange(_MOST))


@define(eq=False)
class Folk:
    """
    Everybody but the node: numbers below ``FOLK`` are nodes, those above only ask.

    :ivar chance: of this run; the node knows none of it.
    """

    chance: Chance
    peers: tuple[Peer, ...] = field(init=False)
    keys: tuple[KadID, ...] = field(init=False)
    _by_destination: dict[Destination, Peer] = field(init=False)

    def __attrs_post_init__(self) -> None:
        draws = [self.chance.stream("peer", number) for number in range(FOLK + STRANGERS)]
        self.peers = tuple(_peer(number, one) for number, one in enumerate(draws))
        self._by_destination = {one.destination: one for one in self.peers}
        self.keys = tuple(
            KadID.from_natural(self.chance.stream("key", number).randbytes(SIZE))
            for number in range(KEYS)
        )

    def at(self, whom: Destination) -> Peer:
        """
        Whose destination this is.

        :raise KeyError: when nobody has it.
        """
        return self._by_destination[whom]

    def contacts(self) -> list[SavedContact]:
        """Whom the node knows when it starts, as one who has known them for a while."""
        draws = self.chance.stream("contacts", 0)
        return [
            SavedContact(
                Seed(one.kad_id, one.destination, m.VERSION, verified=True),
                kind=YOUNG,
                expires=draws.uniform(60.0, 2 * _HOUR),
                handshaken=True,
                hello_seen=True,
                greeted=2,
            )
            for one in self.peers[:KNOWN]
        ]

    def answer(self, asked: Message, one: Peer, turn: int) -> Message | None:
        """What ``one`` says to ``asked``, the how-manieth question; ``None`` for silence."""
        draws = self.chance.stream("answer", turn)
        match asked:
            case m.HelloRequest():
                return m.HelloResponse(one.record)
            case m.BootstrapRequest():
                known = tuple(self._some(draws, 20))
                return m.BootstrapResponse(one.kad_id, m.VERSION, None, known)
            case m.FindNodeRequest(target=target, count=count):
                known = tuple(self._near(target, count & 31, draws))
                return m.FindNodeResponse(target, known)
            case m.Ping():
                return m.Pong()
            case _:
                return self._finished(asked, one, draws)

    def _finished(self, asked: Message, one: Peer, draws: Draws) -> Message | None:
        load = draws.randrange(100)
        match asked:
            case m.SearchKeyRequest(target=target) | m.SearchSourceRequest(target=target):
                found = (a_file(draws),) if load < 50 else ()
                return m.SearchResponse(one.kad_id, target, found)
            case m.SearchNotesRequest(target=target):
                return m.SearchResponse(one.kad_id, target, ())
            case m.PublishKeyRequest(target=target) | m.PublishNotesRequest(target=target):
                return m.PublishResponse(target, load)
            case m.PublishSourceRequest(target=target):
                return m.PublishResponse(target, load, 3, 1)
            case _:
                return None

    def _some(self, draws: Draws, count: int) -> list[m.PeerRecord]:
        return [self.peers[draws.randrange(FOLK)].record for _ in range(count)]

    def _near(self, target: KadID, count: int, draws: Draws) -> list[m.PeerRecord]:
        known = {draws.randrange(FOLK) for _ in range(_ACQUAINTED)}
        order = sorted(known, key=lambda one: target.distance(self.peers[one].kad_id))
        return [self.peers[one].record for one in order[:count]]


def a_file(draws: Draws) -> Entry:
    """A file as somebody publishes it."""
    number = draws.randrange(10_000)
    name = Tag(FILENAME, f"some words of name {number}.mkv")
    tags = (name, Tag(FILESIZE, 1_000_000 + number), Tag(SOURCES, 3))
    return Entry(KadID.from_natural(draws.randbytes(SIZE)), tags)


def a_source(draws: Draws) -> Tags:
    """The tags of a source of a file."""
    return Tag(SOURCETYPE, 1), Tag(SOURCEDEST, somewhere(draws)), Tag(FILESIZE, 1000)


def a_note() -> Tags:
    """The tags of a note."""
    return Tag(FILENAME, "name.mkv"), Tag(FILERATING, 4), Tag(FILESIZE, 1000)


Ask = Callable[[Folk, Peer, KadID, Draws], Message]


def _key(folk: Folk, draws: Draws) -> KadID:
    return folk.keys[draws.randrange(len(folk.keys))]


#: What may be asked of the node ``me``, by name.
REQUESTS: Final[dict[str, Ask]] = {
    "find": lambda _, one, me, draws: m.FindNodeRequest(
        draws.choice((2, 4, 11)), KadID.from_natural(draws.randbytes(SIZE)), me, one.kad_id
    ),
    "bootstrap": lambda *_: m.BootstrapRequest(),
    "ping": lambda *_: m.Ping(),
    "search files": lambda folk, _, __, draws: m.SearchKeyRequest(_key(folk, draws)),
    "search sources": lambda folk, _, __, draws: m.SearchSourceRequest(_key(folk, draws), 0, 1000),
    "search notes": lambda folk, _, __, draws: m.SearchNotesRequest(_key(folk, draws), 1000),
    "publish files": lambda folk, _, __, draws: m.PublishKeyRequest(
        _key(folk, draws), (a_file(draws),)
    ),
    "publish source": lambda folk, one, _, draws: m.PublishSourceRequest(
        _key(folk, draws), one.kad_id, a_source(draws)
    ),
    "publish note": lambda folk, one, _, draws: m.PublishNotesRequest(
        _key(folk, draws), one.kad_id, a_note()
    ),
}
