"""Constant texts of the node's own that pages show, marked for the catalogues."""

from __future__ import annotations

from typing import Final

from twisted_mule.web.language import mark

#: Steps to the network, titles and rules of the clauses.
TEXTS: Final = (
    mark("Router's SAM port reached"),
    mark("SAM greeting answered"),
    mark("Keys at hand"),
    mark("Session and tunnels ready"),
    mark("Datagram to ourselves came back"),
    mark("First answer of the network"),
    mark("at once"),
    mark("at once; the router makes them the first time"),
    mark("20 s to 4 min"),
    mark("at once; 10 s to 1 min after a reconnect"),
    mark("1 to 10 min"),
    mark("Timing"),
    mark("Ordering"),
    mark("Participation"),
    mark("Failures"),
    mark("Caps"),
    mark("Persistence"),
    mark("No optimisation"),
    mark("Every message that leaves is delayed by base + bounded jitter, one law for all kinds."),
    mark("Messages are enqueued, shuffled, then sent."),
    mark("Nodes look equally useful and equally lazy."),
    mark("Failures degrade slowly and all alike."),
    mark("All activity has hard upper bounds that no hardware, load or uptime changes."),
    mark("Nodes are long-lived and fade slowly."),
    mark("Nothing that is observable may be made faster, smarter or more thrifty."),
)
