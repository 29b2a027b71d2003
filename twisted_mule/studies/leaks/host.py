"""The machine of a study's node: a processor for the handlers, and requests made ahead of it."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.base import DelayedCall

from twisted_mule import contract
from twisted_mule.node import MuleNode
from twisted_mule.places import Outgoing
from twisted_mule.simulation.clock import HeapClock


@define
class Processor:
    """
    The processor that handles messages: what it works on delays what comes after.

    :ivar shared: whether everything runs on it; if not, the sender has a process of its own.
    """

    clock: HeapClock
    shared: bool = False
    free: float = 0.0

    def seconds(self) -> float:
        """What the handlers see on the clock when they come to look."""
        return max(self.clock.seconds(), self.free)

    def work(self, seconds: float) -> None:
        """Be busy."""
        if self.shared:
            self.clock.rightNow += seconds
        else:
            self.free = self.seconds() + seconds

    def callLater(
        self, delay: float, call: Callable[..., object], *args: object, **kw: object
    ) -> DelayedCall:
        """Timers are the clock's."""
        return self.clock.callLater(delay, call, *args, **kw)


@define(eq=False)
class Ahead:
    """
    The request of each tick, made a fixed time before it by the process that handles messages.

    So the exit process has it done (docs/decisions/0009): a handler that is busy for too long
    makes it late, and the place stays empty.
    """

    clock: HeapClock
    processor: Processor
    node: MuleNode
    _request: Outgoing | None = field(default=None, init=False)
    _ready: float = field(default=0.0, init=False)

    def upcoming(self, _tick: int, at: float) -> None:
        """Have the request of the next tick made."""
        made = at - contract.REQUEST_LEAD
        self._request = None
        self.clock.callLater(max(made - self.clock.seconds(), 0.0), self._make, _tick, made)

    def _make(self, tick: int, made: float) -> None:
        self._ready = self.processor.seconds()
        self._request = self.node.request_for(tick, made)

    def request_for(self, tick: int, now: float) -> Outgoing | None:
        """What has come by now."""
        del tick
        return self._request if self._ready <= now else None

    def departed(self, outgoing: Outgoing, now: float) -> None:
        """The node learns of it."""
        self.node.departed(outgoing, now)
