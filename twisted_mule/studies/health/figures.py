"""Small figures that several studies give: shares with their bounds, means, quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

#: Standard normal quantile of 97.5 %.
_Z: Final = 1.959964


def wilson(found: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927); all of it when nothing was looked at."""
    if not of:
        return 0.0, 1.0
    share, spread = found / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def ratio(part: float, whole: float, digits: int = 4) -> float | None:
    """``part`` of ``whole``; ``None`` of nothing."""
    return round(part / whole, digits) if whole else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which ``share`` of them lie; ``None`` of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2)


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """Median, upper decile and 99th percentile."""
    return {
        "median": quantile(values, 0.5),
        "p90": quantile(values, 0.9),
        "p99": quantile(values, 0.99),
    }


def share(found: int, of: int) -> dict[str, Any]:
    """A share, with its bounds."""
    low, high = wilson(found, of)
    return {
        "found": found,
        "of": of,
        "share": ratio(found, of),
        "low": round(low, 4),
        "high": round(high, 4),
    }
