"""A virtual clock that stays quick with any number of pending calls: one heap for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from heapq import heapify, heappop, heappush
from typing import Final

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

#: Cancelled calls are swept out of the heap once there are so many, and more than live ones.
_SWEEP_ABOVE: Final = 1_000


@implementer(IReactorTime)
class HeapClock:
    """
    All of ``IReactorTime``, and time that passes when it is told to.

    What is due at the same moment is called in the order in which it was asked for.  Calls that
    were cancelled or moved stay in the heap until their time comes: looking for them would cost
    more than meeting them.  ``task.Clock`` sorts all calls at each change, and so needs a second
    for 80 events among 10,000.

    :param now: the time at which it begins.
    """

    def __init__(self, now: float = 0.0) -> None:
        self.rightNow = now  # the name that task.Clock has for it
        self._heap: list[tuple[float, int, DelayedCall | partial[object]]] = []
        self._serial = 0
        self._gone = 0

    def seconds(self) -> float:
        """The time."""
        return self.rightNow

    def callLater(
        self,
        delay: float,
        callable: Callable[..., object],  # noqa: A002 - Twisted's name
        *args: object,
        **kw: object,
    ) -> DelayedCall:
        """Call ``callable`` in ``delay`` seconds."""
        due = self.seconds() + delay
        call = DelayedCall(due, callable, args, kw, self._cancelled, self._push, self.seconds)
        self._serial += 1
        heappush(self._heap, (due, self._serial, call))
        return call

    def call_in(self, delay: float, function: Callable[..., object], *args: object) -> None:
        """Call ``function`` in ``delay`` seconds, come what may: much less work and memory."""
        self._serial += 1
        heappush(self._heap, (self.rightNow + delay, self._serial, partial(function, *args)))

    def getDelayedCalls(self) -> list[DelayedCall]:
        """What is pending and can be cancelled, the next one first; slow, for tests and looks."""
        calls = [call for _, _, call in self._heap if isinstance(call, DelayedCall)]
        live = {call: None for call in calls if call.active()}
        return sorted(live, key=DelayedCall.getTime)

    def advance(self, amount: float) -> None:
        """Let time jump, and then call what is due by then, as ``task.Clock`` does."""
        self.rightNow += amount
        while self._heap and self._heap[0][0] <= self.seconds():
            due, _, call = heappop(self._heap)
            self._meet(due, call)

    def pump(self, timings: Iterable[float]) -> None:
        """Advance several times."""
        for amount in timings:
            self.advance(amount)

    def run(self, seconds: float) -> None:
        """Let time pass from one call to the next, so that each sees the time it asked for."""
        end, heap = self.rightNow + seconds, self._heap
        while heap and heap[0][0] <= end:
            due, _, call = heappop(heap)
            self.rightNow = max(self.rightNow, due)
            self._meet(due, call)
        self.rightNow = max(self.rightNow, end)

    def _meet(self, due: float, call: DelayedCall | partial[object]) -> None:
        if isinstance(call, partial):
            call()
        elif call.cancelled:
            self._gone -= 1
        elif call.called or call.time != due:
            return  # it was moved, and stands in the heap at its new time as well
        elif call.delayed_time:
            call.activate_delay()
            self._push(call)
        else:
            call.called = 1
            call.func(*call.args, **call.kw)
            # What a call holds often holds the call: without this each leaves a cycle behind.
            del call.func, call.args, call.kw

    def _push(self, call: DelayedCall) -> None:
        self._serial += 1
        heappush(self._heap, (call.time, self._serial, call))

    def _cancelled(self, call: DelayedCall) -> None:
        self._gone += 1
        if self._gone > _SWEEP_ABOVE and 2 * self._gone > len(self._heap):
            # In place: whoever runs holds on to this very list.
            self._heap[:] = [entry for entry in self._heap if _active(entry[2])]
            heapify(self._heap)
            self._gone = 0


def _active(call: DelayedCall | partial[object]) -> bool:
    return isinstance(call, partial) or bool(call.active())
