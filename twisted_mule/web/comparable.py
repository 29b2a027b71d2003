"""
Figures under the names that rust-mule's status has for them, where they mean the same.

Source: node-behaviour 14.9.  A count has window and total; rust-mule has one or the other.
"""

from __future__ import annotations

from typing import Final

from twisted_mule.details import StoreStatus
from twisted_mule.status import Counter, NodeStatus

#: rust-mule's name, and the counter here.
_COUNTS: Final = {
    "sent_reqs": "sent_find_node_request",
    "recv_ress": "received_find_node_response",
    "recv_hello_reqs": "received_hello_request",
    "sent_hellos": "sent_hello_request",
    "recv_hello_ress": "received_hello_response",
    "sent_hello_acks": "sent_hello_response_ack",
    "recv_hello_acks": "received_hello_response_ack",
    "sent_bootstrap_reqs": "sent_bootstrap_request",
    "recv_bootstrap_ress": "received_bootstrap_response",
    "sent_search_source_reqs": "sent_search_source_request",
    "recv_search_source_reqs": "received_search_source_request",
    "sent_search_key_reqs": "sent_search_key_request",
    "recv_search_key_reqs": "received_search_key_request",
    "recv_search_ress": "received_search_response",
    "sent_publish_key_reqs": "sent_publish_key_request",
    "recv_publish_key_reqs": "received_publish_key_request",
    "sent_publish_source_reqs": "sent_publish_source_request",
    "recv_publish_source_reqs": "received_publish_source_request",
}
_NONE: Final = Counter()

Figure = float | dict[str, int]


def comparable(status: NodeStatus, store: StoreStatus) -> dict[str, Figure]:
    """Gauges as numbers, counts with their window and total."""
    held = {each.sort: each.entries for each in store.held}
    gauges: dict[str, Figure] = {
        "uptime_secs": status.uptime,
        "routing": status.routing.contacts,
        "live": status.routing.heard,
        "store_keyword_hits_total": held.get("keyword", 0),
        "source_store_entries_total": held.get("source", 0),
    }
    counts = {name: status.counters.get(ours, _NONE) for name, ours in _COUNTS.items()}
    return gauges | {
        name: {"window": counter.window, "total": counter.total} for name, counter in counts.items()
    }
