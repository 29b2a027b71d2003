"""Tests for :mod:`twisted_mule.kad.chance`: counter-mode randomness."""

from hypothesis import given
from hypothesis.strategies import binary, integers, lists
from twisted.trial.unittest import SynchronousTestCase

from tests.laws import beta_2_2_cdf, ks_distance
from twisted_mule.kad.chance import Chance, beta_2_2, redrawn


class StreamTests(SynchronousTestCase):
    """A draw depends on the boot key, its purpose and its counters, and on nothing else."""

    def test_no_draw_shifts_another(self) -> None:
        """Drawing from one stream leaves all others as they were."""
        one, other = Chance(b"k"), Chance(b"k")
        one.stream("tick", 3).randbytes(1000)
        self.assertEqual(one.stream("tick", 4).random(), other.stream("tick", 4).random())

    @given(lists(integers(0, 99) | binary(max_size=4), max_size=3, min_size=1))
    def test_counters_are_told_apart(self, counters: list[int | bytes]) -> None:
        """Two tuples of counters never give the same stream."""
        chance = Chance(b"k")
        first = chance.stream("p", *counters).randbytes(16)
        self.assertNotEqual(first, chance.stream("p", *counters, 0).randbytes(16))
        self.assertNotEqual(first, chance.stream("q", *counters).randbytes(16))
        joined = b"".join(c if isinstance(c, bytes) else b"%d" % c for c in counters)
        if list(counters) != [joined] and len(counters) > 1:
            self.assertNotEqual(first, chance.stream("p", joined).randbytes(16))

    def test_key_matters(self) -> None:
        """Another boot draws other numbers."""
        draws = {Chance(bytes([n])).stream("tick", 1).random() for n in range(100)}
        self.assertEqual(100, len(draws))

    @given(integers(0, 300), integers(0, 300))
    def test_bytes_are_one_stream(self, some: int, more: int) -> None:
        """How many bytes are asked for at a time makes no difference."""
        split, whole = (Chance(b"k").stream("b") for _ in range(2))
        self.assertEqual(
            split.randbytes(some) + split.randbytes(more), whole.randbytes(some + more)
        )

    def test_uniform(self) -> None:
        """``random`` is uniform on [0, 1)."""
        stream = Chance(b"k").stream("u")
        sample = [stream.random() for _ in range(20_000)]
        self.assertLess(ks_distance(sample, lambda x: x), 0.017)
        self.assertTrue(all(0.0 <= x < 1.0 for x in sample))

    def test_range_choice_and_shuffle(self) -> None:
        """Every item can be drawn and can come to every place."""
        stream = Chance(b"k").stream("s")
        places = [[0] * 5 for _ in range(5)]
        for _ in range(5000):
            order = list(range(5))
            stream.shuffle(order)
            for place, item in enumerate(order):
                places[item][place] += 1
        self.assertTrue(all(abs(count - 1000) < 150 for row in places for count in row), places)
        self.assertEqual({0, 1, 2}, {stream.randrange(3) for _ in range(100)})
        self.assertEqual({"a", "b"}, {stream.choice("ab") for _ in range(100)})
        self.assertRaises(ValueError, stream.randrange, 0)

    def test_laws(self) -> None:
        """The jitter is Beta(2,2), and a redrawn period stays within a quarter of its nominal."""
        stream = Chance(b"k").stream("l")
        self.assertLess(ks_distance([beta_2_2(stream) for _ in range(20_000)], beta_2_2_cdf), 0.017)
        periods = [redrawn(100.0, stream) for _ in range(1000)]
        self.assertGreaterEqual(min(periods), 75.0)
        self.assertLessEqual(max(periods), 125.0)
        self.assertGreater(max(periods) - min(periods), 45.0)

    def test_key_is_not_shown(self) -> None:
        """A traceback or a log cannot print the key."""
        self.assertNotIn("secret", repr(Chance(b"secret")))
