"""``mule study cost``: what the contract costs in time, messages and bytes."""

from __future__ import annotations

from typing import Any

import click

from twisted_mule.commands.study.showing import Wanted, options, study
from twisted_mule.studies.health import plans


@click.command()
@options
def cost(**values: Any) -> None:
    """
    The node against the same core without cover, without delays too, and against iMule's rules.

    \b
    Example:
      mule study cost --nodes 200 --minutes 60 --out cost.jsonl --pictures pictures/
    """  # noqa: D301
    study("cost", plans.cost(), Wanted(**values))
