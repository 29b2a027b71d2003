"""The self-check of one node: told values as they come, it looks at them once a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, field

from twisted_mule.selfcheck.caps import Caps
from twisted_mule.selfcheck.failures import Failures
from twisted_mule.selfcheck.levels import LOOK_EVERY
from twisted_mule.selfcheck.ordering import Ordering
from twisted_mule.selfcheck.participation import Participation
from twisted_mule.selfcheck.persistence import Persistence, numbers_unchanged
from twisted_mule.selfcheck.samples import Asked, Batch, LastHour
from twisted_mule.selfcheck.timing import Timing
from twisted_mule.selfcheck.verdicts import Verdicts
from twisted_mule.status import CheckStatus

CLAUSES: Final = 7


@define
class SelfCheck:
    """
    What a running node measures of itself.

    Nothing here is asked for between a tick and the leaving of its datagrams.

    :ivar started: the time on the node's clock at which it began.
    :ivar numbers: the fingerprint of the contract's numbers at the start.
    """

    started: float
    numbers: str
    timing: Timing = field(factory=Timing, init=False)
    ordering: Ordering = field(factory=Ordering, init=False)
    participation: Participation = field(factory=Participation, init=False)
    failures: Failures = field(factory=Failures, init=False)
    caps: Caps = field(factory=Caps, init=False)
    persistence: Persistence = field(init=False)
    checks: dict[int, tuple[CheckStatus, ...]] = field(factory=dict, init=False)
    _verdicts: Verdicts = field(factory=Verdicts, init=False)
    _looked: float | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.persistence = Persistence(self.started)

    def batch(self, batch: Batch) -> None:
        """A tick is over and the last of its datagrams has left."""
        self.timing.batch(batch)
        self.ordering.batch(batch)
        self.failures.batch(batch)
        self.caps.batch(batch)
        self.persistence.batch(batch)

    def asked(self, asked: Asked, *, online: bool) -> None:
        """The request place of a coming tick has been decided."""
        self.participation.asked(asked)
        self.persistence.asked(asked, online=online)

    def hour(self, hour: LastHour, now: float) -> None:
        """Lookups of the hour that ends now."""
        self.participation.hour = hour
        self.caps.hour(hour, now)

    def look(self, now: float, numbers: Callable[[], str]) -> tuple[str, ...]:
        """
        Test everything if it is time, and give a sentence for each verdict that changed.

        :param numbers: gives the fingerprint of the contract's numbers now.
        """
        if self._looked is not None and now - self._looked < LOOK_EVERY:
            return ()
        self._looked = now
        found = (
            self.timing.checks(now),
            self.ordering.checks(now),
            self.participation.checks(),
            self.failures.checks(now),
            self.caps.checks(now),
            self.persistence.checks(now),
            (numbers_unchanged(numbers(), self.numbers),),
        )
        sentences: list[str] = []
        for number, checks in enumerate(found, 1):
            self.checks[number] = self._verdicts.standing(checks, now)
            sentences += self._verdicts.changes(number, self.checks[number])
        return tuple(sentences)
