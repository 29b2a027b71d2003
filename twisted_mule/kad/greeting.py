"""
Greetings and proof: HELLO in both generations, the three-way handshake, the older challenges.

A contact is *verified* when it may be handed out; it is *handshaken* when this node itself has seen
that it receives at its destination.  Source: wire-format 8 and 9.2, node-behaviour 4.6 and 6.1.
"""

from __future__ import annotations

from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad import messages, requests
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.claims import Claims, Ground
from twisted_mule.kad.contact import Contact, Me, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Envelope, ForKey, Heard, Plain, Reply, Request
from twisted_mule.kad.ids import SIZE, KadID
from twisted_mule.kad.messages import VERSION, PeerRecord
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.tags import KADMISCOPTIONS, Tag
from twisted_mule.kad.wishes import Challenge, Wish

#: The bit of KADMISCOPTIONS that asks for the acknowledgement.
WANTS_ACK: Final = 4
#: From this version on the acknowledgement proves a peer ...
HANDSHAKE: Final = 8
#: ... and a PING proves the version before; all others get a legacy challenge.
PING_CHALLENGE: Final = 7

_ACK_OPCODES: Final = frozenset({messages.HelloResponseAck.opcode})


@define
class Greetings:
    """Answer greetings, take in those who greet, and see to their proof."""

    me: Me
    table: RoutingTable
    claims: Claims[Wish]
    _challenges: dict[Destination, tuple[KadID, float]] = field(factory=dict, init=False)

    def request(
        self, heard: Heard, record: PeerRecord, now: float, random: Draws
    ) -> tuple[Reply, ...]:
        """
        Answer a HELLO_REQ, also of one who is not taken in.

        The acknowledgement is asked of version 8 when it was added or refreshed and is not verified
        yet.  A peer that claims a destination other than its own gets silence.
        """
        if not _is_honest(heard, record):
            return ()
        contact = self._take_in(heard, _seed(record), now, random)
        wants_ack = record.version >= HANDSHAKE and contact is not None and not contact.verified
        if contact is not None and record.version < HANDSHAKE:
            self._want_proof(contact, now, random)
        message = messages.HelloResponse(
            requests.own_record(self.me), (Tag(KADMISCOPTIONS, WANTS_ACK),) if wants_ack else ()
        )
        seal = requests.seal_for(record.kad_id, record.version, heard.envelope.sender_key)
        return (Reply(message, seal, _ACK_OPCODES if wants_ack else frozenset()),)

    def response(
        self, heard: Heard, message: messages.HelloResponse, now: float, random: Draws
    ) -> tuple[Reply, ...]:
        """Take in who answered our HELLO_REQ; acknowledge if it asks and gave us its key."""
        record = message.contact
        if not _is_honest(heard, record):
            return ()
        contact = self._take_in(heard, _seed(record), now, random)
        if contact is not None:
            contact.answered()
        if _asks_for_ack(message.tags):
            if not heard.envelope.sender_key:
                return ()
            acknowledgement = messages.HelloResponseAck(self.me.kad_id)
            return (Reply(acknowledgement, ForKey(heard.envelope.sender_key)),)
        if contact is not None and record.version < HANDSHAKE:
            self._want_proof(contact, now, random)
        return ()

    def acknowledged(self, heard: Heard, sender: KadID) -> None:
        """The third step: with our key it proves the contact that it names."""
        contact = self.table.get(sender)
        if contact is not None and contact.destination == heard.source and heard.envelope.proven:
            _prove(contact)

    def legacy_request(
        self, heard: Heard, record: messages.LegacyRecord, now: float, random: Draws
    ) -> tuple[Reply, ...]:
        """Answer a Kad1 HELLO_REQ; where it came from counts, not what it says."""
        self._take_in_legacy(heard, record, now, random)
        answer = messages.LegacyHelloResponse(requests.own_legacy_record(self.me))
        return (Reply(answer, Plain()),)

    def legacy_response(
        self, heard: Heard, record: messages.LegacyRecord, now: float, random: Draws
    ) -> None:
        """Take in who answered our Kad1 HELLO."""
        contact = self._take_in_legacy(heard, record, now, random)
        if contact is not None:
            contact.answered()

    def challenge(self, contact: Contact, now: float, random: Draws) -> Request | None:
        """The request that ``contact`` has to answer, ``None`` if there is no need for one."""
        if contact not in self.table or contact.verified or self._is_challenged(contact, now):
            return None
        if contact.version == PING_CHALLENGE:
            return requests.ping(self.me, contact)
        target = KadID(int.from_bytes(random.randbytes(SIZE), "big") | 1)
        self._challenges[contact.destination] = (target, now + contract.REQUEST_LIFE)
        return requests.challenge(self.me, contact, target)

    def met_challenge(self, source: Destination, target: KadID) -> bool:
        """Whether an answer about ``target`` was to a challenge; its sender is verified then."""
        challenge = self._challenges.get(source)
        if challenge is None or challenge[0] != target:
            return False
        del self._challenges[source]
        contact = self.table.at(source)
        if contact is not None:
            _prove(contact)
        return True

    def pong(self, source: Destination) -> None:
        """A version 7 contact answered its PING."""
        contact = self.table.at(source)
        if contact is not None and contact.version == PING_CHALLENGE:
            _prove(contact)

    def _take_in_legacy(
        self, heard: Heard, record: messages.LegacyRecord, now: float, random: Draws
    ) -> Contact | None:
        seed = Seed(record.kad_id, heard.source, 0, record.tcp)
        contact = self._take_in(heard, seed, now, random)
        if contact is not None:
            self._want_proof(contact, now, random)
        return contact

    def _take_in(self, heard: Heard, seed: Seed, now: float, random: Draws) -> Contact | None:
        contact = self.table.introduce(_keyed(seed, self.me, heard.envelope), now, random)
        if contact is not None and heard.envelope.proven:
            _prove(contact)
        return contact

    def _want_proof(self, contact: Contact, now: float, random: Draws) -> None:
        if not contact.verified and not self._is_challenged(contact, now):
            self.claims.make(Challenge(contact), Ground.MAINTENANCE, now, random)

    def _is_challenged(self, contact: Contact, now: float) -> bool:
        for destination, (_, deadline) in list(self._challenges.items()):
            if deadline > now:
                break  # all live equally long, so the later ones live too
            del self._challenges[destination]
        return contact.destination in self._challenges


def _seed(record: PeerRecord) -> Seed:
    return Seed(record.kad_id, record.destination, record.version)


def _keyed(seed: Seed, me: Me, envelope: Envelope) -> Seed:
    return Seed(
        seed.kad_id,
        seed.destination,
        seed.version,
        seed.tcp,
        envelope.sender_key,
        me.destination.dest_hash,
        envelope.proven,
    )


def _prove(contact: Contact) -> None:
    contact.verified = contact.handshaken = True


def _is_honest(heard: Heard, record: PeerRecord) -> bool:
    """Whether a Kad2 HELLO names the destination that it came from, and a version there is."""
    return record.destination == heard.source and 0 < record.version <= VERSION


def _asks_for_ack(tags: messages.Tags) -> bool:
    return any(
        tag.name == KADMISCOPTIONS and isinstance(tag.value, int) and tag.value & WANTS_ACK
        for tag in tags
    )
