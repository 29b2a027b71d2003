"""Who is let in at arrival: one token a datagram, one rule for every type (contract clause 5)."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.chance import Chance
from twisted_mule.kad.destination import Destination

#: After so long without a datagram the bucket of a peer is full, as a fresh one is.
_FULL_AFTER: Final = contract.PEER_BURST / contract.PEER_RATE + 1.0


@define
class TokenBucket:
    """
    A bucket that fills at ``rate`` tokens a second up to ``burst``; it starts full.

    :ivar stamp: when ``tokens`` was true, on the caller's clock.
    """

    rate: float
    burst: float
    stamp: float
    tokens: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.tokens = self.burst

    def holds_one(self, now: float) -> bool:
        """Whether a token is there at ``now``."""
        grown = self.tokens + max(now - self.stamp, 0.0) * self.rate
        self.tokens = min(grown, self.burst)
        self.stamp = max(now, self.stamp)
        return self.tokens >= 1.0

    def take(self) -> None:
        """Remove one token."""
        self.tokens -= 1.0


@define
class Saturation:
    """
    Which share of all that comes is let in: a coarse step that is kept for minutes.

    So overload shows as loss, but no loss tells how much there is now (anonymity.md 3.3).

    :ivar now: the time on the caller's clock at which the first epoch begins.
    :ivar step: of ``contract.SATURATION_SHARES``.
    """

    chance: Chance
    now: float
    step: int = field(default=0, init=False)
    _offered: int = field(default=0, init=False)
    _epoch: int = field(default=0, init=False)
    _ends: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._ends = self.now + self._length()

    def lets_in(self, source: Destination, number: int, now: float) -> bool:
        """Whether chance lets in datagram ``number`` of a peer; the same work for every one."""
        if now >= self._ends:
            self._turn(now)
        self._offered += 1
        draw = self.chance.stream("thin", source.raw, number).random()
        return draw < contract.SATURATION_SHARES[self.step]

    def _turn(self, now: float) -> None:
        """A new epoch, by the demand of the last one."""
        rate = self._offered / (now - self.now)
        over = [rate > contract.GLOBAL_RATE, rate > 2 * contract.GLOBAL_RATE]
        self.step = sum(over)
        self.now, self._offered = now, 0
        self._epoch += 1
        self._ends = now + self._length()

    def _length(self) -> float:
        return self.chance.stream("epoch", self._epoch).uniform(*contract.SATURATION_EPOCH)


@define
class Admission:
    """
    The per-peer and the global bucket, and the step of saturation (design.md 4.3 and 4.5).

    :ivar now: the time on the caller's clock at which it opens.
    """

    now: float
    chance: Chance
    refused_peer: int = field(default=0, init=False)
    refused_global: int = field(default=0, init=False)
    # Thousands of peers are remembered, few of them were heard just now: a number or two each.
    _arrivals: dict[Destination, int] = field(factory=dict, init=False)
    _answers: dict[Destination, int] = field(factory=dict, init=False)
    _buckets: dict[Destination, TokenBucket] = field(factory=dict, init=False)
    _all: TokenBucket = field(init=False)
    saturation: Saturation = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._all = TokenBucket(contract.GLOBAL_RATE, contract.GLOBAL_BURST, self.now)
        self.saturation = Saturation(self.chance, self.now)

    def arrival(self, source: Destination, now: float, *, answers: bool = False) -> int:
        """
        Count a datagram of ``source`` and give its number; the memory of peers is bounded.

        What answers us has numbers of its own, below zero: whom we ask must not shift what is
        drawn for the datagrams that others send by themselves (contract clause 3).
        """
        number = self._arrivals.pop(source, 0) + (not answers)
        self._arrivals[source] = number  # the latest one last
        if len(self._arrivals) > contract.PEERS_REMEMBERED:
            self._forget(next(iter(self._arrivals)))
        if answers:
            number = self._answers.get(source, 0) + 1
            self._answers[source] = number
            return -number
        return number

    def _forget(self, peer: Destination) -> None:
        del self._arrivals[peer]
        self._answers.pop(peer, None)
        self._buckets.pop(peer, None)

    def _bucket(self, source: Destination, now: float) -> TokenBucket:
        """The bucket of a peer; those that are full again are let go."""
        buckets = self._buckets
        bucket = buckets.pop(source, None)
        while buckets and next(iter(buckets.values())).stamp < now - _FULL_AFTER:
            del buckets[next(iter(buckets))]
        if bucket is None:
            bucket = TokenBucket(contract.PEER_RATE, contract.PEER_BURST, now)
        buckets[source] = bucket  # so they stand in the order of their stamps
        return bucket

    def admit(self, source: Destination, now: float) -> bool:
        """Whether a datagram of ``source``, just counted, may take a place."""
        bucket = self._bucket(source, now)
        if not bucket.holds_one(now):
            self.refused_peer += 1
            return False
        lucky = self.saturation.lets_in(source, self._arrivals[source], now)
        if not self._all.holds_one(now) or not lucky:
            self.refused_global += 1
            return False
        bucket.take()
        self._all.take()
        return True
