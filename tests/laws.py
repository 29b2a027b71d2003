"""The distributions that the contract declares, and how far a sample is from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def beta_2_2_cdf(x: float) -> float:
    """The share of a Beta(2,2) law below ``x``."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)


def ks_distance(sample: Sequence[float], cdf: Callable[[float], float]) -> float:
    """The Kolmogorov-Smirnov distance of ``sample`` from a law."""
    size = len(sample)
    return max(
        max(cdf(x) - rank / size, (rank + 1) / size - cdf(x))
        for rank, x in enumerate(sorted(sample))
    )


def kendall_tau(pairs: Sequence[tuple[float, float]]) -> float:
    """Kendall's rank correlation of pairs without ties."""
    score = total = 0
    for i, (a, b) in enumerate(pairs):
        for c, d in pairs[i + 1 :]:
            score += 1 if (a - c) * (b - d) > 0 else -1
            total += 1
    return score / total
