"""What others get when they ask (node-behaviour 4.7, 6.3 and 7.2); lists are shuffled (D1)."""

from __future__ import annotations

from typing import Final

from attrs import define

from twisted_mule.kad import messages
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import Contact, Me
from twisted_mule.kad.exchange import Cover, Envelope, ForKey, Plain, Reply, Seal
from twisted_mule.kad.messages import (
    MAX_BOOTSTRAP_CONTACTS,
    MAX_LEGACY_CONTACTS,
    MAX_RES_CONTACTS,
    LegacyRecord,
)
from twisted_mule.kad.requests import own_legacy_record
from twisted_mule.kad.routing import RoutingTable

#: The bits of the count byte that count.
COUNT_BITS: Final = 0x1F


def reply_seal(envelope: Envelope) -> Seal:
    """Answers go under the key that came with the request, in clear if none did (wire-format 7)."""
    if envelope.cover is Cover.PLAIN or not envelope.sender_key:
        return Plain()
    return ForKey(envelope.sender_key)


@define
class Answers:
    """Serve the table to whoever asks; nothing is answered to requests meant for another node."""

    me: Me
    table: RoutingTable

    def find_node(
        self, request: messages.FindNodeRequest, envelope: Envelope, random: Draws
    ) -> tuple[Reply, ...]:
        """The verified contacts nearest to the target, even if there are none."""
        wanted = request.count & COUNT_BITS
        if request.receiver != self.me.kad_id or not wanted:
            return ()
        chosen = self.table.closest(request.target, min(wanted, MAX_RES_CONTACTS))
        random.shuffle(chosen)
        records = tuple(contact.record for contact in chosen)
        return (Reply(messages.FindNodeResponse(request.target, records), reply_seal(envelope)),)

    def legacy_find_node(
        self, request: messages.LegacyFindNodeRequest, random: Draws
    ) -> tuple[Reply, ...]:
        """The same in Kad1."""
        wanted = request.count & COUNT_BITS
        if request.receiver != self.me.kad_id or not wanted:
            return ()
        chosen = self.table.closest(request.target, min(wanted, MAX_LEGACY_CONTACTS))
        random.shuffle(chosen)
        records = tuple(map(_legacy_record, chosen))
        return (Reply(messages.LegacyFindNodeResponse(request.target, records), Plain()),)

    def bootstrap(self, envelope: Envelope, random: Draws) -> tuple[Reply, ...]:
        """Contacts from all over the table, verified or not."""
        chosen = self.table.sample(MAX_BOOTSTRAP_CONTACTS, random)
        random.shuffle(chosen)
        message = messages.BootstrapResponse(
            self.me.kad_id,
            messages.VERSION,
            self.me.tcp,
            tuple(contact.record for contact in chosen),
        )
        return (Reply(message, reply_seal(envelope)),)

    def legacy_bootstrap(self, random: Draws) -> tuple[Reply, ...]:
        """The same in Kad1, ourselves last as its form demands."""
        chosen = self.table.sample(MAX_LEGACY_CONTACTS - 1, random)
        random.shuffle(chosen)
        records = (*map(_legacy_record, chosen), own_legacy_record(self.me))
        return (Reply(messages.LegacyBootstrapResponse(records), Plain()),)

    def ping(self, envelope: Envelope) -> tuple[Reply, ...]:
        """A sign of life."""
        return (Reply(messages.Pong(), reply_seal(envelope)),)


def _legacy_record(contact: Contact) -> LegacyRecord:
    return LegacyRecord(contact.kad_id, contact.destination, contact.tcp, contact.kind)
