"""Tests for :mod:`twisted_mule.kad.deck`: pace and mix that depend on nothing."""

from __future__ import annotations

from collections import Counter

from twisted.trial.unittest import SynchronousTestCase

from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.deck import PACK, Deck
from twisted_mule.kad.kinds import Aim


class DeckTests(SynchronousTestCase):
    """Every slot has its sort before anybody wants anything."""

    def aims(self, count: int, key: bytes = b"deck") -> list[Aim]:
        """The sorts of the first slots."""
        deck = Deck(Chance(key))
        return [deck.aim(slot) for slot in range(count)]

    def test_mix(self) -> None:
        """Of twenty slots nine are for stores, eight for values, three for nodes."""
        expected = {
            Aim.STORE: contract.PACK_STORES,
            Aim.VALUE: contract.PACK_VALUES,
            Aim.NODE: contract.PACK_NODES,
        }
        aims = self.aims(10 * len(PACK))
        for begin in range(0, len(aims), len(PACK)):
            self.assertEqual(expected, Counter(aims[begin : begin + len(PACK)]))

    def test_shuffled(self) -> None:
        """No two packs are alike, nor are those of two nodes."""
        aims = self.aims(20 * len(PACK))
        packs = {tuple(aims[at : at + len(PACK)]) for at in range(0, len(aims), len(PACK))}
        self.assertEqual(20, len(packs))
        self.assertNotEqual(aims, self.aims(len(aims), b"other"))

    def test_by_number_alone(self) -> None:
        """A look ahead shifts nothing."""
        deck = Deck(Chance(b"deck"))
        deck.aim(777)
        self.assertEqual(self.aims(50), [deck.aim(slot) for slot in range(50)])

    def test_no_hour_of_stores_only(self) -> None:
        """In no 140 slots in a row, about an hour, are there more stores than the cap."""
        stores = [aim is Aim.STORE for aim in self.aims(4000)]
        most = max(sum(stores[at : at + 140]) for at in range(len(stores) - 140))
        self.assertLessEqual(most, contract.STORES_PER_HOUR)
