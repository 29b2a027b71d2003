"""
What others ask us and publish to us, as far as cover may use it (docs/decisions/0010-cover.md).

Nothing here outlives the program, and nobody can fill it alone: one source has a fixed share of it,
and whoever speaks most does not drive out what the others told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Generic, Protocol, TypeVar

from attrs import define, evolve, field, frozen

from twisted_mule import contract
from twisted_mule.kad import messages as m
from twisted_mule.kad.descriptions import MOST_BYTES, described
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.errands import FindFiles, FindNotes, FindSources
from twisted_mule.kad.expression import Expression, encode_expression
from twisted_mule.kad.ids import SIZE, KadID
from twisted_mule.kad.kinds import Aim
from twisted_mule.kad.parts import Entry

#: Entries of one publish that are remembered: cover publishes few at once.
_TAKEN: Final = 3
#: The counts by which the steps of others tell what sort of lookup they belong to.
_AIMS: Final = {2: Aim.VALUE, 4: Aim.STORE}

Asked = FindFiles | FindSources | FindNotes
#: Under which key, and the identifier of the file.
Name = tuple[KadID, bytes]
#: Whether the index has a file under a key.
Holds = Callable[[KadID, KadID], bool]


@frozen
class SeenKey:
    """A key that others asked about: when last, in which sort of lookup, and how they searched."""

    at: float
    aim: Aim
    asked: Asked | None = None


@frozen
class FreshEntry:
    """An entry that was published to us."""

    at: float
    written: bytes


class _Dated(Protocol):
    @property
    def at(self) -> float: ...


K = TypeVar("K")
V = TypeVar("V", bound=_Dated)


@define
class Remembered(Generic[K, V]):
    """
    Values by key, the latest told last; bounded in all and for each who told first.

    A key stays with the source that told it first: who repeats what others told neither gains nor
    costs a place.
    """

    most: int
    of_one: int
    _values: dict[K, tuple[int, V]] = field(factory=dict, init=False)
    _told: dict[int, list[K]] = field(factory=dict, init=False)  # most told one thing: no dicts

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return ((key, value) for key, (_, value) in self._values.items())

    def get(self, key: K) -> V | None:
        """What is remembered of this key."""
        known = self._values.get(key)
        return None if known is None else known[1]

    def put(self, key: K, value: V, source: int) -> None:
        """Remember what ``source`` told; its own oldest goes first, then the oldest of all."""
        known = self._values.pop(key, None)
        if known is not None:
            self._values[key] = known[0], value
            return
        told = self._told.get(source, [])
        if len(told) >= self.of_one:
            self.drop(told[0])
        if len(self._values) >= self.most:
            self.drop(next(iter(self._values)))
        self._values[key] = source, value
        self._told.setdefault(source, []).append(key)

    def drop(self, key: K) -> None:
        """Forget a key that is there."""
        source, _ = self._values.pop(key)
        told = self._told[source]
        told.remove(key)
        if not told:
            del self._told[source]

    def age(self, until: float) -> None:
        """Forget what was told until then."""
        while self._values:
            key, (_, value) = next(iter(self._values.items()))
            if value.at > until:
                return
            self.drop(key)


def _keys() -> Remembered[KadID, SeenKey]:
    return Remembered(contract.SEEN_KEYS, contract.SEEN_OF_ONE)


def _entries() -> Remembered[Name, FreshEntry]:
    return Remembered(contract.FRESH_ENTRIES, contract.FRESH_OF_ONE)


@define
class Overheard:
    """
    Keys of other nodes' lookups, and entries that they published.

    :ivar holds: what the index does not take is not kept here either.
    """

    holds: Holds
    keys: Remembered[KadID, SeenKey] = field(factory=_keys, init=False)
    fresh: Remembered[Name, FreshEntry] = field(factory=_entries, init=False)

    def heard(self, message: m.Message, source: Destination, now: float) -> None:
        """A request of another node, after it was handled."""
        teller = source.dest_hash
        match message:
            case m.FindNodeRequest(count=count, target=target):
                if count in _AIMS:
                    self._note(target, SeenKey(now, _AIMS[count]), teller)
            case m.SearchKeyRequest(target=target):
                found = FindFiles(_bounded(message.expression), message.start)
                self._note(target, SeenKey(now, Aim.VALUE, found), teller)
            case m.SearchSourceRequest(target=target):
                sources = FindSources(message.size, message.start)
                self._note(target, SeenKey(now, Aim.VALUE, sources), teller)
            case m.SearchNotesRequest(target=target):
                self._note(target, SeenKey(now, Aim.VALUE, FindNotes(message.size)), teller)
            case m.PublishKeyRequest(target=target, entries=entries):
                self._note(target, SeenKey(now, Aim.STORE), teller)
                for entry in entries[:_TAKEN]:
                    self._keep(target, entry, teller, now)
            case m.PublishSourceRequest(target=target) | m.PublishNotesRequest(target=target):
                self._note(target, SeenKey(now, Aim.STORE), teller)
            case _:
                pass

    def age(self, now: float) -> None:
        """Forget what is too old to be used."""
        self.keys.age(now - contract.SEEN_LIFE)
        self.fresh.age(now - contract.FRESH_LIFE)

    def _note(self, target: KadID, seen: SeenKey, teller: int) -> None:
        known = self.keys.get(target)
        if known is not None and known.asked is not None and seen.asked is None:
            seen = evolve(known, at=seen.at)
        self.keys.put(target, seen, teller)

    def _keep(self, target: KadID, entry: Entry, teller: int, now: float) -> None:
        description = described(entry.tags)
        if not (description.name and description.size and self.holds(target, entry.kad_id)):
            return
        written = entry.written
        if len(written) <= MOST_BYTES:
            self.fresh.put((target, written[:SIZE]), FreshEntry(now, written), teller)


def _bounded(expression: Expression | None) -> Expression | None:
    """An expression of a usual size; others can grow beyond a datagram when they are written."""
    if expression is None:
        return None
    try:
        written = encode_expression(expression)
    except ValueError:
        return None
    return expression if len(written) <= contract.SEEN_EXPRESSION else None
