"""Whether the mean of a sequence has moved: Page and Hinkley's test on both sides."""

from __future__ import annotations

from math import exp
from typing import Final

from attrs import define, field

#: Slack and first threshold of anonymity.md section 7: a hint, about once in 1e5 healthy ticks.
DELTA: Final = 0.01
HINT: Final = 25.0
#: The same sum that far up is no chance: once in more than a hundred years (see ``run_length``).
ALARM: Final = 60.0
#: It climbs no further than this, so that the verdict ends soon after what it is about has ended.
_TOP: Final = 1.25 * ALARM


@define
class PageHinkley:
    """
    Sums of what the numbers are above, and below, their mean by more than the slack.

    The mean is declared, not learnt: a sequence that is wrong from the start shows as well.
    """

    mean: float
    delta: float = DELTA
    n: int = field(default=0, init=False)
    _up: float = field(default=0.0, init=False)
    _down: float = field(default=0.0, init=False)

    def add(self, value: float) -> None:
        """One more number."""
        self.n += 1
        off = value - self.mean
        self._up = min(max(self._up + off - self.delta, 0.0), _TOP)
        self._down = min(max(self._down - off - self.delta, 0.0), _TOP)

    @property
    def value(self) -> float:
        """The larger of the two sums."""
        return max(self._up, self._down)


def run_length(threshold: float, deviation: float, delta: float = DELTA) -> float:
    """
    How many healthy numbers pass on average until either sum is over ``threshold``.

    Siegmund's approximation for sums with drift; ``deviation`` is that of one number.
    """
    slack = delta / deviation
    height = threshold / deviation + 1.166
    return (exp(2.0 * slack * height) - 2.0 * slack * height - 1.0) / (2.0 * slack**2) / 2.0
