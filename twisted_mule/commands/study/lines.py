"""Runs of studies: each in a process of its own, each a line of JSON that is not computed twice."""

from __future__ import annotations

import gc
import json
import multiprocessing
import resource
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from time import process_time
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from twisted_mule.commands.verb import Refusal
from twisted_mule.studies.health import churn, cost, growth
from twisted_mule.studies.health.plan import Plan
from twisted_mule.studies.health.plan import Progress as Told

Document = dict[str, Any]

_RUNS: Final[dict[str, Callable[[Plan, Told], Document]]] = {
    "churn": churn.run,
    "cost": cost.run,
    "growth": growth.run,
}


def known(out: Path | None) -> list[Document]:
    """
    What earlier runs left in a file.

    :raise Refusal: when it holds anything else.
    """
    if out is None or not out.exists():
        return []
    try:
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as reason:
        raise Refusal(f"{out} does not hold the lines of a study ({reason}).") from reason


def all_of(plans: Sequence[Plan], jobs: int, out: Path | None) -> list[Document]:
    """
    The figures of all plans: those in ``out`` are read, the others computed and appended to it.

    :raise Refusal: when ``out`` cannot be read or written.
    """
    found = known(out)
    missing = [plan for plan in plans if plan not in map(_plan, found)]
    for document in _computed(missing, jobs):
        found.append(document)
        if out is not None:
            _append(out, document)
    order = {plan: place for place, plan in enumerate(plans)}
    chosen = [one for one in found if _plan(one) in order]
    return sorted(chosen, key=lambda one: order[Plan(**one["plan"])])


def _plan(document: Document) -> Plan | None:
    """What a line is the outcome of; older lines may lack what came later."""
    return Plan.read(document.get("plan"))


def _append(out: Path, document: Document) -> None:
    try:
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(document) + "\n")
    except OSError as reason:
        raise Refusal(f"{out} cannot be written ({reason.strerror}).") from reason


def _computed(plans: Sequence[Plan], jobs: int) -> Iterator[Document]:
    """Each as soon as it is there, in a fresh interpreter: its memory is a figure."""
    if not plans:
        return
    context = multiprocessing.get_context("spawn")
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with (
        ProcessPoolExecutor(min(jobs, len(plans)), context, max_tasks_per_child=1) as pool,
        Progress(*columns, console=Console(stderr=True)) as bar,
    ):
        task = bar.add_task(plans[0].study, total=len(plans))
        futures: list[Future[Document]] = [pool.submit(_one, plan) for plan in plans]
        for future in as_completed(futures):
            document = future.result()
            bar.console.print(f"{document['title']}: {document['cpu_seconds']:.0f} s of CPU")
            bar.advance(task)
            yield document


def _one(plan: Plan) -> Document:
    # People and contacts stay: looking through them again and again is a third of the time.
    gc.set_threshold(50_000, 50, 100)
    before, began = _memory(), process_time()
    document = _RUNS[plan.study](plan, lambda _share: None)
    return {
        "plan": plan.document,
        "title": plan.title,
        "cpu_seconds": round(process_time() - began, 1),
        "kib_per_node": round((_memory() - before) / plan.nodes, 1),
        **document,
    }


def _memory() -> int:
    """The most that this process ever had resident, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
