"""``mule study churn``: what lookups and searches find while people go."""

from __future__ import annotations

from typing import Any, Final

import click

from twisted_mule.commands.study.showing import Wanted, options, study
from twisted_mule.studies.health import plans

#: The experiments.
PARTS: Final = ("dead", "variants", "start", "retrieval")


@click.command()
@click.option(
    "--part", type=click.Choice(PARTS), multiple=True, help="Only this experiment, or several."
)
@options
def churn(part: tuple[str, ...], **values: Any) -> None:
    """
    Lookups with half the contacts dead, and keywords under churn, against iMule's rules.

    "dead" lets half of all contacts of full tables die; "variants" does so with other numbers of
    requests; "start" begins with half of the known contacts dead; "retrieval" stores keywords and
    looks for them for ten hours while people come and go.  The last one takes by far the longest.

    \b
    Examples:
      mule study churn --part dead --out churn.jsonl
      mule study churn --part retrieval --nodes 1000 --jobs 2 --out churn.jsonl
      mule study churn --part dead --nodes 10000 --minutes 4
    """  # noqa: D301
    chosen = [plan for one in part or PARTS for plan in plans.churn(one)]
    study("churn", chosen, Wanted(**values))
