"""The files that the pace keeps published, the words they are found by, and what all that costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, field

from twisted_mule import contract
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import file_keywords, keyword_id
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.published import Published

#: How long after a publish the next one comes, least and most.
PERIODS: Final = {
    LookupKind.STORE_SOURCE: contract.SOURCE_REPUBLISH,
    LookupKind.STORE_KEYWORD: contract.KEYWORD_REPUBLISH,
    LookupKind.STORE_NOTES: contract.NOTE_REPUBLISH,
}
#: How long other nodes keep a record (wire-format 9.7 and 9.8).
LIVES: Final = {
    LookupKind.STORE_SOURCE: 5 * 3600.0,
    LookupKind.STORE_KEYWORD: 24 * 3600.0,
    LookupKind.STORE_NOTES: 24 * 3600.0,
}
#: A record that is overdue for so long has expired everywhere.
LAPSES: Final = {kind: life - PERIODS[kind][0] for kind, life in LIVES.items()}
#: The words of a file that can be found from now on wait so long for further files with them.
GATHER: Final = (900.0, 1800.0)
#: Stores an hour that keeping one record costs.
COSTS: Final = {kind: 2 * 3600.0 / sum(period) for kind, period in PERIODS.items()}


@define(eq=False)
class Record:
    """
    One record that is to be kept published.

    :ivar due: when it is due, the first time or again.
    :ivar expires: when others forget it, as far as we know.
    :ivar lot: the order among those that are due for the first time.
    :ivar known: whether the network has it, as far as we were told.
    """

    kind: LookupKind
    key: KadID
    due: float
    expires: float
    lot: float
    known: bool = False

    @property
    def urgency(self) -> tuple[bool, float]:
        """Who goes first: what would lapse soonest, then what is new, by lot."""
        return (False, self.expires) if self.known else (True, self.lot)


#: Makes the record of a kind and a key, or takes back the one of the last run.
Make = Callable[[LookupKind, KadID], Record]


@define(eq=False)
class TakenFile:
    """
    A file that was taken up.

    :ivar words: the keywords that it is published under; none while it is incomplete.
    :ivar sources: how many the network says it has, and ``complete`` of these.
    """

    file: Published
    source: Record
    words: tuple[KadID, ...] = ()
    sources: int = 0
    complete: int = 0


@define(eq=False)
class Keyword:
    """
    A word and the files under it, those first that were published longest ago.

    :ivar told: those of the files that the network was told of.
    :ivar turns: how many publishes it takes until each had its turn.
    """

    record: Record
    files: dict[KadID, TakenFile] = field(factory=dict)
    told: set[KadID] = field(factory=set)
    turns: int = 1

    @property
    def ready(self) -> tuple[TakenFile, ...]:
        """The files that can be found already: some node knows us as their source."""
        return tuple(taken for taken in self.files.values() if taken.source.known)

    def passed(self, files: frozenset[KadID]) -> None:
        """These had their turn."""
        waiting = len(self.ready)
        self.told |= files
        for file in [one for one in self.files if one in files]:
            self.files[file] = self.files.pop(file)
        self.turns = -(-waiting // max(len(files), 1))

    def leads_to(self, file: KadID) -> bool:
        """Whether some node was told of ``file`` under this word."""
        return self.record.known and file in self.told


@define
class Portfolio:
    """What is taken up: one source record a file, one record a word, one a note."""

    files: dict[KadID, TakenFile] = field(factory=dict, init=False)
    keywords: dict[KadID, Keyword] = field(factory=dict, init=False)
    notes: dict[KadID, tuple[Published, Record]] = field(factory=dict, init=False)

    @property
    def load(self) -> float:
        """Stores an hour that it takes to keep all of it published."""
        turns = sum(keyword.turns for keyword in self.keywords.values())
        return (
            len(self.files) * COSTS[LookupKind.STORE_SOURCE]
            + turns * COSTS[LookupKind.STORE_KEYWORD]
            + len(self.notes) * COSTS[LookupKind.STORE_NOTES]
        )

    def cost(self, file: Published) -> float:
        """Stores an hour that ``file`` would add; words that it shares come free."""
        new = sum(word not in self.keywords for word in _words(file))
        return COSTS[LookupKind.STORE_SOURCE] + new * COSTS[LookupKind.STORE_KEYWORD]

    def take(self, file: Published, make: Make) -> TakenFile:
        """Take a file up."""
        taken = TakenFile(file, make(LookupKind.STORE_SOURCE, file.hash))
        self.files[file.hash] = taken
        self._name(taken, make)
        if taken.source.known:  # what the network knows of the last run, it knows by its words
            for word in taken.words:
                self.keywords[word].told.add(file.hash)
        return taken

    def drop(self, file: KadID) -> None:
        """Let go of a file and of the words that only it had."""
        self._unname(self.files.pop(file))

    def change(self, file: Published, now: float, make: Make) -> None:
        """What is known of a file has changed: where that shows, it is due."""
        taken = self.files[file.hash]
        before, taken.file = taken.file, file
        if (before.size, before.complete) != (file.size, file.complete):
            taken.source.due = now
        if (before.name, before.complete) != (file.name, file.complete):
            self._unname(taken)
            self._name(taken, make)
            self.release(taken, now)

    def release(self, taken: TakenFile, when: float) -> None:
        """
        A file can be found from now on: its words are due at ``when``, at the latest.

        A word that is due later than any period lasts is loaded, and is left alone.
        """
        for keyword in [self.keywords[word] for word in taken.words]:
            record = keyword.record
            if keyword.leads_to(taken.file.hash):
                continue
            if not record.known and len(keyword.ready) <= 1:
                record.due = when  # its first file: further ones are waited for
            elif record.due < when + PERIODS[record.kind][1]:
                record.due = min(record.due, when)

    def comment(self, notes: dict[KadID, Published], now: float, make: Make) -> None:
        """These are all the files that there is something to say of; what is new is due."""
        for gone in self.notes.keys() - notes.keys():
            del self.notes[gone]
        for key, file in notes.items():
            before, record = self.notes.get(key, (file, None))
            if record is None:
                record = make(LookupKind.STORE_NOTES, key)
            elif (before.comment, before.rating) != (file.comment, file.rating):
                record.due = now
            self.notes[key] = (file, record)

    def find(self, kind: LookupKind, key: KadID) -> Record | None:
        """The record of this kind and key, if there still is one."""
        if kind is LookupKind.STORE_SOURCE:
            return self.files[key].source if key in self.files else None
        if kind is LookupKind.STORE_KEYWORD:
            return self.keywords[key].record if key in self.keywords else None
        return self.notes[key][1] if key in self.notes else None

    def known_of(self, file: KadID) -> dict[tuple[LookupKind, KadID], float]:
        """When the records of a file that the network knows are due: so much outlives it."""
        taken = self.files[file]
        records = [taken.source, *(self.keywords[word].record for word in taken.words)]
        return {(record.kind, record.key): record.due for record in records if record.known}

    def records(self) -> Iterator[Record]:
        """All records, whether they can be published yet or not."""
        for taken in self.files.values():
            yield taken.source
        for keyword in self.keywords.values():
            yield keyword.record
        for _, record in self.notes.values():
            yield record

    def _name(self, taken: TakenFile, make: Make) -> None:
        taken.words = _words(taken.file)
        for word in taken.words:
            keyword = self.keywords.get(word)
            if keyword is None:
                keyword = self.keywords[word] = Keyword(make(LookupKind.STORE_KEYWORD, word))
            keyword.files = {taken.file.hash: taken, **keyword.files}

    def _unname(self, taken: TakenFile) -> None:
        for word in taken.words:
            keyword = self.keywords[word]
            del keyword.files[taken.file.hash]
            keyword.told.discard(taken.file.hash)
            if not keyword.files:
                del self.keywords[word]


def _words(file: Published) -> tuple[KadID, ...]:
    return tuple(map(keyword_id, file_keywords(file.name))) if file.complete else ()
