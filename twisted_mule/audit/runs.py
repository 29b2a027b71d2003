"""A against B by run: observations of one run know of each other, so runs are what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf, isfinite
from typing import Final

import numpy as np
from attrs import evolve, frozen
from scipy import stats

from twisted_mule.audit import statistics
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.energy import Difference, energy, measured, places
from twisted_mule.audit.findings import PASS_LEVEL, Finding, Verdict, judged
from twisted_mule.audit.samples import same_law
from twisted_mule.audit.statistics import CROPS, Question

#: Runs of each class from which it is no chance any more that all of one are on one side of all of
#: the other: 19 places times 2 of the 2,704,156 ways to part 24 runs are 1.4 in 100,000.
RUNS: Final = 12
#: Distribution functions are compared at these shares of both classes together.
_SHARES: Final = np.linspace(0.05, 0.95, 19)
Runs = Sequence[Floats]


@frozen(eq=False)
class Means:
    """
    How far the means of two classes of runs are apart, of one quantity or of several.

    :ivar error: of each, with its ``freedom`` (Welch, Satterthwaite).
    """

    apart: Floats
    error: Floats
    freedom: Floats

    def chance(self, least: Floats | float = 0.0) -> Floats:
        """
        Of each.

        :param least: the error that there is even where runs have no manners of their own.
        """
        error = np.maximum(self.error, least)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(self.apart == 0.0, 0.0, abs(self.apart) / error)
        return np.asarray(2.0 * stats.t.sf(t, self.freedom))

    @property
    def reach(self) -> float:
        """What the bounds of the least certain one are off its effect."""
        return float((stats.t.isf(PASS_LEVEL, self.freedom) * self.error).max(initial=0.0))


def means(one: Floats, other: Floats) -> Means:
    """Of numbers, a row a run."""
    sides = one, other
    parts = [side.var(axis=0, ddof=1) / len(side) for side in sides]
    total = parts[0] + parts[1]
    loss = sum(part**2 / (len(side) - 1) for part, side in zip(parts, sides, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.where(total > 0.0, total**2 / loss, float(len(one) + len(other) - 2))
    return Means(one.mean(axis=0) - other.mean(axis=0), np.sqrt(total), freedom)


def contributions(sums: Floats, sizes: Floats) -> Floats:
    """A row a run; their mean is that of all observations, so that long runs count for more."""
    middle = sums.sum(axis=0) / sizes.sum()
    return np.asarray(middle + (sums - np.multiply.outer(sizes, middle)) / sizes.mean())


def same_mean(asked: Question, one: Runs, other: Runs) -> Finding:
    """The means of all observations (TOST)."""
    sides = _kept(one, other)
    found = statistics.same_mean(asked, *map(_joined, sides))
    return _by_means(found, [([run.sum() for run in side], _sizes(side)) for side in sides])


def same_share(
    asked: Question, one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]
) -> Finding:
    """Shares, each run as (cases, of how many), taken together."""
    sides = [[run for run in side if run[1]] for side in (one, other)]
    totals = [(sum(run[0] for run in side), sum(run[1] for run in side)) for side in sides]
    found = statistics.same_share(asked, totals[0], totals[1])
    return _by_means(
        found, [([run[0] for run in side], [run[1] for run in side]) for side in sides]
    )


def same_distribution(channel: str, adversary: str, one: Runs, other: Runs) -> Finding:
    """The distance of Kolmogorov and Smirnov, its chance from several places of both laws."""
    sides = _kept(one, other)
    joined = [_joined(side) for side in sides]
    found = same_law(joined[0].tolist(), joined[1].tolist(), channel=channel, adversary=adversary)
    if _few(sides):
        return _left_open(found, sides)
    where = np.unique(np.quantile(np.concatenate(joined), _SHARES))
    below = [[(run[:, None] <= where).sum(axis=0) for run in side] for side in sides]
    return _by_places(found, below, [_sizes(side) for side in sides])


def same_mix(asked: Question, one: Runs, other: Runs) -> Finding:
    """Counts by kind, a row a run: total variation, its chance from that of each kind."""
    sides = [[run for run in side if run.any()] for side in (one, other)]
    totals = [np.sum(side, axis=0) if side else np.zeros(1) for side in sides]
    if not all(sides):
        return asked.nothing("total variation of the mix")
    found = statistics.same_mix(asked, totals[0], totals[1])
    if _few(sides):
        return _left_open(found, sides)
    sizes = [np.array([run.sum() for run in side]) for side in sides]
    shares = [total / total.sum() for total in totals]
    more = shares[0] > shares[1]
    together = _means([([run[more].sum() for run in side], size) for side, size in
                       zip(sides, sizes, strict=True)])  # fmt: skip
    return _widened(_by_places(found, sides, sizes), 0.0, together.reach)


def cropped(asked: Question, one: Runs, other: Runs) -> Finding:
    """Welch's t of runs on cropped values, as deviations of a normal law with the same chance."""
    sides = _kept(one, other)
    joined = [_joined(side) for side in sides]
    found = statistics.cropped(asked, joined[0], joined[1])
    if _few(sides) or not found.n:
        return _left_open(found, sides)
    chances = []
    for edge in np.percentile(np.concatenate(joined), CROPS):
        cut = [[run[run <= edge] for run in side] for side in sides]
        if min(sum(map(len, side)) for side in cut) >= statistics.FEW:
            chances.append(
                _means([([run.sum() for run in side], _sizes(side)) for side in cut]).chance()
            )
    least = min(map(float, chances))
    deviations = min(abs(found.effect), float(stats.norm.isf(least / 2.0)))
    upper = deviations if isfinite(found.interval[1]) else inf
    chance = max(found.chance, min(least * len(CROPS), 1.0))
    return _anew(evolve(found, effect=deviations, interval=(deviations, upper), chance=chance))


def same_energy(asked: Question, one: Runs, other: Runs) -> Finding:
    """The energy distance, its error that of the distribution functions of runs."""
    sides = _kept(one, other)
    joined = [_joined(side) for side in sides]
    found = energy(asked, joined[0], joined[1])
    if _few(sides) or not found.n:
        return _left_open(found, sides)
    at = places(joined[0], joined[1])
    rows = [
        contributions(np.array([at.below(run) for run in side]), _sizes(side)) for side in sides
    ]
    errors = [np.atleast_2d(np.cov(side.T)) / len(side) for side in rows]
    noise = [float(at.widths @ np.diag(error)) for error in errors]
    loss = sum(part**2 / (len(side) - 1) for part, side in zip(noise, sides, strict=True))
    freedom = sum(noise) ** 2 / loss if loss else inf
    apart = rows[0].mean(axis=0) - rows[1].mean(axis=0)
    runs = measured(asked, Difference(apart, errors[0] + errors[1], at.widths, freedom), found.n)
    wider = max(found, runs, key=lambda each: each.interval[1])
    return _anew(evolve(wider, chance=max(found.chance, runs.chance)))


# --- what the tests share ------------------------------------------------------------------------


def _kept(one: Runs, other: Runs) -> list[list[Floats]]:
    return [[run for run in side if len(run)] for side in (one, other)]


def _joined(side: Runs) -> Floats:
    return np.concatenate(side) if side else np.array([])


def _sizes(side: Runs) -> Floats:
    return np.array([len(run) for run in side], dtype=np.float64)


def _few(sides: Sequence[Sequence[object]]) -> bool:
    return min(map(len, sides)) < RUNS


def _left_open(found: Finding, sides: Sequence[Sequence[object]]) -> Finding:
    """So few runs show nothing, neither that all is well nor that it is not."""
    note = f"wants {RUNS} runs of each class, has {len(sides[0])} and {len(sides[1])}"
    open_ = evolve(found, interval=(0.0, inf), verdict=Verdict.EXTEND, chance=1.0)
    return evolve(open_, note=note if found.n else found.note)


def _means(sides: Sequence[tuple[Sequence[float], Sequence[float] | Floats]]) -> Means:
    rows = [
        contributions(np.asarray(sums, dtype=np.float64), np.asarray(sizes, dtype=np.float64))
        for sums, sizes in sides
    ]
    return means(rows[0], rows[1])


def _by_means(
    found: Finding, sides: Sequence[tuple[Sequence[float], Sequence[float] | Floats]]
) -> Finding:
    runs = [sums for sums, _ in sides]
    if _few(runs) or not found.n:
        return _left_open(found, runs)
    seen = _means(sides)
    return _widened(found, float(seen.chance()), seen.reach)


def _by_places(
    found: Finding, counts: Sequence[Sequence[Floats]], sizes: Sequence[Floats]
) -> Finding:
    """Several shares of the same observations: the rarest, as rare as it is among so many."""
    rows = [
        contributions(np.array(side, dtype=np.float64), size)
        for side, size in zip(counts, sizes, strict=True)
    ]
    seen, both = means(rows[0], rows[1]), sum(size.sum() for size in sizes)
    share = sum(np.sum(side, axis=0) for side in counts) / both
    least = np.sqrt(share * (1.0 - share) * sum(1.0 / size.sum() for size in sizes))
    chances = seen.chance(least)[(share > 0.0) & (share < 1.0)]
    chance = min(float(chances.min(initial=1.0)) * len(chances), 1.0)
    return _widened(found, chance, seen.reach)


def _widened(found: Finding, chance: float, reach: float) -> Finding:
    """Whichever is larger: the error of observations that know of nothing, or that of runs."""
    size, own = abs(found.effect), found.interval[1] - abs(found.effect)
    if reach > own:
        needed = ceil(found.needed * (reach / own) ** 2) if own > 0.0 else found.needed
        interval = max(size - reach, 0.0), size + reach
        found = evolve(found, interval=interval, needed=needed)
    return _anew(evolve(found, chance=max(found.chance, chance)))


def _anew(found: Finding) -> Finding:
    return evolve(found, verdict=judged(found.interval[1], found.limit, found.chance))
