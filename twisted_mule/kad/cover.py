"""
Lookups without any interest of our own, for the slots that nobody real wants (contract clause 3).

They run the whole way.  Values are looked up for keys that other nodes asked us about, or for
random points; stores publish once more what others just published to us, which is true and known to
those who get it.  Nothing here ever comes from what our user wants (docs/decisions/0010-cover.md).
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple, assert_never

from attrs import define, field, frozen

from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.descriptions import MOST_BYTES, described
from twisted_mule.kad.errands import Errand, FindFiles, FindNotes, FindSources, PublishFiles
from twisted_mule.kad.expression import Expression, encode_expression
from twisted_mule.kad.ids import SIZE, KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import Busy, LookupWish
from twisted_mule.kad.parts import Entry, WrittenEntry
from twisted_mule.kad.published import packed

#: Published once more, entries are remembered for as long as others keep them, so many at the most.
_AGAIN: Final = 86_400.0
_REMEMBERED: Final = 4096
#: Entries of one publish that are remembered: cover publishes few at once.
_TAKEN: Final = 3
#: The counts by which the steps of others tell what sort of lookup they belong to.
_AIMS: Final = {2: Aim.VALUE, 4: Aim.STORE}
_KINDS: Final[dict[type, LookupKind]] = {
    FindFiles: LookupKind.KEYWORD,
    FindSources: LookupKind.SOURCE,
    FindNotes: LookupKind.NOTES,
}


class _Seen(NamedTuple):
    """A key that others asked about: when last, in which sort of lookup, and how they searched."""

    at: float
    aim: Aim
    errand: Errand | None = None


@frozen
class _Fresh:
    """An entry that was published to us."""

    at: float
    target: KadID
    written: bytes

    @property
    def name(self) -> tuple[KadID, bytes]:
        """What it is known by."""
        return self.target, self.written[:SIZE]


@define
class CoverTraffic:
    """
    An origin that always wants a lookup, of whatever sort.

    :ivar chance: streams that nobody else draws from.
    """

    chance: Chance
    _seen: dict[KadID, _Seen] = field(factory=dict, init=False)
    _fresh: deque[_Fresh] = field(init=False)
    _published: dict[tuple[KadID, bytes], float] = field(factory=dict, init=False)
    _points: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._fresh = deque(maxlen=contract.FRESH_ENTRIES)

    # --- what others do --------------------------------------------------------------------

    def heard(self, message: m.Message, now: float) -> None:
        """A request of another node."""
        match message:
            case m.FindNodeRequest(count=count, target=target):
                if count in _AIMS:
                    self._note(target, _AIMS[count], None, now)
            case m.SearchKeyRequest(target=target):
                found = FindFiles(_bounded(message.expression), message.start)
                self._note(target, Aim.VALUE, found, now)
            case m.SearchSourceRequest(target=target):
                self._note(target, Aim.VALUE, FindSources(message.size, message.start), now)
            case m.SearchNotesRequest(target=target):
                self._note(target, Aim.VALUE, FindNotes(message.size), now)
            case m.PublishKeyRequest(target=target, entries=entries):
                self._note(target, Aim.STORE, None, now)
                self._keep(target, entries[:_TAKEN], now)
            case m.PublishSourceRequest(target=target) | m.PublishNotesRequest(target=target):
                self._note(target, Aim.STORE, None, now)
            case _:
                pass

    def _note(self, target: KadID, aim: Aim, errand: Errand | None, now: float) -> None:
        known = self._seen.pop(target, None)
        if known is not None and known.errand is not None and errand is None:
            self._seen[target] = _Seen(now, known.aim, known.errand)
        else:
            self._seen[target] = _Seen(now, aim, errand)
        if len(self._seen) > contract.SEEN_KEYS:
            del self._seen[next(iter(self._seen))]

    def _keep(self, target: KadID, entries: tuple[Entry, ...], now: float) -> None:
        for entry in entries:
            description = described(entry.tags)
            if description.name and description.size:
                written = entry.written
                if len(written) <= MOST_BYTES:
                    self._fresh.append(_Fresh(now, target, written))

    def _age(self, now: float) -> None:
        while self._seen and next(iter(self._seen.values())).at <= now - contract.SEEN_LIFE:
            del self._seen[next(iter(self._seen))]
        while self._fresh and self._fresh[0].at <= now - contract.FRESH_LIFE:
            self._fresh.popleft()
        while self._published and next(iter(self._published.values())) <= now - _AGAIN:
            del self._published[next(iter(self._published))]

    # --- as an origin of lookups -----------------------------------------------------------

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """A lookup of this sort; only a point that is taken by chance has none."""
        self._age(now)
        wish = self._wish(aim, busy, random)
        return None if busy(wish.target) else wish

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
            while len(self._published) > _REMEMBERED:
                del self._published[next(iter(self._published))]

    def point(self) -> KadID:
        """A random point for the lookup in reserve, another one at each call."""
        self._points += 1
        return _point(self.chance.stream("point", self._points))

    def _value(self, busy: Busy, random: Draws) -> LookupWish:
        target = self._seen_key(Aim.VALUE, busy, random)
        errand = self._seen[target].errand if target in self._seen else None
        asked = FindFiles() if errand is None else errand
        return LookupWish(target, _KINDS[type(asked)], Rank.COVER, asked)

    def _store(self, busy: Busy, random: Draws) -> LookupWish:
        kind = LookupKind.STORE_KEYWORD
        fresh = [
            one for one in self._fresh if one.name not in self._published and not busy(one.target)
        ]
        if not fresh:
            return LookupWish(
                self._seen_key(Aim.STORE, busy, random), kind, Rank.COVER, FindFiles()
            )
        target = random.choice(fresh).target
        errand = self._entries(target, fresh, random)
        return LookupWish(target, kind, Rank.COVER, errand)

    def _entries(self, target: KadID, fresh: list[_Fresh], random: Draws) -> PublishFiles:
        """Some of the fresh entries under a key, mostly one, in no order."""
        under = {one.name: one.written for one in fresh if one.target == target}
        written = list(under.values())
        random.shuffle(written)
        count = 1
        while count < len(written) and random.random() < 0.5:
            count += 1
        return packed(WrittenEntry(one) for one in written[:count])

    def _seen_key(self, aim: Aim, busy: Busy, random: Draws) -> KadID:
        """
        A key of others' lookups, or a random point.

        It is the one nearest to a random point: we are asked most about keys near to us, and who
        looked up those only would tell that it covers.
        """
        point = _point(random)
        if random.random() >= contract.COVER_SEEN:
            return point
        keys = [key for key, one in self._seen.items() if one.aim is aim and not busy(key)]
        return min(keys, key=point.distance, default=point)


def _bounded(expression: Expression | None) -> Expression | None:
    """An expression of a usual size; others can grow beyond a datagram when they are written."""
    if expression is None:
        return None
    try:
        written = encode_expression(expression)
    except ValueError:
        return None
    return expression if len(written) <= contract.SEEN_EXPRESSION else None


def _point(random: Draws) -> KadID:
    return KadID.from_wire(random.randbytes(SIZE))
