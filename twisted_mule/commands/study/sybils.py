"""``mule study sybils``: how much attackers get of searches, stored keys, tables and requests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import as_completed
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import click

from twisted_mule.commands import outputs
from twisted_mule.commands.numbers import Finite
from twisted_mule.commands.verb import Exit, Refusal
from twisted_mule.commands.workers import workers

if TYPE_CHECKING:
    from twisted_mule.studies.sybils.cells import Cell, Run


@click.command()
@click.option("--out", metavar="FILE", type=Path, help="Append each run to it, and go on from it.")
@click.option("--pictures", metavar="DIR", type=Path, help="Write pictures and tables.")
@click.option("--nodes", type=click.IntRange(40), help="Nodes that are no attackers.")
@click.option("--minutes", type=Finite(2.0), help="Minutes of a run.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="First seed.")
@click.option("--seeds", type=click.IntRange(1), help="Runs of each cell.")
@click.option("--cell", "names", multiple=True, metavar="NAME", help="Only this one; see --list.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="At a time.")
@click.option("--list", "listing", is_flag=True, help="List the cells.")
def sybils(
    out: Path | None,
    *,
    pictures: Path | None,
    nodes: int | None,
    minutes: float | None,
    seed: int,
    seeds: int | None,
    names: tuple[str, ...],
    jobs: int,
    listing: bool,
) -> None:
    """
    Attack networks of the real node, and say what that got.

    Sybils surround one keyword, nodes lie or poison, attackers encircle single nodes.  Runs that
    FILE has already are not computed again, so that a study can be stopped and gone on with.

    \b
    Examples:
      mule study sybils --out sybils.jsonl --pictures sybils/
      mule study sybils --cell sybils-20 --nodes 60 --minutes 8 --seeds 2
    """  # noqa: D301
    from twisted_mule.studies.sybils import cells, running  # noqa: PLC0415

    if listing:
        click.echo("\n".join(f"{one.name:28} {one.shown}" for one in cells.CELLS))
        return
    chosen = _chosen(names, cells.CELLS)
    if pictures is not None:
        outputs.checked_folder(pictures)
    if out is not None:
        outputs.checked_file(out, lines=True)
    size, length = nodes or cells.NODES, minutes or cells.MINUTES
    plan = cells.planned(chosen, seed, seeds or cells.SEEDS, size, length)
    wanted = {run.key for run in plan}
    before = [] if out is None else [d for d in _read(out) if running.key_of(d) in wanted]
    documents = before + _computed(running.missing(plan, before), jobs, out, len(plan))
    _show(documents)
    if pictures is not None:
        _write(pictures, documents)


def _chosen(names: tuple[str, ...], cells: Sequence[Cell]) -> list[Cell]:
    known = {cell.name: cell for cell in cells}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Refusal(
            f"There is no cell {unknown[0]!r}; mule study sybils --list names them.", Exit.USAGE
        )
    return [known[name] for name in names] if names else list(cells)


def _read(path: Path) -> list[dict[str, Any]]:
    from twisted_mule.studies.sybils.running import read  # noqa: PLC0415

    try:
        return read(path)
    except OSError as reason:
        raise Refusal(f"{path} cannot be read ({reason.strerror}).") from reason


def timed(run: Run) -> dict[str, Any]:
    """The figures of one run, and what it cost."""
    from twisted_mule.studies.sybils.running import one  # noqa: PLC0415

    began = process_time()
    return {**one(run), "cpu_seconds": round(process_time() - began, 1)}


def _computed(runs: list[Run], jobs: int, out: Path | None, planned: int) -> list[dict[str, Any]]:
    """Compute what is missing; each run is kept as soon as it is there."""
    found: list[dict[str, Any]] = []
    done = planned - len(runs)
    with workers(max(1, min(jobs, len(runs)))) as pool:
        for future in as_completed([pool.submit(timed, run) for run in runs]):
            document = future.result()
            found.append(document)
            if out is not None:
                outputs.append(out, [document])
            done += 1
            told = f"{done} of {planned}: {document['cell']}, seed {document['seed']}"
            click.echo(f"{told}, {document['cpu_seconds']:.0f} s", err=True)
    return found


def _show(documents: list[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from twisted_mule.studies.sybils.summary import TABLES, lines  # noqa: PLC0415

    console = Console()
    for group, (title, _) in TABLES.items():
        head, body = lines(group, documents)
        if body:
            table = Table(*head, title=title)
            for row in body:
                table.add_row(*row)
            console.print(table)


def _write(folder: Path, documents: list[dict[str, Any]]) -> None:
    from twisted_mule.studies.sybils.pictures import drawn  # noqa: PLC0415
    from twisted_mule.studies.sybils.summary import markdown  # noqa: PLC0415

    files = {f"{name}.svg": text for name, text in drawn(documents).items()}
    files |= {"sybils-tables.md": markdown(documents)}
    files |= {"sybils-runs.jsonl": "".join(json.dumps(one) + "\n" for one in documents)}
    try:
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as reason:
        raise Refusal(f"{folder} cannot be written ({reason.strerror}).") from reason
    click.echo(f"Written: {', '.join(str(folder / name) for name in files)}")
