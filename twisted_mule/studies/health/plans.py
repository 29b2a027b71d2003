"""The runs that each study consists of, with the sizes that docs/studies reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import evolve

from twisted_mule.studies.health.plan import Plan

#: Lookups that study (b) tries besides the contract's: walk, finish, contacts a step, how many at
#: once; 0 where the contract's number stays.
VARIANTS: Final = (
    (24, 10, 0, 0),
    (34, 10, 0, 0),
    (0, 0, 11, 0),
    (24, 10, 11, 0),
    (34, 10, 11, 0),
)
PATIENT: Final = ((0, 0, 11, 0), (0, 0, 0, 4), (0, 0, 11, 4), (24, 10, 11, 4))
#: Sizes of study (e), minutes of each, and the share of nodes that ask.
GROWTH: Final = (
    (100, 2.5, 1.0),
    (300, 2.5, 1.0),
    (1_000, 2.5, 1.0),
    (1_000, 2.5, 0.2),
    (3_000, 2.5, 0.05),
    (10_000, 2.5, 0.02),
)
#: Minutes below which a study has nothing to count.
LEAST: Final = {"cost": 6.0}
_COST: Final = ("ours", "uncovered", "prompt", "imule")


def churn(part: str) -> tuple[Plan, ...]:
    """The runs of one experiment of study (b)."""
    ours = Plan("churn", part, "ours", 1_000, 6.0, 1, 0.5)
    match part:
        case "dead":
            some = evolve(ours, askers=0.1)
            many = evolve(some, nodes=10_000, minutes=4.0, askers=0.01)
            return some, evolve(some, breed="imule", minutes=7.0), *_tried(some, PATIENT), many
        case "variants":
            few = evolve(ours, nodes=200)
            return few, evolve(few, breed="imule", minutes=7.0), *_tried(few, VARIANTS)
        case "start":
            few = evolve(ours, nodes=200, minutes=20.0)
            return few, evolve(few, breed="imule")
        case _:
            few = evolve(ours, part="retrieval", nodes=40, minutes=675.0)
            return few, evolve(few, breed="imule")


def _tried(plan: Plan, numbers: Iterable[tuple[int, int, int, int]]) -> list[Plan]:
    return [evolve(plan, walk=w, finish=f, wanted=n, at_once=a) for w, f, n, a in numbers]


def cost() -> tuple[Plan, ...]:
    """The runs of study (d)."""
    return tuple(Plan("cost", "cost", breed, 60, 50.0, 1) for breed in _COST)


def growth() -> tuple[Plan, ...]:
    """The runs of study (e), and two about the contacts that a step asks for."""
    sizes = [
        Plan("growth", "growth", "ours", nodes, minutes, 1, askers=askers)
        for nodes, minutes, askers in GROWTH
    ]
    two = Plan("growth", "counts", "ours", 1_000, 4.0, 1, askers=0.2)
    return *sizes, two, evolve(two, wanted=11)


def resized(
    plans: Iterable[Plan], nodes: int | None, minutes: float | None, seeds: Sequence[int]
) -> list[Plan]:
    """The same runs with other sizes, each of them once and for each seed."""
    chosen: dict[Plan, None] = {}
    for plan in plans:
        for seed in seeds:
            size = plan.nodes if nodes is None else nodes
            length = plan.minutes if minutes is None else minutes
            chosen[evolve(plan, nodes=size, minutes=length, seed=seed)] = None
    return list(chosen)
