"""Clauses 6 and 7 measured: what is saved, the hold after a start, the waits for the router."""

from __future__ import annotations

from attrs import define, field

from twisted_mule import contract
from twisted_mule.selfcheck import levels
from twisted_mule.selfcheck.samples import Asked, Batch
from twisted_mule.selfcheck.windows import Peak
from twisted_mule.status import CheckStatus, Finding, Unit


@define
class Persistence:
    """
    What the node and its surroundings say of clause 6.

    :ivar started: when the node began.
    """

    started: float
    _saved: float | None = field(default=None, init=False)
    _online: float | None = field(default=None, init=False)
    _hold: float | None = field(default=None, init=False)
    # The shortest wait of half a day is the peak of what is missing from the longest.
    _waits: Peak = field(factory=Peak, init=False)

    def saved(self, now: float) -> None:
        """The state is on the disk."""
        self._saved = now

    def waited(self, seconds: float, now: float) -> None:
        """So long after the loss of the router it was tried again."""
        self._waits.note(max(contract.RECONNECT_MOST - seconds, 0.0), now)

    def asked(self, asked: Asked, *, online: bool) -> None:
        """A request place was decided, with a session or without."""
        if online and self._online is None:
            self._online = asked.now

    def batch(self, batch: Batch) -> None:
        """A tick is over; the first request ends the hold."""
        if self._hold is not None or self._online is None:
            return
        self._hold = next(
            (left.at - self._online for left in batch.left if left.arrived is None), None
        )

    def checks(self, now: float) -> tuple[CheckStatus, ...]:
        """The findings."""
        age = now - (self.started if self._saved is None else self._saved)
        hold, least = self._hold, contract.START_HOLD[0] - levels.TIMER
        wait = contract.RECONNECT_MOST - self._waits.value(now) if self._waits.n else 0.0
        saves, holds = int(self._saved is not None), int(hold is not None)
        stale = levels.judged(age, levels.STALE, 1, 1 if saves else 2)
        return (
            CheckStatus(
                "state_saved",
                "state last saved, ago",
                stale,
                age,
                levels.STALE,
                saves,
                Unit.SECONDS,
            ),
            _least("start_hold", "hold before the first request", hold or 0.0, least, holds),
            _least(
                "back_off",
                "shortest wait for the router",
                wait,
                contract.RECONNECT_LEAST - levels.TIMER,
                self._waits.n,
            ),
        )


def _least(name: str, label: str, figure: float, limit: float, n: int) -> CheckStatus:
    finding = levels.judged(-figure, -limit, n)
    return CheckStatus(name, label, finding, figure, limit, n, Unit.SECONDS, least=True)


def numbers_unchanged(now: str, start: str) -> CheckStatus:
    """Whether the numbers of the contract are those that the program started with."""
    finding = Finding.KEPT if now == start else Finding.BROKEN
    moved = float(now != start)
    label = "numbers of the contract that changed since the start"
    return CheckStatus("numbers_changed", label, finding, moved, 0.0, 1, Unit.COUNT)
