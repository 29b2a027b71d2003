"""
The golden transcript: what one node with a fixed key sends in a fixed hour, as one digest.

It moves with anything that moves a datagram: that is its purpose (contract clause 7).  Beside it
stands a statistical profile, to tell a change of bytes from a change of behaviour.  After a change
that was reviewed with the contract's question::

    python -m tests.contract.golden --write
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from hashlib import sha256
from itertools import combinations, pairwise
from pathlib import Path
from typing import Final
from unittest import mock

from attrs import asdict, frozen

from tests.contract import flips
from tests.contract.measures import concordance
from tests.contract.script import usual
from tests.contract.stage import Stage
from tests.contract.views import Row
from twisted_mule.kad import datagram

STORED: Final = Path(__file__).with_name("golden.json")
SECONDS: Final = 3600.0
#: By how much each figure of the profile may differ before it is another behaviour: about four
#: times the spread of an hour under other keys.
TOLERANCE: Final = {
    "delay_mean": 0.05,
    "delay_deviation": 0.03,
    "delay_least": 0.2,
    "delay_most": 0.2,
    "order": 0.12,
    "ticks": 70.0,
    "answers_a_tick": 0.06,
    "requests_a_tick": 0.1,
    "gap_mean": 0.12,
    "fragments": 0.4,
}
#: By how much the share of a type may differ.
SHARE: Final = 0.06


@frozen
class Profile:
    """
    How the node behaved in that hour: delay (s), order, rate and mix.

    :ivar order: Kendall's tau of arriving and leaving within a batch.
    :ivar fragments: mean size class of a datagram.
    :ivar mix: of what left, the share of each type.
    """

    delay_mean: float
    delay_deviation: float
    delay_least: float
    delay_most: float
    order: float
    ticks: float
    answers_a_tick: float
    requests_a_tick: float
    gap_mean: float
    fragments: float
    mix: dict[str, float]


@frozen
class Golden:
    """The digest and the profile of a transcript."""

    digest: str
    profile: Profile


def transcript() -> tuple[Stage, list[Row]]:
    """
    One hour with a searching user and a host that is neither fast nor slow.

    Nothing is packed: how well zlib packs depends on whose zlib it is.
    """
    stage = Stage(cost=flips.costs(0.005), key=b"golden")
    flips.searching(stage)
    with mock.patch.object(datagram, "pack", lambda plain: plain):
        return stage, stage.play(usual(SECONDS, name="golden"), SECONDS)


def digest(rows: list[Row]) -> str:
    """SHA-256 of time (microseconds), size and kind of place of every datagram, a line each."""
    lines = [
        f"{round(row.left * 1e6)} {row.size} {'request' if row.is_request else 'answer'}\n"
        for row in rows
    ]
    return sha256("".join(lines).encode()).hexdigest()


def profile(stage: Stage, rows: list[Row]) -> Profile:
    """The figures of a run."""
    delays = [row.left - row.arrived for row in rows if row.arrived is not None]
    mean = sum(delays) / len(delays)
    ticks = stage.record.ticks
    gaps = [b - a for a, b in pairwise(sorted(row.left for row in rows))]
    mix = Counter(row.label for row in rows)
    return Profile(
        delay_mean=mean,
        delay_deviation=(sum((x - mean) ** 2 for x in delays) / len(delays)) ** 0.5,
        delay_least=min(delays),
        delay_most=max(delays),
        order=_order(rows),
        ticks=ticks,
        answers_a_tick=len(delays) / ticks,
        requests_a_tick=(len(rows) - len(delays)) / ticks,
        gap_mean=sum(gaps) / len(gaps),
        fragments=sum(row.fragments for row in rows) / len(rows),
        mix={label: number / len(rows) for label, number in sorted(mix.items())},
    )


def _order(rows: list[Row]) -> float:
    batches: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        if row.arrived is not None:
            batches[row.tick].append((row.arrived, row.left))
    pairs = [
        pair
        for batch in batches.values()
        for pair in combinations(batch, 2)
        if pair[0][0] != pair[1][0]
    ]
    return concordance(pairs)


def made() -> Golden:
    """The transcript of this code."""
    stage, rows = transcript()
    return Golden(digest(rows), profile(stage, rows))


def stored() -> Golden:
    """The transcript of the last review."""
    content = json.loads(STORED.read_text("utf-8"))
    return Golden(content["digest"], Profile(**content["profile"]))


def departures(now: Profile, then: Profile) -> list[str]:
    """Where two profiles differ by more than chance, in words."""
    words = [
        f"{name} was {getattr(then, name):.3f} and is {getattr(now, name):.3f}"
        for name, most in TOLERANCE.items()
        if abs(getattr(now, name) - getattr(then, name)) > most
    ]
    for label in sorted(now.mix.keys() | then.mix.keys()):
        was, is_now = then.mix.get(label, 0.0), now.mix.get(label, 0.0)
        if abs(was - is_now) > SHARE:
            words.append(f"the share of {label} was {was:.3f} and is {is_now:.3f}")
    return words


def complaint(now: Golden, then: Golden) -> str:
    """What is to be said when the transcript has moved; empty when it has not."""
    if now.digest == then.digest:
        return ""
    what = "Ask the contract's question; docs/contributing.md says how to renew the transcript."
    moved = departures(now.profile, then.profile)
    if moved:
        return f"The transcript moved, and with it the behaviour: {'; '.join(moved)}. {what}"
    return f"The transcript moved; delay, order, rate and mix are as they were. {what}"


def write(golden: Golden) -> None:
    """Store this transcript as the reviewed one."""
    figures = asdict(golden.profile)
    mix = {label: round(share, 6) for label, share in figures.pop("mix").items()}
    rounded = {name: round(figure, 6) for name, figure in figures.items()}
    content = {"digest": golden.digest, "profile": {**rounded, "mix": mix}}
    STORED.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def main() -> int:
    """Say how the transcript stands; with ``--write``, store it."""
    golden = made()
    if "--write" in sys.argv[1:]:
        write(golden)
        sys.stdout.write(f"{STORED.name}: {golden.digest}\n")
        return 0
    said = complaint(golden, stored())
    sys.stdout.write(f"{said or 'The transcript is the reviewed one.'}\n")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
