"""``mule study leaks``: what each secret of a node leaks, ours against weaker designs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from attrs import evolve
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from twisted_mule import __version__
from twisted_mule.audit.findings import Verdict
from twisted_mule.clauses import fingerprint
from twisted_mule.commands.judging import judging
from twisted_mule.commands.verb import Exit, Refusal
from twisted_mule.commands.workers import workers
from twisted_mule.studies.leaks import report
from twisted_mule.studies.leaks.looks import looked
from twisted_mule.studies.leaks.run import DESIGNS, Task, keep
from twisted_mule.studies.leaks.secrets import OURS, RIVALS, SECRETS
from twisted_mule.studies.leaks.study import (
    LOOKS,
    Cell,
    Plan,
    Score,
    StudyError,
    claim,
    scored,
    verdict,
)

#: How it ends when more looks are needed.
EXTEND: Final = 3
#: The pictures, by the names of their files.
PICTURES: Final = {"leaks-ours.svg": report.ours, "leaks-designs.svg": report.table}
#: Arguments of one function, call by call, and what does all of them.
Calls = Sequence[tuple[Any, ...]]
Many = Callable[[Callable[..., Any], Calls], Iterator[Any]]


@click.command()
@click.option("--out", "folder", metavar="DIR", type=Path, required=True, help="Keep runs there.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of all runs.")
@click.option(
    "--windows",
    type=click.IntRange(1),
    default=OURS.windows,
    show_default=True,
    help="Windows of each class at the first look, at least.",
)
@click.option(
    "--runs",
    type=click.IntRange(4),
    default=OURS.runs,
    show_default=True,
    help="Runs of each class that they come from.",
)
@click.option(
    "--weaker",
    nargs=2,
    type=click.IntRange(4),
    default=(RIVALS.windows, RIVALS.runs),
    show_default=True,
    metavar="WINDOWS RUNS",
    help="The same of the weaker designs.",
)
@click.option(
    "--looks",
    type=click.IntRange(1, LOOKS),
    default=LOOKS,
    show_default=True,
    help="Looks, each at twice as many runs, at what is undecided.",
)
@click.option("--design", "designs", multiple=True, type=click.Choice(list(DESIGNS)))
@click.option("--secret", "secrets", multiple=True, type=click.Choice(list(SECRETS)))
@click.option(
    "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Runs side by side."
)
@click.option("--json", "as_json", metavar="FILE", type=Path, help="Write it for programs.")
@click.option("--markdown", "as_page", metavar="FILE", type=Path, help="Write the tables.")
@click.option("--pictures", metavar="DIR", type=Path, help="Write the pictures there, as SVG.")
def leaks(
    folder: Path,
    *,
    seed: int,
    windows: int,
    runs: int,
    weaker: tuple[int, int],
    looks: int,
    designs: tuple[str, ...],
    secrets: tuple[str, ...],
    jobs: int,
    as_json: Path | None,
    as_page: Path | None,
    pictures: Path | None,
) -> None:
    """
    Say what each secret of a node leaks, and what it leaks of weaker designs.

    Many short runs of one node among scripted peers are played for two classes of each secret; a
    classifier that has seen other runs tells their windows apart, or it does not.  Every run is
    kept in the folder of --out: a call with the same folder goes on where the last one stopped.
    What came of it stands in docs/studies/leaks.md.

    \b
    Examples:
      mule study leaks --out leaks/
      mule study leaks --out small/ --windows 200 --runs 8 --looks 1 --secret cpu
      mule study leaks --out leaks/ --json leaks.json --pictures docs/studies

    \b
    Ends with:
      0  ours passes, and every weaker design fails
      1  ours fails, or a weaker design passes
      2  it cannot be done: the command line or the folder is wrong
      3  undecided: more looks are needed
    """  # noqa: D301
    plan = Plan(
        seed=seed,
        ours=evolve(OURS, windows=windows, runs=runs),
        rivals=evolve(RIVALS, windows=weaker[0], runs=weaker[1]),
        designs=designs,
        secrets=secrets,
        node=f"{__version__} {fingerprint()}",
    )
    with judging(), _refusing(folder):
        scores = _studied(plan, folder, looks, jobs)
        show(scores)
        _write(scores, seed, as_json, as_page, pictures)
    sys.exit(code(scores))


@contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    try:
        yield
    except StudyError as reason:
        raise Refusal(str(reason), Exit.USAGE) from reason
    except OSError as reason:
        raise Refusal(
            f"{reason.filename or folder}: {reason.strerror or reason}.", Exit.USAGE
        ) from reason


def _studied(plan: Plan, folder: Path, looks: int, jobs: int) -> list[Score]:
    claim(plan, folder)
    with _bar() as bar, _workers(jobs) as many:
        task = bar.add_task("runs")

        def play(tasks: list[Task]) -> None:
            bar.update(task, description="runs", total=len(tasks), completed=0)
            for _ in many(keep, [(one, plan.seed, folder) for one in tasks]):
                bar.advance(task)

        def rate(cells: list[Cell], look: int) -> Iterator[Score]:
            bar.update(task, description=f"look {look + 1}", total=len(cells), completed=0)
            for score in many(scored, [(plan, cell, look, folder) for cell in cells]):
                yield score
                bar.advance(task)

        return looked(plan, folder, looks, play, rate)


@contextmanager
def _workers(jobs: int) -> Iterator[Many]:
    """Who does many things: this process, one after the other, or others side by side."""
    if jobs == 1:
        yield _in_turn
        return
    with workers(jobs, runs=None) as pool:

        def side_by_side(function: Callable[..., Any], calls: Calls) -> Iterator[Any]:
            for future in as_completed([pool.submit(function, *call) for call in calls]):
                yield future.result()

        yield side_by_side


def _in_turn(function: Callable[..., Any], calls: Calls) -> Iterator[Any]:
    for call in calls:
        yield function(*call)


@contextmanager
def _bar() -> Iterator[Progress]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        yield bar


def show(scores: Sequence[Score]) -> None:
    """Our row in full, and all designs side by side."""
    console = Console()
    mine = report.lines(scores, "ours")
    if mine:
        console.print(_table("The node as it is", report.HEAD, mine))
    console.print(_table("All designs: AUC", *report.against(scores)))


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title)
    for name in head:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _write(
    scores: Sequence[Score],
    seed: int,
    as_json: Path | None,
    as_page: Path | None,
    pictures: Path | None,
) -> None:
    if as_json is not None:
        found = report.documents(scores, seed)
        as_json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if as_page is not None:
        mine = report.markdown(report.HEAD, report.lines(scores, "ours"))
        every = report.markdown(*report.against(scores))
        as_page.write_text(f"{mine}\n\n{every}\n", encoding="utf-8")
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        for name, draw in PICTURES.items():
            (pictures / name).write_text(draw(scores), encoding="utf-8")


def code(scores: Sequence[Score]) -> int:
    """How it ends, for scripts."""
    verdicts = {design: verdict(scores, design) for design in {one.cell.design for one in scores}}
    wanted = {design: Verdict.PASS if design == "ours" else Verdict.FAIL for design in verdicts}
    wrong = {design for design in verdicts if verdicts[design] is not wanted[design]}
    if not wrong:
        return 0
    decided = any(verdicts[design] is not Verdict.EXTEND for design in wrong)
    return 1 if decided else EXTEND
