"""The tests themselves: numbers in, an effect with its bounds, its limit and its chance out."""

from __future__ import annotations

from math import ceil, log, sqrt
from typing import Final

import numpy as np
from attrs import evolve, frozen
from scipy import stats

from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.findings import (
    PASS_LEVEL,
    POWER,
    Finding,
    Verdict,
    judged,
    normal_bound,
    two_sided,
)

#: Percentiles at which slow values are cut off before means are compared (dudect's idea).
CROPS: Final = (100.0, 99.0, 95.0, 90.0, 75.0, 50.0)
#: What Welch's t may be at any of them (anonymity.md section 7).
WELCH: Final = 5.0
#: A difference of so many deviations must be able to show before cropped values pass.
CLEAR: Final = 0.1
#: Below so many numbers there is nothing to say.
FEW: Final = 10


@frozen
class Question:
    """
    What is asked of numbers.

    :ivar limit: what the effect may be.
    """

    channel: str
    adversary: str
    limit: float

    def found(
        self,
        statistic: str,
        effect: float,
        interval: tuple[float, float],
        n: int,
        chance: float,
        *,
        needed: int = 0,
        note: str = "",
    ) -> Finding:
        """The finding, judged alone."""
        return Finding(
            self.channel,
            self.adversary,
            statistic,
            effect,
            interval,
            self.limit,
            n,
            judged(interval[1], self.limit, chance),
            chance,
            needed,
            note,
        )

    def nothing(self, statistic: str, needed: int = 0, note: str = "no observations") -> Finding:
        """There is nothing to look at."""
        open_ = self.found(statistic, 0.0, (0.0, float("inf")), 0, 1.0, needed=needed, note=note)
        return evolve(open_, verdict=Verdict.EXTEND)


def exact(asked: Question, statistic: str, worst: float, n: int, note: str = "") -> Finding:
    """A bound that no healthy node ever breaks: one case is certain, none is enough."""
    if n == 0:
        return asked.nothing(statistic)
    chance = 0.0 if worst > asked.limit else 1.0
    return asked.found(statistic, worst, (worst, worst), n, chance, note=note)


def rare(asked: Question, statistic: str, cases: int, of: int) -> Finding:
    """
    A share that is far below its limit on any healthy node; its bounds are Clopper and Pearson's.

    Its chance is that of as many cases on a node that is at the limit.
    """
    needed = ceil(log(PASS_LEVEL) / log(1.0 - asked.limit))
    if not of:
        return asked.nothing(statistic, needed)
    low = float(stats.beta.ppf(PASS_LEVEL, cases, of - cases + 1)) if cases else 0.0
    high = float(stats.beta.isf(PASS_LEVEL, cases + 1, of - cases)) if cases < of else 1.0
    chance = float(stats.binom.sf(cases - 1, of, asked.limit))
    return asked.found(statistic, cases / of, (low, high), of, chance, needed=needed)


def distance_to(ordered: Floats, law: Floats) -> tuple[float, float]:
    """The Kolmogorov-Smirnov distance of sorted numbers from a law given by sorted draws."""
    size = len(ordered)
    below = np.searchsorted(law, ordered, side="right") / len(law)
    ranks = np.arange(size)
    apart = np.maximum(below - ranks / size, (ranks + 1) / size - below)
    at = int(apart.argmax())
    return float(apart[at]), float(ordered[at])


def law(asked: Question, sample: Floats, declared: Floats) -> Finding:
    """One-sample Kolmogorov-Smirnov test against a declared law, by its effect."""
    statistic = "KS distance from the law"
    needed = ceil(((_shown() + normal_bound(PASS_LEVEL) / 2.0) / asked.limit) ** 2)
    if not len(sample):
        return asked.nothing(statistic, needed)
    n = len(sample)
    apart, where = distance_to(np.sort(sample), declared)
    width = normal_bound(PASS_LEVEL) / (2.0 * sqrt(n))
    bounds = max(apart - width, 0.0), min(apart + width, 1.0)
    # The law itself is known by draws: what they may be off is no evidence.
    sure = max(apart - sqrt(log(2.0 / PASS_LEVEL) / (2.0 * len(declared))), 0.0)
    chance = float(stats.kstwo.sf(sure, n))
    return asked.found(
        statistic, apart, bounds, n, chance, needed=needed, note=f"farthest at {where:.4g} s"
    )


def _shown() -> float:
    """The distance, times the root of n, below which a sample of the law stays with ``POWER``."""
    return sqrt(-0.5 * log((1.0 - POWER) / 2.0))


def score(
    asked: Question, statistic: str, total: float, pairs: float, variance: float, *, note: str = ""
) -> Finding:
    """
    A sum of signs over ``pairs`` of them, as a correlation between -1 and 1.

    :param variance: of the sum, where there is no order.
    """
    if pairs <= 0 or variance <= 0:
        return asked.nothing(statistic)
    error, tau = sqrt(variance) / pairs, total / pairs
    reach = normal_bound(PASS_LEVEL / 2.0) * error
    bounds = max(abs(tau) - reach, 0.0), min(abs(tau) + reach, 1.0)
    both = normal_bound(PASS_LEVEL / 2.0) + normal_bound((1.0 - POWER) / 2.0)
    needed = ceil(pairs * (error * both / asked.limit) ** 2)
    return asked.found(
        statistic, tau, bounds, round(pairs), two_sided(tau / error), needed=needed, note=note
    )


def same_mean(asked: Question, one: Floats, other: Floats) -> Finding:
    """
    Two one-sided tests (TOST): the means differ by less than the limit, by Welch's standard error.

    The effect is the difference of the means.
    """
    statistic = "difference of means (TOST)"
    n = min(len(one), len(other))
    if n < FEW:
        return asked.nothing(statistic, note="too few observations")
    apart = float(one.mean() - other.mean())
    error = sqrt(float(one.var(ddof=1)) / len(one) + float(other.var(ddof=1)) / len(other))
    reach = normal_bound(PASS_LEVEL) * error
    chance = two_sided(apart / error) if error else float(apart == 0.0)
    both = normal_bound(PASS_LEVEL) + normal_bound((1.0 - POWER) / 2.0)
    needed = ceil(n * (error * both / asked.limit) ** 2)
    bounds = max(abs(apart) - reach, 0.0), abs(apart) + reach
    return asked.found(statistic, apart, bounds, n, chance, needed=needed)


def cropped(asked: Question, one: Floats, other: Floats) -> Finding:
    """
    Welch's t on what lies below several percentiles of both: the largest by size (dudect).

    It sees a difference that only the quick answers show.  That it stays small proves little, and
    nothing where there are so few that it could hardly be large.
    """
    statistic = "largest Welch t on cropped values"
    if min(len(one), len(other)) < FEW:
        return asked.nothing(statistic, note="too few observations")
    both = np.concatenate([one, other])
    worst, where = 0.0, CROPS[0]
    for crop in CROPS:
        edge = np.percentile(both, crop)
        left, right = one[one <= edge], other[other <= edge]
        if min(len(left), len(right)) < FEW:
            continue
        error = sqrt(float(left.var(ddof=1)) / len(left) + float(right.var(ddof=1)) / len(right))
        t = abs(float(left.mean() - right.mean())) / error if error else 0.0
        if t > worst:
            worst, where = t, crop
    chance = min(two_sided(worst) * len(CROPS), 1.0)
    n, needed = min(len(one), len(other)), clear(asked.limit)
    upper = worst if n >= needed else float("inf")
    note = f"on the lowest {where:g} %"
    return asked.found(statistic, worst, (worst, upper), n, chance, needed=needed, note=note)


def clear(deviations: float) -> int:
    """Numbers on each side with which ``CLEAR`` is so many standard errors, with ``POWER``."""
    return ceil(2.0 * ((deviations + normal_bound(1.0 - POWER)) / CLEAR) ** 2)


def same_share(asked: Question, one: tuple[int, int], other: tuple[int, int]) -> Finding:
    """Two shares, each as (cases, of how many): that they differ by less than the limit (TOST)."""
    statistic = "difference of shares (TOST)"
    n = min(one[1], other[1])
    if n < FEW:
        return asked.nothing(statistic, note="too few observations")
    shares = [cases / of for cases, of in (one, other)]
    # One more case on either side (Agresti and Caffo): a share of 1 is not known for certain.
    rough = [((cases + 1) / (of + 2), of + 2) for cases, of in (one, other)]
    error = sqrt(sum(share * (1.0 - share) / of for share, of in rough))
    apart = shares[0] - shares[1]
    reach = normal_bound(PASS_LEVEL) * error
    both = normal_bound(PASS_LEVEL) + normal_bound((1.0 - POWER) / 2.0)
    needed = ceil(n * (error * both / asked.limit) ** 2)
    bounds = max(abs(apart) - reach, 0.0), abs(apart) + reach
    return asked.found(statistic, apart, bounds, n, two_sided(apart / error), needed=needed)


def same_mix(asked: Question, one: Floats, other: Floats) -> Finding:
    """
    Counts by kind: the distance in total variation, chance by the chi-squared test.

    Chance makes the distance larger where there is none, and less so the more there is: nothing is
    taken off for the upper bound.

    :param one: how often each kind was seen.
    """
    statistic = "total variation of the mix"
    known = (one + other) > 0
    n = int(min(one.sum(), other.sum()))
    if n < FEW or known.sum() < 2:
        return asked.nothing(statistic, note="too few observations")
    shares = one / one.sum(), other / other.sum()
    apart = float(abs(shares[0] - shares[1]).sum()) / 2.0
    chance = float(stats.chi2_contingency(np.array([one[known], other[known]])).pvalue)
    scale = sqrt(1.0 / one.sum() + 1.0 / other.sum())
    middle = sum(np.sqrt(s * (1.0 - s)).sum() for s in shares) / 2.0
    noise = float(middle) * scale / sqrt(2.0 * np.pi)
    reach = normal_bound(PASS_LEVEL) * scale / 2.0
    most = noise + normal_bound(1.0 - POWER) * scale / 2.0 + reach
    needed = ceil(n * (most / asked.limit) ** 2)
    bounds = max(apart - noise - reach, 0.0), apart + reach
    return asked.found(statistic, apart, bounds, n, chance, needed=needed)
