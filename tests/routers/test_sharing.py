"""
Thirteen nodes on four real routers: what one of them shares another one finds.

A publish waits 2 to 15 minutes after the start, and the words of a file wait for further files, so
this takes up to an hour: it is run with ``-m slow_routers``, not with the other tests on routers.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.routers.network import RouterNetwork, wait_until
from tests.routers.nodes import Node, running_crowd

pytestmark = pytest.mark.slow_routers

NODES: Final = 13
HANDSHAKES: Final = 10
SESSION_SECONDS: Final = 300.0
HANDSHAKE_SECONDS: Final = 10 * 60.0
PUBLISH_SECONDS: Final = 60 * 60.0
PAUSE: Final = 10.0
#: Searches are given so many tries: routers that have not talked for a while lose the first
#: datagram, and with it a whole walk may be lost.
TRIES: Final = 3
FILES: Final = {
    "Północny wiatr nad morzem.ogg": b"north wind\n" * 900,
    "Рецепты пирогов бабушки.txt": "пирог\n".encode() * 500,
}


@pytest.fixture(scope="module")
def crowd(network: RouterNetwork, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Thirteen nodes, started from one ``nodes.dat``, spread over the routers."""
    with running_crowd(network, tmp_path_factory.mktemp("sharing"), NODES) as nodes:
        yield nodes


def search(node: Node, *words: str) -> list[dict[str, Any]]:
    """What ``mule search`` and its like find in the end."""
    for _ in range(TRIES):
        answer = node.ask(*words)
        found: list[dict[str, Any]] = answer["end"]["results"] if answer else []
        if found:
            return found
    return []


def shared(node: Node) -> dict[str, dict[str, Any]]:
    """What a node shares, by name."""
    listed = node.ask("share", "list")
    return {file["name"]: file for file in listed["files"]} if listed else {}


def test_shared_files_are_found(
    network: RouterNetwork,
    crowd: list[Node],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two files of one node are found from another one by their words, and so are its streams."""
    sharer, seeker = crowd[0], crowd[-1]
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    wait_until("the sharer's session", SESSION_SECONDS, sharer.is_online, pause=PAUSE)
    assert sharer.ask("share", "add", f"{tmp_path}", "--wait") is not None
    wait_until(
        "handshakes",
        HANDSHAKE_SECONDS,
        lambda: min(sharer.handshakes(), seeker.handshakes()) >= HANDSHAKES,
        pause=PAUSE,
    )

    def published() -> bool:
        assert all(router.listens() for router in network.routers)
        states = {name: file["state"] for name, file in shared(sharer).items()}
        return states == dict.fromkeys(FILES, "found")

    waited = wait_until("all words published", PUBLISH_SECONDS, published, pause=PAUSE)
    began = time.monotonic()
    for name, file in shared(sharer).items():
        found = search(seeker, "search", name.split()[1])
        assert [(name, file["hash"])] == [(one["name"], one["hash"]) for one in found]
        (source,) = search(seeker, "sources", file["link"])
        assert source["complete"]
    took = time.monotonic() - began
    with capsys.disabled():
        sys.stdout.write(f"\n  published after {waited:.0f} s, 4 searches took {took:.0f} s\n  ")
