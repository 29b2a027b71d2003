"""Snapshots of a node in every state, rich enough to look at."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from tests.web.parts import contract, routing, steps
from twisted_mule.status import (
    BinStatus,
    Counter,
    Disconnect,
    NodeStatus,
    Phase,
    Problem,
    RouterState,
    RouterStatus,
    RoutingStatus,
    StepState,
)

NOW: Final = 1_793_611_800.0
ENDPOINT: Final = "tcp:127.0.0.1:7656"


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
