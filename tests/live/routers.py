"""
Measure a node on real routers: ``python -m tests.live.routers [TICKS]`` (root, i2pd, iproute2).

Three nodes stand at two routers of a private network in a namespace of its own; the first one is
the one measured.  Fifteen others ask it for everything, within the limits: three nodes alone have
little to say to each other.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.live.run import BEGIN, PATIENCE, ROOT, TICKS, Figures, finish, measure, report, sleeper
from tests.routers.namespace import end
from tests.routers.network import RouterNetwork, private_network
from tests.routers.nodes import Node, new_identities, new_nodes, write_nodes_file

ROUTERS: Final = 2
NODES: Final = 3


def askers(network: RouterNetwork, node: Node, ticks: int) -> tuple[str, ...]:
    """The command line of those who ask ``node`` as long as it is measured."""
    assert node.identity.destination is not None
    ports = (f"{router.ports.sam}" for router in network.routers)
    seconds = f"{2 * BEGIN + PATIENCE * ticks}"
    names = node.identity.kad_id.hex, node.identity.destination.base64
    # From the checkout, whatever the directory of whoever started this.
    python = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.routers.knocking")
    return (*python, *names, seconds, *ports)


def measured(network: RouterNetwork, root: Path, node: Node) -> subprocess.Popen[str]:
    """The process of ``node``, which prints how late what it sends leaves."""
    words = {
        "--config": node.data.with_suffix(".toml"),
        "--data": node.data,
        "--web": f"unix:{node.data}/web:mode=600",
        "--nodes": root / "nodes.dat",
    }
    python = (sys.executable, "-m", "tests.live.node")
    command = [*python, *(str(word) for option in words.items() for word in option)]
    with node.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own words only
            network.namespace.inside(*command),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def run(ticks: int, root: Path) -> Figures:
    """Build the network below ``root`` and measure."""
    with private_network(root / "routers", ROUTERS) as network, ExitStack() as stack:
        away, *identities = new_identities(network, NODES + 1)
        (root / "nodes").mkdir()
        first, *others = new_nodes(network, root / "nodes", identities)
        write_nodes_file(root / "nodes.dat", identities, away)
        process = measured(network, root, first)
        stack.callback(finish, process)
        for other in others:
            other.start(root / "nodes.dat")
            stack.callback(other.end)
        with (root / "askers.log").open("wb") as log:
            asking = network.namespace.start(*askers(network, first, ticks), output=log)
        stack.callback(end, asking, 0.0)
        return measure(process.stdout or (), ticks)


def main(ticks: int = TICKS) -> int:
    """On real routers."""
    with TemporaryDirectory() as scratch:
        with sleeper() as machine:
            figures = run(ticks, Path(scratch))
        return report(figures, machine)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
