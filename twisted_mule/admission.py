"""Who is let in at arrival: one token a datagram, one rule for every type (contract clause 5)."""

from __future__ import annotations

from collections import OrderedDict

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.destination import Destination


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
class _Peer:
    bucket: TokenBucket
    arrivals: int = 0
    answers: int = 0


@define
class Admission:
    """
    The per-peer and the global bucket (design.md section 4.3).

    :ivar now: the time on the caller's clock at which it opens.
    """

    now: float
    refused_peer: int = field(default=0, init=False)
    refused_global: int = field(default=0, init=False)
    _peers: OrderedDict[Destination, _Peer] = field(factory=OrderedDict, init=False)
    _all: TokenBucket = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._all = TokenBucket(contract.GLOBAL_RATE, contract.GLOBAL_BURST, self.now)

    def arrival(self, source: Destination, now: float, *, answers: bool = False) -> int:
        """
        Count a datagram of ``source`` and give its number; the memory of peers is bounded.

        What answers us has numbers of its own, below zero: whom we ask must not shift what is
        drawn for the datagrams that others send by themselves (contract clause 3).
        """
        peer = self._peers.get(source)
        if peer is None:
            bucket = TokenBucket(contract.PEER_RATE, contract.PEER_BURST, now)
            peer = self._peers[source] = _Peer(bucket)
            if len(self._peers) > contract.PEERS_REMEMBERED:
                self._peers.popitem(last=False)
        else:
            self._peers.move_to_end(source)
        if answers:
            peer.answers += 1
            return -peer.answers
        peer.arrivals += 1
        return peer.arrivals

    def admit(self, source: Destination, now: float) -> bool:
        """Whether a datagram of ``source``, just counted, may take a place."""
        bucket = self._peers[source].bucket
        if not bucket.holds_one(now):
            self.refused_peer += 1
            return False
        if not self._all.holds_one(now):
            self.refused_global += 1
            return False
        bucket.take()
        self._all.take()
        return True
