"""What one node's traces say by themselves: laws, order, bounds and drift."""

from __future__ import annotations

from collections.abc import Sequence

from twisted_mule.audit import bounds, order, positions, timing
from twisted_mule.audit.findings import FAMILY, Finding, settled
from twisted_mule.audit.views import Trace


def audited(traces: Sequence[Trace], family: float = FAMILY) -> tuple[Finding, ...]:
    """
    Every check that needs no other node; traces of several nodes are taken together.

    What a trace cannot tell, for it has no types or no ticks, is left open.

    :param family: how often a healthy node may fail any of it.
    """
    return settled(
        (
            *timing.findings(traces),
            order.in_batches(traces),
            order.of_close_pairs(traces),
            order.of_requests(traces),
            order.by_type(traces),
            order.by_peer(traces),
            order.spacing(traces),
            positions.by_type(traces),
            positions.by_peer(traces),
            *bounds.findings(traces),
        ),
        family,
    )
