"""Runs of studies: each in a process of its own, each a line of JSON that is not computed twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import closing
from pathlib import Path
from time import process_time
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from twisted_mule.commands import outputs
from twisted_mule.commands.verb import Refusal
from twisted_mule.commands.workers import memory, workers
from twisted_mule.studies.health import churn, cost, growth
from twisted_mule.studies.health.plan import Plan
from twisted_mule.studies.health.plan import Progress as Told

Document = dict[str, Any]

_RUNS: Final[dict[str, Callable[[Plan, Told], Document]]] = {
    "churn": churn.run,
    "cost": cost.run,
    "growth": growth.run,
}


def known(out: Path | None) -> dict[Plan, Document]:
    """
    What earlier runs left in a file; lines that are no run of these studies are passed over.

    :raise Refusal: when it cannot be read.
    """
    if out is None or not out.exists():
        return {}
    try:
        text = out.read_text(encoding="utf-8", errors="replace")
    except OSError as reason:
        raise Refusal(f"{out} cannot be read ({reason.strerror}).") from reason
    return dict(run for line in text.splitlines() if (run := _run(line)) is not None)


def _run(line: str) -> tuple[Plan, Document] | None:
    """What a line is the outcome of; older lines may lack what came later."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    plan = Plan.read(document.get("plan")) if isinstance(document, dict) else None
    return None if plan is None else (plan, document)


def all_of(plans: Sequence[Plan], jobs: int, out: Path | None) -> list[Document]:
    """
    The figures of all plans: those in ``out`` are read, the others computed and appended to it.

    :raise Refusal: when ``out`` cannot be read or written, or a run was killed.
    """
    if out is not None:
        outputs.checked_file(out, lines=True)
    found = known(out)
    missing = [plan for plan in plans if plan not in found]
    # Who cannot keep a run ends the others at once.
    with closing(_computed(missing, jobs)) as coming:
        for plan, document in coming:
            found[plan] = document
            if out is not None:
                outputs.append(out, [document])
    return [found[plan] for plan in plans]


def _computed(plans: Sequence[Plan], jobs: int) -> Generator[tuple[Plan, Document], None, None]:
    """Each as soon as it is there, in a fresh interpreter: its memory is a figure."""
    if not plans:
        return
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with (
        workers(min(jobs, len(plans))) as pool,
        Progress(*columns, console=Console(stderr=True)) as bar,
    ):
        task = bar.add_task(plans[0].study, total=len(plans))
        futures: dict[Future[Document], Plan] = {pool.submit(_one, plan): plan for plan in plans}
        for future in as_completed(futures):
            document = future.result()
            bar.console.print(f"{document['title']}: {document['cpu_seconds']:.0f} s of CPU")
            bar.advance(task)
            yield futures[future], document


def _one(plan: Plan) -> Document:
    before, began = memory(), process_time()
    document = _RUNS[plan.study](plan, lambda _share: None)
    return {
        "plan": plan.document,
        "title": plan.title,
        "cpu_seconds": round(process_time() - began, 1),
        "kib_per_node": round((memory() - before) / plan.nodes, 1),
        **document,
    }
