"""What the answers to our own requests tell, and the few that call for a reply."""

from __future__ import annotations

from typing import Final

from attrs import define

from twisted_mule.kad import messages
from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.answers import COUNT_BITS
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.exchange import ForKey, Heard, Reply, Request
from twisted_mule.kad.greeting import Greetings
from twisted_mule.kad.hearsay import Found, Hearsay
from twisted_mule.kad.tracking import Tracking

#: Answers of which several may come to one request; the last one does not say that it is.
IN_PARTS: Final = frozenset(
    answer.opcode
    for answer in (
        messages.SearchResponse,
        messages.LegacySearchResponse,
        messages.LegacyPublishResponse,
    )
)
#: The bit of the options of a PUBLISH_RES that asks for an acknowledgement.
WANTS_ACK: Final = 1


@define
class Hearing:
    """Bring each answer to whoever asked; what nobody asked for is not heard."""

    tracking: Tracking
    greetings: Greetings
    hearsay: Hearsay
    agenda: Agenda

    def answer(self, heard: Heard, now: float, random: Draws) -> tuple[Reply, ...]:
        """What a message that answers some request of ours calls for, seldom anything."""
        message = heard.message
        topic = getattr(message, "target", None)
        last = message.opcode not in IN_PARTS
        request = self.tracking.settle(heard.source, message.opcode, topic, last=last)
        if request is None:
            return ()
        match message:
            case messages.HelloResponse():
                return self.greetings.response(heard, message, now, random)
            case messages.LegacyHelloResponse(contact):
                self.greetings.legacy_response(heard, contact, now, random)
            case messages.HelloResponseAck(sender):
                self.greetings.acknowledged(heard, sender)
            case messages.FindNodeResponse() | messages.LegacyFindNodeResponse():
                self._found(heard, message, request, now)
            case messages.BootstrapResponse():
                self.hearsay.bootstrapped(heard, message, now, random)
            case messages.Pong():
                self.greetings.pong(heard.source)
            case _:
                return self._finished(heard, message, now)
        return ()

    def _finished(self, heard: Heard, message: messages.Message, now: float) -> tuple[Reply, ...]:
        """The finish of a lookup was answered."""
        match message:
            case messages.SearchResponse() | messages.LegacySearchResponse():
                self.agenda.results(heard.source, message.target, message.results, now)
            case messages.LegacyPublishResponse():
                self.agenda.acknowledged(heard.source, message, now)
            case messages.PublishResponse():
                self.agenda.acknowledged(heard.source, message, now)
                return _acknowledgement(heard, message)
            case _:
                pass
        return ()

    def _found(self, heard: Heard, message: Found, request: Request, now: float) -> None:
        """Contacts were named; whoever names more than were asked for is not listened to."""
        wanted = getattr(request.message, "count", 0) & COUNT_BITS
        too_many = len(message.contacts) + message.skipped > wanted
        if not self.greetings.met_challenge(heard.source, message.target) and not too_many:
            self.hearsay.found(heard.source, message, now)


def _acknowledgement(heard: Heard, message: messages.PublishResponse) -> tuple[Reply, ...]:
    """What a PUBLISH_RES may ask for; it goes out only under a key of its sender."""
    key = heard.envelope.sender_key
    if not key or not (message.options or 0) & WANTS_ACK:
        return ()
    return (Reply(messages.PublishResponseAck(), ForKey(key)),)
