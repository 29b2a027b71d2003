"""What the index takes of the memory, counted object by object."""

from __future__ import annotations

import sys
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.published import NOW, a_file, a_note, a_source
from tests.samples import destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index

#: What a full index of 60,000 usual entries may take.
BUDGET = 18e6
FULL = 60_000
#: An allocation is rounded up to this.
UNIT = 16


def taken(root: object) -> int:
    """The bytes of everything that ``root`` reaches and that is its own."""
    seen: set[int] = set()
    waiting, total = [root], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        total += -(-sys.getsizeof(one) // UNIT) * UNIT
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
        else:
            slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
            waiting += [getattr(one, name) for name in slots if hasattr(one, name)]
    return total


class SizeTests(SynchronousTestCase):
    """Thousands of nodes in a simulation, or one full node: both have to fit."""

    def test_empty(self) -> None:
        """An index in which nothing is takes less than 2 KiB."""
        self.assertLess(taken(Index()), 2048)

    def test_keywords(self) -> None:
        """Usual entries, each with a long name and three publishers, keep 60,000 in the budget."""
        for words in (1, 700, 2000):
            random, index, count = Random(words), Index(), 2000
            for number in range(count):
                name = f"Some usual file name, neither short nor long {number:06}.iso"
                word = KadID(number % words << 100)
                entry = a_file(random.getrandbits(128), name, random.getrandbits(33) + 1)
                for _ in range(3):
                    who = destination(random.randrange(60))
                    index.publish_keyword(word, [entry], who, NOW)
            self.assertEqual(count, index.size().keywords)
            self.assertLess(taken(index) / count * FULL, BUDGET)

    def test_unlogged(self) -> None:
        """Without a disk nothing is kept for one."""
        logged, unlogged = Index(logged=True), Index()
        for index in (logged, unlogged):
            for number in range(500):
                index.publish_keyword(KadID(1), [a_file(number)], destination(1), NOW)
        self.assertGreater(taken(logged), taken(unlogged) + 500 * 40)
        logged.changes()
        self.assertLess(taken(logged), taken(unlogged) + 1000)

    def test_sources_and_notes(self) -> None:
        """A source takes little more than its two destinations, a note than its text."""
        index = Index()
        for number in range(1, 100):
            who = destination(number)
            index.publish_source(KadID(number), KadID(number), a_source(number), who, NOW)
        self.assertLess(taken(index) / 100, 1000)
        index = Index()
        for number in range(1, 100):
            index.publish_note(KadID(number), KadID(number), a_note(), destination(number), NOW)
        self.assertLess(taken(index) / 100, 220)

    def test_counted(self) -> None:
        """The room that the index tells is the bytes of its records."""
        index = Index()
        self.assertEqual(0, index.size().room)
        index.publish_note(KadID(1), KadID(2), a_note("x" * 500), destination(1), NOW)
        room = index.size().room
        self.assertGreater(room, 500)
        index.publish_note(KadID(1), KadID(2), a_note(""), destination(1), NOW)
        self.assertEqual(room - 500, index.size().room)
