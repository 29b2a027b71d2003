"""
Clean runs: the experiments of CI on the code as it is, with other draws in each run.

``python -m tests.mutants.clean 300 runs.jsonl`` goes on where the file ends; it writes a line for
each run, and says at the end how often a healthy node was accused.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from scipy import stats

from tests.mutants.rig import drawn_anew
from tests.mutants.test_mutants import HEALTHY
from twisted_mule.audit.findings import Finding, Verdict

#: How sure the bound is.
SURE: Final = 0.95
#: Chances are counted below these.
LEVELS: Final = (0.1, 0.01, 0.001, 0.0001)


def run(draw: int) -> dict[str, Any]:
    """
    What one clean run found.

    ``alarms`` are the channels that failed, ``chances`` those of all checks that have one, and
    ``least`` the smallest of each experiment times its checks: below x in at most x of all runs.
    """
    began = time.process_time()
    alarms, least = list[str](), dict[str, float]()
    chances: dict[str, dict[str, float]] = {}
    with drawn_anew(draw) as plays:
        for experiment in HEALTHY:
            name, findings = experiment.__name__, experiment(plays)
            alarms += [f"{name}: {one.channel}" for one in failed(findings)]
            least[name] = min(1.0, len(findings) * min(one.chance for one in findings))
            chances[name] = {one.channel: one.chance for one in findings if one.chance < 1.0}
    seconds = round(time.process_time() - began, 2)
    return {"draw": draw, "seconds": seconds, "alarms": alarms, "least": least, "chances": chances}


def failed(findings: Iterable[Finding]) -> list[Finding]:
    """Those that accuse."""
    return [one for one in findings if one.verdict is Verdict.FAIL]


def bound(alarms: int, runs: int, sure: float = SURE) -> float:
    """The share of accused runs that is exceeded at most so surely (Clopper and Pearson)."""
    return 1.0 if alarms >= runs else float(stats.beta.ppf(sure, alarms + 1, runs - alarms))


def said(lines: Sequence[dict[str, Any]]) -> str:
    """What all runs come to."""
    runs, accused = len(lines), sum(bool(line["alarms"]) for line in lines)
    limit, seconds = bound(accused, runs), sum(line["seconds"] for line in lines) / runs
    below = f"below {100.0 * limit:.3f} % ({100.0 * SURE:.0f} % sure)"
    parts = [
        f"{runs} runs, {accused} with an alarm: {below}.",
        f"{seconds:.1f} s of a processor each.",
    ]
    least = [chance for line in lines for chance in line["least"].values()]
    every = [one for line in lines for found in line["chances"].values() for one in found.values()]
    for what, chances in ("least chances", least), ("chances of checks", every):
        under = [sum(chance < level for chance in chances) for level in LEVELS]
        counts = ", ".join(
            f"{count} below {level:g}" for count, level in zip(under, LEVELS, strict=True)
        )
        parts.append(f"Of {len(chances)} {what}: {counts}.")
    return "\n".join(parts)


def main(words: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Clean runs of the mutants' experiments.")
    parser.add_argument("runs", type=int, help="how many there shall be in all")
    parser.add_argument("file", type=Path, help="JSON lines, gone on with")
    asked = parser.parse_args(words)
    text = asked.file.read_text() if asked.file.exists() else ""
    lines = [json.loads(line) for line in text.splitlines()]
    with asked.file.open("a") as file:
        for draw in range(len(lines) + 1, asked.runs + 1):
            lines.append(run(draw))
            print(json.dumps(lines[-1]), file=file, flush=True)
    sys.stdout.write(f"{said(lines)}\n")


if __name__ == "__main__":
    main()
