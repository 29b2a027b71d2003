"""The parts of a node's snapshot, rich enough to look at."""

from __future__ import annotations

from random import Random
from typing import Final

from twisted_mule.selfcheck.check import SelfCheck
from twisted_mule.status import BinStatus, CheckStatus, ClauseStatus, RoutingStatus, Step, StepState

STEPS: Final = (
    ("Router's TCP port", 0.0041, "under 1 s"),
    ("SAM greeting", 0.012, "under 1 s"),
    ("Identity", 0.2, "under 1 s"),
    ("Session and tunnels", 41.3, "20 s to 4 min"),
    ("Datagram to ourselves", 6.4, "2 to 30 s"),
    ("First answer of the network", 312.0, "1 to 30 min"),
)
CLAUSES: Final = (
    (
        "Timing",
        "All outbound network messages are delayed by a randomized window.",
        "Every datagram, ours or an answer, leaves in a place of a tick; ticks are drawn at "
        "random, 0.4 to 1.6 s apart.",
        (
            ("Delay of answers, median", "1.87 s", ""),
            ("Delay of answers, longest", "3.11 s", "0.5 to 3.25 s"),
            ("Ticks skipped for being late", "0", "0"),
        ),
    ),
    (
        "Message ordering",
        "Outbound messages do not preserve logical or processing order.",
        "The datagrams of a tick are shuffled, and so is every list of contacts inside them.",
        (("Datagrams that shared a tick", "1,204", ""), ("Rank correlation", "0.02", "± 0.06")),
    ),
    (
        "Participation symmetry",
        "Nodes appear equally useful and equally lazy.",
        "The one request place of every tick is drawn by lot with fixed weights.",
        (("Requests in the last hour", "3,412", "3,600"),),
    ),
    (
        "Errors and failures",
        "Failures degrade slowly and identically.",
        "What cannot be read takes a place like any other datagram and ends in silence.",
        (("Places left empty on purpose", "87", ""),),
    ),
    (
        "Rate limits",
        "All activity is capped by hard upper bounds.",
        "Token buckets for each peer and for all, one token a datagram whatever its type.",
        (
            ("Most from one peer in a minute", "7", "12"),
            ("Admitted a second, over an hour", "0.8", "3"),
        ),
    ),
    (
        "Persistence and identity",
        "Nodes appear long-lived and decay slowly.",
        "Contacts age by a law with drawn periods; start and stop wait a random while.",
        (("Restarts with this identity", "4", ""),),
    ),
    (
        "Anti-optimization",
        "No optimization is permitted if it violates any invariant.",
        "The numbers above are constants of the program; no setting reaches them.",
        (),
    ),
)


def bins(contacts: int = 160, seed: int = 1) -> tuple[BinStatus, ...]:
    """Leaves as iMule's tree has them: sixteen at level 4, finer near the node."""
    random = Random(seed)
    prefixes = [f"{place:04b}" for place in range(15, 0, -1)]
    prefixes += [f"{'0' * depth}{tail}" for depth in (4, 5) for tail in ("1",)] + ["000000"]
    while len(prefixes) * 9 < contacts:
        prefixes[-1:] = [f"{prefixes[-1]}1", f"{prefixes[-1]}0"]
    share = [contacts // len(prefixes)] * len(prefixes)
    for place in range(contacts % len(prefixes)):
        share[place] += 1
    for _ in range(len(prefixes) * 4):
        one, other = random.sample(range(len(prefixes)), 2)
        if share[one] > 3 and share[other] < 10:
            share[one], share[other] = share[one] - 1, share[other] + 1
    return tuple(_bin(prefix, size, random) for prefix, size in zip(prefixes, share, strict=True))


def _bin(prefix: str, size: int, random: Random) -> BinStatus:
    kinds = [0] * 5
    for _ in range(size):
        kinds[random.choices(range(5), (5, 3, 4, 6, 2))[0]] += 1
    a, b, c, d, e = kinds
    return BinStatus(
        prefix,
        size,
        verified=random.randint(0, a + b + c),
        types=(a, b, c, d, e),
        oldest=random.uniform(600, 9_000),
        newest=random.uniform(1, 500),
    )


def routing(contacts: int = 160, heard: int = 51) -> RoutingStatus:
    """A routing table of ``contacts``."""
    leaves = bins(contacts) if contacts else ()
    verified = sum(leaf.verified for leaf in leaves)
    return RoutingStatus(
        contacts,
        verified,
        min(38, verified, heard),
        heard,
        2_140 if heard else 0,
        types(leaves),
        len(leaves),
        leaves,
    )


def types(leaves: tuple[BinStatus, ...]) -> tuple[int, int, int, int, int]:
    """How many contacts of each type are in these leaves."""
    a, b, c, d, e = (sum(leaf.types[kind] for leaf in leaves) for kind in range(5))
    return a, b, c, d, e


def steps(done: int, now: StepState = StepState.NOW) -> tuple[Step, ...]:
    """The steps with the first ``done`` done and the next one in the state ``now``."""
    states = [StepState.DONE] * done + [now] + [StepState.TODO] * len(STEPS)
    return tuple(
        Step(name, state, took if state is StepState.DONE else None, typical)
        for (name, took, typical), state in zip(STEPS, states, strict=False)
    )


def checks() -> dict[int, tuple[CheckStatus, ...]]:
    """What the self-check says of a node that has just begun."""
    check = SelfCheck(0.0, "")
    check.look(1.0, str)
    return check.checks


def contract(kept: bool | None = True) -> tuple[ClauseStatus, ...]:
    """The seven clauses with figures."""
    measured = checks()
    return tuple(
        ClauseStatus(
            number,
            title,
            rule,
            kept_by,
            figures if kept is not None else (),
            kept,
            measured[number],
        )
        for number, (title, rule, kept_by, figures) in enumerate(CLAUSES, 1)
    )
