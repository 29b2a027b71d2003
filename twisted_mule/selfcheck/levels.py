"""
At which level a look calls a clause broken, so that a healthy node hardly ever sees it.

Windows slide and are looked at every minute, so one look must be nearly certain: the false alarms
that all looks of a year may cause together are shared out among them (Bonferroni; it needs no
independence, which overlapping windows do not have).  All limits are inequalities that hold for
every sample size, not approximations for large ones.
"""

from __future__ import annotations

from math import ceil, log, sqrt
from typing import Final

from twisted_mule import contract
from twisted_mule.status import Finding

#: Seconds between two looks.
LOOK_EVERY: Final = 60.0
LOOKS_PER_YEAR: Final = 365.25 * 86_400.0 / LOOK_EVERY
#: False alarms of a healthy node that all statistical tests together may cause in a year.
FALSE_PER_YEAR: Final = 0.1
#: Tests in one look: five distances, ten lags, one order, three shares; one is spare.
TESTS: Final = 20
LEVEL: Final = FALSE_PER_YEAR / (LOOKS_PER_YEAR * TESTS)
#: A distance is enough to call a law kept once the limit is as fine as this.
FINE: Final = 0.1
#: Lateness beyond which the machine would show: medians differ, or the tail outgrows what the
#: model calls harmless (78 ms at p99 are not seen, pauses of 300 ms are; anonymity.md 3.2 and 4).
LATE_MEDIAN: Final = 0.010
LATE_P99: Final = 0.100
#: Departures, or request places, below which a share or a quantile tells nothing.
ENOUGH: Final = 600
#: A place for a request may stay empty this often while every permitted target is at its limit.
REQUEST_SHARE: Final = 0.95
#: With fewer contacts their limits empty places on a healthy node: 23 fill them all, 11 do not.
ENOUGH_CONTACTS: Final = 20
#: The mix of sorts of lookup over an hour, and lookups below which it is not judged.
_PACK: Final = contract.PACK_STORES + contract.PACK_VALUES + contract.PACK_NODES
MIX: Final = {
    "store": contract.PACK_STORES / _PACK,
    "value": contract.PACK_VALUES / _PACK,
    "node": contract.PACK_NODES / _PACK,
}
ENOUGH_LOOKUPS: Final = 100
#: Seconds after which a state that was not saved again is not kept.
STALE: Final = 1200.0
#: Datagrams that must have come before silence about defects means anything.
ENOUGH_RECEIVED: Final = 20
#: Rounding of times that are computed in two ways, and of a timer that fires early.
ROUNDING: Final = 1e-6
TIMER: Final = 1e-3


def distance_limit(n: int, level: float = LEVEL) -> float:
    """
    What a Kolmogorov-Smirnov distance exceeds with a chance below ``level``.

    The inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant; for shares it is
    Hoeffding's.
    """
    return 1.0 if n == 0 else min(sqrt(log(2.0 / level) / (2.0 * n)), 1.0)


def deviation_limit(level: float = LEVEL) -> float:
    """How many standard deviations a sum of independent uniform signs or ranks may be off."""
    return sqrt(2.0 * log(2.0 / level))


def product_limit(n: int, variance: float, bound: float, level: float = LEVEL) -> float:
    """
    What the mean of ``n`` products may be off, by Bernstein's inequality.

    :param variance: that of one product; ``bound`` is its largest size.
    """
    if n <= 0:
        return bound
    evidence = log(2.0 / level)
    edge = bound * evidence / 3.0
    return (edge + sqrt(edge * edge + 2.0 * n * variance * evidence)) / n


def enough_for(distance: float) -> int:
    """Observations from which the limit of a distance is below ``distance``."""
    return ceil(log(2.0 / LEVEL) / (2.0 * distance**2))


#: Observations that show a law to be kept.
ENOUGH_FOR_LAW: Final = enough_for(FINE)


def judged(figure: float, limit: float, n: int, enough: int = 1) -> Finding:
    """Broken above the limit, kept below it once ``n`` is ``enough``."""
    if n > 0 and figure > limit:
        return Finding.BROKEN
    return Finding.KEPT if n >= enough else Finding.UNKNOWN
