"""A practice network in memory: nodes of the production code, one clock, one weather."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable

from attrs import define, field
from twisted.internet.base import DelayedCall
from twisted.internet.task import Clock

from twisted_mule.kad.chance import Chance
from twisted_mule.node import MuleNode
from twisted_mule.practice.neighbourhood import Neighbourhood, Seat, neighbours
from twisted_mule.practice.router import Switch
from twisted_mule.practice.weather import I2P_LIKE, Weather


class OrderedClock(Clock):
    """A clock that puts each call into its place instead of sorting all of them at every turn."""

    def callLater(
        self,
        delay: float,
        callable: Callable[..., object],  # noqa: A002 - Twisted's name
        *args: object,
        **kw: object,
    ) -> DelayedCall:
        """Call later; what is due at the same time is called in the order in which it was set."""
        due = self.seconds() + delay
        call = DelayedCall(due, callable, args, kw, self.calls.remove, self._moved, self.seconds)
        insort(self.calls, call, key=DelayedCall.getTime)
        return call

    def advance(self, amount: float) -> None:
        """Let time pass, and call what is due by then."""
        self.rightNow += amount
        while self.calls and self.calls[0].getTime() <= self.rightNow:
            call = self.calls.pop(0)
            call.called = 1
            call.func(*call.args, **call.kw)

    def _moved(self, call: DelayedCall) -> None:
        self.calls.remove(call)
        insort(self.calls, call, key=DelayedCall.getTime)


@define
class Village:
    """
    So many neighbours, who know each other by name from the start.

    :ivar clock: moved by :meth:`run` only.
    """

    count: int
    weather: Weather = I2P_LIKE
    key: bytes = b"village"
    clock: OrderedClock = field(factory=OrderedClock, init=False)
    switch: Switch = field(init=False)
    neighbourhood: Neighbourhood = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.clock.advance(1000.0)
        chance = Chance(self.key)
        self.switch = Switch(self.clock, chance.stream("weather", 0), self.weather)
        people = neighbours(self.key, self.count)
        self.neighbourhood = Neighbourhood(self.clock, self.switch, people, self.key)
        self.neighbourhood.startService()

    @property
    def nodes(self) -> list[MuleNode]:
        """The nodes, in the order of the neighbours."""
        return self.neighbourhood.nodes

    def run(self, seconds: float) -> None:
        """Let time pass, from one timer to the next, in steps that are never large."""
        end = self.clock.seconds() + seconds
        while self.clock.seconds() < end:
            # The clock keeps its calls in order; a copy of all of them for each step is slow.
            due = self.clock.calls[0].getTime() if self.clock.calls else end
            self.clock.advance(max(min(due, end) - self.clock.seconds(), 0.0))

    def bury(self, numbers: Iterable[int]) -> None:
        """Let these neighbours die: at once, without a word, for ever."""
        for number in numbers:
            node = self.nodes[number]
            assert isinstance(node.link, Seat)
            if node.link.attachment is not None:
                node.link.attachment.close()
                node.link.attachment = None
            node.stopService()

    def handshakes(self) -> list[int]:
        """For each node, how many contacts it has shaken hands with."""
        return [node.core.survey(self.clock.seconds()).handshakes for node in self.nodes]
