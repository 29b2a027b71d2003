"""What will happen on the practice network and when: one heap and one timer for all of it."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from attrs import define, field
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger


@define(eq=False)
class Agenda:
    """
    Actions that wait for their time.

    One ``callLater`` at a time instead of one a datagram: a clock with thousands of pending calls
    is slow, a virtual one above all.

    :ivar clock: the reactor, or any other ``IReactorTime``.
    """

    _log = Logger()

    clock: IReactorTime
    _waiting: list[tuple[float, int, Callable[[], object]]] = field(factory=list, init=False)
    _serial: int = field(default=0, init=False)
    _timer: IDelayedCall | None = field(default=None, init=False)
    _timer_at: float = field(default=0.0, init=False)
    _closed: bool = field(default=False, init=False)

    def __len__(self) -> int:
        return len(self._waiting)

    def after(self, delay: float, action: Callable[[], object]) -> None:
        """Do ``action`` in ``delay`` seconds; those of the same moment in the order given."""
        if self._closed:
            return
        self._serial += 1
        heappush(self._waiting, (self.clock.seconds() + delay, self._serial, action))
        self._set_timer()

    def open(self) -> None:
        """Take actions again."""
        self._closed = False

    def close(self) -> None:
        """Forget everything that waits, and whatever connections still ask for as they end."""
        self._closed = True
        self._waiting.clear()
        self._stop_timer()

    def _set_timer(self) -> None:
        when = self._waiting[0][0]
        if self._timer is not None and self._timer_at <= when:
            return
        self._stop_timer()
        self._timer_at = when
        self._timer = self.clock.callLater(max(0.0, when - self.clock.seconds()), self._run)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        self._timer = None
        now = self.clock.seconds()
        while self._waiting and self._waiting[0][0] <= now:
            _, _, action = heappop(self._waiting)
            # One failing receiver must not stop everyone else's datagrams.
            try:
                action()
            except Exception:  # noqa: BLE001
                self._log.failure("What was due on the practice network failed")
        if self._waiting:
            self._set_timer()
