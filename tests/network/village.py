"""A practice network in memory: nodes of the production code, one clock, one weather."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from attrs import define, field

from twisted_mule.kad.chance import Chance
from twisted_mule.node import MuleNode
from twisted_mule.practice.neighbourhood import Neighbourhood, Seat, neighbours
from twisted_mule.practice.router import Switch
from twisted_mule.practice.weather import I2P_LIKE, Weather
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.simulation.lean import unmeasured


@define
class Village:
    """
    So many neighbours, who know each other by name from the start.

    :ivar clock: moved by :meth:`run` only.
    :ivar measured: whether the neighbours check themselves, which is for a user whom they have not.
    """

    count: int
    weather: Weather = I2P_LIKE
    key: bytes = b"village"
    measured: bool = True
    clock: HeapClock = field(factory=partial(HeapClock, 1000.0), init=False)
    switch: Switch = field(init=False)
    neighbourhood: Neighbourhood = field(init=False)

    def __attrs_post_init__(self) -> None:
        chance = Chance(self.key)
        self.switch = Switch(self.clock, chance.stream("weather", 0), self.weather)
        people = neighbours(self.key, self.count)
        self.neighbourhood = Neighbourhood(self.clock, self.switch, people, self.key)
        self.neighbourhood.startService()
        if not self.measured:
            for node in self.nodes:
                unmeasured(node)

    @property
    def nodes(self) -> list[MuleNode]:
        """The nodes, in the order of the neighbours."""
        return self.neighbourhood.nodes

    def run(self, seconds: float) -> None:
        """Let time pass, from one timer to the next, in steps that are never large."""
        self.clock.run(seconds)

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
