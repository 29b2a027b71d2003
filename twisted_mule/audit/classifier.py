"""The classifier two-sample test: whether windows of two classes of runs can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from math import ceil, sqrt
from typing import Final

import numpy as np
from attrs import frozen
from scipy import stats
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from twisted_mule.audit.arrays import Floats, Ints
from twisted_mule.audit.findings import PASS_LEVEL, Finding, normal_bound
from twisted_mule.audit.statistics import Question

#: What the upper bound of the AUC may be, in windows of minutes (anonymity.md section 7).
AUC: Final = 0.55
#: The same in windows of so many seconds and longer.
LONG: Final = 3600.0
LONG_AUC: Final = 0.60
#: Runs of each class, below which windows are grouped by stretches of a run instead.
RUNS: Final = 4
#: Parts that a run is cut into then.
STRETCHES: Final = 4
FOLDS: Final = 4
#: Shuffles of what is which, with the whole of the learning done again.
TURNS: Final = 24
#: A classifier is no surer than this: one window that it is wrong about costs so much.
_SUREST: Final = 4.0
_SEED: Final = 20_240_229


@frozen(eq=False)
class Scores:
    """
    What unseen windows looked like to the classifier.

    :ivar auc: the chance that a window of class 1 looks more like one than one of class 0.
    :ivar bits: of the one bit that tells the classes apart, how much a window gives away.
    """

    auc: float
    bits: float


@frozen(eq=False)
class Grouped:
    """
    Windows of both classes, with the group that each belongs to; a group has one class.

    :ivar windows: a row each; ``group`` is its group, ``label`` the class of each group.
    """

    windows: Floats
    group: Ints
    label: Ints


def grouped(one: Sequence[Floats], other: Sequence[Floats]) -> Grouped:
    """
    The windows of the runs of class 0 and class 1, by run.

    Windows of one run know of each other, so a run is never split between learning and testing.
    With fewer than four runs in a class that have any window, each run is cut into stretches:
    better than nothing, but what makes a *run* recognisable then looks like a difference of the
    classes.
    """
    sides = [[run for run in side if len(run)] for side in (one, other)]
    few = min(map(len, sides)) < RUNS
    parts, labels = list[Floats](), list[int]()
    for label, runs in enumerate(sides):
        for run in runs:
            for part in np.array_split(run, STRETCHES) if few else [run]:
                if len(part):
                    parts.append(part)
                    labels.append(label)
    group = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    width = parts[0].shape[1] if parts else 0
    rows = np.concatenate(parts) if parts else np.zeros((0, width))
    return Grouped(rows, group.astype(np.int64), np.array(labels, dtype=np.int64))


def told_apart(
    asked: Question, data: Grouped, turns: int = TURNS, seed: int = _SEED
) -> tuple[Finding, Scores]:
    """
    The AUC of a classifier on groups that it has not seen, and what it gives away in bits.

    Its deviation under the null is that of the same pipeline, learning included, with the classes
    of the groups shuffled: windows of one run are no independent observations.
    """
    statistic = "AUC of a classifier"
    counts = np.bincount(data.label, minlength=2)
    if counts.min() < 2:
        return asked.nothing(statistic, note="too few runs"), Scores(0.5, 0.0)
    draws = np.random.default_rng(seed)
    # One thread: the same sums on every machine, and no waiting for others on a busy one.
    with threadpool_limits(1):
        scores = _scored(data, data.label)
        null = [_scored(data, draws.permutation(data.label)).auc for _ in range(turns)]
    labels = data.label[data.group]
    sizes = float((labels == 0).sum()), float((labels == 1).sum())
    theory = sqrt((sizes[0] + sizes[1] + 1.0) / (12.0 * sizes[0] * sizes[1]))
    error = max(float(np.std(null, ddof=1)), theory)
    chance = float(stats.t.sf((scores.auc - 0.5) / error, df=turns - 1))
    reach = float(stats.t.isf(PASS_LEVEL, df=turns - 1)) * error
    both = float(stats.t.isf(PASS_LEVEL, df=turns - 1)) + normal_bound(0.1)
    n = int(min(sizes))
    needed = ceil(n * (error * both / (asked.limit - 0.5)) ** 2)
    interval = max(scores.auc - reach, 0.0), min(scores.auc + reach, 1.0)
    note = f"{scores.bits:.3f} bits a window; shuffled {np.mean(null):.3f}±{np.std(null):.3f}"
    found = asked.found(statistic, scores.auc, interval, n, chance, needed=needed, note=note)
    return found, scores


def _folds(label: Ints) -> Ints:
    """A fold for each group, the classes spread evenly over them."""
    folds = np.zeros(len(label), dtype=np.int64)
    for one in (0, 1):
        members = np.flatnonzero(label == one)
        for at, fold in zip(members, cycle(range(min(FOLDS, len(members)))), strict=False):
            folds[at] = fold
    return folds


def _scored(data: Grouped, label: Ints) -> Scores:
    folds, truth = _folds(label)[data.group], label[data.group]
    logits = np.zeros(len(truth))
    for fold in np.unique(folds):
        unseen = folds == fold
        if len(np.unique(truth[~unseen])) == 2:
            logits[unseen] = _logits(data.windows[~unseen], truth[~unseen], data.windows[unseen])
    return Scores(auc(logits[truth == 0], logits[truth == 1]), leakage(logits, truth))


def _logits(known: Floats, truth: Ints, unseen: Floats) -> Floats:
    """The mean of two learners of different kinds: the one score that was decided on beforehand."""
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    trees = GradientBoostingClassifier(
        n_estimators=25, max_depth=3, subsample=0.7, max_features="sqrt", random_state=0
    )
    total = np.zeros(len(unseen))
    for learner in (linear, trees):
        learner.fit(known, truth)
        total += np.clip(learner.decision_function(unseen), -_SUREST, _SUREST)
    return np.asarray(total / 2.0)


def auc(negatives: Floats, positives: Floats) -> float:
    """The chance that a positive scores above a negative; ties count half."""
    if not len(negatives) or not len(positives):
        return 0.5
    order = np.sort(negatives)
    below = np.searchsorted(order, positives, "left") + np.searchsorted(order, positives, "right")
    return float(below.sum()) / (2.0 * len(negatives) * len(positives))


def leakage(logits: Floats, truth: Ints) -> float:
    """
    Bits that a window gives away: what its class is worth less the cross-entropy of the guess.

    It is a lower bound, for a better classifier may know more; it is never below 0.
    """
    if not len(truth) or truth.min() == truth.max():
        return 0.0
    share = float(truth.mean())
    prior = -share * np.log2(share) - (1.0 - share) * np.log2(1.0 - share)
    signed = np.where(truth == 1, logits, -logits)
    return max(float(prior - np.mean(np.logaddexp(0.0, -signed)) / np.log(2.0)), 0.0)
