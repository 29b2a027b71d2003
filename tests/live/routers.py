"""
Measure a node on real routers: ``python -m tests.live.routers [TICKS]`` (root, i2pd, iproute2).

Three nodes stand at two routers of a private network in a namespace of its own; the first one is
the one measured.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.live.run import ROOT, TICKS, Figures, finish, measure, report, sleeper
from tests.routers.network import private_network
from tests.routers.nodes import new_identities, new_nodes, write_nodes_file

ROUTERS: Final = 2
NODES: Final = 3


def run(ticks: int, root: Path) -> Figures:
    """Build the network below ``root`` and measure."""
    with private_network(root / "routers", ROUTERS) as network:
        away, *identities = new_identities(network, NODES + 1)
        (root / "nodes").mkdir()
        first, *others = nodes = new_nodes(network, root / "nodes", identities)
        write_nodes_file(root / "nodes.dat", identities, away)
        words = {
            "--config": first.data.with_suffix(".toml"),
            "--data": first.data,
            "--web": f"unix:{first.data}/web:mode=600",
            "--nodes": root / "nodes.dat",
        }
        node = (sys.executable, "-m", "tests.live.node")
        command = [*node, *(str(word) for option in words.items() for word in option)]
        with first.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own words only
                network.namespace.inside(*command),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            for other in others:
                other.start(root / "nodes.dat")
            return measure(process.stdout or (), ticks)
        finally:
            finish(process)
            for each in nodes:
                each.end()


def main(ticks: int = TICKS) -> int:
    """On real routers."""
    with TemporaryDirectory() as scratch:
        with sleeper() as machine:
            figures = run(ticks, Path(scratch))
        return report(figures, machine)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
