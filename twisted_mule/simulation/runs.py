"""One run from its beginning to its figures, with traces where they are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from twisted_mule.clauses import fingerprint
from twisted_mule.recording.recorder import Recorder
from twisted_mule.recording.rows import Header, Pseudonyms
from twisted_mule.simulation.lean import shared_reading, without_cipher
from twisted_mule.simulation.measures import EVERY, Observer, document
from twisted_mule.simulation.person import Person
from twisted_mule.simulation.scenario import Scenario
from twisted_mule.simulation.world import World

_KEY: Final = 16


def run(
    scenario: Scenario,
    software: str = "",
    traces: Path | None = None,
    progress: Callable[[float], None] = lambda _share: None,
    settled: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """
    The figures of ``scenario``.

    :param software: what the traces say that they were written by.
    :param traces: a folder for them; what each node is, which is the secret of an experiment,
        stands in a file beside them.
    :param progress: told the share that is done, now and then.
    :param settled: called once everybody is there, before time passes.
    :raise OSError: when the traces cannot be written.
    """
    with ExitStack() as around:
        around.enter_context(shared_reading(scenario.people))
        if not scenario.obfuscation:
            around.enter_context(without_cipher())
        world = World(scenario)
        if traces is not None:
            _record(world, traces, software, around)
        observer = Observer(world)
        settled()
        end = scenario.minutes * 60.0
        while world.now < end:
            world.run(min(EVERY, end - world.now))
            observer.look()
            progress(min(world.now / end, 1.0))
        return document(world, observer)


def _record(world: World, folder: Path, software: str, around: ExitStack) -> None:
    """Have the first nodes recorded."""
    folder.mkdir(parents=True, exist_ok=True)
    scenario = world.scenario
    labels = around.enter_context((folder / "labels.jsonl").open("w", encoding="utf-8"))
    for person in world.people[: scenario.recorded]:
        name = f"node-{person.number:05d}.jsonl"
        file = around.enter_context((folder / name).open("w", encoding="utf-8"))
        key = world.chance.stream("pseudonyms", person.number).randbytes(_KEY)
        person.watch = recorder = Recorder(file, Pseudonyms(key))
        notes = {"title": scenario.title, "seed": scenario.seed, "node": person.number}
        recorder.begin(Header("simulator", software, fingerprint(), notes))
        labels.write(json.dumps({"trace": name, **_label(person)}) + "\n")


def _label(person: Person) -> dict[str, Any]:
    deceive = person.deceive
    return {
        "user": person.user.habit.value,
        "cost": person.model.cost,
        "pause": person.model.pause if person.model.every else 0.0,
        "hostile": None if deceive is None else deceive.malice.value,
    }
