"""Requests of our own, made to measure for the version of the peer (node-behaviour 3)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from twisted_mule.kad import messages
from twisted_mule.kad.contact import Contact, Me, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import ForKey, ForNode, Plain, Request, RequestKind, Seal
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import LegacyRecord, PeerRecord

#: From this version on a peer understands Kad2 routing requests ...
KAD2_ROUTING: Final = 2
#: ... and obfuscation.
OBFUSCATION: Final = 6
#: Candidates that need not be made anew: those of the few lookups of a moment.
CANDIDATES_KNOWN: Final = 512
#: Contacts that a legacy challenge asks for; its answer is only looked at for the target.
CHALLENGE_COUNT: Final = 2

#: The answers that requests wait for, one set for all that wait for the same.
_EXPECTS: Final = {
    answer.opcode: frozenset({answer.opcode})
    for answer in (
        messages.BootstrapResponse,
        messages.FindNodeResponse,
        messages.HelloResponse,
        messages.LegacyFindNodeResponse,
        messages.LegacyHelloResponse,
        messages.Pong,
    )
}


class Candidate(NamedTuple):
    """Somebody whom a lookup may ask, in the table or not."""

    kad_id: KadID
    destination: Destination
    version: int


@lru_cache(CANDIDATES_KNOWN)
def candidate(kad_id: KadID, destination: Destination, version: int) -> Candidate:
    """The candidate, one for all lookups that may ask it at the same time."""
    return Candidate(kad_id, destination, version)


def seal_for(kad_id: KadID, version: int, key: int) -> Seal:
    """How a request to such a peer is obfuscated (wire-format 7)."""
    return ForNode(kad_id, key) if version >= OBFUSCATION else Plain()


def own_record(me: Me) -> PeerRecord:
    """How we introduce ourselves to Kad2: version 8, whoever asks."""
    return PeerRecord(messages.VERSION, me.kad_id, me.destination)


def own_legacy_record(me: Me) -> LegacyRecord:
    """How we introduce ourselves to Kad1: type 0."""
    return LegacyRecord(me.kad_id, me.destination, me.tcp)


def hello(me: Me, contact: Contact) -> Request:
    """A greeting, in Kad1 for those who are not known to speak Kad2."""
    if contact.version >= KAD2_ROUTING:
        return kad2_hello(me, contact)
    message = messages.LegacyHelloRequest(own_legacy_record(me))
    return Request(
        contact.destination,
        message,
        Plain(),
        RequestKind.HELLO,
        _EXPECTS[messages.LegacyHelloResponse.opcode],
    )


def kad2_hello(me: Me, contact: Contact) -> Request:
    """A Kad2 greeting; to a Kad1 contact it is the one try whether it speaks Kad2."""
    key = contact.key_for(me.destination.dest_hash)
    return Request(
        contact.destination,
        messages.HelloRequest(own_record(me)),
        seal_for(contact.kad_id, contact.version, key),
        RequestKind.HELLO,
        _EXPECTS[messages.HelloResponse.opcode],
    )


def find_node(me: Me, candidate: Candidate, key: int, target: KadID, count: int) -> Request:
    """
    Ask for the ``count`` contacts nearest to ``target``.

    :param key: the key that ``candidate`` gave us, or 0.
    """
    if candidate.version < KAD2_ROUTING:
        return Request(
            candidate.destination,
            messages.LegacyFindNodeRequest(count, target, candidate.kad_id, me.kad_id),
            Plain(),
            RequestKind.REQ,
            _EXPECTS[messages.LegacyFindNodeResponse.opcode],
            topic=target,
        )
    return Request(
        candidate.destination,
        messages.FindNodeRequest(count, target, candidate.kad_id, me.kad_id),
        seal_for(candidate.kad_id, candidate.version, key),
        RequestKind.REQ,
        _EXPECTS[messages.FindNodeResponse.opcode],
        topic=target,
    )


def challenge(me: Me, contact: Contact, target: KadID) -> Request:
    """A legacy challenge: any answer that names ``target`` proves the peer (wire-format 8)."""
    message: messages.FindNodeRequest | messages.LegacyFindNodeRequest
    if contact.version == 0:
        message = messages.LegacyFindNodeRequest(CHALLENGE_COUNT, target, contact.kad_id, me.kad_id)
        answer = messages.LegacyFindNodeResponse.opcode
    else:
        message = messages.FindNodeRequest(CHALLENGE_COUNT, target, contact.kad_id, None)
        answer = messages.FindNodeResponse.opcode
    return Request(
        contact.destination,
        message,
        Plain(),
        RequestKind.REQ,
        _EXPECTS[answer],
        topic=target,
    )


def ping(me: Me, contact: Contact) -> Request:
    """A sign of life asked of a version 7 contact, which stands for its challenge."""
    key = contact.key_for(me.destination.dest_hash)
    return Request(
        contact.destination,
        messages.Ping(),
        ForKey(key) if key else Plain(),
        RequestKind.PING,
        _EXPECTS[messages.Pong.opcode],
    )


def bootstrap(seed: Seed) -> Request:
    """Ask a seed for contacts from all over its table."""
    return Request(
        seed.destination,
        messages.BootstrapRequest(),
        seal_for(seed.kad_id, seed.version, 0),
        RequestKind.BOOTSTRAP,
        _EXPECTS[messages.BootstrapResponse.opcode],
    )
