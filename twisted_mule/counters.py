"""Counts for people: since the start, and over a window of the last minute or two."""

from __future__ import annotations

from collections import Counter as Tally
from typing import Final

from attrs import define, field

from twisted_mule.status import Counter

#: Seconds between two cuts; a window covers one to two of them.
WINDOW: Final = 60.0


@define
class Counters:
    """
    Named counts that only grow.

    :ivar now: the time on the caller's clock at which counting begins.
    """

    now: float
    _totals: Tally[str] = field(factory=Tally, init=False)
    _last: Tally[str] = field(factory=Tally, init=False)
    _before: Tally[str] = field(factory=Tally, init=False)
    _last_cut: float = field(init=False)
    _cut_before: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._last_cut = self._cut_before = self.now

    def add(self, name: str, count: int = 1) -> None:
        """``count`` more of ``name``."""
        self._totals[name] += count

    def total(self, name: str) -> int:
        """How many of ``name`` since the start."""
        return self._totals[name]

    def cut(self, now: float) -> None:
        """Begin a new window if it is time; to be called often, whether anybody reads or not."""
        if now - self._last_cut >= WINDOW:
            self._before, self._cut_before = self._last, self._last_cut
            self._last, self._last_cut = self._totals.copy(), now

    def report(self, now: float) -> tuple[dict[str, Counter], float]:
        """All counts, and how many seconds their window covers."""
        self.cut(now)
        counts = {
            name: Counter(window=total - self._before[name], total=total)
            for name, total in sorted(self._totals.items())
        }
        return counts, now - self._cut_before
