"""The laws that the contract declares, as distribution functions."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Final

from twisted_mule import contract

#: Mean and variance of a tick interval: Beta(2,2) has 1/2 and 1/20.
INTERVAL_MEAN: Final = contract.TICK_BASE + contract.TICK_SPREAD / 2.0
INTERVAL_VARIANCE: Final = contract.TICK_SPREAD**2 / 20.0
_STEPS: Final = 125


def beta_2_2_cdf(x: float) -> float:
    """The share of a Beta(2,2) law below ``x``."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)


def interval_cdf(seconds: float) -> float:
    """The share of tick intervals below ``seconds``."""
    return beta_2_2_cdf((seconds - contract.TICK_BASE) / contract.TICK_SPREAD)


def _ordered_cdf(rank: int, x: float) -> float:
    """The share below ``x`` of number ``rank`` (from 0) of ``PLACES`` sorted uniform numbers."""
    n, x = contract.PLACES, min(max(x, 0.0), 1.0)
    return sum(comb(n, k) * x**k * (1.0 - x) ** (n - k) for k in range(rank + 1, n + 1))


def _offset_cdf(seconds: float) -> float:
    room = contract.BATCH_SPAN - contract.BATCH_GAP * contract.PLACES
    return (
        sum(
            _ordered_cdf(rank, (seconds - contract.BATCH_GAP * (rank + 1)) / room)
            for rank in range(contract.PLACES)
        )
        / contract.PLACES
    )


_OFFSETS: Final = tuple(
    _offset_cdf(contract.BATCH_SPAN * step / _STEPS) for step in range(_STEPS + 1)
)


def offset_cdf(seconds: float) -> float:
    """
    The share of seats that leave within ``seconds`` of their tick, from a table.

    A seat has any rank in its batch with the same chance, so the law is the mean of those of the
    ranks, each moved by the gaps before it.
    """
    place = min(max(seconds / contract.BATCH_SPAN, 0.0), 1.0) * _STEPS
    step = min(int(place), _STEPS - 1)
    low, high = _OFFSETS[step], _OFFSETS[step + 1]
    return low + (high - low) * (place - step)


def place_cdf(ticks: Sequence[float], chosen: int, arrived: float, fraction: float) -> float:
    """
    Where an answer stands within its law, given the ticks; uniform on [0, 1] if the law is kept.

    The delay is a Beta(2,2) only on average: a datagram finds two or three ticks in its window and
    takes one of them by weight.  So each answer is held against the law *given those ticks*, and
    its moment within the batch spreads the step of that tick (a probability integral transform).
    Such numbers are independent and uniform whatever the arrivals are, for answers that came
    together and share their ticks as well.

    :param ticks: the times of all ticks that had room, in order, at least those of the window.
    :param chosen: the index of the one that was taken, which has a weight above 0.
    :param fraction: the law of the moment within the batch, from 0 to 1.
    """
    weights = [place_weight(tick - arrived) for tick in ticks]
    return (sum(weights[:chosen]) + fraction * weights[chosen]) / sum(weights)


def place_weight(wait: float) -> float:
    """The weight of a tick that comes ``wait`` seconds after an arrival."""
    x = (wait - contract.DELAY_BASE) / contract.DELAY_JITTER
    return max(x * (1.0 - x), 0.0)
