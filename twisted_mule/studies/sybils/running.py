"""Runs of the study, each in a process of its own, in a file that says which are done."""

from __future__ import annotations

import gc
import json
import multiprocessing
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Final

from twisted_mule.studies.sybils.cells import Run
from twisted_mule.studies.sybils.measuring import Measures
from twisted_mule.studies.sybils.playing import played

Document = dict[str, Any]

STUDY: Final = "sybils"


def one(run: Run) -> Document:
    """The figures of one run, with what it was."""
    document = Measures(played(run.scenario)).document
    name, seed, nodes, minutes = run.key
    return {
        "study": STUDY,
        "cell": name,
        "seed": seed,
        "nodes": nodes,
        "minutes": minutes,
        **document,
    }


def computed(
    runs: Sequence[Run], jobs: int, work: Callable[[Run], Document] = one
) -> Generator[Document, None, None]:
    """What ``work`` makes of runs, so many at a time, as they come."""
    context = multiprocessing.get_context("spawn")  # a fresh interpreter, and its memory, for each
    workers = max(1, min(jobs, len(runs)))
    with ProcessPoolExecutor(workers, context, _settled, max_tasks_per_child=1) as pool:
        futures = [pool.submit(work, run) for run in runs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _settled() -> None:
    # People and contacts stay: looking through them again and again is a third of the time.
    gc.set_threshold(50_000, 50, 100)


def read(path: Path) -> list[Document]:
    """
    The runs of a file, each once; lines that are no run of this study are passed over.

    :raise OSError: when it cannot be read.
    """
    if not path.exists():
        return []
    found: dict[tuple[Any, ...], Document] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        document = _run_of(line)
        if document is not None:
            found[key_of(document)] = document
    return list(found.values())


def _run_of(line: str) -> Document | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    ours = isinstance(document, dict) and document.get("study") == STUDY
    return document if ours and {"cell", "seed", "nodes", "minutes"} <= document.keys() else None


def key_of(document: Document) -> tuple[str, int, int, float]:
    """What a run is known by, as :attr:`Run.key`."""
    return (document["cell"], document["seed"], document["nodes"], document["minutes"])


def missing(runs: Iterable[Run], done: Iterable[Document]) -> list[Run]:
    """The runs of a plan that are not among those that are done."""
    known = {key_of(document) for document in done}
    return [run for run in runs if run.key not in known]
