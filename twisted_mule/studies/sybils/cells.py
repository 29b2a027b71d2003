"""What is compared: cells, each one sort and strength of attack, and the scenario of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from attrs import field, frozen

from twisted_mule.simulation.scenario import Hostile, Scenario, Start

#: Nodes that are no attackers, minutes of a run, and runs of a cell, unless asked otherwise.
NODES: Final = 100
MINUTES: Final = 10.0
SEEDS: Final = 3
#: Victims of one run, each of which is looked at by itself.
VICTIMS: Final = 5


@frozen
class Cell:
    """
    One row of the study.

    :ivar name: by which a run of it is known; ``group`` is the table that it is in.
    :ivar shown: how it stands in the table.
    """

    name: str
    group: str
    shown: str
    hostile: Hostile = field(factory=Hostile)

    def scenario(self, nodes: int, minutes: float, seed: int) -> Scenario:
        """The network of one run; the cipher is left out, which changes no size and no time."""
        return Scenario(
            title=self.shown,
            nodes=nodes,
            minutes=minutes,
            seed=seed,
            obfuscation=False,
            start=Start(knows=50, within=30.0),
            hostile=self.hostile,
        )


def _sybils(count: int, bits: int = 32) -> Cell:
    name = f"sybils-{count}" if bits == 32 else f"sybils-{count}-{bits}-bits"
    shown = f"{count} Sybils" + (f", {bits} bits" if bits != 32 else "")
    return Cell(name, "sybils", shown, Hostile(sybils=count, bits=bits))


def _share(what: str, share: float) -> Cell:
    values: dict[str, Any] = {what: share}
    return Cell(f"{what}-{share:.0%}", "liars", f"{100 * share:.0f} % {what}", Hostile(**values))


def _encircled(count: int, *, newcomers: bool = False, bait: float = 0.0) -> Cell:
    kind = "newcomer" if newcomers else "settled"
    name = f"encircled-{kind}-{count}" + (f"-{bait:.0%}" if bait else "")
    shown = f"{count} around a {kind}" + (f", {100 * bait:.0f} % bait" if bait else "")
    hostile = Hostile(
        encirclers=count, victims=VICTIMS, newcomers=newcomers, bait=bait, onset=120.0
    )
    return Cell(name, "encircled", shown, hostile)


#: All cells, in the order of the tables.
CELLS: Final[tuple[Cell, ...]] = (
    *(_sybils(count) for count in (0, 5, 10, 20, 50, 100)),
    _sybils(20, bits=8),
    *(_share(what, share) for what in ("lying", "poisoning") for share in (0.1, 0.3)),
    _encircled(20),
    _encircled(50),
    _encircled(50, newcomers=True, bait=0.5),
)


@frozen
class Run:
    """One run of a cell."""

    cell: Cell
    seed: int
    nodes: int
    minutes: float

    @property
    def key(self) -> tuple[str, int, int, float]:
        """What it is known by in a file."""
        return (self.cell.name, self.seed, self.nodes, self.minutes)

    @property
    def scenario(self) -> Scenario:
        """The network of it."""
        return self.cell.scenario(self.nodes, self.minutes, self.seed)


def planned(cells: Iterable[Cell], first: int, seeds: int, nodes: int, minutes: float) -> list[Run]:
    """
    The runs, seed by seed, so that whoever stops early has some of each cell.

    Runs of the same seed have the same honest nodes in all cells.
    """
    chosen = tuple(cells)
    return [
        Run(cell, seed, nodes, minutes) for seed in range(first, first + seeds) for cell in chosen
    ]
