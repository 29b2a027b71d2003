"""The state of a running node goes to the disk, at times that nobody outside sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_mule.kad.chance import Chance, redrawn
from twisted_mule.keeping import Keeper
from twisted_mule.node import MuleNode
from twisted_mule.store.directory import StateError

#: Seconds between two savings of the state, and until the first one.
SAVE_EVERY: Final = 480.0
SAVE_FIRST: Final = 60.0


@define(eq=False)
class Saving:
    """
    Save a node now and then, and whenever asked.

    :ivar saved: called with the Unix time of what is safe now.
    :ivar tell: called with one sentence when the disk refuses, which is not fatal.
    """

    clock: IReactorTime
    chance: Chance
    keeper: Keeper
    node: MuleNode
    saved: Callable[[float], None]
    tell: Callable[[str], None]
    _next: IDelayedCall | None = field(default=None, init=False)
    _count: int = field(default=0, init=False)

    _log = Logger()

    def begin(self) -> None:
        """Save for the first time in a minute, and then again and again."""
        self._next = self.clock.callLater(SAVE_FIRST, self._again)

    def end(self) -> None:
        """Save no more by itself."""
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _again(self) -> None:
        wait = redrawn(SAVE_EVERY, self.chance.stream("saving", self._count))
        self._next = self.clock.callLater(wait, self._again)
        self.save()

    def save(self) -> Deferred[Any]:
        """Put the state on the disk; never fails."""
        self._count += 1
        core, draws = self.node.core, self.chance.stream("save", self._count)
        now = self.clock.seconds()
        # One by one, in many turns: thousands of copies would take long and much memory.
        table = list(core.table)
        contacts = (contact.saved(now) for contact in table if contact in core.table)
        exported, due = core.exported(draws), core.due_rows(now)
        saved: Deferred[Any] = self.keeper.save(contacts, exported, due)
        saved.addCallbacks(self._saved, self._not_saved)
        return saved

    def _saved(self, at: float) -> None:
        self.saved(at)
        self.node.check.persistence.saved(self.clock.seconds())

    def _not_saved(self, failure: Failure) -> None:
        if failure.check(StateError) is None:
            self._log.failure("Saving the state failed", failure=failure)
        self.tell(f"The state could not be saved. {failure.getErrorMessage()}")
