"""``mule simulate``: networks of the real node that are only computed, several at a time."""

from __future__ import annotations

import json
from pathlib import Path

import click

from twisted_mule.commands import outputs


@click.command()
@click.argument("scenario", default="quiet")
@click.option("--nodes", type=int, help="How many nodes are there at a time.")
@click.option("--minutes", type=float, help="How many minutes pass.")
@click.option("--seed", type=int, help="Seed of the first run; the others follow it.")
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True, help="How many runs.")
@click.option("--jobs", type=click.IntRange(1), help="Runs side by side [default: one a core].")
@click.option("--clear/--cipher", "clear", default=None, help="Without or with obfuscation.")
@click.option("--traces", metavar="DIR", type=Path, help="Write traces of some nodes there.")
@click.option(
    "--out",
    metavar="FILE",
    type=Path,
    help="Append the figures to it, one run a line, or a row if its name ends in .parquet.",
)
@click.option("--plots", metavar="DIR", type=Path, help="Draw the runs there, as SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures, one run a line.")
@click.option("--list", "listing", is_flag=True, help="List the scenarios that come with mule.")
def simulate(
    scenario: str,
    *,
    nodes: int | None,
    minutes: float | None,
    seed: int | None,
    runs: int,
    jobs: int | None,
    clear: bool | None,
    traces: Path | None,
    out: Path | None,
    plots: Path | None,
    as_json: bool,
    listing: bool,
) -> None:
    """
    Compute a network of the real node and say what happened in it.

    SCENARIO is the name of one that comes with mule (see --list) or a TOML file.  Nothing is sent
    anywhere.  The same scenario and seed give the same run, to the last byte.

    \b
    Examples:
      mule simulate
      mule simulate churn --nodes 500 --minutes 120 --runs 4 --out churn.jsonl
      mule simulate lively --runs 8 --out lively.parquet --plots pictures/
      mule simulate my.toml --seed 7 --json
    """  # noqa: D301
    # Who asks a node something need not wait for the simulator to be loaded.
    from twisted_mule.commands import simulations  # noqa: PLC0415

    if listing:
        click.echo("\n".join(simulations.listed()))
        return
    obfuscation = None if clear is None else not clear
    changes = {"nodes": nodes, "minutes": minutes, "seed": seed, "obfuscation": obfuscation}
    plans = simulations.planned(scenario, runs, changes)
    if out is not None:
        outputs.checked_file(out)
    if plots is not None:
        outputs.checked_folder(plots)
    documents = [
        {"scenario": scenario, **document}
        for document in simulations.all_of(plans, jobs, traces, quiet=as_json)
    ]
    if out is not None:
        outputs.append(out, documents)
    pictures = [] if plots is None else outputs.draw(plots, documents)
    if as_json:
        click.echo("\n".join(json.dumps(document) for document in documents))
    else:
        simulations.show(documents)
        for picture in pictures:
            click.echo(f"Drawn: {picture}")
