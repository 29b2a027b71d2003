"""
Lookups without any interest of our own, for the slots that nobody real wants (contract clause 3).

They run the whole way.  Values are looked up for keys that other nodes asked us about, or for
random points; a fixed share of stores publishes once more what others just published to us, which
is true and known to those who get it, the others end in searches.  Nothing here ever comes from
what our user wants (docs/decisions/0010-cover.md).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, assert_never

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.errands import FindFiles, FindNotes, FindSources, PublishFiles
from twisted_mule.kad.ids import SIZE, KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import Busy, LookupWish
from twisted_mule.kad.overheard import Asked, Name, Overheard
from twisted_mule.kad.parts import WrittenEntry
from twisted_mule.kad.published import packed

#: Published once more, entries are remembered for as long as others keep them: no more than the
#: stores of that time.
_AGAIN: Final = 86_400.0
#: Of a file that nobody named the size of: 2 to the power of so much, in bytes.
_SIZES: Final = (20.0, 31.0)
_KINDS: Final[dict[type, LookupKind]] = {
    FindFiles: LookupKind.KEYWORD,
    FindSources: LookupKind.SOURCE,
    FindNotes: LookupKind.NOTES,
}


@define
class CoverTraffic:
    """
    An origin that always wants a lookup, of whatever sort.

    :ivar chance: streams that nobody else draws from.
    :ivar overheard: what others ask and publish.
    """

    chance: Chance
    overheard: Overheard
    _published: OrderedDict[Name, float] = field(factory=OrderedDict, init=False)
    _points: int = field(default=0, init=False)

    # --- as an origin of lookups -----------------------------------------------------------

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """A lookup of this sort; only a point that is taken by chance has none."""
        self._age(now)
        wish = self._wish(aim, busy, random)
        return None if busy(wish.target) else wish

    def _age(self, now: float) -> None:
        self.overheard.age(now)
        while self._published and next(iter(self._published.values())) <= now - _AGAIN:
            self._published.popitem(last=False)

    def _wish(self, aim: Aim, busy: Busy, random: Draws) -> LookupWish:
        match aim:
            case Aim.NODE:
                return LookupWish(_point(random), LookupKind.NODE, Rank.COVER)
            case Aim.VALUE:
                return self._value(busy, random)
            case Aim.STORE:
                return self._store(busy, random)
            case _ as never:
                assert_never(never)

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """What a cover store publishes is not published by us again."""
        del random
        if isinstance(lookup.errand, PublishFiles):
            for entry in lookup.errand.entries:
                self._published[lookup.target, entry.written[:SIZE]] = now

    def point(self) -> KadID:
        """A random point for the lookup in reserve, another one at each call."""
        self._points += 1
        return _point(self.chance.stream("point", self._points))

    def _value(self, busy: Busy, random: Draws) -> LookupWish:
        target = self._seen_key(Aim.VALUE, busy, random)
        seen = self.overheard.keys.get(target)
        asked = seen.asked if seen is not None else None
        if asked is None:
            asked = _invented(random)
        return LookupWish(target, _KINDS[type(asked)], Rank.COVER, asked)

    def _store(self, busy: Busy, random: Draws) -> LookupWish:
        kind, rank = LookupKind.STORE_KEYWORD, Rank.COVER
        if random.random() < contract.COVER_PUBLISHES:
            fresh = [
                (name[0], entry.written)
                for name, entry in self.overheard.fresh
                if name not in self._published and not busy(name[0])
            ]
            if fresh:  # one entry: two under one key would tell how many were published to us
                target, written = random.choice(fresh)
                return LookupWish(target, kind, rank, packed([WrittenEntry(written)]))
        return LookupWish(self._seen_key(Aim.STORE, busy, random), kind, rank, FindFiles())

    def _seen_key(self, aim: Aim, busy: Busy, random: Draws) -> KadID:
        """
        A key of others' lookups, or a random point.

        It is the one nearest to a random point: we are asked most about keys near to us, and who
        looked up those only would tell that it covers.
        """
        point = _point(random)
        if random.random() >= contract.COVER_SEEN:
            return point
        seen = self.overheard.keys
        keys = [key for key, one in seen if one.aim is aim and not busy(key)]
        return min(keys, key=point.distance, default=point)


def _invented(random: Draws) -> Asked:
    """What to ask about a key of which nobody told what it is the key of."""
    share, size = random.random(), int(2 ** random.uniform(*_SIZES))
    if share < contract.COVER_FILES:
        return FindFiles()
    if share < contract.COVER_FILES + contract.COVER_SOURCES:
        return FindSources(size)
    return FindNotes(size)


def _point(random: Draws) -> KadID:
    return KadID.from_wire(random.randbytes(SIZE))
