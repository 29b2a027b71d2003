"""Where every datagram enters: stamped, admitted and given its places before it is looked into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from attrs import define, field

from twisted_mule import contract
from twisted_mule.admission import Admission
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Request
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.messages import (
    HelloResponse,
    LegacySearchNotesRequest,
    LegacySearchRequest,
    PublishResponse,
    SearchKeyRequest,
    SearchNotesRequest,
    SearchSourceRequest,
)
from twisted_mule.kad.opening import Opened, open_datagram
from twisted_mule.kad.packing import HEADER_SIZE, PACKED_PROTOCOL
from twisted_mule.places import Place, Places

#: Kad, plain and packed.
KAD_PROTOCOLS: Final = frozenset({0x05, PACKED_PROTOCOL})
#: Requests whose answer may come in several parts.
SEARCHES: Final = frozenset(
    message.opcode
    for message in (
        SearchKeyRequest,
        SearchSourceRequest,
        SearchNotesRequest,
        LegacySearchRequest,
        LegacySearchNotesRequest,
    )
)
#: Answers that may call for an acknowledgement, and so book a place themselves.
ACKNOWLEDGED: Final = frozenset({HelloResponse.opcode, PublishResponse.opcode})


class Matcher(Protocol):
    """Whoever knows which requests of ours await an answer."""

    def match(self, source: Destination, opcode: int, now: float) -> Request | None:
        """The request that a datagram answers; one of its allowance is used up."""


class Arrival(NamedTuple):
    """
    One datagram that was let in.

    :ivar number: the how-manieth of its source; of those that answer us, counted below zero.
    :ivar answers: the request of ours that it answers, if any.
    :ivar places: the places booked for what it may call for.
    :ivar size: its bytes as they came.
    """

    source: Destination
    opened: Opened
    arrived: float
    size: int
    number: int
    answers: Request | None
    places: tuple[Place, ...]


@define
class Intake:
    """
    Decide about a datagram at its arrival, with the same small work for every one.

    :ivar own_id: our identifier, a key of the obfuscation.
    :ivar own_key: the verify key that we issue to a source.
    :ivar deliver: called with what was let in.
    """

    own_id: KadID
    own_key: Callable[[Destination], int]
    admission: Admission
    places: Places
    matcher: Matcher
    deliver: Callable[[Arrival], None]
    received: int = field(default=0, init=False)
    refused: int = field(default=0, init=False)

    def accept(self, source: Destination, datagram: bytes, arrived: float) -> None:
        """
        A datagram came from ``source`` at ``arrived``.

        What is over a limit is dropped here, blind to its type; the rest has its places before
        anything in it is decoded, so that neither work nor failure shows (contract clauses 1, 4).
        """
        self.received += 1
        opened = open_datagram(datagram, self.own_id, self.own_key(source))
        content = opened.content
        is_kad = len(content) >= HEADER_SIZE and content[0] in KAD_PROTOCOLS
        opcode = content[1] if is_kad else None
        answers = None if opcode is None else self.matcher.match(source, opcode, arrived)
        number = self.admission.arrival(source, arrived, answers=answers is not None)
        if answers is not None:
            parts = 1 if opcode in ACKNOWLEDGED else 0
        elif self.admission.admit(source, arrived):
            parts = contract.SEARCH_PARTS if opcode in SEARCHES else 1
        else:
            self.refused += 1
            return
        places = self.places.book(arrived, source.raw, number, parts)
        if answers is None and not places:
            self.refused += 1
            return
        self.deliver(Arrival(source, opened, arrived, len(datagram), number, answers, places))
