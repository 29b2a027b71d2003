"""``mule study growth``: hops, messages and memory from 100 to 10,000 nodes."""

from __future__ import annotations

from typing import Any

import click
from attrs import evolve

from twisted_mule.commands.numbers import Finite
from twisted_mule.commands.study.showing import Wanted, options, study
from twisted_mule.studies.health import plans


@click.command()
@click.option(
    "--askers",
    type=Finite(0.01, 1.0),
    help="The share of nodes that ask; all in small networks, fewer in large ones by default.",
)
@options
def growth(askers: float | None, **values: Any) -> None:
    """
    How hops, messages and memory of a node grow with the network.

    \b
    Examples:
      mule study growth --out growth.jsonl
      mule study growth --nodes 10000 --minutes 5 --askers 1 --out growth.jsonl
    """  # noqa: D301
    chosen = plans.growth()
    if askers is not None:
        chosen = tuple(evolve(plan, askers=askers) for plan in chosen)
    study("growth", chosen, Wanted(**values))
