"""What a node does for one datagram: opened, decoded, handled, answered, without any waiting."""

from __future__ import annotations

from random import Random

import pytest

from tests.bench import estate
from tests.bench.pace import MICRO, MILLI, Pace
from twisted_mule.kad.contact import Me, SavedContact, Seed
from twisted_mule.kad.core import Kad
from twisted_mule.kad.datagram import message, to_wire
from twisted_mule.kad.exchange import ForNode, Heard, Request, RequestKind
from twisted_mule.kad.expression import Words
from twisted_mule.kad.ids import BITS, KadID
from twisted_mule.kad.index import Index
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.messages import (
    FindNodeRequest,
    FindNodeResponse,
    Message,
    PeerRecord,
    PublishKeyRequest,
    SearchKeyRequest,
)
from twisted_mule.kad.opening import open_datagram

NOW = 5000.0
PEER_KEY = 0x77
#: Decoding up to the queued answer; a search may hold the reactor as long as a page does.
REQUEST = 120 * MICRO
ANSWER = 80 * MICRO
TURN = 5 * MILLI


class Desk:
    """A node's core with a thousand contacts offered and a full index, and a peer that asks."""

    def __init__(self) -> None:
        random = Random(3)
        own, self.peer, tcp = estate.destinations(3, random)
        self.me = Me(KadID(random.getrandbits(BITS)), own, tcp)
        self.contacts = [
            SavedContact(Seed(KadID(random.getrandbits(BITS)), one, 8, verified=True), 2)
            for one in estate.destinations(1000, random)
        ]
        self.index = Index()
        estate.fill(self.index, estate.ENTRIES, NOW, random)
        self.kad = Kad(self.me, 1, self.contacts, now=NOW, random=random, index=self.index)
        self.key = self.kad.own_key(self.peer)
        self.random = random

    def datagram(self, asked: Message) -> bytes:
        """How it comes from the peer."""
        return to_wire(asked, ForNode(self.me.kad_id, self.key), PEER_KEY, self.random)

    def serve(self, datagram: bytes, answers: Request | None = None) -> list[bytes]:
        """All that is done for it, up to the bytes that leave."""
        opened = open_datagram(datagram, self.me.kad_id, self.key)
        heard = Heard(self.peer, message(opened), opened.envelope, answers)
        replies = self.kad.handle(heard, NOW, self.random)
        return [to_wire(one.message, one.seal, self.key, self.random) for one in replies]


@pytest.fixture(scope="module")
def desk() -> Desk:
    """One for all."""
    return Desk()


def test_req(desk: Desk, pace: Pace) -> None:
    """REQ answered with 4 contacts."""
    target = KadID(desk.random.getrandbits(BITS))
    asked = FindNodeRequest(4, target, desk.me.kad_id, KadID(9))
    datagram = desk.datagram(asked)
    assert len(desk.serve(datagram)[0]) > 4 * 400
    pace.check(lambda: desk.serve(datagram), REQUEST)


def test_res(desk: Desk, pace: Pace) -> None:
    """RES with 11 contacts handled."""
    target = KadID(desk.random.getrandbits(BITS))
    asked = FindNodeRequest(11, target, KadID(9), desk.me.kad_id)
    request = Request(
        desk.peer,
        asked,
        ForNode(KadID(9), PEER_KEY),
        RequestKind.REQ,
        frozenset({FindNodeResponse.opcode}),
        target,
    )
    listed = tuple(
        PeerRecord(8, one.seed.kad_id, one.seed.destination) for one in desk.contacts[:11]
    )
    datagram = desk.datagram(FindNodeResponse(target, listed))
    assert desk.serve(datagram, request) == []
    pace.check(lambda: desk.serve(datagram, request), ANSWER)


def test_search_key(desk: Desk, pace: Pace) -> None:
    """SEARCH_KEY with 300 results out of 60,000."""
    asked = SearchKeyRequest(keyword_id("concert"), 0, None)
    datagram = desk.datagram(asked)
    assert len(desk.serve(datagram)) == 4
    pace.check(lambda: desk.serve(datagram), TURN)


def test_search_key_rare(desk: Desk, pace: Pace) -> None:
    """SEARCH_KEY for two words."""
    asked = SearchKeyRequest(keyword_id("concert"), 0, Words("sonata 00777"))
    datagram = desk.datagram(asked)
    assert len(desk.serve(datagram)) == 1
    pace.check(lambda: desk.serve(datagram), TURN)


def test_publish_key(desk: Desk, pace: Pace) -> None:
    """PUBLISH_KEY of one file into a full index."""
    word, entry = next(estate.entries(Random(3)))
    datagram = desk.datagram(PublishKeyRequest(keyword_id(word), (entry,)))
    assert len(desk.serve(datagram)) == 1
    pace.check(lambda: desk.serve(datagram), REQUEST)


def test_junk(desk: Desk, pace: Pace) -> None:
    """A datagram that nobody can read."""
    datagram = b"\x10" + Random(5).randbytes(199)
    own, key = desk.me.kad_id, desk.key
    assert open_datagram(datagram, own, key).content == datagram
    pace.check(lambda: open_datagram(datagram, own, key), 25 * MICRO)
