"""The others on the stage: who they are, what they ask and what they answer, all of it public."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from attrs import frozen

from tests.kad.published import a_file, a_note, a_source
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.contact import YOUNG, Me, SavedContact, Seed
from twisted_mule.kad.datagram import to_wire
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import ForNode, Plain, Seal
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import Message
from twisted_mule.kad.requests import OBFUSCATION

#: What is public is drawn from this; no node knows it.
PUBLIC: Final = Chance(b"the public script")
ME: Final = Me(
    KadID.from_hex("00112233445566778899aabbccddeeff"),
    destination(100),
    destination(101),
    KadID.from_hex("0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
)
#: Peers that ask, and how many others there are besides.
ASKERS: Final = 60
FOLK: Final = 400
#: Keys of keywords and files that others publish and look for.
KEYS: Final = tuple(KadID.from_natural(PUBLIC.stream("key", n).randbytes(16)) for n in range(40))


@frozen
class Peer:
    """Somebody on the stage; one in five speaks an older version, which has to be challenged."""

    number: int
    kad_id: KadID
    destination: Destination
    secret: int

    @property
    def version(self) -> int:
        """What it speaks."""
        return {8: 5, 9: 7}.get(self.number % 10, m.VERSION)

    @property
    def seed(self) -> Seed:
        """How it stands in a list of contacts."""
        return Seed(self.kad_id, self.destination, self.version, verified=True)

    @property
    def saved(self) -> SavedContact:
        """How somebody who has known it for a while keeps it."""
        return SavedContact(
            self.seed, kind=YOUNG, expires=3600.0, handshaken=True, hello_seen=True, greeted=2
        )

    @property
    def record(self) -> m.PeerRecord:
        """How it introduces itself to Kad2."""
        return m.PeerRecord(self.version, self.kad_id, self.destination)

    @property
    def legacy(self) -> m.LegacyRecord:
        """How it introduces itself to Kad1."""
        return m.LegacyRecord(self.kad_id, self.destination, None)


@cache
def peer(number: int) -> Peer:
    """Peer ``number``."""
    draws = PUBLIC.stream("peer", number)
    kad_id = KadID.from_natural(draws.randbytes(16))
    return Peer(number, kad_id, destination(2000 + number), 1 + draws.randrange(2**32 - 1))


@cache
def peer_at(whom: Destination) -> Peer:
    """The peer with this destination."""
    return next(one for one in map(peer, range(4096)) if one.destination == whom)


Make = Callable[[Peer, Draws], Message]


def _find_node(one: Peer, draws: Draws) -> Message:
    target = KadID.from_natural(draws.randbytes(16))
    return m.FindNodeRequest(draws.choice((2, 4, 11)), target, ME.kad_id, one.kad_id)


def _legacy_find_node(one: Peer, draws: Draws) -> Message:
    target = KadID.from_natural(draws.randbytes(16))
    return m.LegacyFindNodeRequest(2, target, ME.kad_id, one.kad_id)


def _search_key(_: Peer, draws: Draws) -> Message:
    words = draws.choice((None, Words("ubuntu")))
    return m.SearchKeyRequest(draws.choice(KEYS), 0, words)


def _publish_key(_: Peer, draws: Draws) -> Message:
    files = (a_file(draws.randrange(8)), a_file(8 + draws.randrange(8)))
    return m.PublishKeyRequest(draws.choice(KEYS), files)


def _publish_source(one: Peer, draws: Draws) -> Message:
    return m.PublishSourceRequest(draws.choice(KEYS), one.kad_id, a_source(one.number))


#: Every request that a node answers, by the name of its opcode.
REQUESTS: Final[dict[str, Make]] = {
    "REQ": _find_node,
    "HELLO_REQ": lambda one, _: m.HelloRequest(one.record),
    "PING": lambda _, __: m.Ping(),
    "BOOTSTRAP_REQ": lambda _, __: m.BootstrapRequest(),
    "SEARCH_KEY_REQ": _search_key,
    "SEARCH_SOURCE_REQ": lambda _, draws: m.SearchSourceRequest(draws.choice(KEYS), 0, 1000),
    "SEARCH_NOTES_REQ": lambda _, draws: m.SearchNotesRequest(draws.choice(KEYS), 1000),
    "PUBLISH_KEY_REQ": _publish_key,
    "PUBLISH_SOURCE_REQ": _publish_source,
    "PUBLISH_NOTES_REQ": lambda one, draws: m.PublishNotesRequest(
        draws.choice(KEYS), one.kad_id, a_note()
    ),
    "Kad1 HELLO_REQ": lambda one, _: m.LegacyHelloRequest(one.legacy),
    "Kad1 REQ": _legacy_find_node,
    "Kad1 BOOTSTRAP_REQ": lambda one, _: m.LegacyBootstrapRequest(one.legacy),
    "Kad1 SEARCH_REQ": lambda _, draws: m.LegacySearchRequest(draws.choice(KEYS), 0),
    "Kad1 PUBLISH_REQ": lambda _, draws: m.LegacyPublishRequest(
        draws.choice(KEYS), (a_file(draws.randrange(8)),)
    ),
}


def written(message: Message, one: Peer, draws: Draws, *, plain: bool = False) -> bytes:
    """``message`` of ``one`` to the node, as it travels; Kad1 and old versions know no cover."""
    legacy = message.opcode < m.BootstrapRequest.opcode or one.version < OBFUSCATION
    seal: Seal = Plain() if plain or legacy else ForNode(ME.kad_id)
    return to_wire(message, seal, one.secret, draws)


def answer(asked: Message, one: Peer, turn: int) -> Message | None:
    """What ``one`` says to ``asked``: a function of the public number ``turn`` but for its echo."""
    draws = PUBLIC.stream("answer", turn)
    others = [peer(draws.randrange(FOLK)) for _ in range(2)]
    match asked:
        case m.HelloRequest():
            return m.HelloResponse(one.record)
        case m.LegacyHelloRequest():
            return m.LegacyHelloResponse(one.legacy)
        case m.BootstrapRequest():
            records = tuple(other.record for other in others)
            return m.BootstrapResponse(one.kad_id, one.version, None, records)
        case m.FindNodeRequest(target=target):
            return m.FindNodeResponse(target, tuple(other.record for other in others))
        case m.LegacyFindNodeRequest(target=target):
            return m.LegacyFindNodeResponse(target, tuple(other.legacy for other in others))
        case m.Ping():
            return m.Pong()
        case _:
            return _finished(asked, one, turn)


def _finished(asked: Message, one: Peer, turn: int) -> Message | None:
    match asked:
        case m.SearchKeyRequest(target=target) | m.SearchSourceRequest(target=target):
            return m.SearchResponse(one.kad_id, target, (a_file(turn),))
        case m.SearchNotesRequest(target=target):
            return m.SearchResponse(one.kad_id, target, ())
        case m.PublishKeyRequest(target=target) | m.PublishNotesRequest(target=target):
            return m.PublishResponse(target, turn % 100)
        case m.PublishSourceRequest(target=target):
            return m.PublishResponse(target, turn % 100, 3, 1)
        case _:
            return None
