"""Runs of the simulator side by side, each in a process of its own, and how they are shown."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from time import process_time
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from twisted_mule import __version__
from twisted_mule.commands.verb import Exit, Refusal
from twisted_mule.commands.workers import memory, workers
from twisted_mule.simulation.large_pages import large_pages
from twisted_mule.simulation.runs import run
from twisted_mule.simulation.scenario import Scenario
from twisted_mule.simulation.scenario_files import ScenarioError, altered, load, parse, shipped

Document = dict[str, Any]

_SOFTWARE: Final = f"twisted_mule {__version__}"
_POLL: Final = 0.2
#: Where a worker tells how far it is.
_told: Any = None


def listed() -> list[str]:
    """The scenarios that come with the program, a line each."""
    known = [(name, load(name)) for name in shipped()]
    return [
        f"{name:10} {one.title} ({one.nodes} nodes, {one.minutes:g} minutes)" for name, one in known
    ]


def planned(name: str, runs: int, changes: Mapping[str, object]) -> list[Scenario]:
    """
    The scenarios of so many runs, each with the seed after the last one's.

    :raise Refusal: when there is no such scenario, or it makes no sense.
    """
    try:
        if name.endswith(".toml"):
            found = parse(Path(name).read_text(encoding="utf-8"), name)
        else:
            found = load(name)
        base = altered(found, **changes)
        return [altered(base, seed=base.seed + number) for number in range(runs)]
    except ScenarioError as reason:
        raise Refusal(str(reason), Exit.USAGE) from reason
    except (OSError, UnicodeDecodeError) as reason:
        raise Refusal(f"{name} cannot be read ({reason}).", Exit.USAGE) from reason


def all_of(
    plans: list[Scenario], jobs: int | None, traces: Path | None, *, quiet: bool
) -> list[Document]:
    """
    All runs, so many at a time, by default one a core.

    :raise Refusal: when traces cannot be written, or a run was killed.
    """
    queue = multiprocessing.get_context("spawn").Queue()
    count = min(jobs or os.cpu_count() or 1, len(plans))
    with large_pages(), workers(count, _begin, queue) as pool, _bar(quiet=quiet) as bar:
        tasks = [bar.add_task(f"seed {plan.seed}", total=1.0) for plan in plans]
        futures = [
            pool.submit(_one, number, plan, None if traces is None else traces / f"{plan.seed}")
            for number, plan in enumerate(plans)
        ]
        for number, share in _progress(futures, queue):
            bar.update(tasks[number], completed=share)
        return [_outcome(future) for future in futures]


def _outcome(future: Future[Document]) -> Document:
    try:
        return future.result()
    except OSError as reason:
        raise Refusal(f"The traces cannot be written ({reason}).") from reason


def _progress(futures: list[Future[Document]], queue: Any) -> Iterator[tuple[int, float]]:
    """Who is how far, until all are done or one has failed."""
    while True:
        done, missing = wait(futures, timeout=0)
        for future in done:
            _outcome(future)
        try:
            yield queue.get(timeout=_POLL)
        except Empty:
            if not missing:
                return


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Progress]:
    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        yield bar


def _begin(queue: Any) -> None:
    global _told  # noqa: PLW0603 - a worker has one place to tell, given to it at its start
    _told = queue


def _one(number: int, plan: Scenario, traces: Path | None) -> Document:
    """One run in its own process, with what it cost."""
    before, began = memory(), process_time()
    document = run(plan, _SOFTWARE, traces, lambda share: _told.put((number, share)), _settled)
    seconds = process_time() - began
    return {
        **document,
        "cpu_seconds": round(seconds, 2),
        "times_real_time": round(plan.minutes * 60.0 / seconds, 2),
        "kib_per_node": round((memory() - before) / plan.nodes, 1),
    }


def _settled() -> None:
    # Who is there now stays: nobody need look through them for what can go.
    gc.collect()
    gc.freeze()


def show(documents: list[Document]) -> None:
    """A line a run."""
    Console().print(table(documents))


def table(documents: list[Document]) -> Table:
    """The runs side by side."""
    shown = Table(title=documents[0]["title"] or None)
    for name in ("seed", "nodes", "sent", "lookups", "nearest found"):
        shown.add_column(name, justify="right")
    for name in ("searches", "found", "speed", "fingerprint"):
        shown.add_column(name, justify="right")
    for one in documents:
        ended = sum(sort["ended"] for sort in one["lookups"].values())
        near = sum(
            (sort["closest_found"] or 0.0) * sort["ended"] for sort in one["lookups"].values()
        )
        found = one["searches"]["found"]
        shown.add_row(
            str(one["seed"]),
            str(one["present"]),
            str(one["sent"]),
            str(ended),
            f"{100 * near / ended:.0f} %" if ended else "-",
            str(one["searches"]["done"]),
            "-" if found is None else f"{100 * found:.0f} %",
            f"{one['times_real_time']:.1f} x",
            one["fingerprint"][:8],
        )
    return shown
