"""
Eight nodes on four real routers: they find each other, and outlive what happens to them.

The tests follow one another on the same network: each one begins where the one before left it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.routers.network import RouterNetwork, wait_until
from tests.routers.nodes import Node, running_crowd

pytestmark = pytest.mark.routers

NODES: Final = 8
#: Every node must have so many contacts verified by a handshake ...
HANDSHAKES: Final = 6
#: ... so long after its session began, at the most.
HANDSHAKE_SECONDS: Final = 8 * 60.0
SESSION_SECONDS: Final = 300.0
#: Ages pass through a file as wall-clock times; clocks and rounding may differ by so much.
AGE_SECONDS: Final = 2.0
PAUSE: Final = 3.0


@pytest.fixture(scope="module")
def crowd(network: RouterNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Eight nodes, started from one ``nodes.dat``, two at each router."""
    with running_crowd(network, tmp_path_factory.mktemp("nodes"), NODES) as nodes:
        yield nodes


def await_crowd(what: str, nodes: list[Node], seconds: float, ready: Callable[[], bool]) -> None:
    """
    Wait for something that the nodes do.

    :raises AssertionError: when they do not in time, with what each of them says of itself.
    """
    try:
        wait_until(what, seconds, ready, pause=PAUSE)
    except TimeoutError as reason:
        accounts = "\n".join(node.account() for node in nodes)
        raise AssertionError(f"{reason}\n{accounts}") from reason


def await_all_online(nodes: list[Node], seconds: float) -> dict[int, float]:
    """Wait for every node's session; gives when each one had it, by number."""
    since: dict[int, float] = {}

    def look() -> bool:
        for node in nodes:
            if node.number not in since and node.is_online():
                since[node.number] = time.monotonic()
        return len(since) == len(nodes)

    await_crowd("every session", nodes, seconds, look)
    return since


def test_all_nodes_reach_each_other(crowd: list[Node], capsys: pytest.CaptureFixture[str]) -> None:
    """Every node has six contacts verified by a handshake, eight minutes after its session."""
    since = await_all_online(crowd, SESSION_SECONDS)
    took: dict[int, float] = {}

    def look() -> bool:
        for node in crowd:
            if node.number not in took and node.handshakes() >= HANDSHAKES:
                took[node.number] = time.monotonic() - since[node.number]
        return len(took) == NODES

    await_crowd("all handshakes", crowd, HANDSHAKE_SECONDS + PAUSE, look)
    assert max(took.values()) <= HANDSHAKE_SECONDS
    seconds = ", ".join(f"{value:.0f}" for value in sorted(took.values()))
    with capsys.disabled():
        sys.stdout.write(f"\n  seconds from session to {HANDSHAKES} handshakes: {seconds}\n  ")


def test_a_session_comes_back_by_itself(network: RouterNetwork, crowd: list[Node]) -> None:
    """Two nodes lose their router, keep what they know, and are online again when it is back."""
    router = network.routers[0]
    bereft = [node for node in crowd if node.router is router]
    spared = [node for node in crowd if node.router is not router]
    handshakes = {node.number: node.handshakes() for node in bereft}
    identities = {node.number: node.ask("id") for node in bereft}
    router.kill()
    await_crowd("the loss", bereft, 60.0, lambda: not any(node.is_online() for node in bereft))
    assert all(node.is_online() for node in spared)
    router.start()
    network.await_sam(router)
    await_all_online(bereft, SESSION_SECONDS + 120.0)  # the wait before a new try is up to 120 s
    for node in bereft:
        assert node.handshakes() >= handshakes[node.number]
        assert node.ask("id") == identities[node.number]


def test_a_restart_changes_nothing_that_others_see(crowd: list[Node]) -> None:
    """After a restart a node has its KadID, its destination and the ages of its contacts."""
    node = crowd[-1]
    identity = node.ask("id")
    assert node.leave_at_once() == 0
    before = {key: then for key, then in node.contacts().items() if then.handshaken}
    assert len(before) >= HANDSHAKES
    node.start()
    await_crowd("its table", [node], SESSION_SECONDS, lambda: node.handshakes() >= HANDSHAKES)
    assert node.ask("id") == identity
    assert node.leave_at_once() == 0
    after = node.contacts()
    for kad_id, then in before.items():
        assert after[kad_id].met_at == pytest.approx(then.met_at, abs=AGE_SECONDS)
        assert after[kad_id].heard_at >= then.heard_at - AGE_SECONDS
        assert after[kad_id].handshaken
