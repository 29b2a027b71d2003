"""How the studies of health are asked for and shown: options, tables, pictures, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
from attrs import frozen
from rich.console import Console
from rich.table import Table

from twisted_mule.commands import outputs
from twisted_mule.commands.numbers import Finite
from twisted_mule.commands.study.lines import Document, all_of
from twisted_mule.commands.verb import Exit, Refusal
from twisted_mule.studies.health.plan import Plan
from twisted_mule.studies.health.plans import LEAST, resized
from twisted_mule.studies.health.sheets import Sheet, sheets

_OPTIONS: Final = (
    click.option("--nodes", type=click.IntRange(10), help="Nodes of each run."),
    click.option("--minutes", type=Finite(2.0), help="Minutes of each run."),
    click.option("--seed", type=click.IntRange(0), default=1, show_default=True),
    click.option("--runs", type=click.IntRange(1), default=1, help="Seeds of each run."),
    click.option("--jobs", type=click.IntRange(1), default=1, help="Runs side by side."),
    click.option(
        "--out",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Append each run to it, a line of JSON; runs that stand there are not done again.",
    ),
    click.option(
        "--pictures",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="Write drawings there.",
    ),
    click.option("--markdown", is_flag=True, help="Print the tables as docs/studies has them."),
    click.option("--json", "as_json", is_flag=True, help="Print a line of JSON a run."),
)


@frozen
class Wanted:
    """What the options of a study say."""

    nodes: int | None
    minutes: float | None
    seed: int
    runs: int
    jobs: int
    out: Path | None
    pictures: Path | None
    markdown: bool
    as_json: bool


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that the studies of health share."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def study(name: str, plans: Sequence[Plan], wanted: Wanted) -> None:
    """
    Do the runs that are missing and show all.

    :raise Refusal: when the runs are too short, or a file cannot be read or written.
    """
    least = LEAST.get(name, 0.0)
    if wanted.minutes is not None and wanted.minutes < least:
        raise Refusal(f"The first minutes are not counted: give it {least:g} or more.", Exit.USAGE)
    seeds = range(wanted.seed, wanted.seed + wanted.runs)
    chosen = resized(plans, wanted.nodes, wanted.minutes, seeds)
    if wanted.pictures is not None:
        outputs.checked_folder(wanted.pictures)
    documents = all_of(chosen, wanted.jobs, wanted.out)
    if wanted.pictures is not None:
        _draw(name, documents, wanted.pictures)
    if wanted.as_json:
        click.echo("\n".join(json.dumps(one) for one in documents))
        return
    for sheet in sheets(name, documents):
        if wanted.markdown:
            click.echo(sheet.markdown)
        else:
            Console().print(_table(sheet))


def _table(sheet: Sheet) -> Table:
    shown = Table(title=sheet.title)
    for column in sheet.columns:
        shown.add_column(column, justify="right")
    for row in sheet.rows:
        shown.add_row(*row)
    return shown


def _draw(name: str, documents: Sequence[Document], folder: Path) -> None:
    from twisted_mule.studies.health.pictures import drawn  # noqa: PLC0415 - an extra

    try:
        for title, picture in drawn(name, documents).items():
            (folder / f"{title}.svg").write_text(picture, encoding="utf-8")
    except OSError as reason:
        raise Refusal(f"{folder} cannot be written ({reason.strerror}).") from reason
