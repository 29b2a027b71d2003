"""What the lookups of our own are for: the user's searches, then publishing, then maintenance."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.legacy import LegacyPublishResponse
from twisted_mule.kad.messages import PublishResponse
from twisted_mule.kad.parts import Entry
from twisted_mule.kad.publishing import Publishing
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.search import SearchView
from twisted_mule.kad.searching import Searching
from twisted_mule.kad.slots import Slots, Start


@define
class Agenda:
    """Fill the slots, and bring what comes back to whoever wanted it."""

    searching: Searching
    publishing: Publishing
    slots: Slots = field(factory=Slots)

    def review(self, now: float, random: Draws) -> None:
        """Tell whose lookups are over."""
        for lookup in self.slots.review(now):
            self.searching.ended(lookup)
            self.publishing.ended(lookup, now, random)

    def fill(self, now: float, random: Draws, start: Start) -> None:
        """Give the free slots to those who want lookups; cover will be the last of them."""
        self.slots.fill(now, random, start, (self.searching, self.publishing))

    def found(
        self, source: Destination, target: KadID, named: Iterable[Candidate], now: float
    ) -> None:
        """``source`` answered a step."""
        lookup = self.slots.find(target)
        if lookup is not None:
            lookup.answered(source, named, now)

    def results(
        self, source: Destination, target: KadID, entries: tuple[Entry, ...], now: float
    ) -> None:
        """``source`` answered a search, or sent one part of its answer."""
        lookup = self.slots.find(target)
        if lookup is None or lookup.kind.aim is not Aim.VALUE:
            return
        if lookup.delivered(source, len(entries), now):
            self.searching.brought(lookup, entries)

    def acknowledged(
        self, source: Destination, message: PublishResponse | LegacyPublishResponse, now: float
    ) -> None:
        """``source`` answered a publish."""
        lookup = self.slots.find(message.target)
        if lookup is None or lookup.kind.aim is not Aim.STORE:
            return
        if lookup.delivered(source, 1, now):
            lookup.loads.append(message.load)
            self.publishing.told(lookup, message.sources, message.complete)

    def searches(self, now: float, held: float) -> tuple[SearchView, ...]:
        """
        All searches of the user.

        :param held: seconds during which no lookup begins, in any case.
        """
        return self.searching.views(
            lambda targets: [max(wait, held) for wait in self.slots.outlook(targets, now)]
        )
