"""Decks whose next card is known, and slots that are given to whoever asks."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.core import Kad
from twisted_mule.kad.deck import Deck
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.origins import Busy, LookupWish, Origin
from twisted_mule.kad.slots import Slots


@define
class Marked(Deck):
    """
    A deck of one sort only, or of some sorts in turn.

    :ivar sorts: which.
    """

    sorts: tuple[Aim, ...] = (Aim.NODE,)
    chance: Chance = field(factory=lambda: Chance(b"cards"))

    def aim(self, slot: int) -> Aim:
        """The one in turn."""
        return self.sorts[slot % len(self.sorts)]


_ALL = (Aim.VALUE, Aim.STORE, Aim.NODE)


def slots_for(*sorts: Aim) -> Slots:
    """Slots that are for these sorts of lookup in turn."""
    return Slots(Marked(sorts=sorts))


def deal(kad: Kad, *sorts: Aim) -> Kad:
    """Have the slots of a core be for these sorts of lookup in turn."""
    kad._agenda.slots.deck = Marked(sorts=sorts)
    return kad


def offered(
    origin: Origin, aims: Iterable[Aim], busy: Busy, now: float, random: Draws
) -> LookupWish | None:
    """What an origin wants of these sorts, of any if none is named."""
    wishes = (origin.offer(aim, busy, now, random) for aim in tuple(aims) or _ALL)
    return next((wish for wish in wishes if wish is not None), None)
