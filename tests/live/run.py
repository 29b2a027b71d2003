"""
Measure a node on a practice network: ``python -m tests.live.run [TICKS]``.

Prints how it goes every half minute, and in the end the figures and whether they keep the bounds
of docs/contract.md; ends with 1 when they do not.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final

from attrs import define, field

ROOT: Final = Path(__file__).parents[2]
#: Bounds of design.md 4.6, in seconds: of the p99 lateness, and between idle and slow.
MOST: Final = 0.010
APART: Final = 0.003
#: Ticks in which something left, idle and slow together.
TICKS: Final = 2000
#: A tick in which something leaves takes a second; so much more is waited for at the most.
PATIENCE: Final = 1.5
BEGIN: Final = 240.0
EVERY: Final = 30.0
#: What a node prints, line by line.
Lines = Iterable[str]


def quantile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@define
class Figures:
    """Latenesses in seconds, by turn."""

    late: dict[str, list[float]] = field(factory=lambda: defaultdict(list))
    _ticks: set[int] = field(factory=set)

    @property
    def count(self) -> int:
        """Seconds in which something left: no tick is longer than that on average."""
        return len(self._ticks)

    def take(self, line: str) -> None:
        """One line of the node."""
        turn, scheduled, late = line.split()
        self.late[turn].append(float(late))
        self._ticks.add(int(float(scheduled)))

    @property
    def kept(self) -> bool:
        """Whether both bounds are."""
        idle, slow = (quantile(self.late[turn], 0.99) for turn in ("idle", "slow"))
        return max(idle, slow) < MOST and abs(slow - idle) < APART

    def __str__(self) -> str:
        rows = []
        for turn in ("idle", "slow"):
            late = [1000 * value for value in self.late[turn]]
            if late:
                figures = [mean(late), *(quantile(late, q) for q in (0.5, 0.9, 0.99)), max(late)]
                text = "  ".join(f"{value:6.2f}" for value in figures)
                rows.append(f"{turn}  n={len(late):5d}  mean/p50/p90/p99/max ms: {text}")
        return "\n".join(rows)


@contextmanager
def sleeper() -> Iterator[Figures]:
    """Measure the machine meanwhile; the figures are there afterwards."""
    figures = Figures()
    with TemporaryFile("w+") as output:
        command = [sys.executable, "-m", "tests.live.sleeper"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=output)  # noqa: S603
        try:
            yield figures
        finally:
            process.kill()
            process.wait()
            output.seek(0)
            for line in output:
                figures.take(line)


def measure(lines: Lines, ticks: int) -> Figures:
    """The figures of a node that prints ``lines``."""
    figures, told = Figures(), time.monotonic()
    until = told + BEGIN + PATIENCE * ticks
    for line in lines:
        figures.take(line)
        now = time.monotonic()
        if figures.count >= ticks or now > until:
            break
        if now - told > EVERY:
            told = now
            sys.stderr.write(f"{figures.count} of {ticks} ticks\n{figures}\n")
    return figures


@contextmanager
def running(root: Path, *words: str) -> Iterator[Lines]:
    """A node with these options, its log in ``root``, and the lines that it prints."""
    command = [sys.executable, "-m", "tests.live.node", *words]
    with (root / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own words only
            [*command, "--data", f"{root}/data", "--web", "tcp:0:interface=127.0.0.1"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield process.stdout or ()
    finally:
        finish(process)


def run(ticks: int, *words: str) -> Figures:
    """Run a node with these options until it has sent in so many ticks."""
    with TemporaryDirectory() as scratch, running(Path(scratch), *words) as lines:
        return measure(lines, ticks)


def finish(process: subprocess.Popen[str]) -> None:
    """End a node as an impatient user does."""
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        time.sleep(1.0)
    process.wait(30.0)
    if process.stdout is not None:
        process.stdout.close()


def report(figures: Figures, machine: Figures) -> int:
    """Print them; 0 if the bounds are kept."""
    sys.stdout.write(f"a process that only sleeps:\n{machine}\nthe node:\n")
    verdict = "kept" if figures.kept else "NOT kept"
    sys.stdout.write(f"{figures}\np99 under 10 ms, and no more than 3 ms apart: {verdict}\n")
    return 0 if figures.kept else 1


def main(ticks: int = TICKS) -> int:
    """On the practice network."""
    with sleeper() as machine:
        figures = run(ticks, "--practice", "24")
    return report(figures, machine)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
