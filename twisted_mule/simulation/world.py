"""One simulated network: people with the real node, coming and going, on one clock."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from twisted_mule.kad.chance import Chance, Stream
from twisted_mule.kad.contact import Me, Seed
from twisted_mule.kad.destination import Destination
from twisted_mule.kad.ids import KadID
from twisted_mule.kad.keywords import keyword_id
from twisted_mule.kad.messages import VERSION, PeerRecord
from twisted_mule.simulation.breeds import REAL, Breed
from twisted_mule.simulation.clock import HeapClock
from twisted_mule.simulation.encircling import CLOSE_BITS, Encircler
from twisted_mule.simulation.hostile import Liar, Malice, near, somewhere
from twisted_mule.simulation.hosts import HostModel
from twisted_mule.simulation.network import Network
from twisted_mule.simulation.person import Person
from twisted_mule.simulation.scenario import Scenario
from twisted_mule.simulation.users import LOOK, Catalogue, Habit, User

#: The clock of a world begins here, not at 0: a time that is missing must not look like one.
BEGINNING: Final = 1_000.0
_KEY: Final = 32


@define(eq=False)
class World:
    """
    Everything of one run.

    The same scenario and seed give the same run, to the last byte: all that is drawn comes from
    streams under one key, and nothing depends on the order of a set.

    :ivar breed: what sort of node they run.
    :ivar people: all who ever are there; :ivar present: how many are now.
    :ivar victims: those of them whom the ``attackers`` encircle.
    """

    scenario: Scenario
    breed: Breed = REAL
    clock: HeapClock = field(factory=lambda: HeapClock(BEGINNING), init=False)
    network: Network = field(init=False)
    chance: Chance = field(init=False)
    catalogue: Catalogue = field(init=False)
    people: list[Person] = field(factory=list, init=False)
    victims: list[Person] = field(factory=list, init=False)
    attackers: list[Person] = field(factory=list, init=False)
    _shared: dict[KadID, int] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        key = f"twisted_mule simulation {self.scenario.seed}".encode()
        self.chance = Chance(key)
        network_key = self._stream("network").randbytes(_KEY)
        self.network = Network(self.clock, self.scenario.climate, network_key)
        users = self.scenario.users
        self.catalogue = Catalogue(users.catalogue, users.vocabulary, self.chance)
        self._settle()

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.clock.seconds() - BEGINNING

    @property
    def present(self) -> list[Person]:
        """Those who are there."""
        return [person for person in self.people if person.node is not None]

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.run(seconds)

    # --- who there is ----------------------------------------------------------------------

    def _settle(self) -> None:
        scenario = self.scenario
        count = scenario.people
        self.people = [self._person(number) for number in range(count)]
        self._add_sybils(count)
        self._add_encirclers()
        there = [person for person in self.people if self._begins_there(person)]
        for person in self.people:
            self._acquaint(person, there)
        for person in there:
            wait = scenario.start.within * self._stream("entry", person.number).random()
            self.clock.callLater(wait, self._arrive, person, first=True)
        self.clock.callLater(LOOK, self._look)

    def _person(self, number: int, kad_id: KadID | None = None) -> Person:
        draws = self._stream("person", number)
        own, source = KadID.from_natural(draws.randbytes(16)), draws.randbytes(16)
        me = Me(kad_id or own, somewhere(draws), somewhere(draws), KadID.from_natural(source))
        return Person(
            number=number,
            me=me,
            secret=draws.randrange(1 << 32),
            port=self.network.port(me.destination),
            clock=self.clock,
            chance=self.chance,
            user=self._user(number, draws),
            model=self._model(draws),
            deceive=self._malice(draws),
            breed=self.breed,
        )

    def _user(self, number: int, draws: Stream) -> User:
        users = self.scenario.users
        searches, shares = draws.random() < users.searching, draws.random() < users.sharing
        habit = {
            (False, False): Habit.RESTING,
            (True, False): Habit.SEARCHING,
            (False, True): Habit.SHARING,
        }.get((searches, shares), Habit.BOTH)
        own = self._stream("user", number)
        chosen = {}
        for _ in range(users.files if shares else 0):
            file = self.catalogue.pick(own)
            chosen[file.hash] = file
        files = tuple(chosen.values())
        return User(habit, self.catalogue, own, users.every, files, self.is_shared)

    def _model(self, draws: Stream) -> HostModel:
        slow = draws.random() < self.scenario.hosts.slow
        return self.scenario.hosts.model if slow else HostModel()

    def _malice(self, draws: Stream) -> Liar | None:
        mark = draws.random()
        for malice, share in self.scenario.hostile.shares:
            mark -= share
            if mark < 0.0:
                word = self.scenario.hostile.target
                poisons = malice is Malice.POISONING
                return Liar(malice, keyword_id(word) if poisons else KadID(0), word=word)
        return None

    def _add_sybils(self, first: int) -> None:
        hostile = self.scenario.hostile
        if not hostile.sybils:
            return
        target, gang = keyword_id(hostile.target), list[PeerRecord]()
        for number in range(first, first + hostile.sybils):
            kad_id = near(target, hostile.bits, self._stream("sybil", number))
            person = self._person(number, kad_id)
            person.deceive = Liar(Malice.SYBIL, target, gang)
            person.stays = True
            gang.append(PeerRecord(VERSION, kad_id, person.me.destination))
            self.people.append(person)

    def _add_encirclers(self) -> None:
        hostile = self.scenario.hostile
        if not hostile.encirclers:
            return
        fair = [person for person in self.people if person.deceive is None]
        self.victims = fair[-hostile.victims :] if hostile.victims else []
        gang, cards = list[PeerRecord](), [victim.card for victim in self.victims]
        for turn in range(hostile.encirclers):
            number, kad_id = len(self.people), None
            if turn % 2 and cards:
                victim = cards[turn // 2 % len(cards)]
                kad_id = near(victim.kad_id, CLOSE_BITS, self._stream("encircler", number))
            person = self._person(number, kad_id)
            person.deceive = Encircler(gang, cards)
            gang.append(PeerRecord(VERSION, person.me.kad_id, person.me.destination))
            self.people.append(person)
            self.attackers.append(person)
        for person in (*self.victims, *self.attackers):
            person.stays = True
        for person in self.victims if hostile.newcomers else self.attackers:
            person.begins = max(hostile.onset, 0.001)

    def _begins_there(self, person: Person) -> bool:
        churn = self.scenario.churn
        if person.begins:
            wait = self.scenario.start.within * self._stream("entry", person.number).random()
            self.clock.callLater(person.begins + wait, self._arrive, person, first=True)
            return False
        if churn is None or person.stays:
            return True
        draws = self._stream("beginning", person.number)
        if draws.random() < churn.availability:
            return True
        self.clock.callLater(churn.absence.rest(draws), self._arrive, person)
        return False

    def _acquaint(self, person: Person, there: list[Person]) -> None:
        """Give it the contacts that it starts with; some of them are nobody."""
        start, draws = self.scenario.start, self._stream("friends", person.number)
        known: dict[Destination, Seed] = {}
        for _ in range(start.knows):
            if draws.random() < start.dead:
                kad_id = KadID.from_natural(draws.randbytes(16))
                seed = Seed(kad_id, somewhere(draws), VERSION)
            elif among := self._among(person, there, draws):
                seed = draws.choice(among).card
            else:
                continue  # at this moment nobody is there
            if seed.destination != person.me.destination:
                known[seed.destination] = seed
        person.seeds = tuple(known.values())

    def _among(self, person: Person, there: list[Person], draws: Stream) -> list[Person]:
        """Those of whom it may know one: newcomers who are victims may have been baited."""
        hostile = self.scenario.hostile
        baited = hostile.newcomers and hostile.bait > 0.0 and person in self.victims
        return self.attackers if baited and draws.random() < hostile.bait else there

    # --- how they come and go --------------------------------------------------------------

    def _arrive(self, person: Person, *, first: bool = False) -> None:
        person.start()
        for file in person.user.files:
            self._shared[file.hash] = self._shared.get(file.hash, 0) + 1
        churn = self.scenario.churn
        if churn is not None and not person.stays:
            draws = self._stream("session", person.number, person.starts)
            length = churn.session.rest(draws) if first else churn.session.draw(draws)
            self.clock.callLater(length, self._go, person, draws.random() < churn.crash)

    def _go(self, person: Person, crash: bool) -> None:
        for file in person.user.files:
            self._shared[file.hash] -= 1
        if crash:
            self._gone(person)
        elif person.node is not None:
            person.node.drain().addCallback(lambda _: self._gone(person))

    def _gone(self, person: Person) -> None:
        person.stop()
        if self.scenario.churn is not None:
            draws = self._stream("absence", person.number, person.starts)
            self.clock.callLater(self.scenario.churn.absence.draw(draws), self._arrive, person)

    def _look(self) -> None:
        self.clock.callLater(LOOK, self._look)
        for person in self.people:
            if person.user.busy and person.node is not None:
                person.user.look(person.node.core, self.clock.seconds())

    def is_shared(self, file: KadID) -> bool:
        """Whether somebody who is there shares it."""
        return self._shared.get(file, 0) > 0

    def _stream(self, purpose: str, *counters: int) -> Stream:
        return self.chance.stream(f"world {purpose}", *counters)
