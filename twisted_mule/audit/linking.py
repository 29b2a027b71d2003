"""LINK: whether the traces of two boots of one node look more alike than those of two nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from twisted_mule.audit.arrays import Floats, Ints
from twisted_mule.audit.features import windows
from twisted_mule.audit.findings import PASS_LEVEL, Finding, normal_bound
from twisted_mule.audit.statistics import Question
from twisted_mule.audit.views import LINK, Trace

#: What the AUC of pairs of one node against pairs of two may be.
AUC: Final = 0.60
_WINDOW: Final = 60.0
#: Ways to pair the boots, of which the true one is only one.
TURNS: Final = 2000
_FEW: Final = 4


def linked(before: Sequence[Trace], after: Sequence[Trace], skip: float) -> Finding:
    """
    Trace number i of ``before`` and of ``after`` are two boots of one node.

    The effect is the chance that two boots of one node are nearer to each other, in what ALL
    measures, than boots of two nodes; chance is from pairing them otherwise.
    """
    asked = Question("boots of one node", LINK.name, AUC)
    statistic = "AUC of nearness"
    count = min(len(before), len(after))
    if count < _FEW or len(before) != len(after):
        return asked.nothing(statistic, note=f"wants {_FEW} nodes and more, each with two boots")
    sides = [np.array([_profile(trace, skip) for trace in side]) for side in (before, after)]
    scale = np.concatenate(sides).std(axis=0)
    scale[scale == 0.0] = 1.0
    apart = np.linalg.norm((sides[0][:, None] - sides[1][None, :]) / scale, axis=2)
    effect = _nearness(apart, np.arange(count))
    draws = np.random.default_rng(count)
    null = [_nearness(apart, draws.permutation(count)) for _ in range(TURNS)]
    error = float(np.std(null)) or 0.5
    reach = normal_bound(PASS_LEVEL) * error
    chance = (1 + sum(one >= effect for one in null)) / (TURNS + 1)
    interval = effect - reach, effect + reach
    return asked.found(statistic, effect, interval, count, chance)


def _profile(trace: Trace, skip: float) -> Floats:
    found = windows(trace, LINK, _WINDOW, skip)
    return found.values.mean(axis=0) if len(found.values) else np.zeros(len(found.names))


def _nearness(apart: Floats, pairing: Ints) -> float:
    own = np.zeros(apart.shape, dtype=bool)
    own[np.arange(len(apart)), pairing] = True
    others = np.sort(apart[~own])
    nearer = len(others) - np.searchsorted(others, apart[own], side="right")
    ties = np.searchsorted(others, apart[own], side="right") - np.searchsorted(others, apart[own])
    return float((nearer + ties / 2.0).mean()) / len(others)
