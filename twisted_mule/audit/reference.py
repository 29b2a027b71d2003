"""The laws that the contract declares, as they show in a trace: computed once, by fixed draws."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from twisted_mule import contract
from twisted_mule.audit.arrays import Floats

#: Draws of each law: its own distance from the true one is below 0.0016 (a chance of 1 in 100).
DRAWS: Final = 1_000_000
#: Ticks that may lie within the reach of one arrival.
_TICKS: Final = int((contract.DELAY_BASE + contract.DELAY_JITTER) / contract.TICK_BASE) + 2
_CHUNK: Final = 50_000


def _intervals(draws: np.random.Generator, *shape: int) -> Floats:
    return contract.TICK_BASE + contract.TICK_SPREAD * draws.beta(2.0, 2.0, shape)


def _offsets(draws: np.random.Generator, count: int, seats: int) -> Floats:
    """Moments of the first ``seats`` seats of so many ticks."""
    room = contract.BATCH_SPAN - contract.BATCH_GAP * contract.PLACES
    points = np.sort(draws.random((count, contract.PLACES)) * room, axis=1)
    points += contract.BATCH_GAP * np.arange(1, contract.PLACES + 1)
    return np.asarray(draws.permuted(points, axis=1)[:, :seats])


@cache
def intervals() -> Floats:
    """From the request of one tick to that of the next, sorted."""
    draws = np.random.default_rng(1)
    moments = [_offsets(draws, DRAWS, 1)[:, 0] for _ in range(2)]
    return np.sort(_intervals(draws, DRAWS) + moments[1] - moments[0])


@cache
def spacings() -> Floats:
    """From one datagram of a tick to another one of it, either way, sorted."""
    seats = _offsets(np.random.default_rng(2), DRAWS, 2)
    return np.sort(seats[:, 1] - seats[:, 0])


@cache
def delays() -> Floats:
    """From arrival to departure, at a time that knows nothing of the ticks, sorted."""
    draws = np.random.default_rng(3)
    parts = [_waits(draws) for _ in range(DRAWS // _CHUNK)]
    return np.sort(np.concatenate(parts) + _offsets(draws, DRAWS, 1)[:, 0])


def _waits(draws: np.random.Generator) -> Floats:
    """Places by the weight of their ticks, as they are booked."""
    longest = contract.TICK_BASE + contract.TICK_SPREAD
    lengths = _intervals(draws, 4 * _CHUNK)
    # Long intervals are met more often; the point of meeting is uniform within one.
    met = lengths[draws.random(len(lengths)) * longest < lengths][:_CHUNK]
    ticks = np.empty((_CHUNK, _TICKS))
    ticks[:, 0] = met * draws.random(_CHUNK)
    ticks[:, 1:] = ticks[:, :1] + np.cumsum(_intervals(draws, _CHUNK, _TICKS - 1), axis=1)
    x = (ticks - contract.DELAY_BASE) / contract.DELAY_JITTER
    weights = np.maximum(x * (1.0 - x), 0.0)
    reached = np.cumsum(weights, axis=1)
    marks = draws.random(_CHUNK) * reached[:, -1]
    chosen = (reached <= marks[:, None]).sum(axis=1)
    return np.asarray(ticks[np.arange(_CHUNK), chosen])


@cache
def neighbour_correlation() -> float:
    """Of two intervals that follow each other: the moment of the tick between is in both."""
    moments = _offsets(np.random.default_rng(4), DRAWS, 1)[:, 0]
    return float(-moments.var() / intervals().var())
