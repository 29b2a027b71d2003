"""Whatever the dashboard is filled from, as its pages see it."""

from __future__ import annotations

from typing import Protocol

from twisted_mule.details import (
    Event,
    Keyspace,
    LookupStatus,
    PeerList,
    PeerWish,
    SearchStatus,
    SettingStatus,
    SharingStatus,
    StoreStatus,
    TrafficStatus,
)
from twisted_mule.spans import Span, Timeline
from twisted_mule.status import NodeStatus, RoutingStatus


class Source(Protocol):
    """Whatever the dashboard reads; every answer is bounded and cheap."""

    def status(self) -> NodeStatus:
        """The newest snapshot."""

    def table(self) -> RoutingStatus:
        """The routing table in figures; a snapshot soon after has the same ones."""

    def peers(self, wish: PeerWish) -> PeerList:
        """One page of contacts."""

    def keyspace(self) -> Keyspace:
        """Where contacts are."""

    def lookups(self) -> tuple[LookupStatus, ...]:
        """The latest lookups, the newest first."""

    def store(self) -> StoreStatus:
        """What is held for others."""

    def traffic(self) -> TrafficStatus:
        """How datagrams leave."""

    def searches(self, chosen: int | None) -> tuple[SearchStatus, ...]:
        """The user's searches, the newest first; the chosen one with its first results."""

    def sharing(self, page: int) -> SharingStatus:
        """One page of the shared files."""

    def events(self) -> tuple[Event, ...]:
        """What happened, the newest last."""

    def timeline(self, span: Span) -> Timeline:
        """Figures over time."""

    def settings(self) -> tuple[SettingStatus, ...]:
        """Each setting."""
