"""
Counter-mode randomness: every observable draw is a pure function of a key and public counters.

A shared generator would let a secret event shift all later draws; a keyed pseudo-random function
indexed by (purpose, counters) cannot (anonymity.md section 0.9, design.md section 3).
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from functools import cache
from hashlib import blake2b
from struct import Struct
from typing import Final, Protocol, TypeVar

T = TypeVar("T")

_BLOCK: Final = 64
#: Bytes of a fraction, and of a whole number.
_WORD: Final = 8
_WIDE: Final = 16
_DOUBLE: Final = 2.0**-53
#: A word, and the number of a block.
_U64: Final = Struct(">Q").unpack_from
_U32: Final = Struct(">I").pack
_FIRST: Final = _U32(0)
#: How the size of a counter stands in a label, for those that there are.
_SIZED: Final = 400
_SIZES: Final = tuple([b"|%d:" % size for size in range(_SIZED)])


class Draws(Protocol):
    """What the core asks of chance; both :class:`Stream` and ``random.Random`` give it."""

    def random(self) -> float:
        """A number from 0 (included) to 1 (excluded)."""

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 to ``stop`` - 1."""

    def uniform(self, a: float, b: float) -> float:
        """A number from ``a`` to ``b``."""

    def choice(self, seq: Sequence[T]) -> T:
        """One of a non-empty sequence."""

    def shuffle(self, x: MutableSequence[T]) -> None:
        """Put a sequence into a random order, in place."""

    def randbytes(self, n: int) -> bytes:
        """``n`` random bytes."""


class Stream:
    """
    The draws that belong to one purpose and one tuple of counters.

    :param keyed: BLAKE2b under the key of a boot; it is copied, never changed.
    :param named: purpose and counters; many a stream is never drawn from, so that they become
        bytes with the first draw only.
    """

    __slots__ = ("_block", "_counter", "_keyed", "_label", "_named", "_used")

    def __init__(self, keyed: blake2b, named: tuple[str, tuple[int | bytes, ...]]) -> None:
        self._keyed = keyed
        self._named = named
        self._block = b""
        self._counter = 0
        self._used = _BLOCK

    def randbytes(self, n: int) -> bytes:
        """The next ``n`` bytes of the stream."""
        start, end = self._used, self._used + n
        if end <= _BLOCK:  # nearly always
            self._used = end
            return self._block[start:end]
        if start == _BLOCK and n <= _BLOCK:  # the first draw, as a rule the only one
            self._refill()
            self._used = n
            return self._block[:n]
        parts = [self._block[start:]]
        missing = end - _BLOCK
        while missing > 0:
            self._refill()
            parts.append(self._block[:missing])
            self._used, missing = missing, missing - _BLOCK
        self._used = min(self._used, _BLOCK)
        return b"".join(parts)

    def _refill(self) -> None:
        block = self._keyed.copy()  # a third cheaper than to take the key in each time
        if not self._counter:
            self._label = _labelled(*self._named)
            block.update(_FIRST + self._label)
        else:
            block.update(_U32(self._counter) + self._label)
        self._block = block.digest()
        self._counter += 1
        self._used = 0

    def random(self) -> float:
        """A number from 0 (included) to 1 (excluded), of 53 bits."""
        start, end = self._used, self._used + _WORD
        if end <= _BLOCK:  # as randbytes does, without the call: this is drawn most of all
            self._used = end
        elif start == _BLOCK:
            self._refill()
            start, self._used = 0, _WORD
        else:
            word: int = _U64(self.randbytes(_WORD))[0]
            return (word >> 11) * _DOUBLE
        word = _U64(self._block, start)[0]
        return (word >> 11) * _DOUBLE

    def randoms(self, count: int) -> list[float]:
        """The next ``count`` of what :meth:`random` gives."""
        words = _words(count).unpack(self.randbytes(_WORD * count))
        return [(word >> 11) * _DOUBLE for word in words]

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 to ``stop`` - 1; the bias is below 2**-64 of a draw."""
        if stop <= 0:
            raise ValueError("an empty range has nothing to draw")
        return int.from_bytes(self.randbytes(_WIDE), "big") % stop

    def uniform(self, a: float, b: float) -> float:
        """A number from ``a`` to ``b``."""
        return a + (b - a) * self.random()

    def choice(self, seq: Sequence[T]) -> T:
        """One of a non-empty sequence."""
        return seq[self.randrange(len(seq))]

    def shuffle(self, x: MutableSequence[T]) -> None:
        """Fisher and Yates, in place."""
        last = len(x) - 1
        if last <= 0:
            return
        drawn, number = self.randbytes(_WIDE * last), int.from_bytes
        for at in range(0, _WIDE * last, _WIDE):
            other = number(drawn[at : at + _WIDE], "big") % (last + 1)
            x[last], x[other] = x[other], x[last]
            last -= 1


class Chance:
    """
    All streams of one boot.

    :param key: at most 64 bytes: 32 from the system, drawn at boot and never stored.
    """

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes) -> None:
        self._keyed = blake2b(key=key)

    def stream(self, purpose: str, *counters: int | bytes) -> Stream:
        """The stream of ``purpose`` at these public counters: the same ones give the same draws."""
        return Stream(self._keyed, (purpose, counters))

    def __repr__(self) -> str:
        return "Chance(…)"


def _labelled(purpose: str, counters: tuple[int | bytes, ...]) -> bytes:
    label = _encoded(purpose)
    for counter in counters:
        text = b"%d" % counter if isinstance(counter, int) else counter
        size = len(text)  # comes first: no two tuples look alike
        label += (_SIZES[size] if size < _SIZED else b"|%d:" % size) + text
    return label


@cache
def _encoded(purpose: str) -> bytes:
    return purpose.encode()


@cache
def _words(count: int) -> Struct:
    return Struct(f">{count}Q")


def beta_2_2(draws: Draws) -> float:
    """A Beta(2,2) draw, density 6x(1-x) on [0, 1]: the middle one of three uniform numbers."""
    low, high, third = draws.random(), draws.random(), draws.random()
    if low > high:
        low, high = high, low
    return low if third < low else min(third, high)


def redrawn(period: float, draws: Draws, spread: float = 0.25) -> float:
    """A period drawn anew from ``period`` plus or minus ``spread`` of it (design.md section 5)."""
    return period * draws.uniform(1.0 - spread, 1.0 + spread)
