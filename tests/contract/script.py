"""The public script: who sends which datagram to the node at what time."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from math import log
from typing import Final

from attrs import evolve, frozen

from tests.contract.peers import ASKERS, PUBLIC, REQUESTS, Peer, peer, written
from twisted_mule.kad.chance import Draws

#: The usual mix of requests, per cent.
USUAL: Final = {
    "REQ": 52,
    "HELLO_REQ": 10,
    "PING": 6,
    "BOOTSTRAP_REQ": 4,
    "SEARCH_KEY_REQ": 7,
    "SEARCH_SOURCE_REQ": 5,
    "SEARCH_NOTES_REQ": 2,
    "PUBLISH_KEY_REQ": 4,
    "PUBLISH_SOURCE_REQ": 4,
    "PUBLISH_NOTES_REQ": 1,
    "Kad1 HELLO_REQ": 2,
    "Kad1 REQ": 2,
    "Kad1 BOOTSTRAP_REQ": 1,
}


@frozen
class Knock:
    """
    One datagram to the node.

    :ivar at: seconds after the curtain.
    :ivar kind: the name of its opcode.
    """

    at: float
    peer: Peer
    kind: str
    datagram: bytes


def usual(seconds: float, rate: float = 1.0, name: str = "usual") -> tuple[Knock, ...]:
    """Requests of every kind from sixty peers at a Zipf-like rate, ``rate`` a second in all."""
    draws = PUBLIC.stream(name, 0)
    ranks = list(accumulate(1.0 / (rank + 1) for rank in range(ASKERS)))
    kinds, shares = list(USUAL), list(accumulate(USUAL.values()))
    knocks: list[Knock] = []
    at = 0.0
    while True:
        # To the microsecond: the last bit of a logarithm is the platform's.
        at = round(at - log(1.0 - draws.random()) / rate, 6)
        if at >= seconds:
            return tuple(knocks)
        one = peer(bisect(ranks, draws.random() * ranks[-1]))
        kind = kinds[bisect(shares, draws.random() * shares[-1])]
        knocks.append(knock(at, one, kind, draws))


def knock(at: float, one: Peer, kind: str, draws: Draws) -> Knock:
    """A request of this kind; every other one has no cover."""
    plain = draws.random() < 0.5
    return Knock(at, one, kind, written(REQUESTS[kind](one, draws), one, draws, plain=plain))


def even(
    seconds: float, rate: float, peers: int, kinds: Sequence[str], name: str = "even"
) -> tuple[Knock, ...]:
    """All ``kinds`` equally often, from ``peers`` in turn, at random times."""
    draws = PUBLIC.stream(name, 0)
    times = sorted(draws.random() * seconds for _ in range(round(seconds * rate)))
    return tuple(
        knock(at, peer(number % peers), draws.choice(kinds), draws)
        for number, at in enumerate(times)
    )


Change = Callable[[Knock], bytes]


def changed(
    script: Iterable[Knock], which: Callable[[Knock], bool], change: Change
) -> tuple[Knock, ...]:
    """The same script with other bytes in the datagrams that ``which`` names."""
    return tuple(evolve(one, datagram=change(one)) if which(one) else one for one in script)
