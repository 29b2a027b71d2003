"""The index against a naive one, which keeps plain objects and looks at all of them."""

from __future__ import annotations

from random import Random

from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.kad.published import HOUR, a_file, a_source
from tests.samples import destination
from twisted_mule.kad.expression import Expression, Words
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.index import Index, Kind, expiry
from twisted_mule.kad.messages import Entry
from twisted_mule.kad.tags import FILENAME, text


@define
class NaiveEntry:
    """A file under a keyword."""

    expires: float
    names: list[tuple[str, int]]
    publishers: dict[int, int]


@define
class Naive:
    """Keyword entries by keyword, file and size; sources by file, the newest first."""

    files: dict[tuple[int, int, int], NaiveEntry] = field(factory=dict)
    sources: dict[int, list[tuple[int, int, float]]] = field(factory=dict)

    def publish(self, word: int, file: int, name: str, size: int, who: int, now: float) -> int:
        """Merge as node-behaviour 9.2 says; the load."""
        load = sum(keyword == word for keyword, _, _ in self.files) * 100 // 50_000
        if all(keyword != word for keyword, _, _ in self.files):
            load = 1
        old = self.files.get((word, file, size))
        if old is None or old.expires <= now:
            self.files[word, file, size] = NaiveEntry(now + 24 * HOUR, [(name, 1)], {who: int(now)})
            return load
        last = old.publishers.pop(who, None)
        fast = last is not None and now - last < 4 * HOUR
        old.publishers[who] = int(now)
        old.expires = now + 24 * HOUR
        if name.lower() in [one.lower() for one, _ in old.names]:
            old.names = [
                (one, points + (one.lower() == name.lower() and not fast))
                for one, points in old.names
            ]
        else:
            old.names.append((name, 1))
        return load

    def common(self, key: tuple[int, int, int]) -> str:
        """The first of the most popular names."""
        return max(self.files[key].names, key=lambda name: name[1])[0]

    def trust(self, entry: NaiveEntry) -> float:
        """Ten points of each publisher, shared out."""
        everybody = [who for one in self.files.values() for who in one.publishers]
        return sum(10 / everybody.count(who) for who in entry.publishers)

    def find(self, word: int, wanted: str, now: float) -> list[tuple[int, str]]:
        """Files and names, the trusted ones first."""
        living = [
            (key[1], self.common(key), self.trust(entry) >= 1.0)
            for key, entry in sorted(self.files.items())
            if key[0] == word and entry.expires > now and wanted in self.common(key).lower()
        ]
        return [(file, name) for file, name, trusted in living if trusted] + [
            (file, name) for file, name, trusted in living if not trusted
        ]

    def publish_source(self, file: int, streams: int, who: int, now: float) -> tuple[int, int]:
        """Replace in place or put in front; load and count."""
        held = [one for one in self.sources.get(file, []) if one[2] > now]
        load = len(held) * 100 // 1000 if held else 1
        new = (streams, who, now + 5 * HOUR)
        for place, (one, another, _) in enumerate(held):
            if one == streams or another == who:
                held[place] = new
                break
        else:
            held.insert(0, new)
        self.sources[file] = held
        return load, len(held)

    def sweep(self, now: float) -> None:
        """Forget what has expired, and who is silent."""
        self.files = {key: one for key, one in self.files.items() if one.expires > now}
        for entry in self.files.values():
            entry.publishers = {
                who: last for who, last in entry.publishers.items() if now - last <= 24 * HOUR
            }

    def move(self, seconds: int) -> None:
        """The clock shows so many seconds more, all at once."""
        for entry in self.files.values():
            entry.expires += seconds
            entry.publishers = {who: last + seconds for who, last in entry.publishers.items()}
        self.sources = {
            file: [(streams, who, expires + seconds) for streams, who, expires in rows]
            for file, rows in self.sources.items()
        }


few = st.integers(0, 2)
some_names = st.sampled_from(["Ubuntu Été", "ubuntu été", "debian", "Ubuntu DVD"])


class Machine(RuleBasedStateMachine):
    """Any publishes at any times, and restarts in between."""

    def __init__(self) -> None:
        super().__init__()
        self.index, self.naive, self.now = Index(logged=True), Naive(), 5000.0
        self.ahead = 1.7e9
        self.disk: dict[Kind, dict[bytes, tuple[bytes, float]]] = {kind: {} for kind in Kind}

    @rule(word=few, file=few, name=some_names, size=st.integers(1, 2), who=st.integers(1, 4))
    def publish(self, word: int, file: int, name: str, size: int, who: int) -> None:
        """A file is published."""
        entry, publisher = a_file(file, name, size), destination(who)
        load = self.index.publish_keyword(KadID(word), [entry], publisher, self.now)
        assert load == self.naive.publish(word, file, name, size, who, self.now)

    @rule(who=st.integers(1, 4))
    def flood(self, who: int) -> None:
        """Somebody publishes many files under another word."""
        for file in range(11):
            self.publish(9, file, "spam", 1, who)

    @rule(file=few, streams=st.integers(5, 8), who=st.integers(1, 4))
    def publish_source(self, file: int, streams: int, who: int) -> None:
        """A source is published."""
        tags = a_source(streams)
        told = self.index.publish_source(
            KadID(file), KadID(streams), tags, destination(who), self.now
        )
        assert told is not None
        expected = self.naive.publish_source(file, streams, who, self.now)
        assert (told.load, told.sources) == expected

    @rule(hours=st.floats(min_value=0.0, max_value=9.0))
    def wait(self, hours: float) -> None:
        """Time passes."""
        self.now += hours * HOUR

    @rule()
    def sweep(self) -> None:
        """Everything is swept."""
        self.index.expire(self.now)
        self.naive.sweep(self.now)

    @rule(jump=st.integers(-5000, 1_000_000))
    def restart(self, jump: int) -> None:
        """A new node, whose clock begins elsewhere, takes back what the old one wrote."""
        self.write()
        self.sweep()
        jump = max(jump, -int(self.now))
        self.now += jump
        self.ahead -= jump
        self.naive.move(jump)
        self.index = Index(logged=True)
        for kind, kept in self.disk.items():
            wall = self.now + self.ahead
            rows = [(record, expires - wall) for record, expires in kept.values()]
            self.index.restore(kind, rows, self.now)
            self.disk[kind] = {key: row for key, row in kept.items() if row[1] > wall}
        assert not any(self.index.changes().values())
        self.sweep()

    @rule()
    def write(self) -> None:
        """The changes go to the disk, with their expiry on a clock that never begins anew."""
        for kind, rows in self.index.changes().items():
            for key, record in rows.items():
                if record is None:
                    self.disk[kind].pop(key, None)
                else:
                    self.disk[kind][key] = record, expiry(kind, record) + self.ahead

    @invariant()
    def same(self) -> None:
        """Searches give the same in the same order."""
        for word in (0, 1, 2, 9):
            for wanted in (None, "dvd", "été", "u"):
                found = [
                    (entry.kad_id.value, text(entry.tags, FILENAME))
                    for entry in self._find(word, None if wanted is None else Words(wanted))
                ]
                assert found == self.naive.find(word, wanted or "", self.now)
        for file, rows in self.naive.sources.items():
            living = [streams for streams, _, expires in rows if expires > self.now]
            sources = self.index.find_sources(KadID(file), 0, 0, self.now)
            assert [entry.kad_id.value for entry in sources] == living

    def _find(self, word: int, expression: Expression | None) -> tuple[Entry, ...]:
        return self.index.find_keyword(KadID(word), expression, 0, self.now, Random(0))


Machine.TestCase.settings = settings(deadline=None, max_examples=30, stateful_step_count=25)
ModelTests = Machine.TestCase
