"""What iMule publishes when (node-behaviour 10.1): a fixed grid, and no more than a fixed count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from attrs import define, field

from twisted_mule.kad.chance import Draws
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import file_keywords, keyword_id
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import Busy, LookupWish
from twisted_mule.kad.published import DueRow, Published, keyword_entry, packed, source_record
from twisted_mule.kad.publishing import LOADED, WEEK, Publishing

#: From the start of one publish to that of the next.
AGAIN: Final = {LookupKind.STORE_SOURCE: 5 * 3600.0, LookupKind.STORE_KEYWORD: 24 * 3600.0}
#: Each category may act so often, and have so many lookups at once.
PACE: Final = 2.0
AT_ONCE: Final = 60


@define
class _Round:
    """One category: its keys, looked at one after the other, and when each is due."""

    kind: LookupKind
    due: dict[KadID, float] = field(factory=dict)
    place: int = 0
    next: float = 0.0
    running: int = 0

    def turn(self, now: float, busy: Busy) -> KadID | None:
        """The key whose turn it is, if it is due; the turn passes in any case."""
        if now < self.next or self.running >= AT_ONCE or not self.due:
            return None
        self.next = now + PACE
        self.place = (self.place + 1) % len(self.due)
        key = list(self.due)[self.place]
        return key if self.due[key] <= now and not busy(key) else None


@define
class ImulePublishing(Publishing):
    """
    The origin of store lookups under iMule's rules.

    :ivar joined: whether a lookup for the own identifier was answered since the start.
    """

    joined: Callable[[], bool] = field(kw_only=True)
    _files: dict[KadID, Published] = field(factory=dict, init=False)
    _under: dict[KadID, dict[KadID, Published]] = field(factory=dict, init=False)
    _rounds: dict[LookupKind, _Round] = field(init=False)
    _started: dict[KadID, float] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._rounds = {kind: _Round(kind) for kind in AGAIN}

    def share(self, files: Iterable[Published], now: float, random: Draws) -> None:
        """These are all the files of the user."""
        del random
        self._files = {file.hash: file for file in files if file.held}
        self._rounds[LookupKind.STORE_SOURCE].due = {
            key: self._started.get(key, now) for key in self._files
        }

    def rows(self, now: float) -> tuple[DueRow, ...]:
        """Only the start of each source publish outlives the program."""
        kind = LookupKind.STORE_SOURCE
        return tuple(DueRow(kind, key, due - now) for key, due in self._rounds[kind].due.items())

    def restore(self, rows: Iterable[DueRow], now: float) -> None:
        """What the last run left."""
        self._started = {row.key: now + row.due for row in rows}

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """The next publish whose turn it is."""
        del random
        if aim is not Aim.STORE or not self.joined():
            return None
        for turns in self._rounds.values():
            key = turns.turn(now, busy)
            if key is None:
                continue
            if turns.kind is LookupKind.STORE_SOURCE:
                errand = source_record(self.me, self._files[key])
                return LookupWish(key, turns.kind, Rank.PUBLISHING, errand)
            told = packed(keyword_entry(file, 1, 1) for file in self._under[key].values())
            return LookupWish(key, turns.kind, Rank.PUBLISHING, told)
        return None

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """The next time counts from the start of this one."""
        del random
        turns = self._rounds[lookup.kind]
        turns.running += 1
        turns.due[lookup.target] = now + AGAIN[lookup.kind]

    def told(self, lookup: Lookup, sources: int | None, complete: int | None) -> None:
        """What is known of sources only goes into what keywords say of them; left out here."""

    def ended(self, lookup: Lookup, now: float, random: Draws) -> None:
        """A publish is over: a source that was acknowledged brings its words with it."""
        del random
        turns = self._rounds[lookup.kind]
        turns.running -= 1
        file = self._files.get(lookup.target)
        if lookup.kind is LookupKind.STORE_SOURCE and lookup.loads and file is not None:
            for word in map(keyword_id, file_keywords(file.name)):
                self._under.setdefault(word, {})[file.hash] = file
                self._rounds[LookupKind.STORE_KEYWORD].due.setdefault(word, now)
        load = sum(lookup.loads) / max(len(lookup.loads), 1)
        if lookup.kind is LookupKind.STORE_KEYWORD and load > LOADED:
            turns.due[lookup.target] = lookup.began + WEEK * load / 100
