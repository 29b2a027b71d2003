"""The contract as the local user sees it: each clause, what keeps it, and live figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from attrs import evolve, frozen

from twisted_mule import contract
from twisted_mule.selfcheck.verdicts import verdict
from twisted_mule.status import CheckStatus, ClauseStatus, Finding

_KEPT: Final = {Finding.KEPT: True, Finding.BROKEN: False, Finding.UNKNOWN: None}


@frozen
class Measured:
    """
    What the node knows of its own behaviour since it started.

    :ivar ticks: scheduled ticks that were kept; ``skipped`` ones came too late.
    :ivar worst: the largest lateness of a datagram against its schedule, in seconds.
    :ivar requests: requests of ours; each took the request place of its tick.
    :ivar saved: seconds since the state was last saved, ``None`` if it never was.
    """

    ticks: int = 0
    skipped: int = 0
    sent: int = 0
    requests: int = 0
    mean: float = 0.0
    worst: float = 0.0
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


def clauses(
    seen: Measured, checks: Mapping[int, Sequence[CheckStatus]]
) -> tuple[ClauseStatus, ...]:
    """
    All seven clauses with the figures of ``seen``.

    :param checks: what the self-check found, by the number of the clause; it alone decides
        whether a clause is kept.
    """
    figures = (
        _timing(seen),
        _ordering(seen),
        _participation(seen),
        _failures(seen),
        _caps(seen),
        _persistence(seen),
        _plainness(),
    )
    return tuple(_judged(clause, tuple(checks.get(clause.number, ()))) for clause in figures)


def _judged(clause: ClauseStatus, checks: tuple[CheckStatus, ...]) -> ClauseStatus:
    return evolve(clause, checks=checks, kept=_KEPT[verdict(checks)])


def _timing(seen: Measured) -> ClauseStatus:
    return ClauseStatus(
        1,
        "Timing",
        "Every message that leaves is delayed by base + bounded jitter, one law for all kinds.",
        "Answers book a place in a coming tick when their request arrives, before it is handled.",
        (
            ("ticks kept", f"{seen.ticks - seen.skipped} of {seen.ticks}", "all"),
            ("departure against schedule, mean", _milliseconds(seen.mean), ""),
            ("departure against schedule, worst", _milliseconds(seen.worst), "500 ms"),
            ("answers dropped as late", str(seen.late), ""),
        ),
    )


def _ordering(seen: Measured) -> ClauseStatus:
    return ClauseStatus(
        2,
        "Ordering",
        "Messages are enqueued, shuffled, then sent.",
        "The order within a tick is drawn anew for each tick, and so is that of contact lists.",
        (
            ("datagrams sent", str(seen.sent), ""),
            ("a batch leaves within", f"{contract.BATCH_SPAN:g} s", "fixed"),
        ),
    )


def _participation(seen: Measured) -> ClauseStatus:
    share = 100 * seen.requests / seen.ticks if seen.ticks else 0.0
    return ClauseStatus(
        3,
        "Participation",
        "Nodes look equally useful and equally lazy.",
        "One request place a tick, drawn by lot; cover lookups take what nobody else wants.",
        (
            ("requests of ours", str(seen.requests), ""),
            ("request places used", f"{share:.0f} %", "nearly all, once the hold is over"),
        ),
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
            ("places booked now", str(seen.waiting), f"{contract.ANSWER_PLACES} a tick"),
            ("dropped because all places were taken", str(seen.full), ""),
        ),
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
    )


def _plainness() -> ClauseStatus:
    return ClauseStatus(
        7,
        "No optimisation",
        "Nothing that is observable may be made faster, smarter or more thrifty.",
        "Every number is a constant of one module; no option, file or environment reaches it.",
        (
            ("numbers of the contract", str(len(numbers())), "fixed"),
            ("their fingerprint, the same in every node", fingerprint(), "equal everywhere"),
        ),
    )


def numbers() -> dict[str, object]:
    """The numbers of the contract by name, as they are now."""
    return {name: value for name, value in vars(contract).items() if name.isupper()}


def fingerprint() -> str:
    """Twelve digits that two nodes share exactly if their contracts have the same numbers."""
    return sha256(repr(sorted(numbers().items())).encode()).hexdigest()[:12]


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
