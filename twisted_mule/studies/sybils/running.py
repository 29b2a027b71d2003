"""Runs of the study, and the file that says which are done."""

from __future__ import annotations

import json
from collections.abc import Iterable
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
