"""Snapshots of a node in every state, rich enough to look at."""

from __future__ import annotations

from random import Random
from typing import Final

from attrs import evolve

from twisted_mule.selfcheck.check import SelfCheck
from twisted_mule.status import (
    BinStatus,
    CheckStatus,
    ClauseStatus,
    Counter,
    Disconnect,
    NodeStatus,
    Phase,
    Problem,
    RouterState,
    RouterStatus,
    RoutingStatus,
    Step,
    StepState,
)

NOW: Final = 1_793_611_800.0
ENDPOINT: Final = "tcp:127.0.0.1:7656"
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


def online() -> NodeStatus:
    """A node as it is most of the time."""
    table = routing()
    return NodeStatus(
        version="0.1.0",
        kad_id="3F7A90C2D41E5B6688A0B1C2D3E4F506",
        destination="q7Zk3pVd…",
        dashboard="http://127.0.0.1:7657/",
        data="~/.local/share/mule",
        taken_at=NOW,
        started_at=NOW - 11_532,
        uptime=11_532.4,
        phase=Phase.RUNNING,
        practice=None,
        headline=f"{table.verified} of {table.contacts} contacts verified",
        router=RouterStatus(
            RouterState.ONLINE,
            since_at=NOW - 10_900,
            endpoint=ENDPOINT,
            sam_version="3.1",
            steps=steps(6),
            disconnects=(
                Disconnect(NOW - 11_000, "The router closed the connection"),
                Disconnect(NOW - 9_400_000, "No answer to the datagram to ourselves"),
            ),
        ),
        routing=table,
        contract=contract(),
        counters={
            "received_hello_req": Counter(3, 1_902),
            "received_req": Counter(7, 4_120),
            "received_search": Counter(1, 377),
            "received_unreadable": Counter(0, 12),
            "sent_hello_req": Counter(2, 640),
            "sent_hello_res": Counter(3, 1_877),
            "sent_req": Counter(8, 9_001),
            "sent_res": Counter(6, 4_019),
            "dropped_malformed": Counter(0, 12),
            "dropped_no_token": Counter(1, 96),
        },
        window=10.0,
        events=(
            (NOW - 11_532, "Started; 152 contacts read from nodes.dat"),
            (NOW - 11_510, "Connected to the router at 127.0.0.1:7656, SAM 3.1"),
            (NOW - 11_000, "The router closed the connection; next try in 14 s"),
            (NOW - 10_900, "Online again"),
            (NOW - 10_588, "First answer of the network after 5 min 12 s"),
            (NOW - 600, "8 contacts left the table after long silence"),
        ),
    )


def connecting(state: RouterState, done: int, headline: str, since: float = 3.0) -> NodeStatus:
    """A node on its way to the network, with ``done`` steps behind it."""
    router = RouterStatus(
        state, NOW - since, None, ENDPOINT, "3.1" if done > 1 else "", steps(done)
    )
    return evolve(
        online(), headline=headline, router=router, routing=routing(152, 0), contract=contract(None)
    )


def waiting(problem: Problem | None, done: int = 0, *lost: Disconnect) -> NodeStatus:
    """A node that has no session and tries again in 40 s."""
    router = RouterStatus(
        RouterState.WAITING,
        NOW - 180,
        40.0,
        ENDPOINT,
        "",
        steps(done, StepState.FAILED),
        lost,
        problem,
    )
    headline = problem.headline if problem else "Waiting for the router"
    return evolve(
        online(), headline=headline, router=router, routing=routing(152, 0), contract=contract(None)
    )


def everything() -> dict[str, NodeStatus]:
    """Every state that a reader may meet, by name."""
    asking = connecting(
        RouterState.ONLINE, 5, "Asking 152 known nodes; none has answered yet", since=260
    )
    return {
        "online": online(),
        "practice": evolve(online(), practice=24),
        "asking": asking,
        "holding": evolve(asking, phase=Phase.HOLDING, starts_asking_in=41.0),
        "offline": evolve(
            connecting(RouterState.OFFLINE, 0, "Starting"),
            phase=Phase.STARTING,
            events=(),
            counters={},
        ),
        "connecting": connecting(RouterState.CONNECTING, 0, "Looking for the I2P router"),
        "greeting": connecting(RouterState.GREETING, 1, "Greeting the router"),
        "creating": connecting(RouterState.CREATING, 3, "Building tunnels", since=72),
        "testing": connecting(RouterState.TESTING, 4, "Testing the session", since=9),
        "no-router": waiting(
            Problem(
                "I2P router not found at 127.0.0.1:7656",
                "Start your router; in Java I2P, switch on the SAM bridge under Clients",
            )
        ),
        "not-sam": waiting(
            Problem(
                "Something else answers there: <b>SSH-2.0-OpenSSH_9.2</b>",
                "Give the address of the router's SAM bridge with --sam",
            ),
            1,
        ),
        "duplicate": waiting(
            Problem(
                "This identity is already in use",
                "Stop the other copy of this node, or wait: the router may still be closing it",
            ),
            3,
        ),
        "nothing-back": waiting(
            Problem(
                "Session open, but nothing comes back",
                "Check that the router can reach this machine's UDP port on 127.0.0.1",
            ),
            4,
        ),
        "vanished": waiting(None, 0, Disconnect(NOW - 180, "The router closed the connection")),
        "draining": evolve(online(), phase=Phase.DRAINING, stops_in=63.0, headline="Stopping"),
        "closed": evolve(
            online(),
            phase=Phase.CLOSED,
            headline="Stopped",
            router=RouterStatus(RouterState.OFFLINE, NOW - 2, endpoint=ENDPOINT),
        ),
        "empty": evolve(
            connecting(RouterState.CONNECTING, 0, "Starting", since=0.2),
            routing=RoutingStatus(),
            contract=(),
            events=(),
            counters={},
        ),
        "alone": evolve(asking, routing=RoutingStatus(bins=(BinStatus("", 0, 0, (0,) * 5),))),
        "broken": evolve(
            online(),
            contract=(*contract()[:3], evolve(contract()[3], kept=False), *contract(None)[4:]),
        ),
    }
