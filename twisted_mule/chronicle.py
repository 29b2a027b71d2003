"""Once a minute the snapshot's figures are noted for the time lines, and kept in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import astuple, define, field
from twisted.application.service import Service
from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from twisted_mule.history import History, Row
from twisted_mule.spans import STEPS, Span, Timeline
from twisted_mule.status import NodeStatus, RouterState
from twisted_mule.store.timelines import TimelineStore

#: Seconds between two samples, and samples between two savings.
EVERY: Final = 60.0
SAVED_AFTER: Final = 10
_RATES: Final = ("received", "sent", "dropped")


@define(eq=False)
class Recorder(Service):
    """
    Keeps the history of one node.

    :ivar wall: Unix time.
    :ivar entries: how many entries are held for others.
    """

    clock: IReactorTime
    wall: Callable[[], float]
    status: Callable[[], NodeStatus]
    entries: Callable[[], int]
    store: TimelineStore
    tell: Callable[[str], None]
    history: History = field(factory=History, init=False)
    _totals: dict[str, int] = field(factory=dict, init=False)
    _at: float = field(default=0.0, init=False)
    _unsaved: int = field(default=0, init=False)
    _loop: LoopingCall = field(init=False)

    name = "recorder"

    def __attrs_post_init__(self) -> None:
        self._loop = LoopingCall(self._sample)
        self._loop.clock = self.clock

    @inlineCallbacks
    def open(self) -> Any:
        """Take up what is kept; the database must be open."""
        rows = yield self.store.load()
        self.history.restore(Row(*row) for row in rows)

    def startService(self) -> None:
        """Begin to note."""
        super().startService()
        self._totals, self._at = _totals(self.status()), self.clock.seconds()
        self._loop.start(EVERY, now=False)

    @inlineCallbacks
    def stopService(self) -> Any:
        """Save what is noted; fires when it is."""
        super().stopService()
        if self._loop.running:
            self._loop.stop()
        yield self._save()

    def timeline(self, span: Span) -> Timeline:
        """The figures up to now."""
        return self.history.timeline(span, self.wall())

    def _sample(self) -> None:
        status, now = self.status(), self.clock.seconds()
        totals, minutes = _totals(status), max(now - self._at, 1.0) / 60
        self.history.note(
            self.wall(),
            {
                "contacts": status.routing.contacts,
                "verified": status.routing.verified,
                "heard": status.routing.heard,
                "online": status.router.state is RouterState.ONLINE,
                "entries": self.entries(),
                **{name: (totals[name] - self._totals[name]) / minutes for name in _RATES},
            },
        )
        self._totals, self._at = totals, now
        self._unsaved += 1
        if self._unsaved >= SAVED_AFTER:
            self._save()

    def _save(self) -> Any:
        self._unsaved = 0
        now = self.wall()
        bounds = [(step, int(now // step) - most + 1) for step, most in STEPS.values()]
        saved = self.store.save([astuple(row) for row in self.history.changes()], bounds)
        return saved.addErrback(self._not_saved)

    def _not_saved(self, failure: Failure) -> None:
        self.tell(f"The time lines could not be saved. {failure.getErrorMessage()}")


def _totals(status: NodeStatus) -> dict[str, int]:
    totals = dict.fromkeys(_RATES, 0)
    for name, counter in status.counters.items():
        group = name.partition("_")[0]
        if group in totals:
            totals[group] += counter.total
    return totals
