"""One run of a study: played, projected to what each adversary sees, kept in a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
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
from twisted_mule.studies.leaks.secrets import ALL_A_SLOT, ALL_WINDOW, BOOT, SCENES, SLOT
from twisted_mule.studies.leaks.stage import BEGINNING, Design, Ours, Stage
from twisted_mule.studies.leaks.weaker import RIVALS

DESIGNS: Final[dict[str, Design]] = {one.name: one for one in (Ours(), *RIVALS)}
#: A coalition of one in twenty of all nodes.
MEMBERS: Final = FOLK // 20
#: Time for a last datagram behind the last window.
_TAIL: Final = 60.0
_LINKED: Final = ("t", "size")


@frozen
class Task:
    """
    One run: of which design, in which scene, the how-manieth, how many windows of 300 s long.

    :ivar slots: 0 for a run with two boots, of which the traces are kept, not the windows.
    """

    design: str
    scene: str
    slots: int
    number: int

    @property
    def path(self) -> Path:
        """Where it is kept, within the folder of the study."""
        return Path(self.design, f"{self.scene}-{self.slots}", f"{self.number:04}.npz")


def coalitions(chance: Chance, count: int) -> Iterator[list[int]]:
    """Groups of one in twenty nodes without a common member, each with one of the probers."""
    others = list(range(count, FOLK))
    chance.stream("coalitions", 0).shuffle(others)
    size = MEMBERS - 1
    for number in range(count):
        yield [number, *others[number * size : (number + 1) * size]]


def measured(trace: Trace, scene: Scene, slots: int, chance: Chance) -> dict[str, Floats]:
    """
    The windows of a run, by view: a row each.

    Every prober is a PEER of its own, and has a coalition; windows of the same seconds know of
    each other, which the comparison honours by never parting a run.
    """
    begin = BEGINNING + scene.warm
    part = trace.between(begin, begin + slots * SLOT + _TAIL)
    everything = windows(part, ALL, ALL_WINDOW, 0.0).values[: slots * ALL_A_SLOT]
    probers = [_of(part, [number]) for number in range(scene.probers)]
    together = [_of(part, members) for members in coalitions(chance, scene.probers)]
    every = View(Kind.COAL, 1.0)
    return {
        "ALL": everything,
        "PEER": np.concatenate([windows(one, PEER, SLOT, 0.0).values[:slots] for one in probers]),
        "COAL": np.concatenate([windows(one, every, SLOT, 0.0).values[:slots] for one in together]),
    }


def _of(trace: Trace, members: list[int]) -> Trace:
    return trace.only(np.isin(trace.peer, members))


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
    with without_cipher(), shared_reading():
        stage = Stage(scene, design, key)
        trace = stage.play(task.slots * SLOT + _TAIL if task.slots else BOOT)
    if not task.slots:
        return boots(trace)
    return measured(trace, scene, task.slots, stage.folk.chance)


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
