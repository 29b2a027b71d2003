"""
A core under iMule's rules: same messages, table, index and answers; other lookups and timers.

Left out, as the networks of the studies have no use for it: Kad1, bans, the empty table's HELLO,
and the slips of the unreleased tree that node-behaviour 16 lists.  Lists are shuffled, which
changes nothing that is measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from typing import Any, Final, TypeVar

from attrs import define, field

from twisted_mule.kad.chance import Chance, Draws
from twisted_mule.kad.contact import Me, SavedContact
from twisted_mule.kad.core import BOOT_KEY, EXPORTED, Kad
from twisted_mule.kad.errands import finish
from twisted_mule.kad.exchange import Heard, Reply, Request
from twisted_mule.kad.initiative import Initiative
from twisted_mule.kad.kinds import Aim, LookupKind, Rank
from twisted_mule.kad.lookup import Lookup
from twisted_mule.kad.messages import VERSION, SearchResponse
from twisted_mule.kad.origins import LookupWish, Origin
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.slots import Slots, Start
from twisted_mule.studies.imule.lookup import ImuleLookup
from twisted_mule.studies.imule.publishing import ImulePublishing
from twisted_mule.studies.imule.upkeep import ImuleUpkeep
from twisted_mule.studies.prompt import NoCover

T = TypeVar("T")
_HALF: Final = 0.5


@define
class Exact(Draws):
    """Chance that gives the middle of every period, so that none is drawn anew."""

    draws: Draws

    def random(self) -> float:
        """The middle."""
        return _HALF

    def uniform(self, a: float, b: float) -> float:
        """The middle."""
        return (a + b) / 2

    def randrange(self, stop: int, /) -> int:
        """As chance has it."""
        return self.draws.randrange(stop)

    def choice(self, seq: Sequence[T]) -> T:
        """As chance has it."""
        return self.draws.choice(seq)

    def shuffle(self, x: MutableSequence[T]) -> None:
        """As chance has it."""
        self.draws.shuffle(x)

    def randbytes(self, n: int) -> bytes:
        """As chance has it."""
        return self.draws.randbytes(n)


@define
class ImuleSlots(Slots):
    """
    Lookups without slots: whoever wants one has it at once.

    :ivar joined: whether a lookup for the own identifier was answered.
    :ivar home: asked to do at the node itself what a lookup wants done.
    """

    joined: bool = field(default=False, init=False)
    home: Any = field(default=None, init=False)

    def review(self, now: float) -> tuple[Lookup, ...]:
        """The lookups that have ended, let go."""
        over = [one for one in self._lookups.values() if _imule(one).over(now)]
        for lookup in over:
            lookup.ended = now
            del self._lookups[lookup.target]
            trace = lookup.trace
            self.joined |= lookup.kind is LookupKind.NODECOMPLETE and trace.answered > 0
            self.traces.append(trace)
        return tuple(over)

    def fill(self, now: float, start: Start, origins: Iterable[Origin] = ()) -> None:
        """Begin all that is wanted."""
        for place, origin in enumerate(tuple(origins)):
            for aim in Aim:
                while True:
                    draws = self.deck.draws(self.dealt, place)
                    wish = origin.offer(aim, self._lookups.__contains__, now, draws)
                    lookup = None if wish is None else self._begin(wish, now, start)
                    if lookup is None:
                        break
                    self.dealt += 1
                    origin.begun(lookup, now, draws)
                    self.home(lookup, now)

    def _begin(self, wish: LookupWish, now: float, start: Start) -> Lookup | None:
        lookup = ImuleLookup(wish.target, wish.kind, now, wish.errand, wish.rank, wish.owner)
        if not lookup.heard_of(start(wish.target)):
            return None
        self._lookups[wish.target] = lookup
        return lookup

    @property
    def running(self) -> tuple[Lookup, ...]:
        """All that are not over."""
        return tuple(self._lookups.values())


def _imule(lookup: Lookup) -> ImuleLookup:
    if not isinstance(lookup, ImuleLookup):
        raise TypeError(lookup)
    return lookup


@define
class ImuleInitiative(Initiative):
    """What is asked: every lookup whose step is due, and those to be greeted."""

    slots: ImuleSlots = field(kw_only=True)
    upkeep: ImuleUpkeep = field(init=False)
    _turns: Iterator[Request] = field(factory=lambda: iter(()), init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.upkeep = ImuleUpkeep(self.table, self.slots, self.now)

    def beat(self, now: float, random: Draws, silence: float) -> None:
        """Run the timers that are due."""
        exact = Exact(random)
        self.upkeep.beat(now, exact, silence)
        self.agenda.review(now, exact)
        self.agenda.fill(now, self._lookup_start)
        self._turns = self._requests(now, exact)

    def walk(self, now: float, random: Draws) -> None:
        """Nothing claims a place: there are none."""

    def draw(self, now: float, random: Draws) -> Request | None:
        """The next request of this second."""
        del now, random
        return next(self._turns, None)

    def _requests(self, now: float, random: Draws) -> Iterator[Request]:
        while self.upkeep.greet:
            contact = self.upkeep.greet.popleft()
            if contact in self.table:
                yield self._hello(contact, now, random)
        for lookup in self.slots.running:
            request = self._turn(lookup, now)
            if request is not None:
                yield request


class ImuleKad(Kad):
    """The core of a node that keeps iMule's rules."""

    def __init__(self, me: Me, secret: int, *args: Any, **kw: Any) -> None:
        due, now, random = kw.pop("due", ()), kw["now"], kw["random"]
        super().__init__(me, secret, *args, **kw)
        self._draws = Chance(random.randbytes(BOOT_KEY)).stream("imule", 0)
        slots = ImuleSlots(self._agenda.slots.deck)
        slots.home = self._at_home
        self._publishing = ImulePublishing(me, now, joined=lambda: slots.joined)
        self._publishing.restore(due, now)
        self._agenda.slots, self._agenda.publishing = slots, self._publishing
        self._agenda.cover = NoCover(slots.deck.chance, self._overheard)
        old = self._initiative
        self._initiative = ImuleInitiative(
            me, self.table, self._agenda, old.claims, old.greetings, old.seeding, now, slots=slots
        )

    def hold_until(self, when: float) -> None:
        """There is no hold: lookups begin as soon as they are wanted."""

    def handle(self, heard: Heard, now: float, random: Draws) -> tuple[Reply, ...]:
        """As the real core, but that no validity is drawn anew; nothing is kept for cover."""
        return super().handle(heard, now, Exact(random))

    def next_request(self, now: float, random: Draws) -> Request | None:
        """The next request of this second, as long as there is one."""
        request = self._initiative.draw(now, random) if self._initiating else None
        if request is not None:
            self._tracking.sent(request, now)
        return request

    def saved(self, now: float) -> tuple[SavedContact, ...]:
        """What ``nodes.dat`` holds: no types and no ages (node-behaviour 2.1)."""
        del now
        chosen = self.table.sample(EXPORTED, self._draws)
        return tuple(SavedContact(contact.seed) for contact in chosen)

    def _at_home(self, lookup: Lookup, now: float) -> None:
        """Every value and store lookup first asks the node itself (node-behaviour 8.6)."""
        if lookup.errand is None:
            return
        me = Candidate(self.me.kad_id, self.me.destination, VERSION)
        request = finish(self.me, me, 0, lookup.target, lookup.errand)
        heard = Heard(self.me.destination, request.message)
        for reply in self._serving.answer(heard, now, self._draws):
            answer = reply.message
            if isinstance(answer, SearchResponse) and lookup.rank is Rank.USER:
                self._searching.brought(lookup, answer.results)
        _imule(lookup).at_home(lookup.target.distance(self.me.kad_id))
