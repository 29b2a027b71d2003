"""From findings to one verdict for each clause, and the sentence when it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import define, evolve, field

from twisted_mule.status import CheckStatus, Finding

TITLES: Final = (
    "timing",
    "ordering",
    "participation",
    "failures",
    "caps",
    "persistence",
    "no optimisation",
)
#: What may never occur on a healthy node: without it the clause can be called kept all the same.
OCCASIONAL: Final = frozenset(
    {
        "batch_gap",
        "null_entries_without_place",
        "null_entry_law",
        "answers_per_peer",
        "parts_per_answer",
        "requests_per_peer",
        "start_hold",
        "back_off",
    }
)
#: Seconds for which a finding of broken stands, so that one at its limit does not flicker.
STANDS: Final = 3600.0


def verdict(checks: Sequence[CheckStatus]) -> Finding:
    """Broken if anything is, kept if all that always occurs is."""
    if any(check.finding is Finding.BROKEN for check in checks):
        return Finding.BROKEN
    needed = [check for check in checks if check.name not in OCCASIONAL]
    if needed and all(check.finding is Finding.KEPT for check in needed):
        return Finding.KEPT
    return Finding.UNKNOWN


@define
class Verdicts:
    """The verdicts of the last look, and which findings of broken still stand."""

    _broken: dict[str, float] = field(factory=dict, init=False)
    _last: dict[int, Finding] = field(factory=dict, init=False)

    def standing(self, checks: Sequence[CheckStatus], now: float) -> tuple[CheckStatus, ...]:
        """The findings, with those of broken that are not over yet."""
        for check in checks:
            if check.finding is Finding.BROKEN:
                self._broken[check.name] = now
            elif now - self._broken.get(check.name, now) >= STANDS:
                del self._broken[check.name]
        return tuple(
            evolve(check, finding=Finding.BROKEN) if check.name in self._broken else check
            for check in checks
        )

    def changes(self, number: int, checks: Sequence[CheckStatus]) -> tuple[str, ...]:
        """One plain sentence if the verdict of clause ``number`` is another than last time."""
        before = self._last.get(number, Finding.UNKNOWN)
        after = self._last[number] = verdict(checks)
        if before is after:
            return ()
        clause = f"clause {number} of the contract ({TITLES[number - 1]})"
        match after:
            case Finding.BROKEN:
                why = "; ".join(
                    reason(check) for check in checks if check.finding is Finding.BROKEN
                )
                return (f"The self-check finds {clause} broken: {why}.",)
            case Finding.KEPT:
                again = " again" if before is Finding.BROKEN else ""
                return (f"The self-check finds {clause} kept{again}.",)
            case Finding.UNKNOWN:
                return (f"The self-check has not enough data for {clause} any more.",)


def reason(check: CheckStatus) -> str:
    """A finding in words."""
    return f"{check.label}: {check.measured}, may be {check.bound} (n = {check.n:,})"
