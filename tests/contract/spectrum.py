"""What a record of moments shows: how they crowd, and whether anything recurs with a period."""

from __future__ import annotations

from bisect import bisect_right
from cmath import exp
from collections.abc import Sequence
from math import log, pi
from statistics import median
from typing import Final

#: Frequencies that are looked at together; as many on either side say how strong they should be.
BESIDE: Final = 100
#: The chance that any peak of a spectrum without lines is above the limit.
FALSE_ALARM: Final = 1e-5


def strongest(moments: Sequence[float], step: float, size: int, longest: float) -> float:
    """
    How far the strongest line of a spectrum stands out, 1.0 being the limit.

    The power at each frequency (Rayleigh's periodogram) is compared with the median of its
    neighbours, so that broad hills, such as the one that any bounded interval makes, are no lines.
    In their absence the ratio is exponential; the limit is passed once in 100,000 spectra.

    :param moments: seconds; those beyond ``step * size`` after the first one are left out.
    :param step: the resolution in seconds; periods from twice this on are looked at.
    :param size: how many such steps, a power of two.
    :param longest: periods up to so many seconds are looked at.
    """
    powers = _powers(moments, step, size)
    limit = log(len(powers) / FALSE_ALARM) / log(2.0)  # an exponential law's median is ln 2
    highest = 0.0
    first = max(round(step * size / longest), 1)
    for start in range(first, len(powers), BESIDE):
        nearby = powers[max(start - BESIDE, first) : start + 2 * BESIDE]
        peak = max(powers[start : start + BESIDE])
        highest = max(highest, peak / (median(nearby) * limit))
    return highest


def _powers(moments: Sequence[float], step: float, size: int) -> list[float]:
    counts = [0j] * size
    for moment in moments:
        place = int((moment - moments[0]) / step)
        if place < size:
            counts[place] += 1.0
    mean = sum(counts) / size
    return [abs(one) ** 2 for one in _transformed([one - mean for one in counts])[: size // 2]]


def _transformed(numbers: list[complex]) -> list[complex]:
    """The discrete Fourier transform of as many numbers as a power of two."""
    size = len(numbers)
    if size == 1:
        return numbers
    even, odd = _transformed(numbers[::2]), _transformed(numbers[1::2])
    turned = [exp(-2j * pi * at / size) * odd[at] for at in range(size // 2)]
    lower = [one + other for one, other in zip(even, turned, strict=True)]
    return lower + [one - other for one, other in zip(even, turned, strict=True)]


def most_within(moments: Sequence[float], seconds: float) -> int:
    """The most of them that any such span of time holds."""
    return max(bisect_right(moments, one + seconds) - at for at, one in enumerate(moments))
