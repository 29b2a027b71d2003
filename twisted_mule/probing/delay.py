"""Judging the delay of answers (F18), whatever the way to the node takes."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb
from statistics import median
from typing import Final

from twisted_mule.probing.evidence import Evidence
from twisted_mule.probing.populations import NOT_OURS, OURS, Decided, Undecided, Verdict
from twisted_mule.probing.questions import PAIRS, pair

#: Answers to a pair of requests are apart by more than this, or it counts as no delay.
APART: Final = 0.3
#: So many pairs must be answered, and so many must be apart to show a delay.
ENOUGH_PAIRS: Final = 7
MANY_APART: Final = 3
#: With our delay half of the pairs are apart, on the worst way that counts this share (measured);
#: how unlikely so few would then be.
OURS_APART: Final = 0.38
TOO_FEW: Final = 0.025
#: A way that scatters two answers by more than this hides any delay.
SCATTER: Final = 0.25
#: Pairs of datagrams to ourselves without which the way is not known.
ENOUGH_ECHOES: Final = 4


def f18(evidence: Evidence) -> Verdict:
    """
    Whether each answer has a delay of its own.

    Two requests that leave together are on the same way.  If the node adds a delay of its own
    to each answer, the answers come back apart from each other; if it adds none, together.
    """
    gaps = [abs(first - second) for first, second in _answers(evidence)]
    if len(gaps) < ENOUGH_PAIRS:
        return Undecided(f"only {len(gaps)} of {PAIRS} pairs of requests were answered whole")
    scatter = _scatter(evidence)
    if scatter is None:
        return Undecided("too few datagrams to ourselves came back to know what the way does")
    apart = sum(1 for gap in gaps if gap > APART + 2 * scatter)
    seen = (
        f"{apart} of {len(gaps)} pairs of answers were apart, by {median(gaps):.2f} s at the median"
    )
    if scatter > SCATTER:
        return Undecided(f"{seen}, but the way alone scatters by {scatter:.2f} s")
    if _at_most(apart, len(gaps)) <= TOO_FEW:
        return Decided(NOT_OURS, f"no delay of its own: {seen}")
    if apart >= MANY_APART:
        return Decided(OURS, f"every answer has a delay of its own: {seen}")
    return Undecided(seen)


def _at_most(apart: int, pairs: int) -> float:
    """How likely at most so many of our pairs are apart."""
    together = 1.0 - OURS_APART
    return sum(
        comb(pairs, one) * OURS_APART**one * together ** (pairs - one) for one in range(apart + 1)
    )


def _answers(evidence: Evidence) -> Iterator[tuple[float, float]]:
    """How long the two answers of each pair took."""
    for number in range(PAIRS):
        took = [
            trial.answers[0].at - trial.sent[0]
            for name in pair(number)
            if (trial := evidence.trials.get(name)) and trial.answers
        ]
        if len(took) == 2:
            yield took[0], took[1]


def _scatter(evidence: Evidence) -> float | None:
    """
    How far the way alone would bring the answers of a pair apart, at the median.

    Seen on datagrams to ourselves, and stretched by how much longer the way to the node takes.
    """
    echoes = [two for two in _echoes(evidence) if len(two) == 2]
    if len(echoes) < ENOUGH_ECHOES:
        return None
    apart = median(abs(first - second) for first, second in echoes)
    ours = min(min(two) for two in echoes)
    theirs = min(min(two) for two in _answers(evidence))
    return apart * max(1.0, theirs / ours) if ours > 0.0 else apart


def _echoes(evidence: Evidence) -> Iterator[list[float]]:
    """How long the two datagrams to ourselves took that left with each pair."""
    for number, times in evidence.echoes.items():
        sent = evidence.trials[pair(number)[0]].sent
        yield [at - sent[0] for at in times] if sent else []
