"""
Which sort of lookup each slot is for: cards from packs that are shuffled by number alone.

What the user, publishing and maintenance want waits for a card of its sort; a card that nobody real
wants is played by cover.  So neither pace nor mix of lookups depends on what a node is used for
(contract clause 3, design.md section 5).
"""

from __future__ import annotations

from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.chance import Chance, Stream
from twisted_mule.kad.kinds import Aim

#: One pack: 45 % stores, 40 % values, 15 % nodes.
PACK: Final = (
    *(Aim.STORE,) * contract.PACK_STORES,
    *(Aim.VALUE,) * contract.PACK_VALUES,
    *(Aim.NODE,) * contract.PACK_NODES,
)


@define
class Deck:
    """
    The cards of all slots to come.

    :ivar chance: streams that nobody else draws from.
    """

    chance: Chance
    _pack: int = field(default=-1, init=False)
    _cards: list[Aim] = field(factory=list, init=False)

    def aim(self, slot: int) -> Aim:
        """The sort of lookup that slot number ``slot`` is for."""
        pack, place = divmod(slot, len(PACK))
        if pack != self._pack:
            self._pack, self._cards = pack, list(PACK)
            self.chance.stream("pack", pack).shuffle(self._cards)
        return self._cards[place]

    def draws(self, slot: int, origin: int) -> Stream:
        """The stream for whatever this origin decides about this slot, and for nothing else."""
        return self.chance.stream("slot", slot, origin)
