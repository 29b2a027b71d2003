"""What the node says of the contract: who keeps a clause, its figures and its measurements."""

from __future__ import annotations

from typing import Final

from twisted_mule.web.language import mark

_KEPT_BY: Final = (
    mark("Answers book a place in a coming tick when their request arrives, before it is handled."),
    mark("The order within a tick is drawn anew for each tick, and so is that of contact lists."),
    mark("One request place a tick, drawn by lot; cover lookups take what nobody else wants."),
    mark(
        "What cannot be read passes the same admission, takes a place, and the place stays empty."
    ),
    mark("Admission at arrival by one rule for all types; a fixed number of places in every tick."),
    mark("Identity, contacts and their ages outlive a restart; stopping drains before it closes."),
    mark("Every number is a constant of one module; no option, file or environment reaches it."),
)
_FIGURES: Final = (
    mark("ticks kept"),
    mark("departure against schedule, mean"),
    mark("departure against schedule, worst"),
    mark("answers dropped as late"),
    mark("datagrams sent"),
    mark("a batch leaves within"),
    mark("requests of ours"),
    mark("request places used"),
    mark("unreadable datagrams, silently dropped"),
    mark("defects of our own, survived"),
    mark("datagrams received"),
    mark("dropped over one peer's share"),
    mark("dropped over everybody's share"),
    mark("places booked now"),
    mark("dropped because all places were taken"),
    mark("contacts whose ages are kept"),
    mark("state last saved"),
    mark("numbers of the contract"),
    mark("their fingerprint, the same in every node"),
)
_MEASUREMENTS: Final = (
    mark("delay of answers, distance from its law"),
    mark("intervals of ticks, distance from their law"),
    mark("intervals of ticks, correlation with the ten before"),
    mark("intervals of ticks, drift (a hint from {count})"),
    mark("datagrams outside the bounds"),
    mark("ticks outside the bounds"),
    mark("departure behind schedule, median"),
    mark("departure behind schedule, 99 of 100"),
    mark("order of booking and of leaving, correlation within a tick"),
    mark("moments within a tick, distance from their law"),
    mark("datagrams sent back to back"),
    mark("lookups of the last hour that were cover (shown here only)"),
    mark("request places used, of those that could be"),
    mark("kinds of lookup of the last hour, largest distance from the mix"),
    mark("unreadable datagrams let in without a place"),
    mark("places of unreadable datagrams, distance from the law of all"),
    mark("most answers of a tick"),
    mark("most requests of a tick"),
    mark("most datagrams of a peer answered in a minute"),
    mark("most parts of an answer"),
    mark("most requests to a peer in a minute, of its cap"),
    mark("most lookups of an hour"),
    mark("most stores of an hour"),
    mark("most datagrams of a minute"),
    mark("most bytes of a minute"),
    mark("largest datagram"),
    mark("state last saved, ago"),
    mark("hold before the first request"),
    mark("shortest wait for the router"),
    mark("numbers of the contract that changed since the start"),
    mark("{label}: {measured}, may be {bound} (n = {count})"),
)
#: Values and bounds; a lone number needs no words.
_AMOUNTS: Final = (
    mark("all"),
    mark("fixed"),
    mark("never"),
    mark("equal everywhere"),
    mark("about every 8 minutes"),
    mark("nearly all, once the hold is over"),
    mark("{count} of {all}"),
    mark("{count} ms"),
    mark("{count} s"),
    mark("{count} %"),
    mark("{count} bytes"),
    mark("{count} s ago"),
    mark("{count} a tick"),
    mark("{count} a minute, burst {burst}"),
    mark("{count} a second, burst {burst}"),
    mark("at the most {measured}"),
    mark("at least {measured}"),
)
FIGURES: Final = (*_KEPT_BY, *_FIGURES, *_MEASUREMENTS, *_AMOUNTS)
