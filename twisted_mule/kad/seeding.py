"""Whom to ask for contacts while there are too few (node-behaviour 5.1 and 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from attrs import define, field

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.contact import Me, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import ZERO
from twisted_mule.kad.messages import VERSION
from twisted_mule.kad.requests import KAD2_ROUTING

#: The list is worked off so many at a time, the nearest to us first.
NEAREST: Final = 50
#: With fewer contacts than this a table is worth filling.
ENOUGH: Final = 25
#: Seeds are asked so often while there are few contacts: first datagrams are lost both ways.
ROUNDS: Final = 4
#: Seconds between two requests.
SPACING: Final = (10.0, 25.0)
#: Without any message for so long we are not connected.
DISCONNECTED: Final = 1200.0


@define
class Seeding:
    """
    A list of seeds that is asked one by one, in random order within its nearest ones.

    :ivar me: who must not be among them.
    """

    me: Me
    _seeds: dict[Destination, Seed] = field(factory=dict, init=False)
    _asked: dict[Destination, int] = field(factory=dict, init=False)
    _next: float = field(default=float("-inf"), init=False)

    def offer(self, seeds: Iterable[Seed]) -> None:
        """Take more seeds; those that speak only Kad1 cannot be asked."""
        fit = [seed for seed in seeds if self._fits(seed)]
        self._seeds |= {seed.destination: seed for seed in fit}
        nearest = sorted(self._seeds.values(), key=lambda s: self.me.kad_id.distance(s.kad_id))
        self._seeds = {seed.destination: seed for seed in nearest}

    def _fits(self, seed: Seed) -> bool:
        usable = KAD2_ROUTING <= seed.version <= VERSION and seed.kad_id != ZERO
        return usable and seed.destination != self.me.destination

    @property
    def pending(self) -> bool:
        """Whether a seed was never asked: as long, those who answer are not admitted themselves."""
        return len(self._asked) < len(self._seeds)

    def wanted(self, contacts: int, silence: float, now: float) -> bool:
        """
        Whether to ask a seed now.

        :param contacts: how many the table has.
        :param silence: seconds since anything was heard.
        """
        if now < self._next or not self._seeds:
            return False
        if contacts == 0 or silence >= DISCONNECTED:
            return True
        return contacts < ENOUGH and (self.pending or min(self._asked.values()) < ROUNDS)

    def pick(self, random: Draws, permitted: Callable[[Destination], bool]) -> Seed | None:
        """One of those asked least, by lot."""
        turns = self._turns()
        chosen = [seed for seed in turns if permitted(seed.destination)]
        return random.choice(chosen) if chosen else None

    def _turns(self) -> list[Seed]:
        """Of the nearest seeds, those that had the fewest turns; in vain, others join them."""
        reach = NEAREST
        while True:
            near = list(self._seeds.values())[:reach]
            least = min(self._asked.get(seed.destination, 0) for seed in near)
            if least < ROUNDS * (reach // NEAREST) or reach >= len(self._seeds):
                return [s for s in near if self._asked.get(s.destination, 0) == least]
            reach += NEAREST

    def asked(self, seed: Seed, now: float, random: Draws) -> None:
        """``seed`` is asked now."""
        self._asked[seed.destination] = self._asked.get(seed.destination, 0) + 1
        self._next = now + random.uniform(*SPACING)
