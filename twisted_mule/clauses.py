"""The contract as the local user sees it: each clause, what keeps it, and live figures."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from attrs import frozen

from twisted_mule import contract
from twisted_mule.status import ClauseStatus

#: Fewer pairs tell nothing of an order.
_ENOUGH_PAIRS: Final = 30
#: A state older than this was not saved as it should have been.
_STALE: Final = 1200.0
NUMBERS: Final = {name: value for name, value in vars(contract).items() if name.isupper()}


@frozen
class Measured:
    """
    What the node knows of its own behaviour since it started.

    :ivar ticks: scheduled ticks that were kept; ``skipped`` ones came too late.
    :ivar worst: the largest lateness of a datagram against its schedule, in seconds.
    :ivar soonest: the shortest delay of an answer after arrival, ``None`` before the first one.
    :ivar in_order: pairs of a batch that left as they were booked; ``swapped`` the other way.
    :ivar largest: datagrams of the largest batch.
    :ivar requests: requests of ours; each took the request place of its tick.
    :ivar saved: seconds since the state was last saved, ``None`` if it never was.
    """

    ticks: int = 0
    skipped: int = 0
    sent: int = 0
    requests: int = 0
    mean: float = 0.0
    worst: float = 0.0
    soonest: float | None = None
    longest: float = 0.0
    largest: int = 0
    in_order: int = 0
    swapped: int = 0
    booked: int = 0
    waiting: int = 0
    full: int = 0
    late: int = 0
    received: int = 0
    refused_peer: int = 0
    refused_global: int = 0
    malformed: int = 0
    defects: int = 0
    contacts: int = 0
    saved: float | None = None


def clauses(seen: Measured) -> tuple[ClauseStatus, ...]:
    """All seven clauses with the figures of ``seen``."""
    return (
        _timing(seen),
        _ordering(seen),
        _participation(seen),
        _failures(seen),
        _caps(seen),
        _persistence(seen),
        _plainness(seen),
    )


def _timing(seen: Measured) -> ClauseStatus:
    bounds = f"{contract.DELAY_LEAST:g} to {contract.DELAY_MOST:g} s"
    delays, kept = "none yet", None
    if seen.soonest is not None:
        delays = f"{seen.soonest:.2f} to {seen.longest:.2f} s"
        in_time = seen.longest <= contract.DELAY_MOST + contract.TICK_LATE
        kept = seen.soonest >= contract.DELAY_LEAST and in_time
    return ClauseStatus(
        1,
        "Timing",
        "Every message that leaves is delayed by base + bounded jitter, one law for all kinds.",
        "Answers book a place in a coming tick when their request arrives, before it is handled.",
        (
            ("delay of an answer after arrival", delays, bounds),
            ("ticks kept", f"{seen.ticks - seen.skipped} of {seen.ticks}", "all"),
            ("departure against schedule, mean", _milliseconds(seen.mean), ""),
            ("departure against schedule, worst", _milliseconds(seen.worst), "500 ms"),
            ("answers dropped as late", str(seen.late), ""),
        ),
        kept,
    )


def _ordering(seen: Measured) -> ClauseStatus:
    pairs = seen.in_order + seen.swapped
    share = f"{100 * seen.in_order / pairs:.0f} % of {pairs}" if pairs else "none yet"
    # Five standard deviations of a fair coin: one false alarm in some million looks.
    fair = abs(seen.in_order - seen.swapped) <= 5 * pairs**0.5
    return ClauseStatus(
        2,
        "Ordering",
        "Messages are enqueued, shuffled, then sent.",
        "The order within a tick is drawn anew for each tick, and so is that of contact lists.",
        (
            ("pairs of a batch that left as booked", share, "about 50 %"),
            ("datagrams sent", str(seen.sent), ""),
            ("a batch leaves within", f"{contract.BATCH_SPAN:g} s", "fixed"),
        ),
        fair if pairs >= _ENOUGH_PAIRS else None,
    )


def _participation(seen: Measured) -> ClauseStatus:
    share = 100 * seen.requests / seen.ticks if seen.ticks else 0.0
    return ClauseStatus(
        3,
        "Participation",
        "Nodes look equally useful and equally lazy.",
        "One request place a tick, drawn by lot; cover lookups will fill the empty ones.",
        (
            ("requests of ours", str(seen.requests), ""),
            ("request places used", f"{share:.0f} %", "100 % once cover lookups are built"),
        ),
        None,
    )


def _failures(seen: Measured) -> ClauseStatus:
    return ClauseStatus(
        4,
        "Failures",
        "Failures degrade slowly and all alike.",
        "What cannot be read passes the same admission, takes a place, and the place stays empty.",
        (
            ("unreadable datagrams, silently dropped", str(seen.malformed), ""),
            ("defects of our own, survived", str(seen.defects), "0"),
        ),
        None if seen.received < 20 else seen.defects == 0,
    )


def _caps(seen: Measured) -> ClauseStatus:
    per_minute = f"{60 * contract.PEER_RATE:.0f} a minute, burst {contract.PEER_BURST}"
    per_second = f"{contract.GLOBAL_RATE:g} a second, burst {contract.GLOBAL_BURST}"
    return ClauseStatus(
        5,
        "Caps",
        "All activity has hard upper bounds that no hardware, load or uptime changes.",
        "Admission at arrival by one rule for all types; a fixed number of places in every tick.",
        (
            ("datagrams received", str(seen.received), ""),
            ("dropped over one peer's share", str(seen.refused_peer), per_minute),
            ("dropped over everybody's share", str(seen.refused_global), per_second),
            ("largest batch of a tick", str(seen.largest), str(contract.PLACES)),
            ("places booked now", str(seen.waiting), f"{contract.ANSWER_PLACES} a tick"),
            ("dropped because all places were taken", str(seen.full), ""),
        ),
        seen.largest <= contract.PLACES and seen.requests <= seen.ticks if seen.sent else None,
    )


def _persistence(seen: Measured) -> ClauseStatus:
    saved = "never" if seen.saved is None else f"{seen.saved:.0f} s ago"
    return ClauseStatus(
        6,
        "Persistence",
        "Nodes are long-lived and fade slowly.",
        "Identity, contacts and their ages outlive a restart; stopping drains before it closes.",
        (
            ("contacts whose ages are kept", str(seen.contacts), ""),
            ("state last saved", saved, "about every 8 minutes"),
        ),
        None if seen.saved is None else seen.saved < _STALE,
    )


def _plainness(seen: Measured) -> ClauseStatus:
    return ClauseStatus(
        7,
        "No optimisation",
        "Nothing that is observable may be made faster, smarter or more thrifty.",
        "Every number is a constant of one module; no option, file or environment reaches it.",
        (
            ("numbers of the contract", str(len(NUMBERS)), "fixed"),
            ("their fingerprint, the same in every node", fingerprint(), "equal everywhere"),
        ),
        None,
    )


def fingerprint() -> str:
    """Twelve digits that two nodes share exactly if their contracts have the same numbers."""
    return sha256(repr(sorted(NUMBERS.items())).encode()).hexdigest()[:12]


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
