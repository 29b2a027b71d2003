"""The same snapshot for Prometheus: one collector over frozen values, no label for any peer."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final

from attrs import define, field
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from twisted_mule.details import DELAY_STEP, StoreStatus, TrafficStatus
from twisted_mule.source import Source
from twisted_mule.status import NodeStatus, RouterState

#: Seconds for which an exposition is good: figures with finer times could be matched with the wire.
QUANTUM: Final = 10.0


@define
class Exposition:
    """
    What a scraper is given, made anew at most once in :data:`QUANTUM` seconds.

    :ivar source: where figures come from.
    """

    source: Source
    _made: float = field(default=-inf, init=False)
    _text: str = field(default="", init=False)

    def text(self) -> str:
        """All figures, in Prometheus' own form."""
        status = self.source.status()
        if not 0 <= status.taken_at - self._made < QUANTUM:
            registry = CollectorRegistry(auto_describe=False)
            registry.register(Figures(status, self.source.traffic(), self.source.store()))
            self._text = generate_latest(registry).decode()
            self._made = status.taken_at
        return self._text


class Figures(Collector):
    """One moment of the node as metric families."""

    def __init__(self, status: NodeStatus, traffic: TrafficStatus, store: StoreStatus) -> None:
        self._status = status
        self._traffic = traffic
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """Every family once."""
        yield from _states(self._status)
        yield from _table(self._status)
        yield from _counts(self._status)
        yield from _pace(self._traffic)
        yield from _held(self._store)


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"mule_{name}", told, value=value)


def _states(status: NodeStatus) -> Iterator[Metric]:
    yield InfoMetricFamily("mule", "What runs.", value={"version": status.version})
    yield _gauge("ready", "Whether the network has answered.", status.ready)
    yield _gauge("uptime_seconds", "Seconds since the start.", status.uptime)
    states = GaugeMetricFamily(
        "mule_router_state", "Where the session with the router stands.", labels=["state"]
    )
    for state in RouterState:
        states.add_metric([state.value], state is status.router.state)
    yield states
    kept = GaugeMetricFamily(
        "mule_clause_kept",
        "Clauses of the contract; none while too little is known.",
        labels=["clause"],
    )
    for clause in status.contract:
        if clause.kept is not None:
            kept.add_metric([f"{clause.number}"], clause.kept)
    yield kept


def _table(status: NodeStatus) -> Iterator[Metric]:
    table = status.routing
    yield _gauge("contacts", "Contacts of the routing table.", table.contacts)
    yield _gauge("contacts_verified", "Those that are verified.", table.verified)
    yield _gauge("contacts_heard", "Those heard since the start.", table.heard)
    yield _gauge("leaves", "Leaves of the routing table.", table.leaves)
    yield _gauge("network_size", "Nodes of the network, estimated.", table.network_size)
    kinds = GaugeMetricFamily("mule_contacts_by_type", "Contacts by type.", labels=["type"])
    for kind, count in enumerate(table.types):
        kinds.add_metric([f"{kind}"], count)
    yield kinds


def _counts(status: NodeStatus) -> Iterator[Metric]:
    messages = CounterMetricFamily(
        "mule_messages", "Datagrams by kind.", labels=["direction", "kind"]
    )
    octets = CounterMetricFamily("mule_bytes", "Bytes of datagrams.", labels=["direction"])
    dropped = CounterMetricFamily("mule_dropped", "Datagrams dropped.", labels=["reason"])
    defects = CounterMetricFamily("mule_defects", "Defects of our own, survived.")
    defects.add_metric([], status.counters["defects"].total if "defects" in status.counters else 0)
    for name, counter in status.counters.items():
        group, _, kind = name.partition("_")
        if group == "bytes":
            octets.add_metric([kind], counter.total)
        elif group == "dropped":
            dropped.add_metric([kind], counter.total)
        elif group in {"received", "sent"}:
            messages.add_metric([group, kind], counter.total)
    yield from (messages, octets, dropped, defects)


def _pace(traffic: TrafficStatus) -> Iterator[Metric]:
    yield CounterMetricFamily("mule_ticks", "Ticks that were kept.", value=traffic.ticks)
    yield CounterMetricFamily("mule_requests", "Requests of ours.", value=traffic.requests)
    yield _gauge("places_booked", "Places booked for answers.", traffic.booked)
    buckets, below = [], 0
    for step, count in enumerate(traffic.delays[:-1], 1):
        below += count
        buckets.append((f"{step * DELAY_STEP:g}", below))
    buckets.append(("+Inf", sum(traffic.delays)))
    yield HistogramMetricFamily(
        "mule_answer_delay_seconds",
        "Delay of answers after arrival.",
        buckets=buckets,
        sum_value=None,
    )


def _held(store: StoreStatus) -> Iterator[Metric]:
    entries = GaugeMetricFamily("mule_store_entries", "Entries held for others.", labels=["sort"])
    room = GaugeMetricFamily("mule_store_bytes", "Bytes of these entries.", labels=["sort"])
    for held in store.held:
        entries.add_metric([held.sort], held.entries)
        room.add_metric([held.sort], held.room)
    yield from (entries, room)
