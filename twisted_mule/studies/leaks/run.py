"""One run of a study: played, projected to what each adversary sees, kept in a file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from attrs import frozen

from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.features import windows
from twisted_mule.audit.views import ALL, PEER, Kind, Trace, View
from twisted_mule.kad.chance import Chance
from twisted_mule.simulation.lean import shared_reading, without_cipher
from twisted_mule.studies.leaks.folk import FOLK
from twisted_mule.studies.leaks.scene import Scene
from twisted_mule.studies.leaks.secrets import ALL_WINDOW, BOOT, SCENES, SLOT
from twisted_mule.studies.leaks.stage import BEGINNING, Design, Ours, Stage
from twisted_mule.studies.leaks.weaker import RIVALS

DESIGNS: Final[dict[str, Design]] = {one.name: one for one in (Ours(), *RIVALS)}
#: Coalitions by the views that are theirs: one in so many of all nodes.
ONE_IN: Final = {"COAL": 20, "COAL 1%": 100, "COAL 20%": 5}
#: Time for a last datagram behind the last window.
_TAIL: Final = 60.0
_LINKED: Final = ("t", "size")


@frozen
class Task:
    """
    One run: of which design, in which scene, the how-manieth, how many windows long.

    :ivar slots: 0 for a run with two boots, of which the traces are kept, not the windows.
    :ivar window: seconds of a window of one peer and of a coalition.
    """

    design: str
    scene: str
    slots: int
    number: int
    window: float = SLOT

    @property
    def path(self) -> Path:
        """Where it is kept, within the folder of the study."""
        hours = "" if self.window == SLOT else f"x{self.window:.0f}"
        return Path(self.design, f"{self.scene}-{self.slots}{hours}", f"{self.number:04}.npz")


def coalitions(chance: Chance, probers: int, view: str = "COAL") -> Iterator[list[int]]:
    """Groups of nodes without a common member, each with one of the probers."""
    count, size = min(probers, ONE_IN[view]), FOLK // ONE_IN[view]
    others = list(range(count, FOLK))
    chance.stream("coalitions", list(ONE_IN).index(view)).shuffle(others)
    for number in range(count):
        yield [number, *others[number * (size - 1) : (number + 1) * (size - 1)]]


def measured(trace: Trace, scene: Scene, task: Task, chance: Chance) -> dict[str, Floats]:
    """
    The windows of a run, by view: a row each.

    Every prober is a PEER of its own, and has coalitions; windows of the same seconds know of
    each other, which the comparison honours by never parting a run.
    """
    begin, whole = BEGINNING + scene.warm, task.slots * task.window
    part = trace.between(begin, begin + whole + _TAIL)
    each = ALL_WINDOW if task.window == SLOT else task.window
    found = {"ALL": windows(part, ALL, each, 0.0).values[: round(whole / each)]}
    found["PEER"] = _seen(part, PEER, ([number] for number in range(scene.probers)), task)
    for view in ONE_IN:
        groups = coalitions(chance, scene.probers, view)
        found[view] = _seen(part, View(Kind.COAL, 1.0), groups, task)
    return found


def _seen(part: Trace, view: View, groups: Iterable[list[int]], task: Task) -> Floats:
    """The windows of each of these groups."""
    parts = [part.only(np.isin(part.peer, members)) for members in groups]
    return np.concatenate(
        [windows(one, view, task.window, 0.0).values[: task.slots] for one in parts]
    )


def boots(trace: Trace) -> dict[str, Floats]:
    """What ALL sees of the boot before the restart, and of the one after it."""
    middle = BEGINNING + BOOT
    found: dict[str, Floats] = {}
    for name, begin, end in (("before", 0.0, middle), ("after", middle, middle + BOOT)):
        part = trace.between(begin, end)
        left = part.only(part.out)
        found |= {f"{name} {what}": getattr(left, what) for what in _LINKED}
    return found


def play(task: Task, seed: int) -> dict[str, Floats]:
    """
    The run itself, the same for the same seed.

    :return: arrays to be kept, by name.
    """
    scene, design = SCENES[task.scene], DESIGNS[task.design]
    key = f"leaks {seed} {task.design} {task.scene} {task.number}".encode()
    seconds = task.slots * task.window + _TAIL if task.slots else BOOT
    with without_cipher(), shared_reading():
        stage = Stage(scene, design, key)
        trace = stage.play(seconds)
    if not task.slots:
        return boots(trace)
    return measured(trace, scene, task, stage.folk.chance)


def keep(task: Task, seed: int, folder: Path) -> None:
    """
    Play a run and write it down, whole or not at all.

    :raise OSError: when it cannot be written.
    """
    path = folder / task.path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **play(task, seed))
    unfinished.replace(path)


def kept(task: Task, folder: Path) -> dict[str, Floats]:
    """
    A run that was written down.

    :raise OSError: when it is not there or cannot be read.
    """
    with np.load(folder / task.path) as file:
        return {name: file[name] for name in file.files}
