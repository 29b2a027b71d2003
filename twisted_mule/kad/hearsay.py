"""What others tell about third parties: new contacts for the table and for lookups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from attrs import define

from twisted_mule.kad import messages, requests
from twisted_mule.kad.agenda import Agenda
from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import Heard
from twisted_mule.kad.ids import ZERO, KadID
from twisted_mule.kad.messages import VERSION
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.routing import RoutingTable
from twisted_mule.kad.seeding import Seeding

Record = messages.PeerRecord | messages.LegacyRecord
Found = messages.FindNodeResponse | messages.LegacyFindNodeResponse


@define
class Hearsay:
    """Offer what answers name to the table, and then to the lookup that asked."""

    table: RoutingTable
    agenda: Agenda
    seeding: Seeding

    def found(self, source: Destination, message: Found, now: float) -> None:
        """``source`` named the contacts nearest to a target (node-behaviour 8.4)."""
        for record in message.contacts:
            if not self.table.knows(record.kad_id, record.destination):
                self.table.add(_seed(record), now)
        named = self._candidates(source, message.contacts)
        self.agenda.found(source, message.target, named, now)

    def bootstrapped(
        self, heard: Heard, message: messages.BootstrapResponse, now: float, random: Draws
    ) -> None:
        """
        A seed named contacts from all over its table.

        Those that come while the table is empty are taken as verified (wire-format 8, rule 5).
        Once there is somebody, the seed itself is only taken in when no other seed waits for its
        first turn.
        """
        first = len(self.table) == 0
        if first or not self.seeding.pending:
            envelope = heard.envelope
            sender = Seed(
                message.sender,
                heard.source,
                message.version,
                message.tcp,
                envelope.sender_key,
                self.table.me.destination.dest_hash,
                first or envelope.proven,
            )
            self.table.introduce(sender, now, random, hello=False)
        for one in message.contacts:
            self.table.add(Seed(one.kad_id, one.destination, one.version, verified=first), now)

    def _candidates(self, source: Destination, records: Iterable[Record]) -> list[Candidate]:
        """Those whom a lookup may ask: each destination once, in no conflict with the table."""
        taken = {source, self.table.me.destination}
        chosen: list[Candidate] = []
        for record in records:
            kad_id, destination = record.kad_id, record.destination
            version = record.version if isinstance(record, messages.PeerRecord) else 0
            if destination not in taken and self._is_plausible(kad_id, destination, version):
                taken.add(destination)
                chosen.append(requests.candidate(kad_id, destination, version))
        return chosen

    def _is_plausible(self, kad_id: KadID, destination: Destination, version: int) -> bool:
        if kad_id in (ZERO, self.table.me.kad_id) or not 0 <= version <= VERSION:
            return False
        namesake = self.table.get(kad_id)
        if namesake is not None and namesake.verified and namesake.destination != destination:
            return False
        neighbour = self.table.at(destination)
        return neighbour is None or neighbour.kad_id == kad_id


def _seed(record: Record) -> Seed:
    match record:
        case messages.PeerRecord(version, kad_id, destination):
            return Seed(kad_id, destination, version)
        case messages.LegacyRecord(kad_id, destination, tcp):
            return Seed(kad_id, destination, 0, tcp)
        case _ as never:
            assert_never(never)
