"""What is asked of the node and when: the crowd, the probers, and what one of them hides."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from math import log
from typing import Final, NamedTuple

from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.ids import SIZE, KadID
from twisted_mule.studies.leaks.folk import FOLK, REQUESTS, Folk, Peer

#: The usual mix of what strangers ask, per cent.
USUAL: Final = {
    "find": 56,
    "search files": 9,
    "search sources": 8,
    "search notes": 2,
    "publish files": 6,
    "publish source": 6,
    "publish note": 2,
    "ping": 7,
    "bootstrap": 4,
}
#: The same without what cover stores feed on: files that others publish (decision 0010).
UNPUBLISHED: Final = {kind: share for kind, share in USUAL.items() if kind != "publish files"}
#: The popularity of strangers falls as 1 / (rank + this): none comes near its own cap.
_FLAT: Final = 10
#: A prober sends a pair about so often, its datagrams so far apart (anonymity.md section 2).
PAIR_EVERY: Final = (15.0, 25.0)
PAIR_APART: Final = (0.005, 0.060)
#: Every other target of a prober is one of so many that it asks about again and again.
_AGAIN: Final = 8


class Knock(NamedTuple):
    """
    One datagram to the node.

    :ivar at: seconds after the begin.
    :ivar secret: whether it is what differs between the classes, and so is nobody's observation.
    """

    at: float
    peer: Peer
    datagram: bytes
    secret: bool = False


def crowd(
    folk: Folk, me: KadID, seconds: float, rate: float, mix: Mapping[str, int]
) -> Iterator[Knock]:
    """Requests of these kinds from strangers, ``rate`` a second in all, as a Poisson process."""
    draws = folk.chance.stream("crowd", 0)
    strangers = folk.peers[FOLK:]
    ranks = list(accumulate(1.0 / (rank + _FLAT) for rank in range(len(strangers))))
    kinds, shares = list(mix), list(accumulate(mix.values()))
    at = 0.0
    while rate > 0.0:
        at -= log(1.0 - draws.random()) / rate
        if at >= seconds:
            return
        one = strangers[bisect(ranks, draws.random() * ranks[-1])]
        kind = kinds[bisect(shares, draws.random() * shares[-1])]
        yield Knock(at, one, one.says(REQUESTS[kind](folk, one, me, draws), draws))


def prober(folk: Folk, me: KadID, seconds: float, one: Peer, before: Before) -> Iterator[Knock]:
    """
    Pairs of a step of a lookup and a PING, in either order, close together.

    :param before: what the prober sends immediately before each pair, if anything.
    """
    draws = folk.chance.stream("prober", one.number)
    known = [KadID.from_natural(draws.randbytes(SIZE)) for _ in range(_AGAIN)]
    at = draws.uniform(0.0, PAIR_EVERY[1])
    while at < seconds:
        first = before(one, me, draws)
        if first is not None:
            yield Knock(at, one, first, secret=True)
            at += draws.uniform(*PAIR_APART)
        fresh = KadID.from_natural(draws.randbytes(SIZE))
        target = draws.choice(known) if draws.random() < 0.5 else fresh
        pair: list[m.Message] = [m.FindNodeRequest(4, target, me, one.kad_id), m.Ping()]
        draws.shuffle(pair)
        yield Knock(at, one, one.says(pair[0], draws))
        later = at + draws.uniform(*PAIR_APART)
        yield Knock(later, one, one.says(pair[1], draws))
        at += draws.uniform(*PAIR_EVERY)


Before = Callable[[Peer, KadID, Draws], bytes | None]


def nothing(_one: Peer, _me: KadID, _draws: Draws) -> None:
    """A prober that only probes."""


def valid(one: Peer, _: KadID, draws: Draws) -> bytes:
    """A datagram that is answered."""
    return one.says(m.BootstrapRequest(), draws)


def malformed(one: Peer, me: KadID, draws: Draws) -> bytes:
    """A datagram that is worth nothing, of one kind of twelve."""
    target = KadID.from_natural(draws.randbytes(SIZE))
    whole = one.says(m.FindNodeRequest(4, target, me, one.kad_id), draws)
    return draws.choice(DAMAGE)(whole, draws)


#: What may be wrong with a request of 35 bytes.
DAMAGE: Final[tuple[Callable[[bytes, Draws], bytes], ...]] = (
    lambda _, __: b"",
    lambda whole, _: whole[:1],
    lambda whole, _: whole[: len(whole) // 2],
    lambda whole, _: whole[:1] + b"\x99" + whole[2:],  # an opcode that nobody knows
    lambda whole, _: b"\xe3" + whole[1:],  # another protocol
    lambda whole, _: b"\x06" + whole[1:],  # packed, but no stream
    lambda whole, draws: draws.randbytes(len(whole)),
    lambda _, draws: draws.randbytes(1400),
    lambda whole, _: whole[:2] + b"\0" + whole[3:],  # no contact is wanted
    lambda whole, _: whole[:19] + bytes(16) + whole[35:],  # meant for another node
    lambda _, __: b"\x05\x1c",  # an acknowledgement of nothing
    lambda whole, _: b"\x05\x9a" + whole * 40,
)


def bursts(chance: Chance, seconds: float) -> Iterator[tuple[float, int]]:
    """When a bursty user wants searches, and how many: three at once, every two to six minutes."""
    draws = chance.stream("user", 0)
    at = draws.uniform(0.0, 240.0)
    while at < seconds:
        yield at, 3
        at += draws.uniform(120.0, 360.0)


def pauses(chance: Chance, seconds: float) -> Iterator[float]:
    """When the machine stands still: about every eight seconds."""
    draws = chance.stream("pauses", 0)
    at = draws.uniform(0.0, 8.0)
    while at < seconds:
        yield at
        at += draws.uniform(6.0, 10.0)
