"""Results laid into messages."""

from __future__ import annotations

from itertools import chain
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.kad.filling import filled
from twisted_mule.kad.parts import Entry, WrittenEntry


def results(sizes: list[int]) -> list[Entry]:
    """Results of these sizes, each with its number in its identifier."""
    return [
        WrittenEntry(number.to_bytes(4, "big") + bytes(size - 4))
        for number, size in enumerate(sizes)
    ]


def numbers(message: tuple[Entry, ...]) -> list[int]:
    """Which results a message holds."""
    return [int.from_bytes(result.written[:4], "big") for result in message]


class FillingTests(SynchronousTestCase):
    """As few messages as possible, in no order that tells anything."""

    @given(st.lists(st.integers(4, 60), max_size=60), st.integers(20, 80), st.integers(1, 4))
    def test_any(self, sizes: list[int], room: int, most: int) -> None:
        """No message is too large, nothing comes twice, and the first results come first."""
        messages = filled(results(sizes), room, most, Random(1))
        self.assertLessEqual(len(messages), most)
        for message in messages:
            self.assertLessEqual(sum(len(result.written) for result in message), room)
            self.assertTrue(message)
        found = sorted(chain(*map(numbers, messages)))
        fitting = [number for number, size in enumerate(sizes) if size <= room]
        self.assertEqual(fitting[: len(found)], found)
        if sum(sizes[number] for number in fitting) <= room:
            self.assertEqual(fitting, found)

    def test_all_that_fits(self) -> None:
        """Results of one size fill every message."""
        messages = filled(results([10] * 100), 95, 4, Random(1))
        self.assertEqual([9, 9, 9, 9], [len(message) for message in messages])
        self.assertEqual(list(range(36)), sorted(chain(*map(numbers, messages))))

    def test_little_is_lost(self) -> None:
        """Results of uneven sizes fill the messages but for a few bytes."""
        sizes = [Random(number).randrange(80, 300) for number in range(300)]
        messages = filled(results(sizes), 10_000, 4, Random(1))
        full = sum(len(result.written) for message in messages for result in message)
        self.assertGreater(full, 37_000)

    def test_shuffled(self) -> None:
        """Results are in another order every time, over all messages and inside each."""
        orders = set()
        for seed in range(20):
            messages = filled(results([10] * 36), 95, 4, Random(seed))
            orders.add(tuple(chain(*map(numbers, messages))))
            for message in messages:
                self.assertGreater(max(numbers(message)) - min(numbers(message)), 9)
        self.assertEqual(20, len(orders))

    def test_where_each_comes(self) -> None:
        """Every result comes everywhere equally often."""
        places = [0] * 5
        for seed in range(2000):
            (message,) = filled(results([10] * 5), 100, 4, Random(seed))
            places[numbers(message).index(0)] += 1
        for count in places:
            self.assertLess(abs(count - 400), 100)

    def test_very_uneven(self) -> None:
        """Where no new order fits, every message is shuffled for itself and nothing is lost."""
        orders = set()
        for seed in range(50):
            messages = filled(results([51, 49] * 4), 100, 4, Random(seed))
            self.assertGreaterEqual(sum(map(len, messages)), 7)
            orders.add(tuple(chain(*map(numbers, messages))))
        self.assertGreater(len(orders), 10)

    def test_too_large(self) -> None:
        """What fits no message is left out, and nothing else."""
        (message,) = filled(results([10, 101, 10]), 100, 4, Random(1))
        self.assertEqual([0, 2], sorted(numbers(message)))
        self.assertEqual([], filled(results([101]), 100, 4, Random(1)))
