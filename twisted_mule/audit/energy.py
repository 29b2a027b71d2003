"""The energy distance: it weighs all of two laws, where their largest step sees one place."""

from __future__ import annotations

from math import inf, sqrt
from typing import Final

import numpy as np
from attrs import frozen
from scipy import stats

from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.findings import PASS_LEVEL, Finding
from twisted_mule.audit.statistics import FEW, Question

#: Both distribution functions are looked at in so many places.
PLACES: Final = 200
STATISTIC: Final = "energy distance"


@frozen(eq=False)
class Places:
    """
    Where distribution functions are looked at.

    :ivar widths: of each place, in deviations of both samples together.
    """

    where: Floats
    widths: Floats

    def below(self, sample: Floats) -> Floats:
        """How many of ``sample`` are no larger than each place."""
        counts = np.searchsorted(np.sort(sample), self.where, side="right")
        return np.asarray(counts, dtype=np.float64)


@frozen(eq=False)
class Difference:
    """
    Of two distribution functions, at :class:`Places`.

    :ivar error: the covariance of ``apart``; ``freedom`` is that of its estimate.
    """

    apart: Floats
    error: Floats
    widths: Floats
    freedom: float = inf


def places(one: Floats, other: Floats) -> Places:
    """As many of both samples are between any two places."""
    both = np.concatenate([one, other])
    edges = np.unique(np.quantile(both, np.linspace(0.0, 1.0, PLACES + 1)))
    scale = float(both.std()) or 1.0
    return Places((edges[1:] + edges[:-1]) / 2.0, np.diff(edges) / scale)


def energy(asked: Question, one: Floats, other: Floats) -> Finding:
    """The energy distance of two samples of independent numbers, in units of their deviation."""
    n = min(len(one), len(other))
    if n < FEW:
        return asked.nothing(STATISTIC, note="too few observations")
    at = places(one, other)
    shares = [at.below(sample) / len(sample) for sample in (one, other)]
    error = sum(
        (np.minimum.outer(share, share) - np.outer(share, share)) / len(sample)
        for share, sample in zip(shares, (one, other), strict=True)
    )
    return measured(asked, Difference(shares[0] - shares[1], np.asarray(error), at.widths), n)


def measured(asked: Question, seen: Difference, n: int) -> Finding:
    """
    Twice the integral of the squared difference, less its noise, with ``n`` on the smaller side.

    Its bounds are the delta method's for the root of it, which is nearly normal: the farther from
    nothing, the larger the error of the distance itself.  Its chance is that of one squared normal
    number, or Student's: no sum of several has a heavier tail (Székely and Bakirov, 2003).
    """
    length, noise = float(seen.widths @ seen.apart**2), float(seen.widths @ np.diag(seen.error))
    excess, roots = max(2.0 * (length - noise), 0.0), np.sqrt(seen.widths)
    # In the direction in which least is known: that of the difference itself is known badly.
    most = 2.0 * float(np.linalg.eigvalsh(seen.error * np.outer(roots, roots)).max(initial=0.0))
    reach = float(stats.t.isf(PASS_LEVEL, seen.freedom)) * sqrt(max(most, 0.0))
    bounds = max(sqrt(excess) - reach, 0.0) ** 2, (sqrt(excess) + reach) ** 2
    chance = 2.0 * float(stats.t.sf(sqrt(length / noise), seen.freedom)) if noise else 1.0
    return asked.found(STATISTIC, excess, bounds, n, chance)
