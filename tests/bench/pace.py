"""How a benchmark is judged: by its time over that of known work done beside it."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from attrs import define, field, frozen

#: Seconds that :func:`known_work` takes on a machine of the class that the budgets are for: the
#: best round of all benchmarks of one run, though the machine was never quiet.
UNIT: Final = 71e-6
#: A round lasts about as long as so many turns of it.
_TURNS: Final = 16
_ROUNDS: Final = 81
_LEAST_ROUNDS: Final = 15
#: What a benchmark may last, in seconds, not counting its preparation.
_PATIENCE: Final = 4.0

MICRO: Final = 1e-6
MILLI: Final = 1e-3


def known_work() -> int:
    """A thousand steps of a generator of pseudo-random numbers, in nothing but Python."""
    x = 1
    for _ in range(1000):
        x = x * 1103515245 + 12345 & 0x7FFFFFFF
    return x


@frozen
class Row:
    """
    A line of the table.

    :ivar figure: what was measured, in words.
    :ivar ratio: to the work beside it, or the figure itself where there is none.
    :ivar budget: what the ratio may be.
    """

    name: str
    figure: str
    ratio: float
    budget: float

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.ratio <= self.budget


@define
class Pace:
    """
    The judge of one benchmark.

    :ivar benchmark: pytest-benchmark's, which keeps the times.
    """

    benchmark: Any
    rows: list[Row]
    name: str
    _beside: list[float] = field(factory=list)

    def check(
        self,
        work: Callable[[], object],
        budget: float,
        *,
        prepare: Callable[[], object] | None = None,
        per: int = 1,
    ) -> None:
        """
        Time ``work``, each round of it right after one of :func:`known_work`.

        The best of each counts: noise only ever adds, and what slows the machine slows both.

        :param budget: seconds on the machine for which the budgets were written.
        :param prepare: done before each round, not timed; the round then is one call.
        :param per: how often ``work`` does what the budget is for.
        """
        alone = _once(work, prepare)
        calls = max(1, int(_TURNS * UNIT / alone)) if prepare is None else 1
        rounds = max(_LEAST_ROUNDS, min(_ROUNDS, int(_PATIENCE / (calls * alone + _TURNS * UNIT))))

        def turn() -> None:
            for _ in range(calls):
                work()

        def beside() -> None:
            if prepare is not None:
                prepare()
            began = perf_counter()
            for _ in range(_TURNS):
                known_work()
            self._beside.append((perf_counter() - began) / _TURNS)

        self.benchmark.pedantic(turn, setup=beside, rounds=rounds)
        best = min(self.benchmark.stats.stats.data) / calls / per
        unit = min(self._beside)
        self.tell(told(best), best / unit, budget / UNIT, calls=calls * per, best=best, unit=unit)

    def compare(
        self, work: Callable[[], object], other: Callable[[], object], most: float, size: int
    ) -> None:
        """
        Time ``work`` against ``other``, which does the same, the best of both counts.

        :param size: bytes that each goes through.
        """
        others: list[float] = []

        def beside() -> None:
            began = perf_counter()
            other()
            others.append(perf_counter() - began)

        self.benchmark.pedantic(work, setup=beside, rounds=2 * _LEAST_ROUNDS)
        best = min(self.benchmark.stats.stats.data)
        figure = f"{size / best / 1e6:.0f} MB/s"
        self.tell(figure, best / min(others), most, best=best, other=min(others))

    def tell(self, figure: str, ratio: float, budget: float, **more: object) -> None:
        """Put a line into the table, and into the JSON."""
        row = Row(self.name, figure, ratio, budget)
        self.rows.append(row)
        self.benchmark.extra_info |= {
            "figure": figure,
            "ratio": ratio,
            "budget": budget,
            "kept": row.kept,
            **more,
        }


def _once(work: Callable[[], object], prepare: Callable[[], object] | None) -> float:
    """Seconds that ``work`` takes once it is warm."""
    times = []
    for _ in range(4):
        if prepare is not None:
            prepare()
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return min(times)


def told(seconds: float) -> str:
    """A time as people read it."""
    if seconds < MILLI:
        return f"{seconds / MICRO:.1f} µs"
    return f"{seconds / MILLI:.2f} ms" if seconds < 1.0 else f"{seconds:.2f} s"


def table(rows: list[Row]) -> list[str]:
    """The lines of the report."""
    head = f"{'benchmark':54} {'measured':>12} {'ratio':>9} {'budget':>9}  verdict"
    return [
        head,
        *(
            f"{row.name:54} {row.figure:>12} {row.ratio:9.3f} {row.budget:9.3f}"
            f"  {'kept' if row.kept else 'OVER'}"
            for row in rows
        ),
    ]
