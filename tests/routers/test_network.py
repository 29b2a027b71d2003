"""The private network itself: if this fails, nothing that the other tests say means anything."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.routers.namespace import command
from tests.routers.network import RouterNetwork

pytestmark = pytest.mark.routers

ROOT: Final = Path(__file__).parents[2]
#: An old-style DSA_SHA1 destination in I2P's base64: 387 bytes, the only kind that Kad can carry.
DESTINATION_CHARACTERS: Final = 516


def test_the_namespace_has_only_a_loopback(network: RouterNetwork) -> None:
    """Nothing that runs inside can reach the machine's own network, or the Internet."""
    inside = command("ip", "-n", network.namespace.name, "-o", "link")
    assert [line.split(": ")[1] for line in inside.splitlines()] == ["lo"]


def test_every_router_knows_every_other(network: RouterNetwork) -> None:
    """Each router's database holds the router.info of all, under the name that i2pd expects."""
    for router in network.routers:
        shelves = list((router.directory / "netDb").glob("r*/routerInfo-*.dat"))
        assert len(shelves) >= len(network.routers) - 1


def test_two_sessions_at_two_routers_reach_each_other(network: RouterNetwork) -> None:
    """Datagrams pass both ways between two routers, and name the destination that sent them."""
    first, second, *_ = network.routers
    ports = (f"{first.ports.sam}", f"{second.ports.sam}")
    printed = network.namespace.run(
        sys.executable, "-m", "tests.routers.talk", *ports, cwd=ROOT, timeout=300.0
    )
    report = json.loads(printed)
    one, two = report["destinations"]
    assert {len(one), len(two)} == {DESTINATION_CHARACTERS}
    assert report["at_second"] == [one, "one" * 1000]
    assert report["at_first"] == [two, "two"]


def test_a_killed_router_comes_back(network: RouterNetwork) -> None:
    """The harness can take a router away and start it again with its old identity."""
    router = network.routers[-1]
    before = router.info.read_bytes()[:387]
    router.kill()
    with pytest.raises(RuntimeError, match="has ended"):
        router.listens()
    router.start()
    network.await_sam(router)
    assert router.info.read_bytes()[:387] == before
