"""What the dashboard reads of one daemon: each picture made when asked for, and kept a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar, cast

from attrs import define, field

from twisted_mule import closeups, pursuits
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
from twisted_mule.settings import Settings
from twisted_mule.sharing.progress import LibraryStatus
from twisted_mule.spans import Span, Timeline
from twisted_mule.status import NodeStatus, RoutingStatus

if TYPE_CHECKING:
    from twisted_mule.daemon import Daemon

T = TypeVar("T")

#: Seconds for which a picture is good, and how many are kept: readers cannot make work without end.
FRESH: Final = 2.0
KEPT: Final = 16


@define(eq=False)
class Gallery:
    """
    A :class:`twisted_mule.details.Source` of one daemon.

    :ivar rows: the settings, which never change.
    """

    daemon: Daemon
    rows: tuple[SettingStatus, ...] = ()
    _kept: dict[tuple[object, ...], tuple[float, object]] = field(factory=dict, init=False)

    def status(self) -> NodeStatus:
        """The newest snapshot."""
        return self.daemon.status()

    def table(self) -> RoutingStatus:
        """The routing table in figures."""
        return self.daemon.table()

    def peers(self, wish: PeerWish) -> PeerList:
        """One page of contacts."""
        node = self.daemon.node
        if node is None:
            return PeerList(0, 0, 0, 1, ())
        now = self.daemon.clock.seconds()
        return self._fresh(("peers", wish), lambda: closeups.peers(node.core.table, wish, now))

    def keyspace(self) -> Keyspace:
        """Where contacts are."""
        node = self.daemon.node
        if node is None:
            return Keyspace()
        return self._fresh(("keyspace",), lambda: closeups.keyspace(node.core))

    def lookups(self) -> tuple[LookupStatus, ...]:
        """The latest lookups."""
        node = self.daemon.node
        if node is None:
            return ()
        now = self.daemon.clock.seconds()
        return self._fresh(("lookups",), lambda: closeups.lookups(node.core.lookups(), now))

    def store(self) -> StoreStatus:
        """What is held for others."""
        node = self.daemon.node
        if node is None:
            return StoreStatus()
        now = self.daemon.clock.seconds()
        return self._fresh(("store",), lambda: closeups.store(node.core, now))

    def traffic(self) -> TrafficStatus:
        """How datagrams leave."""
        node = self.daemon.node
        return TrafficStatus() if node is None else closeups.traffic(node)

    def searches(self, chosen: int | None) -> tuple[SearchStatus, ...]:
        """The user's searches."""
        node = self.daemon.node
        if node is None:
            return ()
        return self._fresh(
            ("searches", chosen), lambda: pursuits.searches(node.core.searches(), chosen)
        )

    def sharing(self, page: int) -> SharingStatus:
        """One page of the shared files."""
        node, library = self.daemon.node, self.daemon.holdings.library
        running = library.running
        return self._fresh(
            ("sharing", page),
            lambda: pursuits.sharing(
                library.status() if running else LibraryStatus(),
                library.listing() if running else (),
                None if node is None else node.core.publishing(),
                page,
            ),
        )

    def events(self) -> tuple[Event, ...]:
        """What happened."""
        return tuple(self.daemon.facts.events)

    def timeline(self, span: Span) -> Timeline:
        """Figures over time."""
        return self.daemon.holdings.recorder.timeline(span)

    def settings(self) -> tuple[SettingStatus, ...]:
        """Each setting."""
        return self.rows

    def _fresh(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        now = self.daemon.clock.seconds()
        made, value = self._kept.get(key, (-FRESH, None))
        if value is None or now - made >= FRESH:
            value = make()
            self._kept.pop(key, None)
            self._kept[key] = (now, value)
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return cast("T", value)


def setting_rows(settings: Settings) -> tuple[SettingStatus, ...]:
    """Each setting in words; of options for the router only the names, they may be secrets."""
    values = {
        "data": str(settings.data),
        "sam": settings.sam,
        "sam_udp_port": str(settings.sam_udp_port),
        "sam_options": ", ".join(sorted(settings.sam_options)),
        "web": settings.web,
        "nodes": "" if settings.nodes is None else str(settings.nodes),
        "practice": "" if settings.practice is None else str(settings.practice),
    }
    return tuple(
        SettingStatus(name, value, settings.origins.get(name, "default"))
        for name, value in values.items()
    )
