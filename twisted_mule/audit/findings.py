"""What a check found: an effect, how sure that is, what it may be, and so the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from statistics import NormalDist
from typing import Final

from attrs import evolve, frozen

#: False alarms of all checks of one audit together (anonymity.md section 7): 1 in 1,000.
FAMILY: Final = 1e-3
#: Checks that share it where a finding is judged alone, before it is known how many there are.
CHECKS: Final = 60
LEVEL: Final = FAMILY / CHECKS
#: How often an effect as large as its limit may pass.
PASS_LEVEL: Final = 0.01
#: The power for which the needed number is given: a perfect node passes nine times in ten.
POWER: Final = 0.9
_NORMAL: Final = NormalDist()


class Verdict(Enum):
    """What an audit may say."""

    PASS = "pass"  # noqa: S105 - the verdict, no password
    FAIL = "fail"
    EXTEND = "extend"


@frozen
class Finding:
    """
    The outcome of one check.

    :ivar channel: what was looked at.
    :ivar adversary: who could look so: ``ALL``, ``PEER``, ``COAL(0.05)``, ``LINK``.
    :ivar statistic: the test, and what its effect is.
    :ivar interval: the bounds of the effect, the upper one at ``PASS_LEVEL``.
    :ivar limit: what the effect may be.
    :ivar n: observations, of the smaller side where there are two.
    :ivar chance: how often a perfect node shows such an effect or a larger one.
    :ivar needed: observations with which a perfect node would pass, with ``POWER``; 0 if any do.
    :ivar note: whatever helps to find the reason.
    """

    channel: str
    adversary: str
    statistic: str
    effect: float
    interval: tuple[float, float]
    limit: float
    n: int
    verdict: Verdict
    chance: float = 1.0
    needed: int = 0
    note: str = ""


def normal_bound(level: float) -> float:
    """Standard deviations that a normal law exceeds on one side with a chance of ``level``."""
    return _NORMAL.inv_cdf(1.0 - level)


def two_sided(deviations: float) -> float:
    """How often a normal law is so many standard deviations off, on either side."""
    return 2.0 * _NORMAL.cdf(-abs(deviations))


def judged(upper: float, limit: float, chance: float, level: float = LEVEL) -> Verdict:
    """
    Three ways: small enough for sure, there for sure, or not enough data to say.

    :param upper: the upper bound of the effect.
    :param chance: of such an effect where there is none.
    """
    if upper <= limit:
        return Verdict.PASS
    return Verdict.FAIL if chance <= level else Verdict.EXTEND


def settled(findings: Sequence[Finding], family: float = FAMILY) -> tuple[Finding, ...]:
    """
    The findings judged together, by Holm's procedure: all false alarms together stay below it.

    The smallest chance is held against ``family`` over all checks, the next one against it over
    all but one, and so on until one is not small enough.
    """
    ranked = sorted(range(len(findings)), key=lambda at: findings[at].chance)
    failed: set[int] = set()
    for rank, at in enumerate(ranked):
        if findings[at].chance > family / (len(findings) - rank):
            break
        failed.add(at)
    return tuple(
        evolve(one, verdict=judged(one.interval[1], one.limit, 0.0 if at in failed else 1.0))
        for at, one in enumerate(findings)
    )


def overall(findings: Sequence[Finding]) -> Verdict:
    """Fail if anything does, pass if everything does; without findings nothing is known."""
    verdicts = {one.verdict for one in findings}
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    return Verdict.PASS if verdicts == {Verdict.PASS} else Verdict.EXTEND
