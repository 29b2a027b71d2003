"""
iMule's lookup: one message every two seconds, to whoever is nearest, until nobody is left.

Source: node-behaviour 8.2 to 8.5.  It has no number of requests: it ends when ten nodes have done
all that was wanted and nobody nearer is owed or left, or when it has run dry.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from typing import Final

from attrs import define, field

from twisted_mule.kad.destination import Destination
from twisted_mule.kad.kinds import Aim, LookupKind
from twisted_mule.kad.lookup import Lookup, Permits, Turn, _Walked
from twisted_mule.kad.requests import Candidate
from twisted_mule.kad.traces import Asked

#: Seconds from one step of a lookup to the next, and since it last sent or heard anything.
STEP: Final = 2.0
QUIET: Final = 1.0
#: Seconds without anything after which a lookup that has run dry is over; for the own identifier.
LIFE: Final = 120.0
SELF_LIFE: Final = 60.0
#: So many must have done what was wanted; one is enough to look for a random point.
ENOUGH: Final = 10
#: Whoever has brought so many results owes nothing more; so many are enough for a search.
RESULTS: Final = 300


@define(eq=False)
class ImuleLookup(Lookup):
    """
    One lookup under iMule's rules.

    :ivar brought: results of a search so far.
    """

    brought: int = field(default=0, init=False)
    _charged: dict[Destination, int] = field(factory=dict, init=False)
    _complete: list[int] = field(factory=list, init=False)
    _next: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._next = self.began

    @property
    def spent(self) -> bool:
        """Never: it asks as long as there is anybody to ask."""
        return False

    @property
    def _enough(self) -> int:
        return 1 if self.kind is LookupKind.NODE else ENOUGH

    @property
    def _full(self) -> bool:
        return len(self._complete) >= self._enough

    # --- whom it asks ----------------------------------------------------------------------

    def at_home(self, distance: int) -> None:
        """The node itself has done what is wanted; stores and searches begin with that."""
        insort(self._complete, distance)

    def ask(self, permits: Permits, now: float) -> Turn | None:
        """The message of this step, if it is time for one; it keeps no count for each peer."""
        del permits
        if now < self._next:
            return None
        self._next = now + STEP
        if self._asked and now - self.touched < QUIET:
            return None
        return self._step(now)

    def _step(self, now: float) -> Turn | None:
        queues = [queue for queue in (self._frontier, self._responders) if queue]
        if not queues:
            return None
        queue = min(queues, key=lambda one: self._distance(one[0]))
        candidate, distance = queue[0], self._distance(queue[0])
        if self._full and distance >= self._complete[-1]:
            self._passed.add(queue.pop().kad_id)  # the farthest is given up, nothing is sent
            return None
        del queue[0]
        finishing = queue is self._responders
        self._charged[candidate.destination] = distance
        self._passed.add(candidate.kad_id)
        place = len(self._asked)
        if finishing:
            self._finished[candidate.destination] = place
        else:
            self._walked[candidate.destination] = _Walked(candidate, place)
        self._note(candidate, now, finishing=finishing)
        return Turn(candidate, finishing)

    def over(self, now: float) -> bool:
        """Whether it has ended."""
        waiting = [*self._charged.values()]
        queues = self._frontier, self._responders
        waiting += [self._distance(queue[0]) for queue in queues if queue]
        if (self._full or self.brought >= RESULTS) and self._complete:
            worst = self._complete[-1]
            if all(distance >= worst for distance in waiting):
                return True
        if self._frontier or self._responders:
            return False
        life = SELF_LIFE if self.kind is LookupKind.NODECOMPLETE else LIFE
        return not self._charged or now >= self.touched + life

    # --- who answers -----------------------------------------------------------------------

    def answered(self, source: Destination, candidates: Iterable[Candidate], now: float) -> bool:
        """``source`` named ``candidates``."""
        walked = self._walked.get(source)
        if walked is None or self._asked[walked.place].answered is not None:
            return False
        named = list(candidates)
        distance = self._settle(walked.place, source, now, contacts=len(named))
        if self.kind.aim is Aim.NODE:
            self._completed(distance)
        else:
            insort(self._responders, walked.candidate, key=self._distance)
        if self.kind is not LookupKind.NODE:
            self.heard_of(named)
        return True

    def delivered(self, source: Destination, results: int, now: float) -> bool:
        """``source`` answered the finish; of a search it may owe more, and stays charged."""
        place = self._finished.get(source)
        if place is None:
            return False
        self.brought += results
        owes = self._charged.get(source)
        distance = self._settle(place, source, now, results=results)
        self._completed(distance)
        if self.kind.aim is Aim.VALUE and self._asked[place].results < RESULTS and owes is not None:
            self._charged[source] = owes
        return True

    def _settle(
        self, place: int, source: Destination, now: float, *, contacts: int = 0, results: int = 0
    ) -> int:
        asked = self._asked[place]
        first = now - self.began if asked.answered is None else asked.answered
        what = asked.kad_id, asked.distance, asked.at, asked.finishing
        self._asked[place] = Asked(*what, first, asked.contacts + contacts, asked.results + results)
        self._charged.pop(source, None)
        self._owed.discard(place)
        self.touched = now
        return asked.distance

    def _completed(self, distance: int) -> None:
        insort(self._complete, distance)
        del self._complete[self._enough :]
