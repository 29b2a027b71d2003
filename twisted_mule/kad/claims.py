"""Who gets the request place of a tick: claimants wait alike, then a lot decides (design 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from enum import Enum
from math import inf
from typing import Final, Generic, NamedTuple, TypeVar

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.chance import Draws, beta_2_2
from twisted_mule.kad.exchange import Request

#: Claims of one ground that wait at once, at the most: who floods one crowds out no other.
CLAIMS: Final = 256
#: A claim that did not get a place for so long is dropped; who still wants it claims anew.
CLAIM_LIFE: Final = 180.0

Wish = TypeVar("Wish", bound=Hashable)


class Ground(Enum):
    """What a claim is for; its weight in the lot never changes."""

    LOOKUP = "lookup"
    GREETING = "greeting"
    MAINTENANCE = "maintenance"

    __hash__ = object.__hash__  # members are singletons, and Enum's own is slow


WEIGHTS: Final = {
    Ground.LOOKUP: contract.WEIGHT_LOOKUP,
    Ground.GREETING: contract.WEIGHT_GREETING,
    Ground.MAINTENANCE: contract.WEIGHT_MAINTENANCE,
}
_EXPONENTS: Final = tuple((ground, 1.0 / weight) for ground, weight in WEIGHTS.items())


class Verdict(Enum):
    """What becomes of a claim that was drawn and makes no request now."""

    STAYS = "stays"  # its target is at its limit, or nobody to ask is known yet
    VOID = "void"  # what it was for is gone


class _Claim(NamedTuple, Generic[Wish]):
    wish: Wish
    ground: Ground
    ready: float
    until: float
    last: bool


@define
class Claims(Generic[Wish]):
    """The waiting claims, one for a wish; a wish is any hashable value."""

    _claims: dict[Wish, _Claim[Wish]] = field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._claims)

    def __contains__(self, wish: Wish) -> bool:
        return wish in self._claims

    def make(
        self, wish: Wish, ground: Ground, now: float, random: Draws, *, last: bool = False
    ) -> None:
        """
        Claim a place for ``wish`` after base and jitter, unless it waits already.

        :param last: whether all others of its ground come first, whenever they claimed; such a
            claim waits for as long as it takes.
        """
        if wish in self._claims or (len(self) >= CLAIMS and self._count(ground) >= CLAIMS):
            return
        ready = now + contract.DELAY_BASE + contract.DELAY_JITTER * beta_2_2(random)
        until = inf if last else now + CLAIM_LIFE
        self._claims[wish] = _Claim(wish, ground, ready, until, last)

    def make_each(
        self, wishes: Iterable[Wish], ground: Ground, now: float, random: Draws, *, last: bool
    ) -> None:
        """Claim a place for each of them that does not wait already."""
        for wish in wishes:
            if wish not in self._claims:
                self.make(wish, ground, now, random, last=last)

    def clear(self) -> None:
        """Nobody claims anything any more."""
        self._claims.clear()

    def draw(
        self, now: float, random: Draws, realise: Callable[[Wish], Request | Verdict]
    ) -> Request | None:
        """
        The request of the claim that wins the place of this tick.

        The lot orders the grounds, by weight and whoever waits, then the claims within each; a
        claim that cannot be realised now hands the place on.
        """
        order = _by_lot(random)
        ready = self._ready(now)
        for ground in order:
            rivals = ready[ground]
            random.shuffle(rivals)
            for claim in _last_ones_last(rivals):
                outcome = realise(claim.wish)
                if outcome is Verdict.STAYS:
                    continue
                self._claims.pop(claim.wish, None)
                if isinstance(outcome, Request):
                    return outcome
        return None

    def _count(self, ground: Ground) -> int:
        return sum(claim.ground is ground for claim in self._claims.values())

    def _ready(self, now: float) -> dict[Ground, list[_Claim[Wish]]]:
        ready: dict[Ground, list[_Claim[Wish]]] = {
            Ground.LOOKUP: [],
            Ground.GREETING: [],
            Ground.MAINTENANCE: [],
        }
        over: list[Wish] = []
        for claim in self._claims.values():
            if claim.ready > now:  # as all are whose time is not up either
                continue
            if claim.until <= now:
                over.append(claim.wish)
            else:
                ready[claim.ground].append(claim)
        for wish in over:
            del self._claims[wish]
        return ready


def _last_ones_last(claims: list[_Claim[Wish]]) -> list[_Claim[Wish]]:
    """The same order, but for those that let all others pass."""
    first = [claim for claim in claims if not claim.last]
    if len(first) == len(claims):
        return claims
    return first + [claim for claim in claims if claim.last]


def _by_lot(random: Draws) -> list[Ground]:
    """
    The grounds in the order in which they get their chance (Efraimidis and Spirakis 2006).

    Among those that have claims each comes first in proportion to its weight, and no ground that
    has none shifts the order of the others.
    """
    tickets = {ground: random.random() ** exponent for ground, exponent in _EXPONENTS}
    return sorted(tickets, key=tickets.__getitem__, reverse=True)
