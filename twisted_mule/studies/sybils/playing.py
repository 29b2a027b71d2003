"""One run: some share two files, later others search for them, one of which is attacked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from attrs import define, field

from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.kinds import LookupKind
from twisted_mule.kad.published import DueRow, Published
from twisted_mule.kad.query import parse
from twisted_mule.kad.search import SearchState, SearchView
from twisted_mule.kad.traces import LookupTrace
from twisted_mule.simulation.lean import shared_reading, without_cipher
from twisted_mule.simulation.person import Person
from twisted_mule.simulation.scenario import Scenario
from twisted_mule.simulation.world import World

#: The file that nobody attacks, by its only word.
CONTROL: Final = "control00000"
#: Who shares both files, and who searches for both, besides the victims.
SHARERS: Final = 5
SEARCHERS: Final = 25
#: When, as shares of the time, files are published and searches begin; and within what they do.
PUBLISHED: Final = 0.25
SEARCHED: Final = 0.45
#: Victims search later: by then they have been under attack for a while.
VICTIMS_SEARCHED: Final = 0.55
_WITHIN: Final = 0.08
_LOOK: Final = 30.0
_HOUR: Final = 3600.0


@define(eq=False)
class Play:
    """
    A world with people who do what the study asks.

    :ivar files: by their word, which is all of their name.
    :ivar searchers: who searches; ``watched`` are all whose lookups and tables are looked at.
    :ivar lookups: those of the watched that have ended, by the number of the node.
    :ivar searches: the searches that were begun, by word.
    """

    scenario: Scenario
    world: World = field(init=False)
    files: dict[str, Published] = field(init=False)
    searchers: list[Person] = field(init=False)
    watched: list[Person] = field(init=False)
    lookups: dict[int, list[LookupTrace]] = field(factory=dict, init=False)
    _numbers: list[tuple[str, Person, int]] = field(factory=list, init=False)
    _since: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        world = self.world = World(self.scenario)
        words = (self.scenario.hostile.target, CONTROL)
        self.files = {word: self._file(number, word) for number, word in enumerate(words)}
        fair = [one for one in world.people if one.deceive is None and one not in world.victims]
        end = self.scenario.minutes * 60.0
        for person in fair[:SHARERS]:
            world.clock.callLater(PUBLISHED * end, self._publish, person)
        self.searchers = [*fair[SHARERS : SHARERS + SEARCHERS], *world.victims]
        self.watched = self.searchers
        for person in self.watched:
            person.looked_at = True
            wait = _WITHIN * self._stream("wait", person).random()
            begins = VICTIMS_SEARCHED if person in world.victims else SEARCHED
            world.clock.callLater((begins + wait) * end, self._search, person)

    def _file(self, number: int, word: str) -> Published:
        draws = self.world.chance.stream("study file", number)
        return Published(KadID.from_natural(draws.randbytes(16)), word, 1_000_000, "Video")

    def _stream(self, purpose: str, person: Person) -> Any:
        return self.world.chance.stream(f"study {purpose}", person.number)

    def _publish(self, person: Person) -> None:
        """Publish the words of both files now: their sources are known since an earlier run."""
        node = person.node
        if node is None:
            return
        now, publishing = self.world.clock.seconds(), node.core._publishing
        files = tuple(self.files.values())
        publishing.restore([DueRow(LookupKind.STORE_SOURCE, one.hash, _HOUR) for one in files], now)
        publishing.held_until = now
        node.core.share(files, now, self._stream("share", person))

    def _search(self, person: Person) -> None:
        if person.node is not None:
            for word in self.files:
                number = person.node.core.search(parse(word))
                self._numbers.append((word, person, number))

    def run(self, progress: Callable[[float], None]) -> None:
        """Let all of it happen."""
        end = self.scenario.minutes * 60.0
        while self.world.now < end:
            self.world.run(min(_LOOK, end - self.world.now))
            self._look()
            progress(min(self.world.now / end, 1.0))

    def _look(self) -> None:
        """Keep what the lookups did that have ended since the last look."""
        for person in self.watched:
            if person.node is None:
                continue
            for trace in person.node.core.lookups():
                over = None if trace.ended is None else trace.began + trace.ended
                if over is not None and over > self._since:
                    self.lookups.setdefault(person.number, []).append(trace)
        self._since = self.world.clock.seconds()

    def searches(self, word: str) -> list[tuple[Person, SearchView]]:
        """The searches for ``word`` that are done, and who made them."""
        found = []
        for wanted, person, number in self._numbers:
            if wanted == word and person.node is not None:
                view = next(one for one in person.node.core.searches() if one.number == number)
                if view.state is SearchState.DONE:
                    found.append((person, view))
        return found

    def holders(self, word: str) -> list[Person]:
        """Who holds the file under ``word`` for others."""
        target, file = keyword_id(word), self.files[word].hash
        there = self.world.present
        return [one for one in there if one.node and one.node.core.index.holds(target, file)]


def played(scenario: Scenario, progress: Callable[[float], None] = lambda _share: None) -> Play:
    """A run that has come to its end."""
    with ExitStack() as around:
        around.enter_context(shared_reading())
        if not scenario.obfuscation:
            around.enter_context(without_cipher())
        play = Play(scenario)
        play.run(progress)
        return play
