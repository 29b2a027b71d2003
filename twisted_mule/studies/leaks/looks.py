"""The course of study (a): play what is missing, judge, and look again at what is undecided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from twisted_mule.audit.findings import Verdict
from twisted_mule.studies.leaks.run import Task
from twisted_mule.studies.leaks.secrets import SECRETS
from twisted_mule.studies.leaks.study import (
    LOOKS,
    Cell,
    Plan,
    Score,
    judged,
    remember,
    remembered,
    verdict,
)

#: Plays runs, somewhere, and writes them down.
Play = Callable[[list[Task]], None]
#: Scores places of the table at a look, in any order.
Rate = Callable[[list[Cell], int], Iterator[Score]]


def looked(plan: Plan, folder: Path, looks: int, play: Play, rate: Rate) -> list[Score]:
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
        fresh = [cell for cell in open_ if (cell, *plan.size(cell, look)) not in known]
        for score in rate(fresh, look):
            known[score.cell, score.runs, score.slots] = score
            remember(known.values(), folder)
        scores |= {cell: known[(cell, *plan.size(cell, look))] for cell in open_}
        open_ = undecided(judged(list(scores.values())))
        if not open_:
            break
    return judged(list(scores.values()))


def undecided(scores: Sequence[Score]) -> list[Cell]:
    """The places that deserve another look."""
    return [
        score.cell
        for score in scores
        if score.finding.verdict is Verdict.EXTEND
        and not SECRETS[score.cell.secret].shown
        and (score.cell.design == "ours" or verdict(scores, score.cell.design) is Verdict.EXTEND)
    ]
