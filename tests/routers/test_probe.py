"""
``mule probe`` against a node of ours, each behind a real router of its own.

A run keeps to the pace of the network and takes up to ten minutes, so this is run with
``-m slow_routers``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.routers.network import RouterNetwork, wait_until
from tests.routers.nodes import BIN, Node, running_crowd
from twisted_mule.practice.keys import b32

pytestmark = pytest.mark.slow_routers

NODES: Final = 3
HANDSHAKES: Final = 2
SESSION_SECONDS: Final = 300.0
HANDSHAKE_SECONDS: Final = 10 * 60.0
#: A session, 37 questions at the pace of the network with repetitions, and the listening.
PROBE_SECONDS: Final = 20 * 60.0
PAUSE: Final = 3.0


@pytest.fixture(scope="module")
def crowd(network: RouterNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Three nodes that know each other; the first one is probed from the router of the second."""
    with running_crowd(network, tmp_path_factory.mktemp("probed"), NODES) as nodes:
        wait_until("its session", SESSION_SECONDS, nodes[0].is_online, pause=PAUSE)
        yield nodes


def probe(node: Node, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``mule probe`` at the router of ``node``, with the options of its configuration."""
    config = node.data.with_suffix(".toml")
    call = (f"{BIN}/mule", "probe", "--config", f"{config}", "--json", "-", *words)
    return subprocess.run(  # noqa: S603 - our own words only, no shell
        node.router.namespace.inside(*call),
        check=False,
        capture_output=True,
        text=True,
        timeout=PROBE_SECONDS,
    )


def decided(report: dict[str, Any]) -> dict[str, list[str]]:
    """Whom each decided row fits."""
    return {row["row"]: row["fits"] for row in report["rows"] if row["fits"] is not None}


def test_a_node_of_ours_is_known(crowd: list[Node], capsys: pytest.CaptureFixture[str]) -> None:
    """Looked up by its b32 address, it resembles our population and no other."""
    node, other = crowd[:2]
    wait_until("handshakes", HANDSHAKE_SECONDS, lambda: node.handshakes() >= HANDSHAKES, PAUSE)
    destination = node.identity.destination
    assert destination is not None
    done = probe(other, "--listen", "0.5", b32(destination.base64))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    rows = decided(report)
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {report['conclusion']} {len(rows)} rows decided ({' '.join(rows)}), "
            f"{report['sent']} sent, {report['heard']} heard, {report['seconds']:.0f} s\n  "
        )
    assert report["destination"] == destination.base64
    assert report["whole"]
    assert report["resembles"] == ["ours"], report
    assert rows["F10"] == ["ours"]
    assert report["against"]["ours"] == []


def test_a_name_that_nobody_has(crowd: list[Node]) -> None:
    """Real routers say that they find neither the name nor the address, and so does the verb."""
    for name, advice in (
        ("nobody-is-here.i2p", "address book"),
        ("a" * 52 + ".b32.i2p", "nobody is there now"),
    ):
        done = probe(crowd[1], name)
        assert done.returncode == 1, done.stderr
        told = " ".join(done.stderr.split())
        assert name in told
        assert advice in told
