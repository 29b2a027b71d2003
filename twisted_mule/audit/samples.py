"""
Whether two lists of times have one law: by the size of the difference, not by its significance.

It needs no scientific package, so that tests and measurements without them can use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, log, sqrt
from typing import Final

from twisted_mule.audit.findings import PASS_LEVEL, POWER, Finding, Verdict, judged, normal_bound

#: The largest distance of two laws that counts as none (anonymity.md section 7).
DISTANCE: Final = 0.03


def same_law(
    one: Sequence[float],
    other: Sequence[float],
    *,
    channel: str = "send times",
    adversary: str = "ALL",
    limit: float = DISTANCE,
) -> Finding:
    """
    Whether two samples, of gaps or of lateness say, come from one law.

    The effect is the distance of Kolmogorov and Smirnov: the largest difference of the shares
    below any value.  It passes if its upper bound is within ``limit``; it fails if a distance as
    large is hardly ever seen between samples of one law; else more data are needed.

    :param one: numbers that are independent, or nearly so.
    :return: with ``n`` of the smaller side, and how many each side needs.
    """
    if not one or not other:
        return Finding(
            channel, adversary, _STATISTIC, 0.0, (0.0, 1.0), limit, 0, Verdict.EXTEND, 1.0,
            needed(limit), "one side is empty",
        )  # fmt: skip
    apart, where = distance(one, other)
    scale = sqrt(1.0 / len(one) + 1.0 / len(other))
    upper = min(apart + normal_bound(PASS_LEVEL) * scale / 2.0, 1.0)
    lower = max(apart - normal_bound(PASS_LEVEL) * scale / 2.0, 0.0)
    chance = min(2.0 * exp(-2.0 * (apart / scale) ** 2), 1.0)
    return Finding(
        channel,
        adversary,
        _STATISTIC,
        apart,
        (lower, upper),
        limit,
        min(len(one), len(other)),
        judged(upper, limit, chance),
        chance,
        needed(limit),
        f"farthest apart at {where:.6g}",
    )


_STATISTIC: Final = "KS distance of two samples"


def distance(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The Kolmogorov-Smirnov distance of two samples, and the value at which it is reached."""
    left, right = sorted(one), sorted(other)
    worst, where, seen, beside = 0.0, left[0], 0, 0
    for value in sorted({*left, *right}):
        while seen < len(left) and left[seen] <= value:
            seen += 1
        while beside < len(right) and right[beside] <= value:
            beside += 1
        apart = abs(seen / len(left) - beside / len(right))
        if apart > worst:
            worst, where = apart, value
    return worst, where


def needed(limit: float) -> int:
    """
    How many numbers each side needs, so that two samples of one law pass with ``POWER``.

    The distance that they show by chance (its quantile at ``POWER``, by Smirnov's limit law) and
    the width of its bound must fit into ``limit`` together.
    """
    shown = sqrt(-0.5 * log((1.0 - POWER) / 2.0))
    return ceil(2.0 * ((shown + normal_bound(PASS_LEVEL) / 2.0) / limit) ** 2)
