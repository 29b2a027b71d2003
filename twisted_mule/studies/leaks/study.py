"""Study (a): what each secret of a node leaks, ours against weaker designs, each look judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from attrs import asdict, evolve, frozen
from scipy import stats

from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.classifier import TURNS, grouped, told_apart
from twisted_mule.audit.findings import (
    FAMILY,
    PASS_LEVEL,
    Finding,
    Verdict,
    overall,
    settled,
)
from twisted_mule.audit.linking import linked
from twisted_mule.audit.statistics import Question
from twisted_mule.audit.views import NONE, Trace
from twisted_mule.recording.rows import Header
from twisted_mule.studies.leaks.run import DESIGNS, Task, kept
from twisted_mule.studies.leaks.secrets import OURS, RIVALS, SECRETS, Scale, Secret

#: As often as this anybody may look, each time at twice as many runs; errors are split among them.
LOOKS: Final = 3
#: Of each boot so much is left out where two are linked: the hold after a start.
_SKIP: Final = 120.0
#: A plan is written here: no two of them may share a folder.
PLAN: Final = "plan.json"
SCORES: Final = "scores.json"
#: The comparison of like with like: it tells of the test, not of the design.
NULL: Final = "null"


class StudyError(ValueError):
    """The study cannot be made; the text says why in one sentence."""


@frozen
class Cell:
    """One place of the table: who could tell what of which design."""

    design: str
    secret: str
    view: str


@frozen
class Score:
    """
    What was found in one place of the table.

    :ivar runs: of each class; ``slots`` is how long each was, in windows.
    """

    cell: Cell
    runs: int
    slots: int
    finding: Finding


@frozen
class Plan:
    """
    What is to be played and compared.

    :ivar designs, secrets: names; those of all if empty.
    :ivar node: which node it is that plays, its numbers included.
    """

    seed: int = 1
    ours: Scale = OURS
    rivals: Scale = RIVALS
    designs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    node: str = ""

    def scale(self, design: str) -> Scale:
        """How much is played of a design."""
        return self.ours if design == "ours" else self.rivals

    def pairs(self) -> Iterator[tuple[str, Secret]]:
        """Every design with every secret that it is asked about."""
        for design in DESIGNS:
            for secret in SECRETS.values():
                chosen = design in (self.designs or DESIGNS)
                chosen &= secret.name in (self.secrets or SECRETS)
                if chosen and (design == "ours" or secret.rivals):
                    yield design, secret

    def cells(self) -> list[Cell]:
        """The table, row by row."""
        return [
            Cell(design, secret.name, view)
            for design, secret in self.pairs()
            for view in secret.limits
        ]

    def size(self, cell: Cell, look: int) -> tuple[int, int]:
        """Runs of each class at a look, and their slots; of two boots there are none."""
        scale, secret = self.scale(cell.design), SECRETS[cell.secret]
        slots = 0 if "LINK" in secret.limits else scale.slots(secret)
        return scale.wanted(secret, look), slots

    def tasks(self, design: str, secret: Secret, look: int) -> tuple[list[Task], list[Task]]:
        """The runs of both classes for a look."""
        runs, slots = self.size(Cell(design, secret.name, ""), look)
        one, other = (
            [Task(design, scene, slots, number, secret.window) for number in range(runs)]
            for scene in (secret.one, secret.other)
        )
        return one, other

    def missing(self, wanted: Iterable[tuple[str, Secret, int]], folder: Path) -> list[Task]:
        """The runs that these looks need and that nobody has played yet."""
        tasks: dict[Task, None] = {}
        for design, secret, look in wanted:
            for side in self.tasks(design, secret, look):
                tasks.update(dict.fromkeys(side))
        return [task for task in tasks if not (folder / task.path).exists()]


def claim(plan: Plan, folder: Path) -> None:
    """
    Make the folder that of this plan.

    :raise StudyError: when it has runs of another one, or nothing is to be played.
    :raise OSError: when it cannot be written.
    """
    if not plan.cells():
        raise StudyError("No design that was named is asked about these secrets; name another one.")
    folder.mkdir(parents=True, exist_ok=True)
    mine = {"study": "leaks", "seed": plan.seed, "node": plan.node}
    path = folder / PLAN
    if not path.exists():
        path.write_text(json.dumps(mine) + "\n", encoding="utf-8")
    try:
        theirs = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        theirs = None
    if theirs != mine:
        raise StudyError(
            f"{folder} has runs of another study, another seed or another version of the node; "
            "name another folder."
        )


# --- what was found ------------------------------------------------------------------------------


def scored(plan: Plan, cell: Cell, look: int, folder: Path, turns: int = TURNS) -> Score:
    """
    One place of the table at one look.

    :raise OSError: when one of its runs is not there.
    """
    secret = SECRETS[cell.secret]
    one, other = plan.tasks(cell.design, secret, look)
    asked = Question(cell.secret, cell.view, secret.limits[cell.view])
    if cell.view == "LINK":
        found = _linked(asked, [kept(task, folder) for task in one])
        return Score(cell, *plan.size(cell, look), split(found, _normal))
    sides = [[kept(task, folder)[cell.view] for task in side] for side in (one, other)]
    found, _ = told_apart(asked, grouped(*sides), turns)
    return Score(cell, *plan.size(cell, look), split(found, lambda level: _student(level, turns)))


def _linked(asked: Question, runs: Sequence[Mapping[str, Floats]]) -> Finding:
    sides = [[_trace(run, name) for run in runs] for name in ("before", "after")]
    found = linked(sides[0], sides[1], _SKIP)
    return evolve(found, channel=asked.channel, limit=asked.limit)


def _trace(run: Mapping[str, Floats], name: str) -> Trace:
    """What ALL saw of one boot: times and sizes of what left."""
    times, size = run[f"{name} t"], run[f"{name} size"].astype(np.int64)
    none, nobody = np.full(len(times), NONE, dtype=np.int64), np.zeros(len(times), dtype=np.int64)
    out, blind = np.ones(len(times), dtype=bool), np.zeros(len(times), dtype=bool)
    header = Header("simulator", "study")
    return Trace(name, header, times, out, nobody, size, none, (), none, blind, blind)


def _student(level: float, turns: int) -> float:
    return float(stats.t.isf(level, df=turns - 1))


def _normal(level: float) -> float:
    return float(stats.norm.isf(level))


def split(found: Finding, bound: Callable[[float], float]) -> Finding:
    """The finding with the wider bounds of one look of several."""
    low, high = found.interval
    if not np.isfinite(high):
        return found
    reach = max(high - found.effect, found.effect - low)  # one end may be cut off at 0 or 1
    reach *= bound(PASS_LEVEL / LOOKS) / bound(PASS_LEVEL)
    return evolve(found, interval=(found.effect - reach, found.effect + reach))


def judged(scores: Sequence[Score]) -> list[Score]:
    """
    The verdicts, those of each design together (Holm), with the errors of one look of several.

    A secret whose AUC itself has a limit passes with both.
    """
    done: list[Score] = []
    for design in DESIGNS:
        row = [score for score in scores if score.cell.design == design]
        findings = settled([score.finding for score in row], FAMILY / LOOKS)
        done += [
            evolve(score, finding=_within(finding, SECRETS[score.cell.secret].most))
            for score, finding in zip(row, findings, strict=True)
        ]
    return done


def _within(finding: Finding, most: float) -> Finding:
    """Nothing passes whose effect itself is too large, whatever its bounds."""
    if finding.verdict is not Verdict.PASS or finding.effect <= most:
        return finding
    return evolve(finding, verdict=Verdict.EXTEND)


def verdict(scores: Sequence[Score], design: str) -> Verdict:
    """Of a whole row, but for the null and what is reported only."""
    row = [score for score in scores if score.cell.design == design]
    return overall([score.finding for score in row if counts(score.cell)])


def counts(cell: Cell) -> bool:
    """Whether a verdict hangs on this place."""
    return cell.secret != NULL and not SECRETS[cell.secret].shown


# --- what was found before -----------------------------------------------------------------------


def remembered(folder: Path) -> dict[tuple[Cell, int, int], Score]:
    """
    Scores of an earlier call, by place, runs and slots; a folder without any has none.

    :raise StudyError: when they cannot be read.
    """
    path = folder / SCORES
    if not path.exists():
        return {}
    try:
        found = [_score(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, KeyError) as reason:
        raise StudyError(f"{path} cannot be read; delete it: the runs are judged anew.") from reason
    return {(score.cell, score.runs, score.slots): score for score in found}


def remember(scores: Iterable[Score], folder: Path) -> None:
    """Write scores down, all of them or none."""
    rows = [document(score) for score in scores]
    unfinished = (folder / SCORES).with_suffix(".part")
    unfinished.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(folder / SCORES)


def document(score: Score) -> dict[str, Any]:
    """A score for programs."""
    row = asdict(score)
    row["finding"]["verdict"] = score.finding.verdict.value
    return row


def _score(row: dict[str, Any]) -> Score:
    finding = dict(row["finding"])
    finding["verdict"] = Verdict(finding["verdict"])
    finding["interval"] = tuple(finding["interval"])
    return Score(Cell(**row["cell"]), row["runs"], row["slots"], Finding(**finding))
