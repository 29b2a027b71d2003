"""What lookups are for: the user's searches, then publishing, then maintenance, then cover."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.cover import CoverTraffic
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.exchange import RequestKind
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Rank
from twisted_mule.kad.legacy import LegacyPublishResponse
from twisted_mule.kad.lookup import Lookup
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
    cover: CoverTraffic
    slots: Slots

    def review(self, now: float, random: Draws) -> None:
        """Tell whose lookups are over."""
        for lookup in self.slots.review(now):
            if lookup.rank is Rank.USER:
                self.searching.ended(lookup)
            elif lookup.rank is Rank.PUBLISHING:
                self.publishing.ended(lookup, now, random)

    def fill(self, now: float, start: Start) -> None:
        """Give the free slots to those who want lookups, what nobody wants to cover."""
        origins = (self.searching, self.publishing, self.slots.upkeep, self.cover)
        self.slots.fill(now, start, origins)

    def reserve(self, now: float, start: Start) -> Lookup | None:
        """The lookup that asks when no other one can."""
        return self.slots.reserve(self.cover.point(), now, start)

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
        if lookup is None or lookup.final is not RequestKind.SEARCH:
            return
        if lookup.delivered(source, len(entries), now) and lookup.rank is Rank.USER:
            self.searching.brought(lookup, entries)

    def acknowledged(
        self, source: Destination, message: PublishResponse | LegacyPublishResponse, now: float
    ) -> None:
        """``source`` answered a publish."""
        lookup = self.slots.find(message.target)
        if lookup is None or lookup.final is not RequestKind.PUBLISH:
            return
        if lookup.delivered(source, 1, now) and lookup.rank is Rank.PUBLISHING:
            lookup.loads.append(message.load)
            self.publishing.told(lookup, message.sources, message.complete)

    def searches(self, now: float, held: float) -> tuple[SearchView, ...]:
        """
        All searches of the user.

        :param held: seconds during which no lookup begins, in any case.
        """
        return self.searching.views(
            lambda wanted: [max(wait, held) for wait in self.slots.outlook(wanted, now)]
        )
