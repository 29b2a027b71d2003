"""Statistics with fixed seeds: distances of samples, rank correlation, a classifier, a verdict."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum
from math import exp, log, sqrt
from typing import Final

from attrs import define, field

#: About sixty checks share an error of 1 in 1,000 (anonymity.md section 7).
ALPHA: Final = 1.7e-5
#: The same as a bound of a normal law, one side.
Z: Final = 4.15
Features = Sequence[float]


def two_sample_ks(one: Sequence[float], other: Sequence[float]) -> float:
    """The Kolmogorov-Smirnov distance of two samples."""
    left, right = sorted(one), sorted(other)
    return max(
        abs(bisect_right(left, x) / len(left) - bisect_right(right, x) / len(right))
        for x in (*left, *right)
    )


def critical_ks(one: int, other: int, alpha: float = ALPHA) -> float:
    """What two samples of these sizes, from one law, exceed only so often."""
    return sqrt(-0.5 * log(alpha / 2) * (one + other) / (one * other))


def concordance(pairs: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> float:
    """Kendall's tau of such pairs of (before, after): 1 for order that is kept."""
    score = sum(1 if (a[0] - b[0]) * (a[1] - b[1]) > 0 else -1 for a, b in pairs)
    return score / len(pairs)


def auc(negatives: Sequence[float], positives: Sequence[float]) -> float:
    """The chance that a positive scores above a negative; ties count half."""
    order = sorted(negatives)
    below = sum(bisect_right(order, x) + _below(order, x) for x in positives)
    return below / (2 * len(negatives) * len(positives))


def _below(order: Sequence[float], x: float) -> int:
    low = bisect_right(order, x)
    while low and order[low - 1] == x:
        low -= 1
    return low


@define
class Classifier:
    """Logistic regression by plain gradient steps, the same on every machine."""

    weights: list[float] = field(factory=list)
    centre: list[float] = field(factory=list)
    scale: list[float] = field(factory=list)

    def learn(self, negatives: Sequence[Features], positives: Sequence[Features]) -> None:
        """Learn to tell them apart."""
        everything = [*negatives, *positives]
        columns = list(zip(*everything, strict=True))
        self.centre = [sum(column) / len(column) for column in columns]
        self.scale = [
            sqrt(sum((x - middle) ** 2 for x in column) / len(column)) or 1.0
            for column, middle in zip(columns, self.centre, strict=True)
        ]
        rows = [self._standard(row) for row in everything]
        labels = [0.0] * len(negatives) + [1.0] * len(positives)
        self.weights = [0.0] * len(rows[0])
        for _ in range(150):
            self._step(rows, labels)

    def _step(self, rows: Sequence[Features], labels: Sequence[float]) -> None:
        slope = [0.01 * weight for weight in self.weights]
        for row, label in zip(rows, labels, strict=True):
            error = 1.0 / (1.0 + exp(-self._sum(row))) - label
            for place, x in enumerate(row):
                slope[place] += error * x / len(rows)
        self.weights = [w - 0.5 * s for w, s in zip(self.weights, slope, strict=True)]

    def score(self, row: Features) -> float:
        """How much it looks like a positive."""
        return self._sum(self._standard(row))

    def _standard(self, row: Features) -> list[float]:
        moved = [(x - m) / s for x, m, s in zip(row, self.centre, self.scale, strict=True)]
        return [1.0, *(min(max(x, -5.0), 5.0) for x in moved)]

    def _sum(self, row: Features) -> float:
        return sum(w * x for w, x in zip(self.weights, row, strict=True))


def cross_validated(
    negatives: Sequence[Sequence[Features]], positives: Sequence[Sequence[Features]]
) -> float:
    """
    The AUC on runs that the classifier has not seen; half of the runs teach, the others test.

    :param negatives: the windows of each run of one class; the folds never split a run.
    """
    scores: tuple[list[float], list[float]] = ([], [])
    for turn in (0, 1):
        learner = Classifier()
        learner.learn(_flat(negatives[turn::2]), _flat(positives[turn::2]))
        scores[0].extend(map(learner.score, _flat(negatives[1 - turn :: 2])))
        scores[1].extend(map(learner.score, _flat(positives[1 - turn :: 2])))
    return auc(*scores)


def _flat(runs: Sequence[Sequence[Features]]) -> list[Features]:
    return [window for run in runs for window in run]


class Verdict(Enum):
    """What a measured AUC says of a claim that nothing can be told apart."""

    HOLDS = "holds"
    OPEN = "open"
    BROKEN = "broken"


def verdict(measured: float, negatives: int, positives: int, limit: float, z: float) -> Verdict:
    """Three ways: the upper bound is below the limit, the lower one above chance, or neither."""
    error = z * sqrt((negatives + positives + 1) / (12 * negatives * positives))
    if measured + error <= limit:
        return Verdict.HOLDS
    return Verdict.BROKEN if measured - error > 0.5 else Verdict.OPEN
