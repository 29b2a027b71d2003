"""
What of our own files is due to be published (node-behaviour 10, design.md section 5).

The pace is fixed: about 63 stores an hour.  A file is only taken up while the pace can keep all
that is taken up published; the others wait until there is room, and the user is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import define, field, frozen

from twisted_mule import contract
from twisted_mule.kad.chance import Draws, redrawn
from twisted_mule.kad.contact import Me
from twisted_mule.kad.errands import Errand, PublishFiles
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.origins import Busy, LookupWish
from twisted_mule.kad.portfolio import (
    COSTS,
    GATHER,
    LAPSES,
    LIVES,
    PERIODS,
    Make,
    Portfolio,
    Record,
)
from twisted_mule.kad.published import (
    DueRow,
    Published,
    keyword_entry,
    note_record,
    packed,
    source_record,
)

#: Stores an hour that are planned for: with less slack, what is due would pile up and lapse.
PLANNED: Final = 0.85 * contract.STORES_STEADY
#: Above this load, in percent, a keyword is left alone for that share of a week.
LOADED: Final = 20
WEEK: Final = 7 * 86_400.0
#: What the network knows of files that are not shared (yet) is remembered so long after it was due.
ROW_LIFE: Final = 86_400.0
#: Words of a file name that no other shared file has, for the first estimate.
TYPICAL_WORDS: Final = 3
#: No node keeps more sources of a file: who claims more is not believed.
MOST_SOURCES: Final = 1000

_TYPICAL: Final = COSTS[LookupKind.STORE_SOURCE] + TYPICAL_WORDS * COSTS[LookupKind.STORE_KEYWORD]


@frozen
class FilePublished:
    """
    One file that was taken up.

    :ivar known: whether some node acknowledged us as its source.
    :ivar source_in: seconds until that is published (again); negative when overdue.
    :ivar keywords: how many words its name has that are published; none for parts of files.
    :ivar keywords_known: how many of them lead to it: some node has acknowledged both.
    :ivar sources: how many sources the network knows, as far as we were told.
    """

    hash: KadID
    known: bool
    source_in: float
    keywords: int
    keywords_known: int
    sources: int
    complete: int


@frozen
class PublishingView:
    """
    How publishing stands, for the user.

    :ivar shared: files that we hold.
    :ivar taken: how many of them the pace keeps published; the others wait.
    :ivar room: how many such files the pace can keep published, as an estimate.
    :ivar overdue: records that are due now.
    :ivar notes: files with a comment or a rating, and ``notes_sent`` of these.
    :ivar begins_in: seconds until the first publish after the start, 0 once it may be.
    :ivar streams: whether there is a stream destination, without which no file is taken up.
    :ivar files: those taken up.
    """

    shared: int
    taken: int
    waiting: int
    room: int
    overdue: int
    notes: int
    notes_sent: int
    begins_in: float
    streams: bool
    files: tuple[FilePublished, ...]


@define
class Publishing:
    """
    The origin of store lookups for the files of the user.

    :ivar me: whom the records name.
    :ivar held_until: the first publish after the start comes no sooner.
    """

    me: Me
    held_until: float
    portfolio: Portfolio = field(factory=Portfolio, init=False)
    _shared: dict[KadID, Published] = field(factory=dict, init=False)
    _waiting: list[KadID] = field(factory=list, init=False)
    _rows: dict[tuple[LookupKind, KadID], float] = field(factory=dict, init=False)

    # --- what the user shares --------------------------------------------------------------

    def share(self, files: Iterable[Published], now: float, random: Draws) -> None:
        """These are all the files of the user; those that the network knows are taken up first."""
        everything = {file.hash: file for file in files}
        self._shared = {key: file for key, file in everything.items() if file.held}
        make = self._maker(now, random)
        for gone in self.portfolio.files.keys() - self._shared.keys():
            self._rows |= self.portfolio.known_of(gone)
            self.portfolio.drop(gone)
        for key, taken in self.portfolio.files.items():
            if taken.file != self._shared[key]:
                self.portfolio.change(self._shared[key], now, make)
        new = [key for key in self._shared if key not in self.portfolio.files]
        for key in new:
            if (LookupKind.STORE_SOURCE, key) in self._rows:
                self.portfolio.take(self._shared[key], make)
        self._waiting = [key for key in new if key not in self.portfolio.files]
        notes = {key: file for key, file in everything.items() if file.has_note}
        self.portfolio.comment(notes, now, make)

    def _maker(self, now: float, random: Draws) -> Make:
        def make(kind: LookupKind, key: KadID) -> Record:
            due = self._rows.pop((kind, key), now)
            known = due != now and now - due < LAPSES[kind]
            return Record(kind, key, due, due + LAPSES[kind], random.random(), known)

        return make

    # --- what outlives the program ---------------------------------------------------------

    def rows(self, now: float) -> tuple[DueRow, ...]:
        """What the network knows, and when it is due again."""
        left = {one: due for one, due in self._rows.items() if due > now - ROW_LIFE}
        left |= {(r.kind, r.key): r.due for r in self.portfolio.records() if r.known}
        return tuple(DueRow(kind, key, due - now) for (kind, key), due in left.items())

    def restore(self, rows: Iterable[DueRow], now: float) -> None:
        """Take back the rows of the last run; they count as soon as their files are shared."""
        self._rows |= {(row.kind, row.key): now + row.due for row in rows}

    # --- as an origin of lookups -----------------------------------------------------------

    def offer(self, aim: Aim, busy: Busy, now: float, random: Draws) -> LookupWish | None:
        """The record that is most urgent; if none is, one more file is taken up."""
        if aim is not Aim.STORE or now < self.held_until:
            return None
        due = (
            record
            for record in self.portfolio.records()
            if record.due <= now and self._is_ready(record) and not busy(record.key)
        )
        record = min(due, key=lambda record: record.urgency, default=None)
        if record is None:
            record = self._take_up(busy, now, random)
        if record is None:
            return None
        errand = self._errand(record, random)
        return LookupWish(record.key, record.kind, Rank.PUBLISHING, errand)

    def _take_up(self, busy: Busy, now: float, random: Draws) -> Record | None:
        """Some waiting file, by lot, if the pace can keep it published as well."""
        if not self._waiting or not self._streams:
            return None
        place = random.randrange(len(self._waiting))
        file = self._shared[self._waiting[place]]
        beyond = self.portfolio.load + self.portfolio.cost(file) > PLANNED
        if beyond or busy(file.hash):
            return None
        self._waiting[place] = self._waiting[-1]
        self._waiting.pop()
        return self.portfolio.take(file, self._maker(now, random)).source

    @property
    def _streams(self) -> bool:
        return self.me.tcp is not None and self.me.source_id is not None

    def _is_ready(self, record: Record) -> bool:
        """Whether it makes sense already: words lead nowhere before the network knows a source."""
        if record.kind is LookupKind.STORE_NOTES:
            return True
        if record.kind is LookupKind.STORE_SOURCE:
            return self._streams
        return self._streams and bool(self.portfolio.keywords[record.key].ready)

    def _errand(self, record: Record, random: Draws) -> Errand | None:
        """What is left at the nodes; files under a word in no order (contract clause 2)."""
        if record.kind is LookupKind.STORE_NOTES:
            return note_record(self.portfolio.notes[record.key][0])
        if record.kind is LookupKind.STORE_SOURCE:
            return source_record(self.me, self.portfolio.files[record.key].file)
        ready = self.portfolio.keywords[record.key].ready
        errand = packed(keyword_entry(one.file, one.sources, one.complete) for one in ready)
        entries = list(errand.entries)
        random.shuffle(entries)
        return PublishFiles(tuple(entries))

    def begun(self, lookup: Lookup, now: float, random: Draws) -> None:
        """A record has a slot: from now on the next time counts."""
        record = self.portfolio.find(lookup.kind, lookup.target)
        if record is None:
            return
        turns = 1
        if isinstance(lookup.errand, PublishFiles):
            keyword = self.portfolio.keywords[lookup.target]
            keyword.passed(frozenset(entry.kad_id for entry in lookup.errand.entries))
            turns = keyword.turns
        record.due = now + random.uniform(*PERIODS[record.kind]) / turns
        record.expires = now + LIVES[record.kind] / turns

    def told(self, lookup: Lookup, sources: int | None, complete: int | None) -> None:
        """Some node acknowledged, and said how many sources of the file it knows."""
        taken = self.portfolio.files.get(lookup.target)
        if lookup.kind is LookupKind.STORE_SOURCE and taken is not None:
            taken.sources = max(taken.sources, min(sources or 0, MOST_SOURCES))
            taken.complete = max(taken.complete, min(complete or 0, MOST_SOURCES))

    def ended(self, lookup: Lookup, now: float, random: Draws) -> None:
        """
        A store lookup is over.

        What nobody acknowledged is tried again soon, but notes, which many nodes keep silent about.
        """
        record = self.portfolio.find(lookup.kind, lookup.target)
        if record is None:
            return
        if lookup.loads or record.kind is LookupKind.STORE_NOTES:
            new, record.known = not record.known, True
            if new and record.kind is LookupKind.STORE_SOURCE:
                words_at = now + random.uniform(*GATHER)
                self.portfolio.release(self.portfolio.files[record.key], words_at)
        else:
            record.due = now + redrawn(contract.PUBLISH_RETRY, random)
        load = sum(lookup.loads) / max(len(lookup.loads), 1)
        if record.kind is LookupKind.STORE_KEYWORD and load > LOADED:
            record.due = lookup.began + WEEK * load / 100 * random.uniform(1.0, 1.1)

    # --- what is known ---------------------------------------------------------------------

    def view(self, now: float) -> PublishingView:
        """How it stands."""
        notes = [record for _, record in self.portfolio.notes.values()]
        return PublishingView(
            shared=len(self._shared),
            taken=len(self.portfolio.files),
            waiting=len(self._waiting),
            room=self._room(),
            overdue=sum(r.due <= now and self._is_ready(r) for r in self.portfolio.records()),
            notes=len(notes),
            notes_sent=sum(record.known for record in notes),
            begins_in=max(self.held_until - now, 0.0),
            streams=self._streams,
            files=tuple(self._file(key, now) for key in self.portfolio.files),
        )

    def _room(self) -> int:
        taken = len(self.portfolio.files)
        if self._waiting and taken:
            left = PLANNED - self.portfolio.load
            return taken + max(int(left / (self.portfolio.load / taken)), 0)
        typical = self.portfolio.load / taken if taken else _TYPICAL
        return int(PLANNED / typical)

    def _file(self, key: KadID, now: float) -> FilePublished:
        taken = self.portfolio.files[key]
        keywords = self.portfolio.keywords
        return FilePublished(
            hash=key,
            known=taken.source.known,
            source_in=taken.source.due - now,
            keywords=len(taken.words),
            keywords_known=sum(keywords[word].leads_to(key) for word in taken.words),
            sources=taken.sources,
            complete=taken.complete,
        )
