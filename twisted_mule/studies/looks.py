"""The course of study (a): play what is missing, judge, and look again at what is undecided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from twisted_mule.audit.findings import Verdict
from twisted_mule.studies.leaks import (
    LOOKS,
    Cell,
    Plan,
    Score,
    judged,
    remember,
    remembered,
    scored,
    verdict,
)
from twisted_mule.studies.run import Task

#: Plays runs, somewhere, and writes them down.
Play = Callable[[list[Task]], None]
#: Told what is being done, in a line.
Tell = Callable[[str], None]


def looked(plan: Plan, folder: Path, looks: int, play: Play, tell: Tell) -> list[Score]:
    """
    The table of a plan, after so many looks at the most.

    A place that is neither PASS nor FAIL is looked at again with twice as many runs; that of a
    weaker design only until its row fails, for more is not asked of it.

    :raise OSError: when the folder cannot be read or written.
    """
    known = remembered(folder)
    scores: dict[Cell, Score] = {}
    open_ = plan.cells()
    for look in range(min(looks, LOOKS)):
        secrets = {(cell.design, cell.secret) for cell in open_}
        wanted = [
            (design, secret, look)
            for design, secret in plan.pairs()
            if (design, secret.name) in secrets
        ]
        play(plan.missing(wanted, folder))
        for place, cell in enumerate(open_):
            tell(f"look {look + 1}: {place + 1} of {len(open_)}, {cell.design} {cell.secret}")
            scores[cell] = _scored(plan, cell, look, folder, known)
        table = judged(list(scores.values()))
        open_ = undecided(table)
        if not open_:
            break
    return judged(list(scores.values()))


def _scored(
    plan: Plan, cell: Cell, look: int, folder: Path, known: dict[tuple[Cell, int, int], Score]
) -> Score:
    key = (cell, *plan.size(cell, look))
    if key not in known:
        known[key] = scored(plan, cell, look, folder)
        remember(known.values(), folder)
    return known[key]


def undecided(scores: Sequence[Score]) -> list[Cell]:
    """The places that deserve another look."""
    return [
        score.cell
        for score in scores
        if score.finding.verdict is Verdict.EXTEND
        and (score.cell.design == "ours" or verdict(scores, score.cell.design) is Verdict.EXTEND)
    ]
